"""A mapping is refused where it is broken, and told where it does not fit the dictionary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from extracts.case_sheets import FIELDS, data, mapping

from exchange.errors import ExtractError
from exchange.extracts.mapping import check_mapping, load_mapping

LEAST = "mapping: 1\ncolumns: {Nomor: x_CaseRef}\n"


def codes(path: Path) -> list[str]:
    with pytest.raises(ExtractError) as refused:
        load_mapping(path)
    return [code.removeprefix("mapping.") for code in refused.value.codes]


def test_the_least_mapping_is_that_of_a_csv_file(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(LEAST, encoding="utf-8-sig")
    least = load_mapping(tmp_path / "m.yaml")
    assert (least.sheet, least.header_rows, least.lists, least.stays_here) == (None, (1,), None, ())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (LEAST + "colour: red\n", "unknown_key"),
        (LEAST.replace("1", "2", 1), "bad_value"),
        ("mapping: 1\n", "missing_key"),
        ("mapping: 1\ncolumns: {}\n", "bad_value"),
        (LEAST + "header_rows: [1, 3]\n", "bad_value"),
        (LEAST + "header_rows: [0]\n", "bad_value"),
        (LEAST + "header_rows: [1, 2, 3]\n", "bad_value"),
        (LEAST + "row_number_column: a1\n", "bad_value"),
        (LEAST + 'lists: {separator: ""}\n', "bad_value"),
        (LEAST + "places: {x_OriginProvince: guess}\n", "bad_value"),
        (LEAST + "stays_here: [nomor]\n", "bad_value"),
        (LEAST + "stays_here: [Agama, agama]\n", "bad_value"),
        ("mapping: 1\ncolumns: {Nomor: x_CaseRef, Nomor: x_CaseRef}\n", "repeated_key"),
        ("mapping: 1\ncolumns: &a {Nomor: x_CaseRef}\n", "anchor"),
        ("mapping: [1\n", "not_yaml"),
        ("", "empty"),
    ],
)
def test_a_broken_mapping_is_refused(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "m.yaml").write_text(text, encoding="utf-8")
    assert code in codes(tmp_path / "m.yaml")


def test_files_that_are_no_mapping(tmp_path: Path) -> None:
    assert codes(tmp_path / "none.yaml") == ["unreadable"]
    assert codes(tmp_path) == ["unreadable"]
    (tmp_path / "m.yaml").write_bytes(LEAST.encode("utf-16"))
    assert codes(tmp_path / "m.yaml") == ["encoding"]
    (tmp_path / "m.yaml").write_bytes(b"#" * (2 << 20))
    assert codes(tmp_path / "m.yaml") == ["too_large"]


def without(field: str) -> dict[str, str]:
    return {label: name for label, name in FIELDS.items() if name != field}


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"columns": FIELDS | {"Agama": "prs_Religion"}}, "unknown_field", "prs_Religion"),
        ({"values": {"prs_Religion": {"a": "b"}}}, "unknown_field", "prs_Religion"),
        ({"places": {"x_Village": "name"}}, "unknown_field", "x_Village"),
        ({"columns": FIELDS | {"KTP": "prs_IdentityNumber"}}, "field_twice", "prs_IdentityNumber"),
        ({"columns": without("x_CaseRef")}, "required_unmapped", "x_CaseRef"),
        ({"columns": without("cas_IncomingReferralDate")}, "required_unmapped", "cas_IncomingReferralDate"),
        ({"values": {"prs_Gender": {"P": "Perempuan"}}}, "unknown_code", "prs_Gender"),
        ({"values": {"vic_MethodsOfControl": {"utang": "Debt"}}}, "unknown_code", "vic_MethodsOfControl"),
        ({"values": {"prs_Citizenship": {"WNI": "IDN"}}}, "unknown_code", "prs_Citizenship"),
        ({"values": {"prs_Deceased": {"ya": "yes"}}}, "unknown_code", "prs_Deceased"),
        ({"values": {"prs_Gender": {"p": "Feminine", "P ": "Masculine"}}}, "values_collide", "prs_Gender"),
        ({"places": {"prs_Gender": "name"}}, "not_a_place", "prs_Gender"),
    ],
)
def test_a_mapping_that_does_not_fit_is_told_where(changes: dict[str, Any], code: str, where: str) -> None:
    (problem,) = check_mapping(mapping(**changes), data())
    assert problem.code == f"mapping.{code}"
    assert problem.where.endswith(where)


def test_everything_that_does_not_fit_is_told_at_once() -> None:
    found = check_mapping(mapping(columns={"a": "b"}, places={"c": "name"}), data())
    assert {problem.where for problem in found} >= {"b", "c", "x_CaseRef", "vic_TraffickingStatus"}
