"""The .xlsx of an agreement: an officer fills it in, a lawyer writes remarks, and it reads back to the same digest."""

from __future__ import annotations

import io
from collections.abc import Iterator

from exchange.agreements.agreement import Agreement
from exchange.agreements.excel import LONGEST, new_workbook, write_text
from exchange.agreements.strict_yaml import column_letter
from exchange.agreements.to_cells import Grid, to_cells
from exchange.errors import AgreementError, Problem
from exchange.locale import _

_WIDEST = 60  # of a column, in characters


def workbook(agreement: Agreement) -> bytes:
    """The workbook, every cell a text. AgreementError (agreement.not_for_excel): what Excel cannot hold."""
    sheets = to_cells(agreement)
    AgreementError.raise_all(_not_for_excel(sheets))
    target = io.BytesIO()
    book = new_workbook(target)
    bold = book.add_format({"bold": True, "valign": "top", "bottom": 1})
    cell = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})  # @: what is typed stays text
    for name, grid in sheets.items():
        sheet = book.add_worksheet(name)
        for at, head in enumerate(grid[0]):
            write_text(sheet, 0, at, head, bold)
            sheet.set_column(at, at, _width(grid, at), cell)
        for row, texts in enumerate(grid[1:], 1):
            for at, text in enumerate(texts):
                if text:
                    write_text(sheet, row, at, text, cell)
        sheet.freeze_panes(1, 1)
    book.close()
    return target.getvalue()


def _width(grid: Grid, at: int) -> int:
    return min(_WIDEST, max(10, *(len(row[at]) + 2 for row in grid)))


def _not_for_excel(sheets: dict[str, Grid]) -> Iterator[Problem]:
    for name, grid in sheets.items():
        for row, texts in enumerate(grid, 1):
            for at, text in enumerate(texts, 1):
                if len(text) > LONGEST or any(letter < " " and letter != "\n" for letter in text):
                    where = f"{name}, {column_letter(at)}{row}"
                    yield Problem("agreement.not_for_excel", _("an Excel cell cannot hold this text"), where)
