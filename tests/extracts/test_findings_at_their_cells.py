"""What is wrong in a cell is found there, weighs what the table says, and is told without the value."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from extracts.case_sheets import (
    FIELDS,
    GOOD,
    LABELS,
    SHEET,
    TODAY,
    case,
    column_of,
    data,
    mapping,
    put,
    read,
    value,
    write,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.agreements.period import Period
from exchange.extracts.checks import check_period
from exchange.extracts.extract import Extract, count_by_code
from exchange.extracts.findings import WEIGHTS, texts
from exchange.extracts.sheet import letter
from exchange.locale import speaking

BELL = "Contoh\x07wati"
HELD = [
    ("Gender", "Wanita", "not_in_list"),
    ("Trafficking Status", "Korban", "not_in_list"),
    ("Trafficking Status", "", "required"),
    ("Type of Exploitation", "Forced labour; Perbudakan", "not_in_list"),
    ("Type of Exploitation", "Forced labour; UNKNOWN", "not_in_list"),
    ("Type of Exploitation", " ; ", "not_in_list"),
    ("Type of Exploitation", "Forced labour, Sexual exploitation", "not_in_list"),
    ("Citizenship", "Atlantis", "not_in_list"),
    ("Forced Labour Industry", "Manufacturing; Construction", "not_in_list"),
    ("Meninggal", "mungkin", "not_true_or_false"),
    ("Nomor kasus", "", "no_key"),
    ("Nomor kasus", "UNKNOWN", "no_key"),
    ("Gender", "SUPPRESSED", "reserved"),
    ("First Name", "suppressed", "reserved"),
    ("First Name", BELL, "control_character"),
    ("First Name", "abc\u202edef", "control_character"),
    ("Birthdate", "17/08/90", "two_digit_year"),
    ("Birthdate", "17 Agt 90", "two_digit_year"),
    ("Birthdate", "31/02/1990", "not_a_date"),
    ("Birthdate", "33055", "not_a_date"),
    ("Birthdate", 33055, "not_a_date"),
    ("Birthdate", "Juli 1990", "not_a_date"),
    ("Birthdate", "08/17/1990", "not_a_date"),
    ("Birthdate", dt.date(1929, 12, 31), "out_of_range"),
    ("Birthdate", TODAY + dt.timedelta(1), "future_date"),
    ("Birthdate", dt.date(2026, 10, 6), "impossible_age"),
    ("Incoming Referral Date", TODAY + dt.timedelta(1), "future_date"),
    ("Incoming Referral Date", "2026", "not_a_date"),
    ("Incoming Referral Date", "", "required"),
    ("Provinsi asal", "Nusa Utara", "unknown_place"),
    ("Kabupaten asal", "Kupang", "unknown_place"),
    ("Kabupaten asal", "Kabupaten Sleman", "place_elsewhere"),
]
WARNED = [
    ("NIK", 5301075708900010, "nik_broken", ""),
    ("NIK", "5.30108E+15", "nik_broken", ""),
    ("NIK", "530107570890001", "nik_broken", ""),
    ("NIK", "12345", "identity_unreadable", "12345"),
    ("NIK", "5301075808900012", "nik_birthdate", "5301075808900012"),
    ("NIK", "5301071708900012", "nik_gender", "5301071708900012"),
]


def finding(extract: Extract, code: str) -> Any:
    (found,) = [each for each in extract.findings if each.code == f"extract.{code}"]
    return found


@pytest.mark.parametrize(("label", "written", "code"), HELD)
def test_what_the_dictionary_does_not_take_holds_its_row(tmp_path: Path, label: str, written: Any, code: str) -> None:
    extract = read(write(tmp_path / "k.xlsx", [case(1), case(2) | {label: written}]))
    found = finding(extract, code)
    assert (found.sheet, found.row, found.column) == (SHEET, 4, letter(column_of(label)))
    assert found.field == FIELDS[label]
    assert extract.held() == {4}
    assert value(extract, FIELDS[label], 1) in data().missing() or code == "impossible_age"


@pytest.mark.parametrize(("label", "written", "code", "kept"), WARNED)
def test_a_nik_that_is_broken_or_disagrees_is_only_said(
    tmp_path: Path, label: str, written: Any, code: str, kept: str
) -> None:
    extract = read(write(tmp_path / "k.xlsx", [case(1), case(2) | {label: written}]))
    found = finding(extract, code)
    assert (found.weight, found.row, found.column) == ("warn", 4, letter(column_of(label)))
    assert value(extract, FIELDS[label], 1) == kept
    assert not extract.held()


def test_sixteen_digits_that_end_in_nought_are_whole_in_a_text_cell(tmp_path: Path) -> None:
    extract = read(write(tmp_path / "k.xlsx", [GOOD | {"NIK": "5301075708900010"}]))
    assert value(extract, "prs_IdentityNumber") == "5301075708900010"
    assert extract.findings == ()


@pytest.mark.parametrize("phone", ["0812-1 / 0813-2", "tidak ada", "0812"])
def test_what_is_not_one_phone_number_is_said(tmp_path: Path, phone: str) -> None:
    extract = read(write(tmp_path / "k.xlsx", [GOOD | {"Mobile Phone": phone}]))
    assert count_by_code(extract.findings) == {"extract.phone_unreadable": 1}


def test_error_cells_which_calamine_reads_as_nothing_hold_their_row(tmp_path: Path) -> None:
    def then(book: Any, page: Any) -> None:
        page.write_formula(3, column_of("Citizenship"), "=1/0", None, "#DIV/0!")
        page.write_formula(3, column_of("Salutation"), "=1/0", None, "#DIV/0!")  # stays here: no matter

    extract = read(write(tmp_path / "k.xlsx", [case(1), case(2, Citizenship="")], then=then))
    assert count_by_code(extract.findings) == {"extract.error_cell": 1}
    assert (finding(extract, "error_cell").row, finding(extract, "error_cell").column) == (4, "E")
    assert extract.held() == {4}


def test_a_required_cell_with_an_error_is_not_also_said_to_be_missing(tmp_path: Path) -> None:
    def then(book: Any, page: Any) -> None:
        page.write_formula(2, column_of("Trafficking Status"), "=NA()", None, "#N/A")

    extract = read(write(tmp_path / "k.xlsx", [GOOD | {"Trafficking Status": ""}], then=then))
    assert count_by_code(extract.findings) == {"extract.error_cell": 1}


def test_cells_emptied_by_a_merge_hold_their_rows(tmp_path: Path) -> None:
    at = column_of("Citizenship")
    rows = [case(number, Citizenship="") for number in (1, 2, 3)]
    path = write(tmp_path / "k.xlsx", rows, then=lambda book, page: page.merge_range(2, at, 4, at, "Indonesia"))
    extract = read(path)
    assert [(f.code, f.row) for f in extract.findings] == [("extract.merged_cell", 4), ("extract.merged_cell", 5)]
    assert value(extract, "prs_Citizenship") == "ID"


def test_hidden_rows_are_read_and_said(tmp_path: Path) -> None:
    hide = lambda book, page: page.set_row(3, None, None, {"hidden": True})  # noqa: E731  one line in a table of them
    extract = read(write(tmp_path / "k.xlsx", [case(1), case(2)], then=hide))
    assert len(extract) == 2
    assert [(f.code, f.row, f.weight) for f in extract.findings] == [("extract.hidden_row", 4, "warn")]


def test_one_month_first_date_makes_all_that_could_be_either_unreadable(tmp_path: Path) -> None:
    rows = [
        case(number, Birthdate=text) for number, text in enumerate(["8/17/1990", "3/4/1990", "5/5/1990", "20/4/1990"])
    ]
    extract = read(write(tmp_path / "k.xlsx", rows))
    found = [(f.row, f.code) for f in extract.findings if f.column == "C"]
    assert found == [(3, "extract.not_a_date"), (4, "extract.day_or_month")]
    assert extract.table.column("prs_Birthdate").to_pylist() == ["", "", "1990-05-05", "1990-04-20"]


def test_dates_that_excel_may_have_swapped_are_said(tmp_path: Path) -> None:
    days: list[Any] = [dt.date(1990, 1, 2), dt.date(1990, 1, 3), dt.date(1991, 12, 12), "25/12/1990"]
    extract = read(write(tmp_path / "k.xlsx", [case(number, Birthdate=day) for number, day in enumerate(days)]))
    found = finding(extract, "dates_swapped")
    assert (found.weight, found.row, found.column) == ("warn", 0, "C")


def test_a_name_of_another_field_over_a_label_whose_values_fit_is_said(tmp_path: Path) -> None:
    extract = read(write(tmp_path / "k.xlsx", [GOOD], names=FIELDS | {"Gender": "prs_Citizenship"}))
    found = finding(extract, "name_and_label")
    assert (found.weight, found.column, found.field) == ("warn", "D", "prs_Gender")


def test_late_entries_and_other_periods_are_told_apart(tmp_path: Path) -> None:
    days = [dt.date(2026, 10, 1), dt.date(2026, 9, 30), dt.date(2026, 8, 2), dt.date(2026, 8, 1), dt.date(2026, 11, 1)]
    extract = read(write(tmp_path / "k.xlsx", [case(n, Incoming_Referral_Date=day) for n, day in enumerate(days)]))
    found = check_period(extract, data(), Period.read("2026-10"))
    assert [(f.row, f.code.removeprefix("extract.")) for f in found] == [
        (4, "late_entry"),
        (5, "late_entry"),
        (6, "outside_period"),
        (7, "outside_period"),
    ]


def test_findings_stand_in_the_order_of_the_sheet(tmp_path: Path) -> None:
    rows = [case(1, Gender="?", NIK="?"), case(2, Kabupaten_asal="?", First_Name=BELL)]
    places = [(f.row, f.column) for f in read(write(tmp_path / "k.xlsx", rows)).findings]
    assert places == [(3, "D"), (3, "N"), (4, "B"), (4, "Q")]


@pytest.mark.parametrize("language", ["en", "id"])
def test_every_weight_has_its_words_and_only_those(language: Any) -> None:
    with speaking(language):
        assert texts().keys() == WEIGHTS.keys()
        assert all(what and not what.endswith(".") for what, _hint in texts().values())


def cells() -> st.SearchStrategy[Any]:
    text = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cs", "Cn"]), max_size=12)
    marked = text.map(lambda value: f"rahasia{value}")  # recognisable in whatever is said
    return st.one_of(marked, st.integers(10**6, 10**16 - 1), st.dates(dt.date(1900, 3, 1)), st.just(""))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(LABELS[1:]), cells(), min_size=3), min_size=1, max_size=4))
def test_no_message_repeats_a_value(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    path = tmp_path_factory.mktemp("any") / "k.xlsx"
    rows = [row | {"Nomor kasus": f"rahasia-{number}"} for number, row in enumerate(rows)]
    extract = read(write(path, rows))
    said = " ".join(str(dataclasses.astuple(each)) for each in extract.findings).casefold()
    assert "rahasia" not in said
    written = {str(cell) for row in rows for cell in row.values() if not isinstance(cell, str)}
    assert not [cell for cell in written if cell in said]


@settings(max_examples=15, deadline=None)
@given(st.permutations(["Forced labour", "Sexual exploitation", "Servitude", "Forced marriage"]), st.data())
def test_lists_are_the_same_in_any_order_and_with_repeats(
    tmp_path_factory: pytest.TempPathFactory, order: list[str], draw: st.DataObject
) -> None:
    spaces = draw.draw(st.sampled_from([";", "; ", " ;", ";;", " ; ;"]))
    written = [spaces.join(order), spaces.join([*order, order[0]])]
    path = tmp_path_factory.mktemp("lists") / "k.xlsx"
    extract = read(write(path, [case(n, Type_of_Exploitation=text) for n, text in enumerate(written)]))
    expected = "ForcedLabour;ForcedMarriage;Servitude;SexualExploitation"
    assert extract.table.column("vic_TypeOfExploitation").to_pylist() == [expected] * 2


def test_a_label_that_holds_the_separator_is_one_label(tmp_path: Path) -> None:
    using = mapping(lists={"separator": ","})
    extract = read(write(tmp_path / "k.xlsx", [GOOD | {"Type of Exploitation": "Servitude, Forced labour"}]), using)
    assert value(extract, "vic_TypeOfExploitation") == "ForcedLabour;Servitude"


def test_cells_and_rows_without_addresses_are_counted(tmp_path: Path) -> None:
    """Some programs leave out the optional addresses; marks then go by counting, as calamine does."""
    import re
    import zipfile

    def then(book: Any, page: Any) -> None:
        page.write_formula(3, 1, "=1/0", None, "#DIV/0!")
        put(page, 2, column_of("NIK"), 5301075708900010)

    rows = [{label: GOOD[label] for label in LABELS[1:]} | {"Nomor kasus": f"K-{n}"} for n in (1, 2)]
    with zipfile.ZipFile(write(tmp_path / "a.xlsx", rows, names={"": ""}, then=then)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    sheet = sheet.replace(b'<row r="2" spans="1:18">', b'<row r="1"/><row r="2" spans="1:18"><c r="A2"/>')
    parts["xl/worksheets/sheet1.xml"] = re.sub(rb'<c r="[A-Z]+[0-9]+"', b"<c", sheet)
    with zipfile.ZipFile(tmp_path / "k.xlsx", "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)
    extract = read(tmp_path / "k.xlsx")
    found = {(f.code, f.row, f.column) for f in extract.findings}
    assert found == {("extract.error_cell", 4, "B"), ("extract.nik_broken", 3, "N")}
