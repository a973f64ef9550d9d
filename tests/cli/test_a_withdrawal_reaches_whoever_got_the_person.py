"""However the case number is typed, the letter goes to those who got the person; nothing is half packed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from cli.organisations import Said
from cli.town import AGREEMENT, Town

from exchange.agreements.period import Period
from exchange.checking import Job, check
from exchange.preparing import consented


def packed_for_coordination(town: Town) -> str:
    """A bundle of personal data waits; the number of one case that is in it."""
    job = ("-a", AGREEMENT, "-p", "2026-09", "--to", "io-id")
    town.sender.does("pack", town.workbook, *job, "--note", "-", stdin="Tidak ada perubahan.")
    return went_to(town, "io-id", corrects=True)[0]


def went_to(town: Town, recipient: str, *, corrects: bool = False) -> list[str]:
    """The case numbers of the workbook's rows that this recipient may have now."""
    office = town.sender.office(dt.datetime.fromisoformat(town.sender.now))
    checked = check(office, Job(town.workbook, AGREEMENT, Period.read("2026-09"), (recipient,), corrects=corrects))
    went = consented(office, checked, checked.permits[0])
    cases: list[str] = went.table.column(went.permit.agreement.data.key).to_pylist()
    return cases


def withdrawn(town: Town, case: str) -> Said:
    return town.sender.run("--json", "withdraw", "-", "-a", AGREEMENT, stdin=case)


@pytest.mark.parametrize("typed", [str.upper, str.lower, lambda case: f"  {case.replace('-', ' ')}".strip()])
def test_the_letter_is_written_however_the_number_is_typed(town: Town, typed: Callable[[str], str]) -> None:
    case = packed_for_coordination(town)
    town.sender.approves()
    town.sender.does("deliver", "--to-folder", town.stick)
    assert withdrawn(town, typed(case)).json["told"] == ["io-id"]


def test_one_missing_card_stops_the_bundles_of_all(town: Town) -> None:
    (town.sender.folder / "cards" / "io-id.card.json").unlink()
    said = town.sender.run("pack", town.workbook, "-a", AGREEMENT, "-p", "2026-09", "--note", "-", stdin="Tidak ada.")
    assert (said.status, said.codes) == (4, ["card.unknown"])
    assert not town.sender.run("--json", "status").json["outbox"]


@pytest.mark.parametrize("recipient", ["gt-ntt", "io-id"])
def test_whoever_withdrew_is_in_nothing_that_is_packed_afterwards(town: Town, recipient: str) -> None:
    """In a gated tier she is merely absent from the next release; nobody is written to about her."""
    job = ("-a", AGREEMENT, "-p", "2026-09", "--to", recipient, "--note", "-")
    before = went_to(town, recipient)
    withdrawn(town, before[0].lower())
    assert went_to(town, recipient) == before[1:]

    (packed,) = town.sender.run("--json", "pack", town.workbook, *job, stdin="Tidak ada.").json
    assert packed["held_back"]["withdrawn"] == 1
