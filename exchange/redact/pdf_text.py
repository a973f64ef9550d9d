"""What can be read in a PDF: the text of its pages, and what it says of itself. For the last look alone."""

from __future__ import annotations

import io
from collections.abc import Iterator

from exchange.redact.pieces import Piece, UnreadableError


def pdf_pieces(content: bytes) -> Iterator[Piece]:
    """Its lines, page by page. UnreadableError for a PDF that is damaged, encrypted, or holds files or pictures: what
    a picture shows cannot be vouched for."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        book = PdfReader(io.BytesIO(content), strict=True)
        if book.is_encrypted or book.attachments:
            raise UnreadableError
        for value in (book.metadata or {}).values():
            yield Piece(str(value), 1)
        for number, page in enumerate(book.pages, start=1):
            if len(page.images):
                raise UnreadableError
            lines = page.extract_text().splitlines()
            yield from (Piece(line, at, inside=f"p. {number}") for at, line in enumerate(lines, start=1))
            yield Piece(" ".join(lines), len(lines), inside=f"p. {number}")  # what a line break has torn apart
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError):
        raise UnreadableError from None
