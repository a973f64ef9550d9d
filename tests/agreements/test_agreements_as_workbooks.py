"""YAML, Excel and JSON are three ways of writing one agreement; a workbook that is broken is refused at its cell."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from agreements.any_agreement import agreements
from agreements.broken_workbooks import BROKEN, Change, cell, edited, put
from agreements.example import TEXT, agreement, changed
from agreements.opposites import full
from hypothesis import HealthCheck, given, settings

from exchange.agreements.agreement import Agreement
from exchange.agreements.check_dictionary import find
from exchange.agreements.crosschecks import check_agreement
from exchange.agreements.from_cells import from_cells
from exchange.agreements.reading import read_agreement
from exchange.agreements.to_cells import to_cells
from exchange.agreements.workbook import workbook
from exchange.agreements.yaml_writing import to_yaml
from exchange.errors import AgreementError, ExchangeError
from exchange.extracts.sheets import read_sheets


def through_excel(document: Agreement, folder: Path) -> Agreement:
    file = folder / "dsa.xlsx"
    file.write_bytes(workbook(document))
    return from_cells(read_sheets(file), file.name)[0]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=agreements())
def test_any_agreement_is_the_same_in_yaml_excel_and_json(document: Agreement, tmp_path_factory: Any) -> None:
    assert read_agreement(to_yaml(document), "dsa.yaml").digest == document.digest
    assert through_excel(document, tmp_path_factory.mktemp("any")).digest == document.digest
    as_json = document.model_dump_json(by_alias=True, exclude_none=True)
    assert Agreement.model_validate(json.loads(as_json)).digest == document.digest


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(agreements(), agreements())
def test_any_agreement_is_written_over_any_other(document: Agreement, base: Agreement) -> None:
    assert read_agreement(to_yaml(document, to_yaml(base)), "dsa.yaml").digest == document.digest


def test_the_example_and_every_kind_of_clause_come_back(tmp_path: Path) -> None:
    assert through_excel(agreement(), tmp_path).digest == agreement().digest
    assert through_excel(full(), tmp_path).digest == full().digest


def test_what_did_not_change_is_written_byte_for_byte() -> None:
    assert to_yaml(agreement(), TEXT) == TEXT


def test_only_the_changed_lines_change() -> None:
    one_more = (
        "cas_Status: {rule: keep",
        "cas_Status: {rule: keep, for: [coordination]}\n      cas_ReferringOrganisation: {rule: keep",
    )
    changes = (("k: 5 ", "k: 6 "), ("late_entries_days: 60", "late_entries_days: 30"), ("[CH, PH]", "[PH, SG]"))
    new = read_agreement(changed(*changes, one_more), "dsa.yaml")
    written = to_yaml(new, TEXT)
    assert read_agreement(written, "dsa.yaml").digest == new.digest
    lost = set(TEXT.splitlines()) - set(written.splitlines())
    assert len(lost) <= 4
    assert {line.partition("#")[2] for line in TEXT.splitlines()} <= {
        line.partition("#")[2] for line in written.splitlines()
    }


def test_parties_and_caveats_may_come_and_go_and_keep_their_comments() -> None:
    new = read_agreement(changed(("  - {id: C2, kind: selection_bias", "  - {id: C9, kind: other")), "dsa.yaml")
    written = to_yaml(new, TEXT)
    assert read_agreement(written, "dsa.yaml").digest == new.digest
    assert "# these travel with every bundle" in written


def test_rows_of_a_workbook_are_what_a_person_expects() -> None:
    cells = to_cells(agreement())
    head, *rows = cells["fields"]
    regency = dict(zip(head, next(row for row in rows if row[0] == "x_OriginRegency"), strict=True))
    assert regency["tier: statistics"] == "keep; for: trends"
    assert regency["tier: task-force"] == ""
    birth = dict(zip(head, next(row for row in rows if row[0] == "prs_Birthdate"), strict=True))
    assert birth["tier: task-force"] == "generalise; for: trends; ladder: age_band; edges: 0, 18, 30, 45"
    assert ("statistics", "prs_Birthdate; prs_Gender", "") in cells["tables"]


def test_what_an_officer_types_is_read(tmp_path: Path) -> None:
    import datetime as dt

    def change(book: Any) -> None:
        put("agreement", "delivery.due_day", "value", 9)(book)
        put("agreement", "term.expires", "value", dt.datetime(2027, 9, 30))(book)  # noqa: DTZ001  # as Excel has it
        put("recipients", "io-id", "retention.survives_end", False)(book)
        put("fields", "cas_ReferringOrganisation", "tier: case-coordination", "keep; for: coordination")(book)
        put("parties", "yks", "comment", "is this still the right address?")(book)

    found, _places = from_cells(read_sheets(edited(change, tmp_path)), "dsa.xlsx")
    assert (found.delivery.due_day, str(found.term.expires)) == (9, "2027-09-30")
    assert found.retention["io-id"].survives_end is False
    assert "cas_ReferringOrganisation" in found.tiers["case-coordination"].release
    assert find(found.data, "cas_ReferringOrganisation") is not None


@pytest.mark.parametrize(("change", "code", "where"), BROKEN, ids=range(len(BROKEN)))
def test_a_broken_workbook_is_refused_at_its_cell(change: Change, code: str, where: str, tmp_path: Path) -> None:
    with pytest.raises(ExchangeError) as refused:
        from_cells(read_sheets(edited(change, tmp_path)), "dsa.xlsx")
    assert any(each.code == code and where in each.where for each in refused.value.problems), refused.value.problems


def test_every_mistake_is_said_at_once(tmp_path: Path) -> None:
    def change(book: Any) -> None:
        put("parties", "yks", "role", "boss")(book)
        put("tiers", "task-force", "protect.k", 1)(book)
        put("agreement", "delivery.due_day", "value", 40)(book)

    with pytest.raises(AgreementError) as refused:
        from_cells(read_sheets(edited(change, tmp_path)), "dsa.xlsx")
    assert len(refused.value.problems) >= 3


def test_a_contradiction_names_its_cell(tmp_path: Path) -> None:
    file = edited(put("fields", "prs_FirstName", "tier: case-coordination", "keep; for: coordination"), tmp_path)
    (problem,) = check_agreement(*from_cells(read_sheets(file), file.name))
    assert problem.code == "agreement.identifier_released"
    assert "dsa.xlsx, sheet fields, cell" in problem.where


def test_what_begins_like_a_formula_is_text(tmp_path: Path) -> None:
    document = read_agreement(
        changed(("name: Yayasan Kasih Sesama (contoh)", "name: \"=cmd|' /C calc'!A1\"")), "dsa.yaml"
    )
    book = openpyxl.load_workbook(io.BytesIO(workbook(document)))
    assert cell(book, "parties", "yks", "name").data_type == "s"
    assert through_excel(document, tmp_path).digest == document.digest


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04nothing", b"not a workbook", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_workbook_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "dsa.xlsx"
    file.write_bytes(content)
    with pytest.raises(ExchangeError):
        read_sheets(file)
