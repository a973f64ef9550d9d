"""The same bundle as one Excel workbook: metadata, caveats, rows, tables, dictionary and codes, each a sheet.

Written with `write_string`, so that no cell is ever a live formula. Identifiers, bands and codes stay text; counts,
kept numbers and kept dates are numbers and dates. The workbook is the same whoever makes it, in whatever language.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from exchange.agreements.dictionary import parse_date
from exchange.bundle import words
from exchange.bundle.metadata import FieldStory, Metadata
from exchange.bundle.released import ReleasedField
from exchange.errors import BundleError, Problem
from exchange.locale import LANGUAGES, Language, _, speaking
from exchange.protect.columns import Column
from exchange.protect.protected import Protected, ReleasedTable

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ROWS = 1_048_575  # Excel's limit, below the header
LONGEST = 16_000  # characters of a cell; Excel's limit is 32,767 units of UTF-16. The CSV has the whole text.
_CUT = " […]"
_EXACT = 15  # digits that Excel keeps of a number
_FIRST_YEAR = 1900  # of Excel's calendar
_WIDEST = 60  # of a column, in characters


def workbook(protected: Protected, metadata: Metadata, released: Sequence[ReleasedField]) -> bytes:
    """The .xlsx. The time of creation is the bundle's. BundleError `bundle.too_long` for more rows than Excel has."""
    import xlsxwriter

    target = io.BytesIO()
    # In memory: XlsxWriter would else put the rows into temporary files.
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": metadata.created.replace(tzinfo=None), "title": metadata.title.en})
    pens = _Pens(
        bold=book.add_format({"bold": True, "valign": "top"}),
        wrapped=book.add_format({"text_wrap": True, "valign": "top"}),
        date=book.add_format({"num_format": "yyyy-mm-dd"}),
    )
    # Names of our own: what an agreement calls its data may be a name that Excel keeps for itself.
    _metadata(book.add_worksheet("metadata"), protected, metadata, pens)
    _caveats(book.add_worksheet("caveats"), metadata, pens)
    if protected.rows is not None:
        _rows(book.add_worksheet("rows"), protected.rows, {each.field.name: each for each in released}, pens)
    for number, table in enumerate(protected.tables, 1):
        _counts(book.add_worksheet(f"table {number}"), table, protected.permit.agreement.data.suppressed(), pens)
    _dictionary(book.add_worksheet("dictionary"), metadata, {each.field.name: each for each in released}, pens)
    _codes(book.add_worksheet("codes"), released, pens)
    book.close()
    return target.getvalue()


@dataclass(frozen=True, slots=True)
class _Pens:
    bold: Any
    wrapped: Any
    date: Any


def _metadata(sheet: Any, protected: Protected, metadata: Metadata, pens: _Pens) -> None:
    """The question in the first column, the answer beside it; then the same in the other language."""
    agreement = protected.permit.agreement
    for block, tongue in enumerate(LANGUAGES):
        with speaking(tongue):
            lines = [
                (metadata.title.in_(tongue), metadata.confidentiality.in_(tongue)),
                *words.answers(metadata),
                (_("How people are protected"), words.protection(metadata)),
                *((_("Purpose"), f"{each.text.in_(tongue)} ({each.law})") for each in metadata.purposes),
                *((_("Forbidden"), act.in_(tongue)) for act in metadata.prohibited),
                *(
                    (each.value or _("(empty)"), words.missing(each.label))
                    for each in agreement.data.schema_.missing_values
                ),
                *words.missing_lines(metadata),
                *([(_("The sender's note for this period"), metadata.note)] if metadata.note else []),
            ]
        for row, (question, answer) in enumerate(lines):
            sheet.write_string(row, 2 * block, _fitting(question), pens.bold)
            sheet.write_string(row, 2 * block + 1, _fitting(answer), pens.wrapped)
        sheet.set_column(2 * block, 2 * block, 30)
        sheet.set_column(2 * block + 1, 2 * block + 1, _WIDEST)


def _caveats(sheet: Any, metadata: Metadata, pens: _Pens) -> None:
    lines = ((each.code, each.kind, each.text.id, each.text.en, each.figure) for each in metadata.caveats)
    _texts(sheet, ("code", "kind", "id", "en", "figure"), lines, pens)


