"""However the case number is typed, the letter goes to those who got the person; nothing is half packed."""

from __future__ import annotations

import datetime as dt

import pytest
from cli.organisations import Said
from cli.town import AGREEMENT, Town

from exchange.consent.applying import apply_consent  # noqa: F401  # what decides who went


def packed_for_coordination(town: Town) -> str:
    """A bundle of personal data waits; the number of one case that is in it."""
    job = ("-a", AGREEMENT, "-p", "2026-09", "--to", "io-id")
    town.sender.does("pack", town.workbook, *job, "--note", "-", stdin="Tidak ada perubahan.")
    from exchange.agreements.period import Period
    from exchange.sending import Job, check, consented

    office = town.sender.office(dt.datetime.fromisoformat(town.sender.now))
    checked = check(office, Job(town.workbook, AGREEMENT, Period.read("2026-09"), ("io-id",), corrects=True))
    went = consented(office, checked, checked.permits[0])
    return str(went.table.column(went.permit.agreement.data.key).to_pylist()[0])


def withdrawn(town: Town, case: str) -> Said:
    return town.sender.run("--json", "withdraw", "-", "-a", AGREEMENT, stdin=case)


@pytest.mark.parametrize("typed", [str.upper, str.lower, lambda case: f"  {case.replace('-', ' ')}".strip()])
def test_the_letter_is_written_however_the_number_is_typed(town: Town, typed: object) -> None:
    case = packed_for_coordination(town)
    assert callable(typed)
    assert withdrawn(town, typed(case)).json["told"] == ["io-id"]


def test_one_missing_card_stops_the_bundles_of_all(town: Town) -> None:
    (town.sender.folder / "cards" / "io-id.card.json").unlink()
    said = town.sender.run("pack", town.workbook, "-a", AGREEMENT, "-p", "2026-09", "--note", "-", stdin="Tidak ada.")
    assert (said.status, said.codes) == (4, ["card.unknown"])
    assert not town.sender.run("--json", "status").json["outbox"]
