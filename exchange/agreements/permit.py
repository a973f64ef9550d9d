"""May this be sent, to this recipient, for this period, on this day? A `Permit`, or every reason against.

Pure: the date, the signatures, the notices and what was sent before come in as arguments. The date is that of the
agreement's time zone for delivery.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.clause import PartyId
from exchange.agreements.crosschecks import check_agreement
from exchange.agreements.parties import Party
from exchange.agreements.period import Period
from exchange.agreements.signatures import Signatures, verify
from exchange.agreements.state import Notice, state
from exchange.agreements.tiers import Tier
from exchange.errors import AgreementError, Problem
from exchange.locale import _


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to send one period to one recipient under one agreement. Made only by `permit`.

    `replaces` is the id of the bundle that this one corrects, or None. `late` is true where the period's due day and
    its days of grace have passed: allowed, and said in a caveat.
    """

    agreement: Agreement
    recipient: Party
    period: Period
    on: dt.date
    replaces: str | None = None
    late: bool = False

    @property
    def tier(self) -> Tier:
        return self.agreement.tier_of(self.recipient.id)

    @property
    def reference(self) -> Reference:
        return Reference.to(self.agreement)

    @property
    def first(self) -> dt.date:
        """The first day that may be sent: of the period, but not before the agreement takes effect."""
        return max(self.period.first, self.agreement.term.effective)

    @property
    def last(self) -> dt.date:
        """The last day that may be sent: of the period, but not after the agreement expires."""
        return min(self.period.last, self.agreement.term.expires)

    def covers(self, day: dt.date) -> bool:
        """Whether a case of this day may be sent: days of the period outside the agreement's term are left out."""
        return self.first <= day <= self.last

    @property
    def left_out(self) -> tuple[Period, ...]:
        """The months of the period that lie outside the agreement's term, to be said."""
        return tuple(month for month in self.period.months() if month.last < self.first or month.first > self.last)


@dataclass(frozen=True, slots=True)
class Request:
    """What one wants to send. `sent`: the periods this recipient already got under this agreement; `replaces`: the id
    of the bundle that this one corrects."""

    recipient: PartyId
    period: Period
    on: dt.date
    sent: tuple[Period, ...] = ()
    replaces: str | None = None


def permit(agreement: Agreement, signatures: Signatures, request: Request, notices: Iterable[Notice] = ()) -> Permit:
    """Leave to send what `request` asks for, or AgreementError with every reason against.

    Codes: all of `check_agreement` and `verify`; agreement.unknown_recipient, .not_a_recipient; .suspended,
    .superseded, .terminated, .expired, .not_yet_effective, .impact_assessment; .wrong_cadence, .period_not_over,
    .outside_term, .already_sent, .nothing_to_replace.
    """
    AgreementError.raise_all(
        (
            *check_agreement(agreement),
            *verify(agreement, signatures, request.on),
            *_about_the_recipient(agreement, request),
            *_about_the_state(agreement, signatures, request, tuple(notices)),
            *_about_the_period(agreement, request),
            *_about_repetition(request),
        )
    )
    recipient = agreement.party(request.recipient)
    late = request.replaces is None and request.on > latest_day(agreement, request.period)
    return Permit(agreement, recipient, request.period, request.on, request.replaces, late)


def due_day(agreement: Agreement, period: Period) -> dt.date:
    """The day on which a period is due: in the month after it."""
    return (period.last + dt.timedelta(days=1)).replace(day=agreement.delivery.due_day)


def latest_day(agreement: Agreement, period: Period) -> dt.date:
    """The last day on which a period is not late: its due day and the days of grace."""
    return due_day(agreement, period) + dt.timedelta(days=agreement.delivery.grace_days)


def _about_the_recipient(agreement: Agreement, request: Request) -> Iterator[Problem]:
    name, recipients = request.recipient, ", ".join(party.id for party in agreement.recipients)
    hint = _("recipients: {recipients}").format(recipients=recipients)
    if all(party.id != name for party in agreement.parties):
        yield Problem("agreement.unknown_recipient", _("the agreement knows no such party"), hint=hint)
    elif all(party.id != name for party in agreement.recipients):
        what = _("{party} is no recipient").format(party=name)
        yield Problem("agreement.not_a_recipient", what, hint=hint)


def _about_the_state(
    agreement: Agreement, signatures: Signatures, request: Request, notices: tuple[Notice, ...]
) -> Iterator[Problem]:
    on, term = request.on, agreement.term
    if on < term.effective:
        what = _("the agreement takes effect on {day}").format(day=term.effective)
        yield Problem("agreement.not_yet_effective", what)
    if on > term.expires:
        what = _("the agreement expired on {day}").format(day=term.expires)
        yield Problem("agreement.expired", what, hint=_("a new version must be signed by all parties"))
    match state(agreement, signatures, on, notices):
        case "suspended":
            yield Problem("agreement.suspended", _("sending under the agreement is suspended"))
        case "superseded":
            hint = _("use the newer version")
            yield Problem("agreement.superseded", _("a newer version has replaced this one"), hint=hint)
        case "terminated":
            yield Problem("agreement.terminated", _("the agreement has been terminated"))
    assessment = agreement.impact_assessment
    if assessment.required and (assessment.reference is None or assessment.date is None or assessment.date > on):
        yield Problem("agreement.impact_assessment", _("the impact assessment that is required has not been made"))


def _about_the_period(agreement: Agreement, request: Request) -> Iterator[Problem]:
    period, term = request.period, agreement.term
    recipients = {party.id: party for party in agreement.recipients}
    tier = agreement.tiers.get(recipients[request.recipient].tier or "") if request.recipient in recipients else None
    if tier is not None and period.every != tier.every:
        yield _wrong_cadence(tier)
    if request.on <= period.last:
        hint = _("it ends on {day}").format(day=period.last)
        what = _("the period {period} is not over").format(period=period)
        yield Problem("agreement.period_not_over", what, hint=hint)
    if period.last < term.effective or period.first > term.expires:
        what = _("the period {period} lies outside the agreement's term").format(period=period)
        hint = _("the term is {first} to {last}").format(first=term.effective, last=term.expires)
        yield Problem("agreement.outside_term", what, hint=hint)


def _wrong_cadence(tier: Tier) -> Problem:
    if tier.every == "quarter":
        what, hint = _("this recipient gets a quarter at a time"), _("write a quarter as 2026-Q3")
    else:
        what, hint = _("this recipient gets a month at a time"), _("write a month as 2026-10")
    return Problem("agreement.wrong_cadence", what, hint=hint)


def _about_repetition(request: Request) -> Iterator[Problem]:
    was_sent = request.period in request.sent
    if was_sent and request.replaces is None:
        what = _("the period {period} was already sent to {party}").format(
            period=request.period, party=request.recipient
        )
        yield Problem("agreement.already_sent", what, hint=_("to replace it, say --corrects"))
    if request.replaces is not None and not was_sent:
        what = _("nothing was sent for the period {period} that could be replaced").format(period=request.period)
        yield Problem("agreement.nothing_to_replace", what)
