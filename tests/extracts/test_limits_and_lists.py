"""Limits hold to the day and to the cell, and what a list leaves out is left out."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from extracts.case_sheets import FIELDS, GOOD, LABELS, TODAY, case, mapping, read, refusal, value, write

from exchange.agreements.dictionary import Data
from exchange.agreements.reading import read_agreement
from exchange.extracts import csv_text, workbook
from exchange.extracts.extract import count_by_code
from exchange.extracts.mapping import check_mapping
from exchange.extracts.reading import read_extract


@cache
def data_with(old: str, new: str) -> Data:
    text = (Path(__file__).parents[2] / "exchange/demo/dsa-ntt.yaml").read_text(encoding="utf-8")
    assert old in text
    return read_agreement(text.replace(old, new), "dsa.yaml").data


OLDER = ('minimum: "1930-01-01"', 'minimum: "1900-01-01"')
LATEST = ('minimum: "1930-01-01"', 'maximum: "1990-08-16"')


@pytest.mark.parametrize(
    ("label", "day"),
    [("Incoming Referral Date", TODAY), ("Birthdate", dt.date(1930, 1, 1))],
    ids=["today", "first day"],
)
def test_the_first_and_the_last_day_are_within(tmp_path: Path, label: str, day: dt.date) -> None:
    assert not read(write(tmp_path / "k.xlsx", [GOOD | {"NIK": ""} | {label: day}])).findings


@pytest.mark.parametrize(
    ("terms", "born", "code"),
    [
        (OLDER, dt.date(1905, 1, 1), "impossible_age"),
        (LATEST, dt.date(1990, 8, 17), "out_of_range"),
    ],
)
def test_other_limits_of_a_dictionary(tmp_path: Path, terms: tuple[str, str], born: dt.date, code: str) -> None:
    path = write(tmp_path / "k.xlsx", [GOOD | {"NIK": "", "Birthdate": born}])
    extract = read_extract(path, mapping(), data_with(*terms), on=TODAY)
    assert count_by_code(extract.findings) == {f"extract.{code}": 1}


def test_an_empty_cell_is_written_as_the_dictionary_says(tmp_path: Path) -> None:
    other = data_with('{value: "", label: missing}', "{value: MISSING, label: missing}")
    path = write(tmp_path / "k.xlsx", [GOOD | {"Citizenship": "", "NIK": "5.30108E+15", "Gender": "?"}])
    extract = read_extract(path, mapping(), other, on=TODAY)
    empty = ("prs_Citizenship", "prs_IdentityNumber", "prs_Gender")
    assert [value(extract, name) for name in empty] == ["MISSING"] * 3


def test_rows_without_number_are_held_and_not_taken_for_doubles(tmp_path: Path) -> None:
    rows = [
        case(1, Nomor_kasus=""),
        case(2, Nomor_kasus=""),
        case(3, Nomor_kasus="unknown"),
        case(4, Nomor_kasus="UNKNOWN"),
    ]
    assert count_by_code(read(write(tmp_path / "k.xlsx", rows)).findings) == {"extract.no_key": 4}


def test_a_code_of_ioms_list_that_the_agreement_leaves_out_is_not_taken(tmp_path: Path) -> None:
    extract = read(write(tmp_path / "k.xlsx", [GOOD | {"Gender": "NonSpecifiedUnknown"}]))
    assert count_by_code(extract.findings) == {"extract.not_in_list": 1}


def test_places_are_read_by_name_only_where_the_mapping_says_so(tmp_path: Path) -> None:
    coded = GOOD | {"Provinsi asal": "53", "Kabupaten asal": "53.01"}
    path = write(tmp_path / "k.xlsx", [case(1), coded | {"Nomor kasus": "K-2"}])
    extract = read(path, mapping(places={}))
    assert [(f.row, f.code) for f in extract.findings] == [(3, "extract.unknown_place")] * 2
    assert value(extract, "x_OriginRegency", 1) == "53.01"


def test_a_name_over_a_label_that_fits_as_well_is_only_said(tmp_path: Path) -> None:
    names = FIELDS | {"First Name": "cas_IncomingReferralDetails"}
    extract = read(write(tmp_path / "k.xlsx", [GOOD], names=names))
    assert count_by_code(extract.findings) == {"extract.name_and_label": 1}


def test_what_places_a_case_in_a_period_must_be_mapped_even_where_it_may_be_empty() -> None:
    optional = (
        "Date the sender accepted the case, constraints: {required: true}}",
        "Date the sender accepted the case}",
    )
    using = mapping(columns={label: name for label, name in FIELDS.items() if name != "cas_IncomingReferralDate"})
    assert [each.where for each in check_mapping(using, data_with(*optional))] == ["cas_IncomingReferralDate"]


def as_text(tmp_path: Path, **changes: Any) -> Path:
    row = {label: str(cell).replace(";", ",") for label, cell in (GOOD | changes).items()} | {"": "1"}
    row["Type of Exploitation"] = "Servitude"
    path = tmp_path / "k.csv"
    path.write_text("\n".join(";".join(each) for each in (LABELS, [row[label] for label in LABELS])), encoding="utf-8")
    return path


def test_a_text_longer_than_excel_holds_holds_its_row(tmp_path: Path) -> None:
    using = mapping(header_rows=(1,))
    assert not read(as_text(tmp_path, **{"Incoming Referral Details": "x" * 32_767}), using).findings
    extract = read(as_text(tmp_path, **{"Incoming Referral Details": "x" * 32_768}), using)
    assert count_by_code(extract.findings) == {"extract.too_long": 1}


def test_a_file_and_a_table_beyond_the_limits_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = as_text(tmp_path)
    with monkeypatch.context() as smaller:
        smaller.setattr(csv_text, "_MOST_CELLS", 2)
        assert [each.code for each in refusal(path, mapping(header_rows=(1,)))] == ["extract.too_large"]
    monkeypatch.setattr(workbook, "LARGEST_FILE", path.stat().st_size - 1)
    assert [each.code for each in refusal(path)] == ["extract.too_large"]


def test_an_archive_with_a_password_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "k.xlsx", [GOOD])
    with zipfile.ZipFile(path, "a") as book:
        book.writestr("docProps/x.xml", "x")
        book.getinfo("docProps/x.xml").flag_bits |= 1
    assert [each.code for each in refusal(path)] == ["extract.password"]


def test_an_extract_does_not_change(tmp_path: Path) -> None:
    extract = read(write(tmp_path / "k.xlsx", [GOOD]))
    with pytest.raises(dataclasses.FrozenInstanceError):
        extract.findings = ()  # type: ignore[misc]  # the point of the test
