"""A case that went with its own month is no late entry of the next one, though it still stands in the workbook."""

from __future__ import annotations

import datetime as dt

from cli.town import AGREEMENT, Town

from exchange.agreements.period import Period
from exchange.checking import Job, check
from exchange.preparing import consented

NOVEMBER = "2026-11-05T09:00:00+08:00"


def late_in_october(town: Town) -> set[str]:
    """The cases that would go to gt-ntt with October, from a workbook in which all are of September."""
    office = town.sender.office(dt.datetime.fromisoformat(NOVEMBER))
    checked = check(office, Job(town.workbook, AGREEMENT, Period.read("2026-10"), ("gt-ntt",)))
    went = consented(office, checked, checked.permits[0])
    return set(went.table.column(went.permit.agreement.data.key).to_pylist())


def test_what_was_sent_with_september_does_not_go_again_with_october(town: Town) -> None:
    assert late_in_october(town), "late entries are allowed: the test would show nothing otherwise"
    town.sender.does("pack", town.workbook, *town.job, "--note", "-", stdin="Tidak ada perubahan.")
    assert late_in_october(town) == set()