def _rows(sheet: Any, table: pa.Table, released: dict[str, ReleasedField], pens: _Pens) -> None:
    if table.num_rows > MOST_ROWS:
        raise BundleError(
            Problem(
                "bundle.too_long",
                _("there are more rows than an Excel sheet can hold"),
                hint=_("agree on csv alone, or send shorter periods"),
            )
        )
    for at, name in enumerate(table.column_names):
        column = Column.of(table, name)
        sheet.write_string(0, at, name, pens.bold)
        sheet.set_column(at, at, _width((name, *column.values)))
        _column(sheet, at, column, released[name], pens)
    _usable(sheet, table.num_rows, table.num_columns)


def _column(sheet: Any, at: int, column: Column, released: ReleasedField, pens: _Pens) -> None:
    """Every value as what it is, where it was kept; else as text. A value is looked at once, however often it stands
    there; an empty one leaves its cell blank."""
    cells = [_cell(value, released) for value in column.values]
    for row, number in enumerate(column.numbers.tolist(), 1):
        cell = cells[number]
        if isinstance(cell, str):
            if cell:
                sheet.write_string(row, at, cell)
        elif isinstance(cell, dt.date):
            sheet.write_datetime(row, at, cell, pens.date)
        else:
            sheet.write_number(row, at, cell)


def _cell(value: str, released: ReleasedField) -> str | dt.date | float:
    kind = released.type
    if kind == "date" and (day := parse_date(value)) is not None and day.year >= _FIRST_YEAR:
        return day
    if kind in {"integer", "number"} and (number := _number(value)) is not None:
        return number
    return _fitting(value)


def _number(value: str) -> float | None:
    digits = value.removeprefix("-").replace(".", "", 1)
    return float(value) if digits.isascii() and digits.isdecimal() and len(digits) <= _EXACT else None


def _counts(sheet: Any, table: ReleasedTable, withheld: str, pens: _Pens) -> None:
    head = (*table.fields, "people")
    for column, name in enumerate(head):
        sheet.write_string(0, column, name, pens.bold)
        values = (cell.values[column] for cell in table.cells) if column < len(table.fields) else (withheld,)
        sheet.set_column(column, column, _width((name, *values)))
    for row, cell in enumerate(table.cells, 1):
        for column, value in enumerate(cell.values):
            sheet.write_string(row, column, _fitting(value))
        if cell.count is None:
            sheet.write_string(row, len(table.fields), withheld)
        else:
            sheet.write_number(row, len(table.fields), cell.count)
    _usable(sheet, len(table.cells), len(head))


def _dictionary(sheet: Any, metadata: Metadata, released: dict[str, ReleasedField], pens: _Pens) -> None:
    head = ("name", "label", "description", "rule", "level", "done_id", "done_en", "place", "purposes")
    lines = (
        (
            *(story.name, story.label, story.description, story.rule, story.level),
            *(_done(story, released, tongue) for tongue in LANGUAGES),
            *(story.place, ", ".join(story.purposes)),
        )
        for story in metadata.fields
    )
    _texts(sheet, head, lines, pens)


def _done(story: FieldStory, released: dict[str, ReleasedField], tongue: Language) -> str:
    with speaking(tongue):
        return words.what_was_done(story, released)


def _codes(sheet: Any, released: Sequence[ReleasedField], pens: _Pens) -> None:
    lines = ((each.field.name, code.code, code.id, code.en) for each in released for code in each.codes or ())
    _texts(sheet, ("field", "code", "id", "en"), lines, pens)


def _texts(sheet: Any, head: Sequence[str], lines: Iterable[Sequence[str]], pens: _Pens) -> None:
    """A sheet of texts under a head."""
    written = [tuple(_fitting(text) for text in line) for line in lines]
    for column, name in enumerate(head):
        sheet.write_string(0, column, name, pens.bold)
        for row, line in enumerate(written, 1):
            sheet.write_string(row, column, line[column], pens.wrapped)
        sheet.set_column(column, column, _width((name, *(line[column] for line in written))))
    _usable(sheet, len(written), len(head))


def _fitting(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - len(_CUT)] + _CUT


def _width(texts: Iterable[str]) -> int:
    """Wide enough for the longest text and the filter's arrow, within reason."""
    return min(_WIDEST, max(map(len, texts)) + 3)


def _usable(sheet: Any, rows: int, columns: int) -> None:
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(rows, 1), columns - 1)
