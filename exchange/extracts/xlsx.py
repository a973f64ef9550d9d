"""Sheets of .xlsx files: calamine (through fastexcel) reads the cells as text, `marks` what calamine leaves out."""

from __future__ import annotations

import dataclasses
import io
import logging
import posixpath
import zipfile
import zlib
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from exchange.codes.tables import spelling
from exchange.errors import ExtractError
from exchange.extracts.extract import Source
from exchange.extracts.mapping import Mapping
from exchange.extracts.marks import Look, look
from exchange.extracts.sheet import Sheet, refusal
from exchange.locale import _

if TYPE_CHECKING:
    import pyarrow as pa
    from fastexcel import ExcelReader

_LARGEST_UNPACKED = 1 << 30  # bytes; 100,000 rows of 40 columns unpack to a fifth of it
_MOST_PARTS = 10_000
_LARGEST_INDEX = 4 << 20  # bytes; workbook.xml and its relations are a few kilobytes
_MOST_CELLS = 20_000_000
_PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # what Excel writes and reads (ECMA-376 part 2, annex B)


def read_xlsx(content: bytes, source: Source, mapping: Mapping) -> Sheet:
    """The sheet of a workbook that `mapping` names; see `workbook.read_sheet` for what is refused."""
    archive = archive_of(content, source.file)
    name = _sheet_name(archive, mapping, source.file)
    seen = look_at(archive, name, source.file)
    first_row = mapping.header_rows[-1] + 1
    columns = columns_of(content, name, source.file) if seen.height else ()
    headers = tuple(
        tuple(_cell(column, row - 1) for column in columns) if row <= seen.height else () for row in mapping.header_rows
    )
    return Sheet(
        dataclasses.replace(source, sheet=name),
        headers,
        tuple(column.slice(first_row - 1) for column in columns),
        first_row,
        seen.marks,
    )


def archive_of(content: bytes, file: str) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise _damaged(file) from None
    parts = archive.infolist()
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _LARGEST_UNPACKED:
        raise refusal("extract.too_large", _("unpacks to far more than a month's cases"), file)
    if any(part.compress_type not in _PACKED for part in parts):
        raise _damaged(file)
    if any(part.flag_bits & 1 for part in parts):
        raise refusal("extract.password", _("the file is protected with a password"), file)
    if "xl/workbook.xml" not in archive.namelist():
        hint = _("choose the .xlsx or .csv file with the cases")
        raise refusal("extract.not_a_workbook", _("not an Excel workbook"), file, hint)
    return archive


def _sheet_name(archive: zipfile.ZipFile, mapping: Mapping, file: str) -> str:
    names = tuple(sheet_parts(archive, file))
    wanted = mapping.sheet
    if wanted is None and len(names) == 1:
        return names[0]
    alike = [name for name in names if wanted is not None and spelling(name) == spelling(wanted)]
    there = _("sheets in the file: {names}").format(names=", ".join(names))
    if len(alike) > 1:
        raise refusal("extract.sheets_alike", _("two sheets have names that look the same"), file, there)
    if not alike:
        what = _("no sheet is named in the mapping, and the file has several")
        if wanted is not None:
            what = _("there is no sheet called {name}").format(name=wanted)
        raise refusal("extract.no_sheet", what, file, there)
    return alike[0]


def sheet_parts(archive: zipfile.ZipFile, file: str) -> dict[str, str]:
    """The name of each worksheet and the part of the archive that holds it (ECMA-376 part 1, 12.3.24 and 15.2.10)."""
    targets = {
        relation.get("Id", ""): posixpath.normpath(posixpath.join("/xl", relation.get("Target", "")))[1:]
        for relation in _index(archive, "xl/_rels/workbook.xml.rels", file)
        if relation.get("Type", "").endswith("/worksheet")
    }
    parts = {}
    for sheet in _index(archive, "xl/workbook.xml", file).iter():
        if _local(sheet.tag) == "sheet":
            relation = next((value for key, value in sheet.attrib.items() if _local(key) == "id"), "")
            if relation in targets:
                parts[sheet.get("name", "")] = targets[relation]
    return parts


def parts_of_sheet(archive: zipfile.ZipFile, sheet: str, kind: str, file: str) -> tuple[ET.Element, ...]:
    """The further parts of one kind that belong to the sheet in the part `sheet`: "comments", "threadedComment"."""
    folder, name = posixpath.split(sheet)
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in archive.namelist():
        return ()
    targets = [
        posixpath.normpath(posixpath.join("/", folder, relation.get("Target", "")))[1:]
        for relation in _index(archive, relations, file)
        if relation.get("Type", "").endswith(f"/{kind}")
    ]
    return tuple(_index(archive, target, file) for target in targets)


def _index(archive: zipfile.ZipFile, part: str, file: str) -> ET.Element:
    try:
        with archive.open(part) as stream:
            xml = stream.read(_LARGEST_INDEX + 1)
        if len(xml) > _LARGEST_INDEX or b"<!DOCTYPE" in xml:
            raise _damaged(file)
        return ET.fromstring(xml)  # noqa: S314  bounded, and without a DTD there are no entities to expand
    except (LookupError, ValueError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ET.ParseError):
        raise _damaged(file) from None


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def look_at(archive: zipfile.ZipFile, name: str, file: str) -> Look:
    part = sheet_parts(archive, file)[name]
    try:
        with archive.open(part) as stream:
            seen = look(stream)
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError):
        raise _damaged(file) from None
    if seen.height * seen.width > _MOST_CELLS:
        hint = _("delete stray cells far below or to the right of the table")
        raise refusal("extract.too_large", _("the sheet reaches over too many cells"), file, hint)
    return seen


def columns_of(content: bytes, name: str, file: str) -> tuple[pa.StringArray, ...]:
    """Every column from A, as text. calamine begins at the first column that holds something."""
    import fastexcel
    import pyarrow as pa

    logging.getLogger("calamine").setLevel(logging.CRITICAL + 1)  # its remarks on a file belong in no log
    try:
        reader: ExcelReader = fastexcel.read_excel(content)
        sheet = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        batch = sheet.to_arrow()
    except fastexcel.FastExcelError:
        raise _damaged(file) from None
    first = sheet.selected_columns[0].absolute_index if batch.num_columns else 0
    return (*(pa.nulls(batch.num_rows, pa.string()) for _each in range(first)), *batch.columns)


def _cell(column: pa.StringArray, row: int) -> str:
    return (column[row].as_py() or "") if row < len(column) else ""


def _damaged(file: str) -> ExtractError:
    hint = _("open it in Excel, save it again, and see that it was copied whole")
    return refusal("extract.damaged", _("the workbook is damaged"), file, hint)
