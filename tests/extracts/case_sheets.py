"""Case sheets of invented people, for tests: two header rows as in IOM's template, and a mapping that fits them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Words
from functools import cache
from pathlib import Path
from typing import Any

import xlsxwriter

from exchange.agreements.dictionary import Data
from exchange.agreements.reading import read_agreement
from exchange.errors import ExtractError, Problem
from exchange.extracts.extract import Extract
from exchange.extracts.mapping import Mapping
from exchange.extracts.reading import read_extract

TODAY = dt.date(2026, 11, 3)
SHEET = "Case Sheet"
FIELDS = {
    "First Name": "prs_FirstName",
    "Birthdate": "prs_Birthdate",
    "Gender": "prs_Gender",
    "Citizenship": "prs_Citizenship",
    "Mobile Phone": "prs_MobilePhone",
    "Trafficking Status": "vic_TraffickingStatus",
    "Methods of Control": "vic_MethodsOfControl",
    "Type of Exploitation": "vic_TypeOfExploitation",
    "Forced Labour Industry": "vic_ForcedLabourIndustry",
    "Incoming Referral Date": "cas_IncomingReferralDate",
    "Incoming Referral Details": "cas_IncomingReferralDetails",
    "Nomor kasus": "x_CaseRef",
    "NIK": "prs_IdentityNumber",
    "Meninggal": "prs_Deceased",
    "Provinsi asal": "x_OriginProvince",
    "Kabupaten asal": "x_OriginRegency",
}
LABELS = ("", *FIELDS, "Salutation")
GOOD: dict[str, Any] = {
    "First Name": "Contohwati",
    "Birthdate": dt.date(1990, 8, 17),
    "Gender": "Perempuan",
    "Citizenship": "Indonesia",
    "Mobile Phone": "0812-0000-0001",
    "Trafficking Status": "Actual victim of trafficking",
    "Methods of Control": "Debt bondage",
    "Type of Exploitation": "Forced labour; Sexual exploitation",
    "Forced Labour Industry": "Manufacturing",
    "Incoming Referral Date": dt.date(2026, 10, 5),
    "Incoming Referral Details": "Catatan contoh",
    "Nomor kasus": "K-001",
    "NIK": "5301075708900012",
    "Meninggal": "tidak",
    "Provinsi asal": "Nusa Tenggara Timur",
    "Kabupaten asal": "Kab. Kupang",
    "Salutation": "Ibu",
}
Rows = Sequence[Words[str, Any]]


@cache
def data() -> Data:
    """The dictionary of the example agreement."""
    file = Path(__file__).parents[2] / "exchange/demo/dsa-ntt.yaml"
    return read_agreement(file.read_text(encoding="utf-8"), file.name).data


def mapping(**changes: Any) -> Mapping:
    """A mapping that fits these sheets, with some keys changed."""
    return Mapping.model_validate(
        {
            "mapping": 1,
            "sheet": SHEET,
            "header_rows": (1, 2),
            "row_number_column": "A",
            "lists": {"separator": ";"},
            "columns": FIELDS,
            "stays_here": ("Salutation",),
            "values": {
                "prs_Gender": {"Perempuan": "Feminine", "Laki-laki": "Masculine", "Tidak tahu": "UNKNOWN"},
                "prs_Deceased": {"ya": "true", "tidak": "false"},
            },
            "places": {"x_OriginProvince": "name", "x_OriginRegency": "name"},
        }
        | changes
    )


def case(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A row without fault; `changes` name labels with underscores for spaces."""
    changed = {label.replace("_", " "): value for label, value in changes.items()}
    assert changed.keys() <= GOOD.keys(), changed.keys() - GOOD.keys()
    return GOOD | {"Nomor kasus": f"K-{number:03}"} | changed


def write(
    path: Path,
    rows: Rows = (),
    *,
    labels: Sequence[str] = LABELS,
    names: Words[str, str] | None = None,
    sheet: str = SHEET,
    then: Callable[[Any, Any], object] = lambda book, sheet: None,
) -> Path:
    """An .xlsx file by XlsxWriter: names (of some labels) in row 1, labels in row 2, row numbers in column A.

    `then` may write more to the book and its sheet.
    """
    book = xlsxwriter.Workbook(path)
    page, day = book.add_worksheet(sheet), book.add_format({"num_format": "dd/mm/yyyy"})
    for column, label in enumerate(labels):
        name = (names or FIELDS).get(label, "")
        if name:
            page.write_string(0, column, name)
        if label:
            page.write_string(1, column, label)
    for number, row in enumerate(rows, 1):
        page.write_number(number + 1, 0, number)
        for column, label in enumerate(labels):
            put(page, number + 1, column, row.get(label, ""), day)
    then(book, page)
    book.close()
    return path


def put(page: Any, row: int, column: int, value: Any, day: Any = None) -> None:
    """One cell, of the kind that the value's type says; rows and columns from 0."""
    if isinstance(value, bool):
        page.write_boolean(row, column, value)
    elif isinstance(value, dt.date):
        page.write_datetime(row, column, value, day)
    elif isinstance(value, int | float):
        page.write_number(row, column, value)
    elif value:
        page.write_string(row, column, value)


def column_of(label: str) -> int:
    """The column of a label, from 0."""
    return LABELS.index(label)


def read(path: Path, using: Mapping | None = None) -> Extract:
    return read_extract(path, using or mapping(), data(), on=TODAY)


def value(extract: Extract, field: str, row: int = 0) -> str:
    return str(extract.table.column(field)[row].as_py())


def refusal(path: Path, using: Mapping | None = None) -> tuple[Problem, ...]:
    """Why the file is refused; fails where it is not."""
    try:
        read(path, using)
    except ExtractError as error:
        return error.problems
    raise AssertionError("was not refused")
