"""How long a recipient may keep what it got, and by when its destruction is certified (clause `retention`).

The months run from receipt, as the calendar has them: what came on the 31st goes on the last day of a shorter month. On
that day, in the agreement's time zone, it is destroyed; the certificate follows within the days that are agreed. Where
retention does not survive the agreement, all of it is due on the first day on which the agreement no longer binds.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from typing import get_args
from zoneinfo import ZoneInfo

from exchange.agreements.agreement import Agreement
from exchange.agreements.state import Ground, Notice, end
from exchange.audit.entries import Entry
from exchange.duties.clock import Clock, Facts

DESTROY, CERTIFY = "retention.destroy", "retention.certify"


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day of the month so many months later; the last day where that month is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def destroy_on(agreement: Agreement, recipient: str, received: dt.datetime, ends: dt.date) -> dt.date:
    """The day on which what the recipient received then is to be destroyed. `ends`: `exchange.agreements.state.end`."""
    rule = agreement.retention[recipient]
    came = received.astimezone(_zone(agreement)).date()
    over = months_later(came, rule.keep_months)
    return over if rule.survives_end else min(over, max(came, ends))


def clocks(facts: Facts) -> Iterator[Clock]:
    """A recipient: destroy each bundle, and certify it. Its sender: the certificate of each that was acknowledged."""
    ends = end(facts.agreement, _notices(facts))
    destroyed, certified = _first(facts, "disposal.done"), _first(facts, "disposal.certified")
    if facts.party in facts.agreement.retention:
        for entry in facts.of("bundle.accepted"):
            yield _destroy(facts, facts.party, entry, ends, destroyed)
            yield _certify(facts, facts.party, entry, ends, certified)
    for entry in facts.of("bundle.acknowledged"):
        if facts.party == facts.agreement.sender.id and entry.counterpart in facts.agreement.retention:
            yield _certify(facts, entry.counterpart, entry, ends, certified)


def _destroy(facts: Facts, recipient: str, entry: Entry, ends: dt.date, done: dict[str, dt.datetime]) -> Clock:
    bundle = entry.bundle or ""
    return Clock(
        code=DESTROY,
        clause=f"retention.{recipient}.keep_months",
        agreement=facts.reference,
        party=recipient,
        about=bundle,
        began=entry.time,
        ends=_end_of(destroy_on(facts.agreement, recipient, entry.time, ends), facts.agreement),
        stopped=done.get(bundle),
    )


def _certify(facts: Facts, recipient: str, entry: Entry, ends: dt.date, done: dict[str, dt.datetime]) -> Clock:
    bundle, rule = entry.bundle or "", facts.agreement.retention[recipient]
    day = destroy_on(facts.agreement, recipient, entry.time, ends)
    return Clock(
        code=CERTIFY,
        clause=f"retention.{recipient}.certificate_within_days",
        agreement=facts.reference,
        party=recipient,
        about=bundle,
        began=entry.time,
        ends=_end_of(day + dt.timedelta(days=rule.certificate_within_days), facts.agreement),
        stopped=done.get(bundle),
    )


def _first(facts: Facts, kind: str) -> dict[str, dt.datetime]:
    """When each bundle was first noted so."""
    found: dict[str, dt.datetime] = {}
    for entry in facts.entries:
        if entry.kind == kind and entry.bundle is not None:
            found.setdefault(entry.bundle, entry.time)
    return found


def _notices(facts: Facts) -> Iterator[Notice]:
    """The terminations that the log tells of, as of the day on which it was told."""
    for entry in facts.of("agreement.ended"):
        grounds: tuple[Ground, ...] = get_args(Ground)
        ground = next((each for each in grounds if each in entry.codes), None)
        on = entry.time.astimezone(_zone(facts.agreement)).date()
        yield Notice("termination", facts.reference, entry.counterpart or facts.party, on, ground)


def _end_of(day: dt.date, agreement: Agreement) -> dt.datetime:
    """The last second of the day where the agreement's clocks go, in UTC."""
    return dt.datetime.combine(day, dt.time(23, 59, 59), _zone(agreement)).astimezone(dt.UTC)


def _zone(agreement: Agreement) -> ZoneInfo:
    return ZoneInfo(agreement.delivery.timezone)
