"""A workbook as people keep it becomes the dictionary's fields, whatever program wrote it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from extracts.case_sheets import FIELDS, GOOD, LABELS, SHEET, case, column_of, data, mapping, put, read, value, write

from exchange.extracts.mapping import check_mapping, load_mapping

SHARED = Path(__file__).parents[3] / "shared"
EXPECTED = {
    "x_CaseRef": "K-001",
    "prs_FirstName": "Contohwati",
    "prs_IdentityNumber": "5301075708900012",
    "prs_MobilePhone": "0812-0000-0001",
    "prs_Birthdate": "1990-08-17",
    "prs_Gender": "Feminine",
    "prs_Deceased": "false",
    "prs_Citizenship": "ID",
    "x_OriginProvince": "53",
    "x_OriginRegency": "53.01",
    "vic_TraffickingStatus": "ActualVictimOfTrafficking",
    "vic_TypeOfExploitation": "ForcedLabour;SexualExploitation",
    "vic_ForcedLabourIndustry": "C_Manufacturing",
    "vic_MethodsOfControl": "DebtBondage",
    "cas_IncomingReferralDate": "2026-10-05",
    "cas_IncomingReferralDetails": "Catatan contoh",
}


def test_labels_become_codes_dates_iso_and_names_of_places_codes(tmp_path: Path) -> None:
    extract = read(write(tmp_path / "kasus.xlsx", [GOOD]))
    assert extract.table.to_pylist() == [EXPECTED]
    assert extract.rows.to_pylist() == [3]
    assert (extract.source.file, extract.source.sheet) == ("kasus.xlsx", SHEET)
    assert extract.findings == ()


def test_columns_stand_in_the_order_of_the_dictionary_and_are_dictionary_encoded(tmp_path: Path) -> None:
    table = read(write(tmp_path / "k.xlsx", [GOOD])).table
    order = [field.name for field in data().fields]
    assert table.column_names == sorted(table.column_names, key=order.index)
    assert {str(kind) for kind in table.schema.types} == {"dictionary<values=string, indices=int32, ordered=0>"}


def test_a_month_without_cases_is_an_extract_without_rows(tmp_path: Path) -> None:
    extract = read(write(tmp_path / "k.xlsx"))
    assert len(extract) == 0
    assert extract.findings == ()


def test_rows_that_hold_only_their_number_are_empty(tmp_path: Path) -> None:
    def number_on(book: Any, page: Any) -> None:
        for row in range(3, 1000):
            page.write_number(row, 0, row - 1)

    assert read(write(tmp_path / "k.xlsx", [GOOD], then=number_on)).rows.to_pylist() == [3]


def test_row_numbers_are_those_of_excel_across_blank_rows(tmp_path: Path) -> None:
    extract = read(write(tmp_path / "k.xlsx", [case(1), {}, {}, case(2)]))
    assert extract.rows.to_pylist() == [3, 6]


def test_a_sheet_without_row_numbers_keeps_its_letters(tmp_path: Path) -> None:
    def then(book: Any, page: Any) -> None:
        put(page, 2, column_of("Nomor kasus"), "K-9")

    extract = read(write(tmp_path / "k.xlsx", then=then))  # column A is wholly empty
    assert value(extract, "x_CaseRef") == "K-9"
    (required,) = {f.column for f in extract.findings if f.field == "vic_TraffickingStatus"}
    assert required == "G"


def test_openpyxl_writes_what_is_read_alike(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.title = SHEET
    page.append([None, *(FIELDS[label] for label in LABELS[1:-1])])
    page.append([None, *LABELS[1:]])
    page.append([1, *(GOOD[label] for label in LABELS[1:])])
    book.save(tmp_path / "k.xlsx")
    assert read(tmp_path / "k.xlsx").table.to_pylist() == [EXPECTED]


def as_csv(rows: list[dict[str, Any]], separator: str) -> str:
    texts = [["", *(FIELDS.get(label, "") for label in LABELS[1:])], list(LABELS)]
    texts += [[str(number), *(str(row.get(label, "")) for label in LABELS[1:])] for number, row in enumerate(rows, 1)]
    return "".join(separator.join(f'"{text}"' if separator in text else text for text in row) + "\r\n" for row in texts)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_csv_in_the_encodings_and_separators_that_excel_writes(tmp_path: Path, encoding: str, separator: str) -> None:
    file = tmp_path / "k.csv"
    row = GOOD | {"First Name": "Contoh Né"}
    file.write_bytes(as_csv([row], separator).encode(encoding))
    assert read(file).table.to_pylist() == [EXPECTED | {"prs_FirstName": "Contoh Né"}]


def test_csv_that_names_its_separator(tmp_path: Path) -> None:
    file = tmp_path / "k.csv"
    file.write_text("sep=;\r\n" + as_csv([GOOD], ";"), encoding="utf-8")
    extract = read(file)
    assert extract.table.to_pylist() == [EXPECTED]
    assert extract.rows.to_pylist() == [3]


def test_csv_notes_may_hold_line_breaks_and_rows_still_count_as_in_excel(tmp_path: Path) -> None:
    file = tmp_path / "k.csv"
    note = '"baris satu\nbaris dua"'
    text = as_csv([case(1, Incoming_Referral_Details="N"), case(2)], ";").replace(";N;", f";{note};")
    file.write_bytes(text.encode())
    extract = read(file)
    assert value(extract, "cas_IncomingReferralDetails") == "baris satu\nbaris dua"
    assert extract.rows.to_pylist() == [3, 4]


@pytest.mark.parametrize(
    ("label", "written", "field", "expected"),
    [
        ("Birthdate", "17/08/1990", "prs_Birthdate", "1990-08-17"),
        ("Birthdate", "17 Agustus 1990", "prs_Birthdate", "1990-08-17"),
        ("Birthdate", "17-Aug-1990", "prs_Birthdate", "1990-08-17"),
        ("Birthdate", "1990", "prs_Birthdate", "1990-07-01"),
        ("Birthdate", dt.datetime(1990, 8, 17, 13, 30), "prs_Birthdate", "1990-08-17"),  # noqa: DTZ001  Excel has no zones
        ("Birthdate", "UNKNOWN", "prs_Birthdate", "UNKNOWN"),
        ("Birthdate", "declined", "prs_Birthdate", "DECLINED"),
        ("Gender", "perempuan", "prs_Gender", "Feminine"),
        ("Gender", "Tidak tahu", "prs_Gender", "UNKNOWN"),
        ("Gender", "TransgenderFeminine", "prs_Gender", "TransgenderFeminine"),
        ("Citizenship", "Namibia", "prs_Citizenship", "NA"),
        ("Citizenship", "Malaysia; Indonesia;Malaysia", "prs_Citizenship", "ID;MY"),
        (
            "Trafficking Status",
            "possible victim of  trafficking",
            "vic_TraffickingStatus",
            "PossibleVictimOfTrafficking",
        ),
        ("Meninggal", True, "prs_Deceased", "true"),
        ("Mobile Phone", 81200000001, "prs_MobilePhone", "81200000001"),
        ("NIK", "5301 0757 0890 0012", "prs_IdentityNumber", "5301075708900012"),
        ("NIK", "b 1234567", "prs_IdentityNumber", "B1234567"),
        ("Provinsi asal", "NTT", "x_OriginProvince", "53"),
        ("First Name", "  Dua  Kata\u00a0", "prs_FirstName", "Dua  Kata"),
        ("First Name", "Ne\u0301", "prs_FirstName", "Né"),
        ("First Name", "=HYPERLINK(1)", "prs_FirstName", "=HYPERLINK(1)"),
        ("Incoming Referral Details", "satu\r\ndua", "cas_IncomingReferralDetails", "satu\ndua"),
    ],
)
def test_one_value_in_many_forms(tmp_path: Path, label: str, written: Any, field: str, expected: str) -> None:
    changes = {label: written} | ({"Kabupaten asal": "Kab. Kupang"} if label == "Provinsi asal" else {})
    extract = read(write(tmp_path / "k.xlsx", [GOOD | changes]))
    assert value(extract, field) == expected
    assert not extract.held()


def test_a_regency_is_found_within_its_province(tmp_path: Path) -> None:
    rows = [
        case(1, Provinsi_asal="Jawa Barat", Kabupaten_asal="Banjar"),
        case(2, Provinsi_asal="Kalimantan Selatan", Kabupaten_asal="Banjar"),
    ]
    extract = read(write(tmp_path / "k.xlsx", rows))
    assert extract.table.column("x_OriginRegency").to_pylist() == ["32.79", "63.03"]


def test_the_sheets_name_may_differ_in_case_and_spaces(tmp_path: Path) -> None:
    assert len(read(write(tmp_path / "k.xlsx", [GOOD], sheet="case  sheet "))) == 1


def test_dates_of_a_macintosh_workbook_are_the_same_dates(tmp_path: Path) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(tmp_path / "k.xlsx", {"date_1904": True})
    page, day = book.add_worksheet(SHEET), book.add_format({"num_format": 14})
    for column, label in enumerate(LABELS):
        put(page, 1, column, label)
        put(page, 2, column, GOOD.get(label, ""), day)
    book.close()
    assert value(read(tmp_path / "k.xlsx"), "prs_Birthdate") == "1990-08-17"


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the templates of ../shared/htcds")
def test_ioms_own_template_filled_in(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(SHARED / "htcds/htcds-single-select-2.0.xlsx")
    page = book["Case Sheet"]
    using = load_mapping(SHARED / "examples/mapping-htcds.yaml")
    labels = {cell.value: cell.column for cell in page[2] if cell.value}
    for label in using.columns:
        if label not in labels:
            labels[label] = len(labels) + 2
            page.cell(2, labels[label], label)
    for label, cell in GOOD.items():
        page.cell(3, labels[label], cell)
    page.cell(3, labels["Mailing City"], "a city under the wrong name")
    book.save(tmp_path / "k.xlsx")
    extract = read(tmp_path / "k.xlsx", using)
    assert extract.table.select(list(EXPECTED)).to_pylist() == [EXPECTED]
    assert extract.findings == ()


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the example of ../shared/examples")
def test_the_example_mapping_loads_unchanged_and_fits_the_example_agreement() -> None:
    assert check_mapping(load_mapping(SHARED / "examples/mapping-htcds.yaml"), data()) == ()


def test_the_mapping_of_these_tests_fits() -> None:
    assert check_mapping(mapping(), data()) == ()
