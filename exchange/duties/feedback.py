"""What a recipient gives back for each period: on the quality of the data, and what came of them.

The figures come from the data (`feedback_figures`); a person sees them, adds what only people know, and sends it.

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
from exchange.agreements.period import Period
from exchange.bundle.feedback import Figures
from exchange.bundle.letters import Feedback
from exchange.duties.clock import Clock, Facts, about_or_all
from exchange.duties.correspondence import Draft, KeptLetter, all_plain, binding, log_of, send_letter
from exchange.duties.feedback_figures import Seen, figures
from exchange.duties.reporting import owed as periods_owed
from exchange.errors import AgreementError, BundleError, Problem, UsageError
from exchange.locale import _
from exchange.merge.people import Merged
from exchange.merge.records import Records
from exchange.office import Office

DUE = dt.timedelta(days=30)
_IN_FIGURES = "data_quality"
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


def may_say(agreement: Agreement) -> tuple[str, ...]:
    """The texts that feedback may hold, by the names of its fields: what the agreement asks for."""
    return agreement.feedback.says


def must_say(agreement: Agreement) -> tuple[str, ...]:
    """The texts that it must hold: all but the quality of the data, which the figures tell."""
    return tuple(name for name in agreement.feedback.says if name != _IN_FIGURES)


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


def check(
    office: Office, agreement_id: str, period: str, said: Mapping[str, str], *, draft: bool = False
) -> Draft[Feedback]:
    """Feedback for a period that is over, without its figures; a `draft` may be without words as well. AgreementError
    as `binding`, feedback.not_asked; UsageError as `all_plain`, feedback.period."""
    agreement = binding(office, agreement_id)
    if office.party not in who_gives(agreement):
        what = _("the agreement asks us for no feedback")
        raise AgreementError(Problem("feedback.not_asked", what, where=agreement_id))
    periods = [span.name for span in owed(agreement, office.today(agreement))]
    if period not in periods:
        what = _("the agreement asks for no feedback on this period, or it is not over yet")
        hint = _("periods that are over: {periods}").format(periods=", ".join(periods) or "–")
        raise UsageError(Problem("feedback.period", what, hint=hint))
    wanted = {*said} if draft else {*must_say(agreement), *said}
    texts = all_plain((name for name in may_say(agreement) if name in wanted), said)
    body = Feedback(
        kind="feedback",
        period=period,
        figures=None,
        data_quality=texts.get("data_quality"),
        results=texts.get("results"),
    )
    return Draft(agreement, body)


def with_figures(
    office: Office, draft: Draft[Feedback], records: Records, merged: Merged, person: str
) -> Draft[Feedback]:
    """The same with what the data tell. That `person` reads of them is noted first."""
    agreement = draft.agreement
    read = office.entry(
        "store.read", person=person, agreement=draft.reference, period=draft.body.period, note="feedback"
    )
    office.note(agreement.network, read)
    done = office.entries(agreement.network, "store.merged", "store.exported")
    seen = Seen(
        agreement,
        records,
        merged,
        log_of(office, agreement),
        tuple(each for each in done if about_or_all(agreement, each)),
        office.identity.key_for("feedback"),
    )
    found = figures(seen, _periods(agreement, office.party, draft.body.period))
    return Draft(agreement, draft.body.model_copy(update={"figures": found}))


def _periods(agreement: Agreement, recipient: str, span: str) -> tuple[Period, ...]:
    """The periods of the recipient's tier that end in the span that feedback is about."""
    wanted = next(each for each in owed(agreement, dt.date.max) if each.name == span)
    gets = any(each.id == recipient for each in agreement.recipients)
    those = periods_owed(agreement, recipient, wanted.last + dt.timedelta(days=1)) if gets else ()
    return tuple(each for each in those if wanted.first <= each.last <= wanted.last)


def check_given(said: Feedback, agreement: Agreement, today: dt.date) -> None:
    """BundleError (feedback.not_asked): no clock stops for a period that is not over, or for nothing said."""
    spans = {span.name: span for span in owed(agreement, today + dt.timedelta(days=1))}
    silent = [name for name in agreement.feedback.says if getattr(said, name) is None]
    told = silent == [] or (silent == [_IN_FIGURES] and said.figures is not None)
    if said.period not in spans or not told or not _about(said.figures, agreement, spans[said.period]):
        raise BundleError(Problem("feedback.not_asked", _("it is not the feedback that was agreed"), agreement.id))


def _about(figures: Figures | None, agreement: Agreement, span: Span) -> bool:
    """Whether figures are of periods in the span, each once, and of fields of the agreement."""
    if figures is None:
        return True
    names = [each.period for each in figures.periods]
    known = {field.name for field in agreement.data.fields}
    return (
        len(set(names)) == len(names)
        and all(span.first <= Period.read(name).last <= span.last for name in names)
        and all(field.field in known for each in figures.periods for field in each.fields)
    )


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
