"""What a sender owes every period, and what a recipient owes for it: a bundle in time, and its receipt.

A period is owed from the day after it until its due day and the days of grace have passed; also one without cases,
where the agreement asks for a nil report. Where it does not, nobody can tell a month without cases from one that was
forgotten, and only what was packed is owed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from zoneinfo import ZoneInfo

from exchange.agreements.agreement import Agreement
from exchange.agreements.period import Period
from exchange.agreements.permit import latest_day
from exchange.audit.entries import Entry
from exchange.duties.clock import Clock, Facts

_DAY = dt.timedelta(days=1)
_SILENT_AFTER = {"month": dt.timedelta(days=45), "quarter": dt.timedelta(days=120)}


def clocks(facts: Facts) -> Iterator[Clock]:
    """For the sender: a bundle of each period to each recipient, and each receipt. For a recipient: what it waits for,
    and its own receipts."""
    if facts.party == facts.agreement.sender.id:
        for recipient in facts.agreement.recipients:
            yield from _bundles(facts, recipient.id)
        for entry in facts.of("bundle.delivered"):
            yield _receipt(facts, entry, by=entry.counterpart or "", stopped=_answered(facts, entry))
    elif any(recipient.id == facts.party for recipient in facts.agreement.recipients):
        yield from _bundles(facts, facts.party)
        for entry in facts.of("bundle.accepted"):
            yield _receipt(facts, entry, by=facts.party, stopped=facts.delivered.get(entry.receipt or ""))


def silent_after(agreement: Agreement, party: str) -> Iterator[tuple[str, dt.timedelta]]:
    """With whom a party shares under an agreement, and after how long either of both is called silent: something goes
    between them every month or quarter."""
    for recipient in agreement.recipients:
        if party in {agreement.sender.id, recipient.id}:
            other = recipient.id if party == agreement.sender.id else agreement.sender.id
            yield other, _SILENT_AFTER[agreement.tier_of(recipient.id).every]


def owed(agreement: Agreement, recipient: str, on: dt.date) -> Iterator[Period]:
    """The periods that are over by the day `on` and are owed to a recipient, oldest first. Those that end with the
    agreement or after it can never be sent, and are not."""
    every, term = agreement.tier_of(recipient).every, agreement.term
    period = Period.read(_name(term.effective, every))
    while period.last < min(on, term.expires):
        yield period
        period = Period.read(_name(period.last + _DAY, every))


def never_sent(agreement: Agreement, recipient: str, before: Period, sent: Collection[Period]) -> tuple[Period, ...]:
    """The periods before this one that are owed to a recipient and that nothing was packed for."""
    if agreement.delivery.nil_report != "required":
        return ()
    return tuple(each for each in owed(agreement, recipient, before.first) if each not in sent)


def _name(day: dt.date, every: str) -> str:
    return f"{day:%Y-%m}" if every == "month" else f"{day.year}-Q{(day.month + 2) // 3}"


# --- bundles ---


def _bundles(facts: Facts, recipient: str) -> Iterator[Clock]:
    agreement = facts.agreement
    packed = {each.period for each in facts.of("bundle.packed") if each.counterpart == recipient}
    required = agreement.delivery.nil_report == "required"
    for period in owed(agreement, recipient, _day(agreement, facts.now)):
        stopped = _arrived(facts, recipient, str(period))
        if stopped is None and (facts.stopped_sending or not (required or str(period) in packed)):
            continue  # nobody may send, or nobody knows whether there is anything to send
        last = min(latest_day(agreement, period), agreement.term.expires)
        began, ends = _midnight(agreement, period.last + _DAY), _midnight(agreement, last + _DAY)
        clause = "delivery.due_day"
        of = (agreement.sender.id, str(period), began, ends, stopped, recipient)
        yield Clock("reporting.bundle", clause, facts.reference, *of)


def _arrived(facts: Facts, recipient: str, period: str) -> dt.datetime | None:
    """When the first bundle of a period was there: at the server, as far as its sender knows."""
    if facts.party == recipient:
        came = (each for each in facts.of("bundle.accepted") if each.counterpart == facts.agreement.sender.id)
    else:
        refused = {each.ciphertext for each in (*facts.of("bundle.refused"), *facts.of("release.given_up"))}
        delivered = (each for each in facts.of("bundle.delivered") if each.counterpart == recipient)
        came = (each for each in delivered if each.ciphertext not in refused)
    return min((each.time for each in came if each.period == period), default=None)


# --- receipts ---


def _receipt(facts: Facts, about: Entry, *, by: str, stopped: dt.datetime | None) -> Clock:
    within, clause = dt.timedelta(days=facts.agreement.delivery.receipt.within_days), "delivery.receipt.within_days"
    other = about.counterpart if by == facts.party else facts.party
    return facts.clock("reporting.receipt", clause, about, within, by=by, owed_to=other or "", stopped=stopped)


def _answered(facts: Facts, delivered: Entry) -> dt.datetime | None:
    """A refusal is an answer too: what is owed after it is another bundle. So it is where a bundle was given up."""
    answers = (*facts.of("bundle.acknowledged"), *facts.of("bundle.refused"), *facts.of("release.given_up"))
    of_it = (each for each in answers if each.ciphertext == delivered.ciphertext)
    return min((each.time for each in of_it if each.counterpart == delivered.counterpart), default=None)


# --- days in the agreement's time zone ---


def _day(agreement: Agreement, moment: dt.datetime) -> dt.date:
    return agreement.day(moment)


def _midnight(agreement: Agreement, day: dt.date) -> dt.datetime:
    """When a day begins in the agreement's time zone, in UTC."""
    return dt.datetime.combine(day, dt.time(), ZoneInfo(agreement.delivery.timezone)).astimezone(dt.UTC)
