"""The .xlsx against the .csv files and the metadata, and against what a workbook of ours can hold.

A recipient who opens the workbook opens nothing else. So it must say what the csv says, cell by cell, and hold nothing
that acts: no formula, link, macro, picture or hidden part. Ours are made of few parts and few elements; any other part
or element is refused, whatever it would do. Only the sheets that the csv files speak of are read, and none that reaches
further than they do: one cell far away would fill the memory with empty ones, as would a text longer than Excel's.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from exchange.agreements.excel import cut
from exchange.bundle.descriptor import Schema
from exchange.bundle.metadata import Metadata
from exchange.bundle.workbook import cell_of
from exchange.errors import ExtractError
from exchange.extracts.xlsx import archive_of, columns_of, sheet_parts
from exchange.locale import _
from exchange.protect.protected import ReleasedTable

_START = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PART = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(?:app|core)\.xml|xl/_rels/workbook\.xml\.rels"
    r"|xl/(?:workbook|styles|sharedStrings|theme/theme1|worksheets/sheet[0-9]{1,4})\.xml"
)
_ELEMENT = re.compile(rb"<([^\s/>!?]+)")
_OF_A_SHEET = re.compile(
    rb"worksheet|sheetPr|dimension|sheetViews?|pane|selection|sheetFormatPr|cols?|sheetData|row|c|v|autoFilter|pageMargins"
)
_CELL = re.compile(rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"(?: s="[0-9]+")?(?: t="[a-z]+")?/?>')
_LONGEST = 32_767 * 6  # bytes of the longest text that Excel holds, each sign escaped
_NAME = re.compile(rb"<definedName\b(?! name=\"_xlnm\._FilterDatabase\")")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
Sheet = list[tuple[str, ...]]
Shape = tuple[int, int]  # lines and columns, the head among the lines


def workbook_disagrees(
    content: bytes,
    said: Metadata,
    schema: Schema | None,
    columns: Mapping[str, Sequence[str]] | None,
    tables: Sequence[ReleasedTable],
) -> Iterator[str]:
    """`schema`, `columns`: the rows of the csv, None where there are none."""
    try:
        archive = archive_of(content, "")
        if not all(_is_plain(archive, part) for part in archive.infolist()):
            yield _("its workbook holds more than text, numbers and dates")
            return
        parts, shapes = sheet_parts(archive, ""), dict(_shapes(said, columns, tables))
        if {name for name in parts if name == "rows" or name.startswith("table ")} != set(shapes) - {"caveats"}:
            yield _("its workbook holds other tables than its csv files")
            return
        there = {name: most for name, most in shapes.items() if name in parts}
        if not all(_reaches_no_further(archive.read(parts[name]), *most) for name, most in there.items()):
            yield _("its workbook says other things than its csv files")
            return
        sheets = {name: _sheet(content, name) for name in there}
    except (ExtractError, zipfile.BadZipFile, zlib.error, EOFError, LookupError, NotImplementedError, ValueError):
        yield _("its workbook cannot be read")
        return
    if not (_same_rows(sheets, schema, columns) and _same_tables(sheets, tables)):
        yield _("its workbook says other things than its csv files")
    if sheets.get("caveats", [])[1:] != [
        tuple(map(cut, (each.code, each.kind, each.text.id, each.text.en, each.figure))) for each in said.caveats
    ]:
        yield _("its workbook has other caveats than its metadata")


def _is_plain(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    if not _PART.fullmatch(part.filename):
        return False
    content = archive.read(part)
    if not content.startswith(_START) or b"<!" in content:
        return False
    if part.filename.startswith("xl/worksheets/"):
        found = Counter(_ELEMENT.findall(content))
        return all(map(_OF_A_SHEET.fullmatch, found)) and sum(1 for _cell in _CELL.finditer(content)) == found[b"c"]
    return not _NAME.search(content) and max(map(len, content.split(b"</si>"))) < _LONGEST


def _shapes(
    said: Metadata, columns: Mapping[str, Sequence[str]] | None, tables: Sequence[ReleasedTable]
) -> Iterator[tuple[str, Shape]]:
    """How far each sheet reaches at most."""
    if columns is not None:
        yield "rows", (1 + max(map(len, columns.values())), len(columns))
    for number, table in enumerate(tables, 1):
        yield f"table {number}", (1 + len(table.cells), len(table.fields) + 1)
    yield "caveats", (1 + len(said.caveats), 5)


def _reaches_no_further(sheet: bytes, lines: int, columns: int) -> bool:
    """Every cell is looked at: they may stand in any order, and in another row than they say."""
    allowed = {_letters(number) for number in range(columns)}
    return all(cell[1] in allowed and int(cell[2]) <= lines for cell in _CELL.finditer(sheet))


def _letters(column: int) -> bytes:
    """What Excel calls a column, from 0: A to Z, then AA."""
    before, last = divmod(column, 26)
    return (_letters(before - 1) if before else b"") + bytes([ord("A") + last])


def _sheet(content: bytes, name: str) -> Sheet:
    columns = columns_of(content, name, "")
    return list(zip(*([text or "" for text in column.to_pylist()] for column in columns), strict=True))


def _same_rows(sheets: Mapping[str, Sheet], schema: Schema | None, columns: Mapping[str, Sequence[str]] | None) -> bool:
    """Rows that are empty at the end of a sheet are not there."""
    if schema is None or columns is None:
        return True
    head, *rows = sheets["rows"] or [()]
    if head != schema.names:
        return False
    read = list(zip(*rows, strict=True)) or [()] * len(head)
    return all(
        _same_column(cells, columns[field.name], field.type) for cells, field in zip(read, schema.fields, strict=True)
    )


def _same_column(cells: Sequence[str], values: Sequence[str], kind: str) -> bool:
    if len(cells) > len(values) or any(values[len(cells) :]):
        return False
    same = {pair: _same(*pair, kind) for pair in set(zip(cells, values, strict=False))}
    return all(same.values())


def _same(read: str, value: str, kind: str) -> bool:
    """Whether a cell, as it is read, holds `value` of the csv."""
    cell = cell_of(value, kind)
    if isinstance(cell, str):
        return read == cell.replace("\ufffe", "_xFFFE_").replace("\uffff", "_xFFFF_")  # as its reader leaves them
    if isinstance(cell, dt.date):
        return read == f"{cell} 00:00:00"
    return bool(_NUMBER.fullmatch(read)) and math.isclose(float(read), cell, rel_tol=1e-12, abs_tol=1e-15)


def _same_tables(sheets: Mapping[str, Sheet], tables: Sequence[ReleasedTable]) -> bool:
    return all(_same_counts(sheets[f"table {number}"], table) for number, table in enumerate(tables, 1))


def _same_counts(sheet: Sheet, table: ReleasedTable) -> bool:
    head, *rows = sheet or [()]
    if head != (*table.fields, "people") or len(rows) != len(table.cells):
        return False
    return all(
        all(_same(text, value, "string") for text, value in zip(values, cell.values, strict=True))
        and (people == str(cell.count) if cell.count is not None else bool(people) and not people.isdecimal())
        for (*values, people), cell in zip(rows, table.cells, strict=True)
    )
