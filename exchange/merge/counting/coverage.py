"""Which source has reported which period: what the counts rest on, and where they have gaps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from exchange.agreements.agreement import Agreement
from exchange.agreements.clause import numbers
from exchange.agreements.period import Period
from exchange.agreements.permit import latest_day
from exchange.merge.records import Origin

State = Literal["reported", "no_rows", "not_here", "not_due"]


@dataclass(frozen=True, slots=True)
class Covered:
    """One period of one source under one agreement. `due`: the last day on which it is not late.

    `state`: rows came; a bundle came without rows (no case, or too few to be safe: the two look alike); nothing is
    here (it never came, or has been destroyed); nothing is here and it need not be yet. `late`: None where that cannot
    be told, because only its correction is here. `corrected`: what is here replaced an earlier bundle.
    """

    source: str
    agreement: str
    period: str
    due: dt.date
    state: State
    received: dt.date | None = None
    late: bool | None = None
    corrected: bool = False

    @property
    def is_gap(self) -> bool:
        return self.state in ("no_rows", "not_here")


def coverage(
    origins: Sequence[Origin], agreements: Sequence[Agreement], recipient: str, today: dt.date
) -> tuple[Covered, ...]:
    """Every period that `agreements`, of some of which there may be several versions, let expect until `today`."""
    found = []
    for agreement_id in sorted({each.id for each in agreements}):
        versions = sorted((each for each in agreements if each.id == agreement_id), key=lambda a: numbers(a.version))
        named = [each for each in versions if recipient in {party.id for party in each.recipients}]
        came = {each.metadata.period: each for each in origins if each.metadata.agreement.id == agreement_id}
        for period in _expected(named, recipient, today, came):
            found.append(_covered(named[-1], period, came.get(str(period)), today))
    return tuple(sorted(found, key=lambda each: (each.source, each.agreement, Period.read(each.period))))


def _expected(
    versions: Sequence[Agreement], recipient: str, today: dt.date, came: dict[str, Origin]
) -> Iterator[Period]:
    """The periods of the term that have ended, and what came beside."""
    if not versions:
        return
    newest = versions[-1]
    first, last = min(each.term.effective for each in versions), newest.term.expires
    every = newest.tier_of(recipient).every
    periods = {Period.read(each) for each in came}
    period = _around(first, every)
    while period.first <= last and period.last < today:
        periods.add(period)
        period = _around(period.last + dt.timedelta(days=1), every)
    yield from sorted(periods)


def _around(day: dt.date, every: Literal["month", "quarter"]) -> Period:
    return Period.read(f"{day:%Y-%m}" if every == "month" else f"{day.year}-Q{(day.month + 2) // 3}")


def _covered(agreement: Agreement, period: Period, origin: Origin | None, today: dt.date) -> Covered:
    due = latest_day(agreement, period)
    source = agreement.sender.id
    if origin is None:
        return Covered(source, agreement.id, str(period), due, "not_here" if today > due else "not_due")
    said = origin.metadata
    return Covered(
        source,
        agreement.id,
        str(period),
        due,
        "reported" if origin.rows else "no_rows",
        agreement.day(origin.received),
        said.made > due if said.replaces is None else None,
        said.replaces is not None,
    )
