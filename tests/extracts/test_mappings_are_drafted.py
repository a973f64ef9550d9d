"""A draft maps what label and values agree on, comments out what is unsure, and decides for nobody what stays."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from extracts.case_sheets import FIELDS, GOOD, TODAY, case, data, read, write

from exchange.agreements.dictionary import Data
from exchange.errors import ExtractError
from exchange.extracts.draft_yaml import to_yaml
from exchange.extracts.drafting import Draft, Line, draft
from exchange.extracts.likeness import Likeness, address_part, by_label, words_of
from exchange.extracts.mapping import check_mapping, load_mapping, read_mapping

PEOPLE = [
    case(n, NIK=f"53010757089{n:05}", Gender=("Perempuan", "Laki-laki")[n % 2], Mobile_Phone=f"0812-0000-{n:04}")
    for n in range(1, 8)
]


def drafted(path: Path, of: Data | None = None) -> Draft:
    return draft(path, of or data(), on=TODAY)


def line(found: Draft, label: str) -> Line:
    (only,) = [each for each in found.lines if each.label == label]
    return only


def relabelled(path: Path, old: str, new: str, **cells: Any) -> Draft:
    """The draft of a good workbook, one of whose columns has another label."""
    rows = [{new if label == old else label: value for label, value in row.items()} | cells for row in PEOPLE]
    labels = ["", *(new if label == old else label for label in GOOD)]
    return drafted(write(path, rows, labels=labels, names={}))


def test_a_draft_reads_as_a_mapping_that_reads_the_workbook_as_the_one_made_by_hand(tmp_path: Path) -> None:
    path = write(tmp_path / "k.xlsx", PEOPLE)
    file = tmp_path / "mapping.yaml"
    file.write_text(to_yaml(drafted(path)).replace("# stays_here", "stays_here").replace("#  -", "  -"))
    made = load_mapping(file)
    assert dict(made.columns) == FIELDS
    assert (made.header_rows, made.row_number_column) == ((1, 2), "A")
    assert made.lists is not None
    assert made.lists.separator == ";"
    assert check_mapping(made, data()) == ()
    assert read(path, made).table.equals(read(path).table)


def test_every_line_says_why(tmp_path: Path) -> None:
    text = to_yaml(drafted(write(tmp_path / "k.xlsx", PEOPLE)))
    section = text.partition("\ncolumns:\n")[2].partition("\nvalues:")[0].splitlines()
    assert section
    assert all(re.search(r" # \S", each) or each == "# stays_here:" for each in section)
    assert "by label and values" in text
    assert '  "Birthdate": prs_Birthdate' in text


def test_no_value_of_a_cell_stands_in_a_draft_but_the_words_of_known_codes(tmp_path: Path) -> None:
    rows = [{**row, "Gender": f"Rahasia{n}", "Salutation": f"Rahasia{n}"} for n, row in enumerate(PEOPLE)]
    text = to_yaml(drafted(write(tmp_path / "k.xlsx", rows)))
    assert "Rahasia" not in text
    for row in PEOPLE:
        for label in ("First Name", "NIK", "Nomor kasus", "Incoming Referral Details", "Mobile Phone"):
            assert str(row[label]) not in text
    assert "prs_Gender: 7 different words" in text


def test_nobody_but_a_person_says_that_a_column_stays(tmp_path: Path) -> None:
    found = drafted(write(tmp_path / "k.xlsx", PEOPLE))
    assert line(found, "Salutation").why == "unknown"
    assert read_mapping(to_yaml(found), "m.yaml").stays_here == ()


@pytest.mark.parametrize(
    ("old", "new", "field", "why"),
    [
        ("NIK", "Nomor KTP", "prs_IdentityNumber", "values"),
        ("Kabupaten asal", "Kabupaten / kota asal", "x_OriginRegency", "label_and_values"),
        ("Incoming Referral Date", "Tgl", "prs_Birthdate", "unsure_values"),
        ("Incoming Referral Date", "TANGGAL  rujukan", "cas_IncomingReferralDate", "label_and_values"),
        ("Methods of Control", "Methods", None, "unknown"),
        ("First Name", "Nama depan", "prs_FirstName", "label"),
    ],
)
def test_other_labels(tmp_path: Path, old: str, new: str, field: str | None, why: str) -> None:
    rows = [
        {**row, "Birthdate": dt.date(1990, 8, n), "Incoming Referral Date": dt.date(2026, 10, n)}
        for n, row in enumerate(PEOPLE, 1)
    ]
    changed = [{new if label == old else label: value for label, value in row.items()} for row in rows]
    labels = ["", *(new if label == old else label for label in GOOD)]
    found = line(drafted(write(tmp_path / "k.xlsx", changed, labels=labels, names={})), new)
    assert (found.field, found.why) == (field, why)


def test_a_label_whose_values_say_otherwise_is_commented_out(tmp_path: Path) -> None:
    rows = [{**row, "Birthdate": f"catatan {n}"} for n, row in enumerate(PEOPLE)]
    found = drafted(write(tmp_path / "k.xlsx", rows))
    assert (line(found, "Birthdate").why, line(found, "Birthdate").sure) == ("disagree", False)
    assert '  # "Birthdate": prs_Birthdate' in to_yaml(found)


def test_two_columns_for_one_field_are_both_unsure(tmp_path: Path) -> None:
    rows = [{**row, "Tanggal lahir": row["Birthdate"]} for row in PEOPLE]
    found = drafted(write(tmp_path / "k.xlsx", rows, labels=["", *GOOD, "Tanggal lahir"]))
    assert {line(found, label).why for label in ("Birthdate", "Tanggal lahir")} == {"unsure_twice"}


def with_address_fields() -> Data:
    """A dictionary that has IOM's address fields, which are texts."""
    document = data().model_dump(mode="json", by_alias=True, exclude_none=True)
    for name in ("prs_MailingCity", "prs_MailingCountry", "prs_MailingStreet"):
        document["schema"]["fields"].append(
            {"name": name, "type": "string", "x-label": name, "x-class": "direct", "description": "part of an address"}
        )
    return Data.model_validate(document)


