"""Dates in order, deadlines that can be kept and that the law allows, consent forms that cover what is shared."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.agreements.agreement import Agreement
from exchange.agreements.clause import numbers
from exchange.agreements.contradiction import Contradiction
from exchange.agreements.shape import Path
from exchange.locale import _

# UU 27/2022 gives 3 x 24 hours: to correct (art. 30), to give access (32), to stop after a withdrawal (40), to notify
# a breach (46).
LAW_HOURS = 72


def check_duties(agreement: Agreement) -> Iterator[Contradiction]:
    yield from _term(agreement)
    yield from _versions(agreement)
    yield from _assessment(agreement)
    yield from _forms(agreement)
    yield from _minors(agreement)
    yield from _deadlines(agreement)
    yield from _delivery(agreement)
    yield from _logs(agreement)
    yield from _languages(agreement)


def _term(agreement: Agreement) -> Iterator[Contradiction]:
    term = agreement.term
    if term.expires <= term.effective:
        what = _("the agreement expires before it takes effect")
        yield Contradiction("dates", ("term", "expires"), what)
    elif not term.effective <= term.review_by <= term.expires:
        yield Contradiction("dates", ("term", "review_by"), _("the review lies outside the term"))


def _versions(agreement: Agreement) -> Iterator[Contradiction]:
    older = agreement.term.supersedes
    if older is not None and numbers(older.version) >= numbers(agreement.version):
        what = _("an agreement replaces a lower version than its own")
        yield Contradiction("version_order", ("term", "supersedes", "version"), what)
    if older is not None and agreement.term.change_note is None:
        what = _("it is not said what changed")
        yield Contradiction("no_change_note", ("term", "supersedes"), what, _("add change_note"))


def _assessment(agreement: Agreement) -> Iterator[Contradiction]:
    assessment, path = agreement.impact_assessment, ("impact_assessment",)
    if assessment.required and (assessment.reference is None or assessment.date is None):
        what = _("an impact assessment is required, and its reference or date is missing")
        yield Contradiction("impact_assessment", path, what)
    elif assessment.date is not None and assessment.date > agreement.term.effective:
        what = _("the impact assessment comes after the agreement takes effect")
        yield Contradiction("dates", (*path, "date"), what)


def _forms(agreement: Agreement) -> Iterator[Contradiction]:
    consent, term = agreement.consent, agreement.term
    for name, form in consent.forms.items():
        if form.start > term.expires:
            what = _("the form is first used after the agreement has expired")
            yield Contradiction("dates", ("consent", "forms", name, "from"), what)
    covered = {code for form in consent.forms.values() for code in form.covers}
    for party, scope in consent.scope.items():
        if scope not in covered:
            what = _("no consent form covers {scope}, so nothing could go to {party}").format(scope=scope, party=party)
            yield Contradiction("scope_not_covered", ("consent", "scope", party), what)


def _minors(agreement: Agreement) -> Iterator[Contradiction]:
    minors = agreement.consent.minors
    if minors.renew_at < minors.below_age:
        what = _("a child's consent is renewed before childhood ends")
        yield Contradiction("minors", ("consent", "minors", "renew_at"), what)


def _deadlines(agreement: Agreement) -> Iterator[Contradiction]:
    withdrawal, breach = agreement.consent.withdrawal, agreement.breach
    stop: Path = ("consent", "withdrawal", "stop_within_hours")
    tell: Path = ("consent", "withdrawal", "tell_recipients_within_hours")
    law = _("the law gives {hours} hours").format(hours=LAW_HOURS)
    lawful: list[tuple[int, Path]] = [
        (withdrawal.stop_within_hours, stop),
        (breach.law_deadline_hours, ("breach", "law_deadline_hours")),
        (agreement.rights_requests.forward_within_hours, ("rights_requests", "forward_within_hours")),
    ]
    for hours, path in lawful:
        if hours > LAW_HOURS:
            yield Contradiction("deadline", path, law)
    if withdrawal.tell_recipients_within_hours > withdrawal.stop_within_hours:
        what = _("recipients hear of a withdrawal after the time to stop has passed")
        yield Contradiction("deadline", tell, what)
    if withdrawal.erase_within_days * 24 < withdrawal.tell_recipients_within_hours:
        what = _("a recipient would have to erase before it is told")
        yield Contradiction("deadline", ("consent", "withdrawal", "erase_within_days"), what)
    if breach.tell_parties_within_hours >= breach.law_deadline_hours:
        what = _("the parties are told of a breach too late to meet the law's deadline")
        yield Contradiction("deadline", ("breach", "tell_parties_within_hours"), what)


def _delivery(agreement: Agreement) -> Iterator[Contradiction]:
    delivery = agreement.delivery
    if delivery.due_day + delivery.grace_days > 28:
        what = _("with its days of grace a delivery runs into the next month")
        yield Contradiction("deadline", ("delivery", "grace_days"), what)


def _logs(agreement: Agreement) -> Iterator[Contradiction]:
    """A log is kept so many years from its last entry: destruction adds one in time, if data go before the log may."""
    longest = max((each.keep_months for each in agreement.retention.values()), default=0)
    if agreement.audit.keep_years * 12 < longest:
        what = _("data are kept for {months} months, longer than the logs that tell of them").format(months=longest)
        yield Contradiction("deadline", ("audit", "keep_years"), what)


def _languages(agreement: Agreement) -> Iterator[Contradiction]:
    if agreement.language.prevails in agreement.language.also:
        what = _("the language that prevails is not also another one")
        yield Contradiction("languages", ("language", "also"), what)
