"""The example's workbook as people spoil it, with the code and the place of the refusal."""
# ruff: noqa: E501  # a table is read by its columns

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
from agreements.example import agreement

from exchange.agreements.workbook import workbook

Change = Callable[[Any], object]


def edited(change: Change, folder: Path) -> Path:
    """The example's workbook as somebody has changed it in Excel."""
    book = openpyxl.load_workbook(io.BytesIO(workbook(agreement())))
    change(book)
    file = folder / "dsa.xlsx"
    book.save(file)
    return file


def put(sheet: str, row_of: str, head: str, value: object) -> Change:
    """Type `value` under `head` in the row that begins with `row_of`."""

    def change(book: Any) -> None:
        cell(book, sheet, row_of, head).value = value

    return change


def cell(book: Any, sheet: str, row_of: str, head: str) -> Any:
    heads = [each.value for each in book[sheet][1]]
    row = next(row for row in book[sheet].iter_rows() if row[0].value == row_of)
    return row[heads.index(head)]


def new_sheet(name: str) -> Change:
    return lambda book: book.create_sheet(name)


def new_column(sheet: str, head: str) -> Change:
    def change(book: Any) -> None:
        book[sheet].cell(1, book[sheet].max_column + 1).value = head

    return change


BROKEN: list[tuple[Change, str, str]] = [
    (lambda book: book.remove(book["parties"]), "agreement.no_sheet", "dsa.xlsx, parties"),
    (lambda book: book.remove(book["tables"]), "agreement.no_sheet", "dsa.xlsx, tables"),
    (new_sheet("notes"), "agreement.unknown_sheet", "dsa.xlsx"),
    (new_column("parties", "fax"), "agreement.unknown_column", "dsa.xlsx, parties, O1"),
    (new_column("purposes", "dpv"), "agreement.repeated_key", "dsa.xlsx, purposes, G1"),
    (lambda book: book["recipients"].delete_cols(3), "agreement.no_column", "dsa.xlsx, recipients"),
    (put("agreement", "delivery.due_day", "value", 40), "agreement.bad_value", "sheet agreement, cell C"),
    (put("agreement", "delivery.due_day", "value", "ten"), "agreement.bad_value", "sheet agreement, cell C"),
    (put("agreement", "delivery.due_day", "value", None), "agreement.missing_key", "sheet agreement"),
    (put("agreement", "delivery.due_day", "clause", "delivery.due_dai"), "agreement.unknown_key", "sheet agreement, cell C"),
    (put("agreement", "delivery.due_day", "clause", "delivery.grace_days"), "agreement.repeated_key", "sheet agreement, cell C"),
    (put("agreement", "delivery.due_day", "clause", "delivery"), "agreement.repeated_key", "sheet agreement, cell C"),
    (put("agreement", "approval.people", "value", "yes"), "agreement.bad_value", "sheet agreement, cell C"),
    (put("agreement", "consent.accept", "value", "Given?"), "agreement.bad_value", "sheet agreement, cell C"),
    (put("agreement", "term.effective", "value", "1 September 2026"), "agreement.bad_value", "sheet agreement, cell C"),
    (put("agreement", "impact_assessment.required", "value", "yes"), "agreement.bad_value", "sheet agreement, cell C"),
    (put("texts", "title", "en", None), "agreement.missing_key", "sheet texts"),
    (put("texts", "title", "id", "a\u202eb"), "agreement.bad_value", "sheet texts, cell C"),
    (put("parties", "yks", "role", "boss"), "agreement.bad_value", "sheet parties, cell C2"),
    (put("parties", "yks", "key", "SHA256:short"), "agreement.bad_value", "sheet parties, cell H2"),
    (put("parties", "gt-ntt", "tier", None), "agreement.bad_value", "sheet parties, cell A3"),
    (put("parties", "io-id", "cross_border.countries", "Swiss"), "agreement.bad_value", "sheet parties, cell K5"),
    (put("parties", "io-id", "named_users", "a; a"), "agreement.bad_value", "sheet parties, cell J5"),
    (put("signatories", "yks", "by", "fax"), "agreement.bad_value", "sheet signatories, cell D2"),
    (put("prohibited", "contact_data_subject", "except", "io-id=whenever"), "agreement.bad_value", "sheet prohibited, cell B4"),
    (put("recipients", "io-id", "name", "gt-ntt"), "agreement.repeated_key", "sheet recipients, cell A4"),
    (put("recipients", "io-id", "name", None), "agreement.missing_key", "sheet recipients, cell A4"),
    (put("recipients", "io-id", "retention.keep_months", 0), "agreement.bad_value", "sheet recipients, cell C4"),
    (put("recipients", "io-id", "retention.then", "keep"), "agreement.bad_value", "sheet recipients, cell E4"),
    (put("consent forms", "F4", "from", "soon"), "agreement.bad_value", "sheet consent forms, cell B3"),
    (put("tiers", "task-force", "protect.k", 1), "agreement.bad_value", "sheet tiers, cell H3"),
    (put("tiers", "task-force", "protect.l_diversity", "vic_TypeOfExploitation=lots"), "agreement.bad_value", "sheet tiers"),
    (put("tiers", "task-force", "treated_as", "anything"), "agreement.bad_value", "sheet tiers, cell B3"),
    (put("fields", "prs_Gender", "tier: task-force", "show; for: trends"), "agreement.bad_value", "sheet fields"),
    (put("fields", "prs_Gender", "tier: task-force", "keep"), "agreement.missing_key", "sheet fields"),
    (put("fields", "prs_Gender", "tier: task-force", "keep; why: trends"), "agreement.unknown_key", "sheet fields"),
    (put("fields", "prs_Birthdate", "tier: task-force", "generalise; ladder: age_band; edges: 5, 1; for: trends"), "agreement.bad_value", "sheet fields"),
    (put("fields", "prs_Gender", "type", "text"), "agreement.bad_value", "sheet fields, cell B"),
    (put("fields", "prs_Gender", "x-class", None), "agreement.missing_key", "sheet fields"),
    (put("tables", "statistics", "by", "a; b; c; d"), "agreement.bad_value", "sheet tables, cell B"),
    (put("tables", "statistics", "tier", "nobody"), "agreement.missing_key", "sheet tables"),
    (lambda book: setattr(book["parties"].row_dimensions[3], "hidden", True), "extract.hidden_row", "dsa.xlsx, parties, 3"),
    (lambda book: book["parties"].merge_cells("B2:B3"), "extract.merged_cell", "dsa.xlsx, parties, B3"),
    (put("agreement", "delivery.due_day", "value", "=1+8"), "agreement.missing_key", "sheet agreement"),
]  # fmt: skip
