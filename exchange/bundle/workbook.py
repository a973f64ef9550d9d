"""The same bundle as one Excel workbook: metadata, caveats, rows, tables, dictionary and codes, each a sheet.

Texts are written as texts (agreements/excel.py), so that no cell is ever a live formula; of one too long for a cell the
CSV has the whole. Identifiers, bands and codes stay text; counts, kept numbers and kept dates are numbers and dates;
what is withheld says so, in grey. The workbook is the same whoever makes it, in whatever language.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from exchange.agreements.dictionary import parse_date
from exchange.agreements.excel import cut, new_workbook, write_text
from exchange.bundle import words
from exchange.bundle.metadata import Metadata
from exchange.bundle.released import ReleasedField
from exchange.errors import BundleError, Problem
from exchange.locale import LANGUAGES, _, speaking
from exchange.protect.columns import Column
from exchange.protect.protected import Protected, ReleasedTable

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ROWS = 1_048_575  # Excel's limit, below the header
_EXACT = 15  # digits that Excel keeps of a number
_FIRST_DAY = dt.date(1900, 3, 1)  # of Excel's calendar; before it Excel counts a day that never was
_WIDEST = 60  # of a column, in characters
_Cell = str | dt.date | float


def workbook(protected: Protected, metadata: Metadata, released: Sequence[ReleasedField]) -> bytes:
    """The .xlsx. The time of creation is the bundle's. BundleError `bundle.too_long` for more rows than Excel has."""
    target = io.BytesIO()
    book = new_workbook(target)
    book.set_properties({"created": metadata.created.replace(tzinfo=None), "title": metadata.title.en})
    pens = _Pens(
        bold=book.add_format({"bold": True, "valign": "top"}),
        wrapped=book.add_format({"text_wrap": True, "valign": "top"}),
        date=book.add_format({"num_format": "yyyy-mm-dd"}),
        withheld=book.add_format({"font_color": "#666666", "italic": True}),
    )
    by_name, withheld = {each.field.name: each for each in released}, protected.permit.agreement.data.suppressed()
    # Names of our own: what an agreement calls its data may be a name that Excel keeps for itself.
    _metadata(book.add_worksheet("metadata"), protected, metadata, pens)
    _caveats(book.add_worksheet("caveats"), metadata, pens)
    if protected.rows is not None:
        _rows(book.add_worksheet("rows"), protected.rows, by_name, withheld, pens)
    for number, table in enumerate(protected.tables, 1):
        _counts(book.add_worksheet(f"table {number}"), table, withheld, pens)
    _dictionary(book.add_worksheet("dictionary"), metadata, pens)
    _codes(book.add_worksheet("codes"), released, pens)
    book.close()
    return target.getvalue()


@dataclass(frozen=True, slots=True)
class _Pens:
    bold: Any
    wrapped: Any
    date: Any
    withheld: Any


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
            write_text(sheet, row, 2 * block, question, pens.bold)
            write_text(sheet, row, 2 * block + 1, answer, pens.wrapped)
        sheet.set_column(2 * block, 2 * block, 30)
        sheet.set_column(2 * block + 1, 2 * block + 1, _WIDEST)


def _caveats(sheet: Any, metadata: Metadata, pens: _Pens) -> None:
    lines = ((each.code, each.kind, each.text.id, each.text.en, each.figure) for each in metadata.caveats)
    _texts(sheet, ("code", "kind", "id", "en", "figure"), lines, pens)


def _rows(sheet: Any, table: pa.Table, released: dict[str, ReleasedField], withheld: str, pens: _Pens) -> None:
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
        write_text(sheet, 0, at, name, pens.bold)
        sheet.set_column(at, at, _width((name, *column.values)))
        _column(sheet, at, column, [cell_of(value, released[name].type) for value in column.values], withheld, pens)
    _usable(sheet, table.num_rows, table.num_columns)


def _column(sheet: Any, at: int, column: Column, cells: Sequence[_Cell], withheld: str, pens: _Pens) -> None:
    """Every value as what it is, where it was kept; else as text. `cells`: what each value of the column becomes, made
    once however often it stands there; an empty one leaves its cell blank."""
    for row, number in enumerate(column.numbers.tolist(), 1):
        cell = cells[number]
        if isinstance(cell, str):
            if cell:
                write_text(sheet, row, at, cell, pens.withheld if cell == withheld else None)
        elif isinstance(cell, dt.date):
            sheet.write_datetime(row, at, cell, pens.date)
        else:
            sheet.write_number(row, at, cell)


def cell_of(value: str, kind: str) -> _Cell:
    """What a value becomes in its cell. `kind`: the type of its field, as it leaves."""
    if kind == "date" and (day := parse_date(value)) is not None and day >= _FIRST_DAY:
        return day
    if kind in {"integer", "number"} and (number := _number(value)) is not None:
        return number
    return cut(value)


def _number(value: str) -> float | None:
    digits = value.removeprefix("-").replace(".", "", 1)
    return float(value) if digits.isascii() and digits.isdecimal() and len(digits) <= _EXACT else None


def _counts(sheet: Any, table: ReleasedTable, withheld: str, pens: _Pens) -> None:
    head = (*table.fields, "people")
    for column, name in enumerate(head):
        write_text(sheet, 0, column, name, pens.bold)
        values = (cell.values[column] for cell in table.cells) if column < len(table.fields) else (withheld,)
        sheet.set_column(column, column, _width((name, *values)))
    for row, cell in enumerate(table.cells, 1):
        for column, value in enumerate(cell.values):
            write_text(sheet, row, column, value)
        if cell.count is None:
            write_text(sheet, row, len(table.fields), withheld, pens.withheld)
        else:
            sheet.write_number(row, len(table.fields), cell.count)
    _usable(sheet, len(table.cells), len(head))


def _dictionary(sheet: Any, metadata: Metadata, pens: _Pens) -> None:
    head = ("name", "label", "description", "rule", "level", "done_id", "done_en", "place", "purposes")
    lines = (
        (
            *(story.name, story.label, story.description, story.rule, story.level),
            *(story.how.in_(tongue) for tongue in LANGUAGES),
            *(story.place, ", ".join(story.purposes)),
        )
        for story in metadata.fields
    )
    _texts(sheet, head, lines, pens)


def _codes(sheet: Any, released: Sequence[ReleasedField], pens: _Pens) -> None:
    lines = ((each.field.name, code.code, code.id, code.en) for each in released for code in each.codes or ())
    _texts(sheet, ("field", "code", "id", "en"), lines, pens)


def _texts(sheet: Any, head: Sequence[str], lines: Iterable[Sequence[str]], pens: _Pens) -> None:
    """A sheet of texts under a head."""
    written = [tuple(line) for line in lines]
    for column, name in enumerate(head):
        write_text(sheet, 0, column, name, pens.bold)
        for row, line in enumerate(written, 1):
            write_text(sheet, row, column, line[column], pens.wrapped)
        sheet.set_column(column, column, _width((name, *(line[column] for line in written))))
    _usable(sheet, len(written), len(head))


def _width(texts: Iterable[str]) -> int:
    """Wide enough for the longest text and the filter's arrow, within reason."""
    return min(_WIDEST, max(map(len, texts)) + 3)


def _usable(sheet: Any, rows: int, columns: int) -> None:
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(rows, 1), columns - 1)
