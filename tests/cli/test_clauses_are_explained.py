"""`exchange agreement explain`: each field by its clauses, each row by its reason, values for eyes alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import openpyxl
import pytest
from cli.organisations import files_of
from cli.town import AGREEMENT, Town

from exchange.agreements.obeyed import OBEYED
from exchange.consent.consented import HeldReason
from exchange.demo.workbooks import COLUMNS, SHEET

EXPLAIN = ("agreement", "explain", AGREEMENT)
STATUS = next(at for at, column in enumerate(COLUMNS, 2) if column.label == "Status persetujuan")
BIRTH = next(at for at, column in enumerate(COLUMNS, 2) if column.label == "Birthdate")


@pytest.mark.parametrize(
    ("field", "recipient", "leaves", "clauses"),
    [
        (
            "x_OriginRegency",
            "io-id",
            True,
            ["tiers.case-coordination.release.x_OriginRegency", "purposes.coordination"],
        ),
        ("x_OriginRegency", "gt-ntt", False, ["tiers.task-force.release"]),
        ("x_OriginRegency", "dinas-p3a", True, ["tiers.statistics.protect.tables"]),
        ("prs_FirstName", "gt-ntt", False, ["tiers.task-force.release", "tiers.task-force.match"]),
        ("x_ConsentScope", "io-id", False, ["consent.fields.scope"]),
        ("prs_Birthdate", "gt-ntt", True, ["data.age", "tiers.task-force.protect.k"]),
        ("vic_TypeOfExploitation", "gt-ntt", True, ["tiers.task-force.protect.l_diversity.vic_TypeOfExploitation"]),
        ("vic_TraffickingStatus", "gt-ntt", False, ["data.include.vic_TraffickingStatus"]),
    ],
)
def test_a_field_is_explained_by_the_clauses_that_touch_it(
    town: Town, field: str, recipient: str, leaves: bool, clauses: list[str]
) -> None:
    said = town.sender.run(*EXPLAIN, "--field", field, "--to", recipient, "--json").json
    assert said["leaves"] is leaves
    assert set(clauses) <= {each["clause"] for each in said["clauses"]}


def test_names_reach_nobody_but_their_tokens_do(town: Town) -> None:
    assert "only match tokens of it reach gt-ntt" in town.sender.does(
        *EXPLAIN, "--field", "prs_FirstName", "--to", "gt-ntt"
    )
    assert "nothing of it reaches dinas-p3a" in town.sender.does(
        *EXPLAIN, "--field", "prs_FirstName", "--to", "dinas-p3a"
    )


def test_fields_and_recipients_that_are_not_there_are_both_said(town: Town) -> None:
    said = town.sender.run(*EXPLAIN, "--field", "x_No", "--to", "yks")
    assert (said.status, said.codes) == (5, ["agreement.unknown_field", "agreement.not_a_recipient"])


def row(town: Town, number: int, *more: str, workbook: Path | None = None) -> tuple[str, ...]:
    file = str(workbook or town.workbook)
    return (*EXPLAIN, "--to", "gt-ntt", "--row", str(number), "--extract", file, "--period", "2026-09", *more)


def changed(town: Town, at: int, value: str) -> Path:
    """The workbook with a cell of its first case changed."""
    book = openpyxl.load_workbook(town.workbook)
    book[SHEET].cell(3, at).value = value
    book.save(town.folder / "changed.xlsx")
    return town.folder / "changed.xlsx"


def test_rows_go_or_stay_as_the_check_counts_them(town: Town) -> None:
    (counted,) = town.sender.run("check", town.workbook, *town.job, "--json").json["recipients"]
    said = [town.sender.run(*row(town, number, "--json")).json for number in range(3, 63)]
    stay = [each["reason"] for each in said if not each["goes"]]
    assert {reason: stay.count(reason) for reason in stay} == counted["held_back"]
    assert all(each["clauses"] for each in said if not each["goes"])


def test_a_row_that_stays_is_told_by_which_clause(town: Town) -> None:
    refused = town.sender.run(*row(town, 3, "--json", workbook=changed(town, STATUS, "ConsentRefused"))).json
    assert (refused["reason"], "consent.accept" in refused["clauses"]) == ("status", True)
    wrong = town.sender.run(*row(town, 3, "--json", workbook=changed(town, BIRTH, "entah"))).json
    assert (wrong["reason"], wrong["clauses"]) == ("finding", ["data.schema.fields.prs_Birthdate"])


def test_values_are_for_the_terminal_alone_and_nothing_is_kept(town: Town) -> None:
    town.sender.does("check", town.workbook, *town.job)  # opens what is not there yet
    before = files_of(town.sender.folder)
    for how in ((), ("--json",)):
        said = town.sender.spawn(*row(town, 3, *how))
        assert said.status == 0, said
        assert not [text for text in town.identifiers if text in said.out + said.err]
    assert files_of(town.sender.folder) == before
    names = {str(cell.value) for cell in openpyxl.load_workbook(town.workbook)[SHEET][3] if cell.value}
    status, screen = town.sender.talk(*row(town, 3), replies=[])
    assert status == 0
    assert [text for text in town.identifiers if text in names and text in screen]
    assert files_of(town.sender.folder) == before


def test_a_period_that_was_sent_can_still_be_asked_about(town: Town) -> None:
    town.packed()
    town.sender.does(*row(town, 3))


def test_what_is_no_case_and_what_is_no_question_is_said(town: Town) -> None:
    assert town.sender.run(*row(town, 2)).codes == ["usage.no_such_row"]
    assert town.sender.run(*EXPLAIN, "--to", "gt-ntt").codes == ["usage.explain"]
    assert town.sender.run(*EXPLAIN, "--to", "gt-ntt", "--row", "3").codes == ["usage.explain"]
    assert town.sender.run(*row(town, 3, "--field", "x_No")).codes == ["agreement.unknown_field"]


def test_every_reason_has_clauses_of_the_format(town: Town) -> None:
    from exchange.cli.explain import clauses_of

    class Leave:
        """As much of a permit as names clauses."""

        agreement = town.sender.workspace.agreements.newest(AGREEMENT).agreement
        recipient = agreement.party("gt-ntt")

    known = {path.partition(".")[0] for path in OBEYED}
    for reason in get_args(HeldReason):
        clauses = clauses_of(reason, Leave, ())  # type: ignore[arg-type]  # see above
        assert clauses or reason == "finding"
        assert {clause.partition(".")[0] for clause in clauses} <= known
    assert json.dumps(sorted(known))
