"""Text files with separated values, as Excel and others save them: UTF-8 with or without BOM, UTF-16, or Windows-1252;
separated by semicolons, commas or tabs (RFC 4180 quoting)."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from typing import TYPE_CHECKING

from exchange.codes.tables import spelling
from exchange.errors import ExtractError, Problem
from exchange.extracts import arrow
from exchange.extracts.extract import Source
from exchange.extracts.mapping import Mapping
from exchange.extracts.sheet import Sheet, refusal
from exchange.locale import _

if TYPE_CHECKING:
    import pyarrow as pa

_SEPARATORS = (";", ",", "\t")
_SEP_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # Excel's own way of naming the separator
_MOST_CELLS = 20_000_000
_LONGEST_CELL = 131_072  # characters; Excel has a quarter of it
Rows = list[list[str]]


def read_csv(content: bytes, source: Source, mapping: Mapping) -> Sheet:
    """The rows of a text file; see `workbook.read_sheet` for what is refused. A row counts as Excel would show it."""
    rows = _rows(_text(content, source.file), mapping, source.file)
    heads = [rows[row - 1] if row <= len(rows) else [] for row in mapping.header_rows]
    width = max(map(len, heads), default=0)
    body = rows[mapping.header_rows[-1] :]
    if len(rows) * width > _MOST_CELLS:
        raise refusal("extract.too_large", _("the file has too many cells"), source.file)
    _refuse_ragged(body, width, mapping.header_rows[-1] + 1, source.file)
    headers = tuple(tuple(head + [""] * (width - len(head))) for head in heads)
    return Sheet(source, headers, _columns(body, width), mapping.header_rows[-1] + 1)


def _text(content: bytes, file: str) -> str:
    for encoding in _encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    hint = _("save it in Excel as .xlsx, or as CSV UTF-8")
    raise refusal("extract.encoding", _("neither a workbook nor text that can be read"), file, hint)


def _encodings(content: bytes) -> tuple[str, ...]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    if content.startswith(codecs.BOM_UTF8):
        return ("utf-8-sig",)
    return ("utf-8", "cp1252") if b"\0" not in content else ("utf-16-le", "utf-16-be")


def _rows(text: str, mapping: Mapping, file: str) -> Rows:
    named = _SEP_LINE.match(text)
    choices = (named[1],) if named else _SEPARATORS
    body = text[named.end() :] if named else text
    known = {spelling(label) for label in (*mapping.columns, *mapping.stays_here)}
    best = max(choices, key=lambda separator: _labels_found(body, separator, mapping.header_rows[-1], known))
    try:
        csv.field_size_limit(_LONGEST_CELL)  # of the process: some library may have lifted it
        rows = list(csv.reader(io.StringIO(body, newline=""), delimiter=best, strict=True))
    except csv.Error:
        hint = _("quotation marks may be open; save it again in Excel as .xlsx")
        raise refusal("extract.bad_csv", _("the file cannot be taken apart into cells"), file, hint) from None
    return rows  # Excel does not show the line that names the separator


def _labels_found(text: str, separator: str, header_row: int, known: set[str]) -> int:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        head = next(itertools.islice(reader, header_row - 1, None), [])
    except csv.Error:
        return 0
    return sum(spelling(label) in known for label in head)


def _refuse_ragged(body: Rows, width: int, first_row: int, file: str) -> None:
    """A row with a cell beyond the header, or cut short, has its values under wrong labels."""
    hint = _("a separator or quotation mark inside a value may have broken the line")
    ExtractError.raise_all(
        Problem(
            "extract.ragged_row",
            _("the row has more or fewer cells than the header"),
            _("{file}, row {row}").format(file=file, row=first_row + offset),
            hint,
        )
        for offset, row in enumerate(body)
        if any(cell.strip() for cell in row) and (len(row) < width or any(row[width:]))
    )


def _columns(body: Rows, width: int) -> tuple[pa.StringArray, ...]:
    whole = [row if len(row) == width else (row + [""] * width)[:width] for row in body]
    if not whole:
        return tuple(arrow.texts([]) for _column in range(width))
    return tuple(arrow.texts(column) for column in zip(*whole, strict=True))