def test_shifted_address_labels_are_caught_by_their_values(tmp_path: Path) -> None:
    cities = ["Kupang", "Kota Kupang", "Ende", "Surabaya", "Denpasar", "Belu", "Sikka"]
    rows = [
        {**row, "Mailing Street": city, "Mailing City": "Indonesia"} for row, city in zip(PEOPLE, cities, strict=True)
    ]
    names = {**FIELDS, "Mailing Street": "prs_MailingCity", "Mailing City": "prs_MailingCountry"}
    path = write(tmp_path / "k.xlsx", rows, labels=["", *GOOD, "Mailing Street", "Mailing City"], names=names)
    found = drafted(path, with_address_fields())
    assert [(line(found, label).field, line(found, label).why) for label in ("Mailing Street", "Mailing City")] == [
        ("prs_MailingCity", "shifted"),
        ("prs_MailingCountry", "shifted"),
    ]
    without_names = write(tmp_path / "l.xlsx", rows, labels=["", *GOOD, "Mailing Street", "Mailing City"], names={})
    found = drafted(without_names, with_address_fields())
    assert {line(found, label).why for label in ("Mailing Street", "Mailing City")} == {"disagree"}


@pytest.mark.parametrize(
    ("texts", "part"),
    [
        (["Jl. Contoh 5", "Gang Mawar no 3", "Jalan Raya RT 3 RW 2"], "Street"),
        (["85111", "85228"], "PostalCode"),
        (["Indonesia", "Malaysia", "MY"], "Country"),
        (["NTT", "Bali"], "State"),
        (["Ende", "Kab. Belu"], "City"),
        (["entah", "apa"], None),
        ([], None),
    ],
)
def test_parts_of_addresses_are_known_by_their_values(texts: list[str], part: str | None) -> None:
    assert address_part(texts) == part


def test_labels_with_signs_of_yaml_stay_labels(tmp_path: Path) -> None:
    odd = 'Gender": x  # "\n- {a: *b}'
    found = relabelled(tmp_path / "k.xlsx", "Salutation", odd)
    text = to_yaml(found).replace("# stays_here", "stays_here").replace("#  -", "  -")
    assert read_mapping(text, "m.yaml").stays_here == (odd,)


def test_the_sheet_with_the_cases_is_found_and_a_book_without_labels_is_refused(tmp_path: Path) -> None:
    def more(book: Any, page: Any) -> None:
        book.add_worksheet("about").write_string(0, 0, "NIK")

    path = write(tmp_path / "k.xlsx", PEOPLE, sheet="Kasus", then=more)
    assert drafted(path).sheet == "Kasus"
    with pytest.raises(ExtractError) as refused:
        draft(path, data(), on=TODAY, sheet="about")
    assert refused.value.problems[0].code == "mapping.no_header"


def test_a_text_file_is_drafted_as_well(tmp_path: Path) -> None:
    file = tmp_path / "k.csv"
    file.write_text("Nomor kasus;Birthdate;Gender\nK-1;1990-08-17;P\nK-2;1991-08-17;L\nK-3;1992-08-17;P\n")
    found = drafted(file)
    assert [each.field for each in found.lines] == ["x_CaseRef", "prs_Birthdate", "prs_Gender"]
    assert found.words["prs_Gender"] == {"P": "Feminine", "L": "Masculine"}
    file.write_text("Nomor kasus;Birthdate;Gender\nK-1;1990-08-17;P\nK-2;1991-08-17;W\n")
    assert "prs_Gender" not in drafted(file).words  # pria and wanita


def test_names_become_words_and_labels_are_compared_by_words() -> None:
    assert words_of("vic_ForcedLabourIndustry") == "Forced Labour Industry"
    decided = data().field("vic_TraffickingStatusDecisionMakingOrg")
    assert by_label("Trafficking Status Decision Making Organization", decided) == Likeness.PARTLY
    assert by_label("Status", data().field("cas_Status")) == Likeness.SAME
    assert by_label("Email", data().field("prs_FirstName")) == Likeness.NONE
