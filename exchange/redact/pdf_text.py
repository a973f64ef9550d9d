"""What can be read in a PDF: the text of its pages, and what it says of itself. For the last look alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exchange.redact.pieces import Piece, UnreadableError


def pdf_pieces(content: bytes) -> Iterator[Piece]:
    """Its lines, page by page. UnreadableError for a PDF that is damaged, encrypted, or holds files or pictures: what
    a picture shows cannot be vouched for."""
    import pypdfium2

    try:
        book = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        raise UnreadableError from None
    try:
        if book.count_attachments():
            raise UnreadableError
        yield from (Piece(value, 1) for value in book.get_metadata_dict(skip_empty=True).values())
        for number, page in enumerate(book, start=1):
            lines = _lines(page)
            yield from (Piece(line, at, inside=f"p. {number}") for at, line in enumerate(lines, start=1))
            yield Piece(" ".join(lines), len(lines), inside=f"p. {number}")  # what a line break has torn apart
    except pypdfium2.PdfiumError:
        raise UnreadableError from None
    finally:
        book.close()


def _lines(page: Any) -> list[str]:
    from pypdfium2 import raw

    if any(True for _picture in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE])):
        raise UnreadableError
    text: str = page.get_textpage().get_text_bounded()
    return text.splitlines()
