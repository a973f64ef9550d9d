"""The same bundle as one Excel workbook: rows, tables, dictionary, metadata and caveats, each a sheet.

Written with `write_string`, so that no cell is ever a live formula; identifiers stay text, counts are numbers.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from exchange.bundle.metadata import Metadata
from exchange.locale import _, speaking
from exchange.protect.protected import Protected, ReleasedTable

if TYPE_CHECKING:
    import pyarrow as pa

_SHEET_NAME_LENGTH = 31  # Excel's limit
_FORBIDDEN = str.maketrans("", "", "[]:*?/\\'")


def workbook(protected: Protected, metadata: Metadata) -> bytes:
    """The .xlsx. Reproducible: the time of creation is the bundle's."""
    import xlsxwriter

    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": metadata.created.replace(tzinfo=None), "title": metadata.title.en})
    bold = book.add_format({"bold": True})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    _about(book.add_worksheet("README"), metadata, bold, wrapped)
    if protected.rows is not None:
        _rows(book.add_worksheet(_sheet_name(protected.permit.agreement.data.name)), protected.rows, bold)
    for number, table in enumerate(protected.tables, 1):
        _table(book.add_worksheet(_sheet_name(f"T{number} {' '.join(table.fields)}")), table, bold)
    _dictionary(book.add_worksheet("dictionary"), metadata, bold, wrapped)
    book.close()
    return target.getvalue()


def _sheet_name(text: str) -> str:
    return text.translate(_FORBIDDEN)[:_SHEET_NAME_LENGTH]


def _about(sheet: Any, metadata: Metadata, bold: Any, wrapped: Any) -> None:
    sheet.set_column(0, 1, 70)
    lines = [
        (metadata.confidentiality.id, metadata.confidentiality.en),
        (metadata.title.id, metadata.title.en),
        (f"{metadata.agreement}", metadata.period),
        (metadata.sender.name, metadata.recipient.name),
        (metadata.population.id, metadata.population.en),
        *((f"{each.code}: {each.text.id}", f"{each.code}: {each.text.en}") for each in metadata.caveats),
    ]
    if metadata.note:
        lines.append((_in("id", "The sender's note for this period"), metadata.note))
    for row, pair in enumerate(lines):
        for column, text in enumerate(pair):
            sheet.write_string(row, column, text, bold if row == 0 else wrapped)


def _in(tongue: Any, message: str) -> str:
    with speaking(tongue):
        return _(message)


def _rows(sheet: Any, table: pa.Table, bold: Any) -> None:
    for column, name in enumerate(table.column_names):
        sheet.write_string(0, column, name, bold)
        for row, value in enumerate(table.column(name).to_pylist(), 1):
            sheet.write_string(row, column, value)
    _usable(sheet, table.num_rows, len(table.column_names))


def _table(sheet: Any, table: ReleasedTable, bold: Any) -> None:
    for column, name in enumerate((*table.fields, "people")):
        sheet.write_string(0, column, name, bold)
    for row, cell in enumerate(table.cells, 1):
        for column, value in enumerate(cell.values):
            sheet.write_string(row, column, value)
        if cell.count is None:
            sheet.write_string(row, len(table.fields), _("withheld"))
        else:
            sheet.write_number(row, len(table.fields), cell.count)
    _usable(sheet, len(table.cells), len(table.fields) + 1)


def _dictionary(sheet: Any, metadata: Metadata, bold: Any, wrapped: Any) -> None:
    head = ("name", "label", "description", "rule", "level", "place")
    sheet.set_column(0, 1, 26)
    sheet.set_column(2, 2, 70)
    for column, name in enumerate(head):
        sheet.write_string(0, column, name, bold)
    for row, field in enumerate(metadata.fields, 1):
        for column, name in enumerate(head):
            sheet.write_string(row, column, getattr(field, name), wrapped)
    _usable(sheet, len(metadata.fields), len(head))


def _usable(sheet: Any, rows: int, columns: int) -> None:
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(rows, 1), columns - 1)
