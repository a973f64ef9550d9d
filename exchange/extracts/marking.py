"""The sender's own workbook again, with every finding at its cell: a colour by weight, a comment with what and hint,
and one more sheet that lists them all.

openpyxl reads the workbook and writes it anew: values, formulas, formats, widths, filters and validations stay;
pictures, charts, macros and some pick lists do not. What we write into cells is our own text and the sheet's name,
never a formula.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from exchange.errors import ExtractError
from exchange.extracts.extract import Finding, Weight
from exchange.extracts.findings import weight_word
from exchange.extracts.sheet import letter, refusal
from exchange.extracts.workbook import content_of
from exchange.locale import _

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.styles import PatternFill
    from openpyxl.workbook.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

# The heaviest first; a cell with several findings has the colour of the heaviest.
_COLOURS: dict[Weight, str] = {"refuse": "FFF4B6B6", "hold": "FFFBD9A5", "warn": "FFFFF3B8"}
_LARGEST = 64 << 20  # bytes of XML; openpyxl needs fifty times as much memory
_AUTHOR = "exchange"
_LOST = ("xl/media/", "xl/charts/", "xl/vbaProject.bin")
_EXTENDED = b"x14:dataValidations"  # pick lists that stand in another sheet, as IOM's template has them ([MS-XLSX])
_TAIL = 1 << 20  # bytes at the end of a sheet, where its extensions are
_WIDTHS = (24, 30, 8, 8, 34, 18, 60, 60)  # of the list's columns, in characters


def marked(path: Path, findings: Sequence[Finding], header_row: int) -> bytes:
    """The workbook at `path` with its findings marked; the file itself is only read.

    A finding about a whole column is marked at its label in `header_row`; one about the whole sheet is only listed.
    ExtractError: extract.not_markable for a file that is no .xlsx, or is too large; otherwise as `read_sheet`.
    """
    book = _opened(path)
    at: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.row or finding.column:
            at[finding.sheet, f"{finding.column or 'A'}{finding.row or header_row}"].append(finding)
    for (sheet, cell), of_cell in at.items():
        _mark(book[sheet][cell], of_cell)
    _list(book, findings)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def loses(path: Path) -> bool:
    """Whether the workbook holds what the marked one will not: pictures, charts, macros, Excel 2010's pick lists."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        tails = (archive.read(name)[-_TAIL:] for name in names if name.startswith("xl/worksheets/sheet"))
        return any(name.startswith(_LOST) for name in names) or any(_EXTENDED in tail for tail in tails)


def _opened(path: Path) -> Workbook:
    import openpyxl

    content = content_of(path)
    if not content.startswith(b"PK"):
        raise _not_markable(_("only a workbook (.xlsx) can be given back marked"), path)
    if _size(content) > _LARGEST:
        raise _not_markable(_("the workbook is too large to be given back marked"), path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is lost, `loses` tells
            return openpyxl.load_workbook(io.BytesIO(content), rich_text=True)
    except Exception:  # its parsers raise what they please; what it stumbled over may be a value
        raise _not_markable(_("the workbook cannot be written anew"), path) from None


def _size(content: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return sum(part.file_size for part in archive.infolist())


def _not_markable(what: str, path: Path) -> ExtractError:
    hint = _("leave --out away: the findings are listed all the same")
    return refusal("extract.not_markable", what, path.name, hint)


def _mark(cell: Cell | MergedCell, findings: Sequence[Finding]) -> None:
    """Colour and comment; of a cell that a merge has emptied, Excel shows neither."""
    from openpyxl.cell.cell import MergedCell
    from openpyxl.comments import Comment

    if isinstance(cell, MergedCell):
        return
    said = [cell.comment.text] if cell.comment else []
    said += [f"{each.what} [{each.code}]" + (f"\n{each.hint}" if each.hint else "") for each in findings]
    cell.comment = Comment("\n\n".join(said), _AUTHOR, height=40 + 50 * len(said), width=320)
    cell.fill = _fill(findings)


def _fill(findings: Sequence[Finding]) -> PatternFill:
    from openpyxl.styles import PatternFill

    heaviest = min((each.weight for each in findings), key=list(_COLOURS).index)
    return PatternFill("solid", fgColor=_COLOURS[heaviest])


def _list(book: Workbook, findings: Sequence[Finding]) -> None:
    """The sheet of all findings, in front of none of the sender's own."""
    from openpyxl.styles import Font

    sheet: Worksheet = book.create_sheet(_("findings"))
    head = (_("code"), _("sheet"), _("row"), _("column"), _("field"), _("weight"), _("what"), _("what to do"))
    for column, (label, width) in enumerate(zip(head, _WIDTHS, strict=True), 1):
        sheet.cell(1, column, label).font = Font(bold=True)
        sheet.column_dimensions[letter(column - 1)].width = width
    sheet.freeze_panes = "A2"
    for row, each in enumerate(findings, 2):
        listed = (each.code, each.sheet, each.row or None, each.column, each.field, weight_word(each.weight))
        for column, value in enumerate((*listed, each.what, each.hint), 1):
            _write(sheet, row, column, value)
        sheet.cell(row, 1).fill = _fill([each])


def _write(sheet: Worksheet, row: int, column: int, value: str | int | None) -> None:
    cell = sheet.cell(row, column, value)
    if isinstance(value, str):
        cell.data_type = "s"  # a sheet may be called "=1+1": a text that begins so would else be a formula
