"""What a recipient gives back for each period: on the quality of the data, and what came of them.

Each month, quarter or year in which the agreement was in effect owes one, from every party under `feedback.from`.
The agreement says how often, and not by when: `DUE` after the period's end.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from exchange.agreements.agreement import Agreement
from exchange.bundle.letters import Feedback
from exchange.duties.clock import Clock, Facts
from exchange.duties.correspondence import Draft, KeptLetter, all_plain, binding, send_letter
from exchange.errors import AgreementError, BundleError, Problem, UsageError
from exchange.locale import _
from exchange.office import Office

DUE = dt.timedelta(days=30)
Every = Literal["month", "quarter", "year"]
_MONTHS: dict[Every, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Span:
    """A period that feedback is about: "2026-10", "2026-Q4", "2026"; its first and its last day."""

    name: str
    first: dt.date
    last: dt.date

    @classmethod
    def holding(cls, every: Every, day: dt.date) -> Span:
        """The month, quarter or year in which a day lies."""
        length = _MONTHS[every]
        start = day.month - (day.month - 1) % length
        end = start + length - 1
        names = {"month": f"{day.year}-{start:02}", "quarter": f"{day.year}-Q{end // 3}", "year": f"{day.year}"}
        last = dt.date(day.year, end, calendar.monthrange(day.year, end)[1])
        return cls(names[every], dt.date(day.year, start, 1), last)


def must_say(agreement: Agreement) -> tuple[str, ...]:
    """The texts that feedback must hold, by the names of its fields."""
    return agreement.feedback.says


def who_gives(agreement: Agreement) -> tuple[str, ...]:
    """The parties that owe the sender feedback."""
    return tuple(party for party in agreement.feedback.senders if party != agreement.sender.id)


def owed(agreement: Agreement, today: dt.date, ended: dt.date | None = None) -> Iterator[Span]:
    """The periods that are over and in which the agreement was in effect, oldest first. `ended`: if before its time."""
    until = min(agreement.term.expires, ended or agreement.term.expires)
    span = Span.holding(agreement.feedback.every, agreement.term.effective)
    while span.last < today and span.first <= until:
        yield span
        span = Span.holding(agreement.feedback.every, span.last + dt.timedelta(days=1))


def check(office: Office, agreement_id: str, period: str, said: Mapping[str, str]) -> Draft[Feedback]:
    """Feedback for a period that is over, fit to be sent. AgreementError as `binding`, feedback.not_asked; UsageError
    as `all_plain`, feedback.period."""
    agreement = binding(office, agreement_id)
    if office.party not in who_gives(agreement):
        what = _("the agreement asks us for no feedback")
        raise AgreementError(Problem("feedback.not_asked", what, where=agreement_id))
    periods = [span.name for span in owed(agreement, office.today(agreement))]
    if period not in periods:
        what = _("the agreement asks for no feedback on this period, or it is not over yet")
        hint = _("periods that are over: {periods}").format(periods=", ".join(periods) or "–")
        raise UsageError(Problem("feedback.period", what, hint=hint))
    texts = all_plain(must_say(agreement), said)
    body = Feedback(
        kind="feedback", period=period, data_quality=texts.get("data_quality"), results=texts.get("results")
    )
    return Draft(agreement, body)


def check_given(said: Feedback, agreement: Agreement, today: dt.date) -> None:
    """BundleError (feedback.not_asked): no clock stops for a period that is not over, or for nothing said."""
    periods = {span.name for span in owed(agreement, today + dt.timedelta(days=1))}
    if said.period not in periods or any(getattr(said, name) is None for name in must_say(agreement)):
        raise BundleError(Problem("feedback.not_asked", _("it is not the feedback that was agreed"), agreement.id))


def give(office: Office, feedback: Draft[Feedback]) -> KeptLetter:
    """Send it to the sender."""
    return send_letter(office, feedback, feedback.agreement.sender.id)


def clocks(facts: Facts) -> Iterator[Clock]:
    """What is owed for each period: at the sender by all who give feedback, at each of those by itself."""
    agreement, zone = facts.agreement, ZoneInfo(facts.agreement.delivery.timezone)
    at_sender = facts.party == agreement.sender.id
    given = _came(facts) if at_sender else _left(facts)
    ends_of = [each.time.astimezone(zone).date() for each in facts.of("agreement.ended")]
    for span in owed(agreement, facts.now.astimezone(zone).date(), min(ends_of, default=None)):
        began = dt.datetime.combine(span.last + dt.timedelta(days=1), dt.time(), zone)
        for party in who_gives(agreement):
            if party == facts.party or at_sender:
                yield Clock(
                    code="feedback.give",
                    clause="feedback.every",
                    agreement=facts.reference,
                    party=party,
                    about=span.name,
                    began=began,
                    ends=began + DUE,
                    stopped=given.get((party, span.name)),
                )


def _came(facts: Facts) -> dict[tuple[str, str], dt.datetime]:
    """Party and period → when its first feedback was here."""
    came = tuple(facts.of("letter.received", "feedback"))
    return {(each.counterpart or "", each.period or ""): each.time for each in reversed(came)}


def _left(facts: Facts) -> dict[tuple[str, str], dt.datetime]:
    """The same of our own: when the first letter about a period was delivered."""
    sent = ((each.period or "", facts.left(each)) for each in reversed(tuple(facts.of("letter.sent", "feedback"))))
    return {(facts.party, period): moment for period, moment in sent if moment is not None}
