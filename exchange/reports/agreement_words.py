"""The duties of an agreement in sentences, for its page: each clause once, under the heading where a reader looks."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.agreements.agreement import Agreement
from exchange.locale import _

Heading = tuple[str, tuple[str, ...]]  # a title and its sentences


def duties(agreement: Agreement) -> tuple[Heading, ...]:
    """Every duty beside the data themselves, in the language being spoken."""
    return (
        (_("Consent"), tuple(consent(agreement))),
        (_("Withdrawal of consent"), tuple(withdrawal(agreement))),
        (_("Delivery"), tuple(_delivery(agreement))),
        (_("Keeping and destroying"), tuple(_keeping(agreement))),
        (_("Passing on and publishing"), tuple(_onward(agreement))),
        (_("When something goes wrong"), tuple(_emergencies(agreement))),
        (_("People's own rights, feedback, logs"), tuple(_rights(agreement))),
        (_("How it ends or changes"), tuple(_end(agreement))),
    )


def consent(agreement: Agreement) -> Iterator[str]:
    rule, minors = agreement.consent, agreement.consent.minors
    yield _(
        "A row goes to a recipient only if the person agreed to that recipient, at most {months} months ago."
    ).format(months=rule.valid_months)
    if rule.evidence == "required":
        yield _("Where the signed or recorded consent is kept must be known.")
    yield _(
        "For a child below {age}, or a person of unknown age, one of these adults must also have agreed: {adults}."
    ).format(age=minors.below_age, adults=adults(agreement))
    yield _("At the age of {age} the consent that was given as a child must be renewed.").format(age=minors.renew_at)
    if rule.deceased.release == "tables_only":
        yield _("A person who has died is counted in tables and stands in no row.")
    else:
        yield _("A person who has died is left out.")
    for name, form in rule.forms.items():
        said = _("Consent form {name}, in use from {day}, covers: {scopes}.")
        yield said.format(name=name, day=form.start, scopes=", ".join(form.covers))


def adults(agreement: Agreement) -> str:
    """The adults of whom one must also agree for a child; a code that nobody has named is said as it is."""
    known = {"parent": _("a parent"), "guardian": _("a guardian"), "social_worker": _("a social worker")}
    return ", ".join(known.get(code, code) for code in agreement.consent.minors.also_needs)


def withdrawal(agreement: Agreement) -> Iterator[str]:
    rule = agreement.consent.withdrawal
    yield _("Sharing stops within {hours} hours after a person withdraws.").format(hours=rule.stop_within_hours)
    yield _(
        "Recipients of personal data are told within {hours} hours, erase within {days} days and certify it."
    ).format(hours=rule.tell_recipients_within_hours, days=rule.erase_within_days)
    yield _(
        "Recipients of pseudonymised data or statistics get the person no more from the next release on. What they "
        "have is not called back, because taking one row out would point at it."
    )


def _delivery(agreement: Agreement) -> Iterator[str]:
    rule = agreement.delivery
    yield _("Data are delivered by day {day} of the next month ({zone}), with {grace} days of grace.").format(
        day=rule.due_day, zone=rule.timezone, grace=rule.grace_days
    )
    if rule.nil_report == "required":
        yield _("A month without cases is reported too, and looks like any other.")
    if rule.monthly_note == "required":
        yield _("Each bundle carries the sender's note about gaps and changes.")
    yield _("A correction replaces the whole bundle. A recipient acknowledges within {days} days.").format(
        days=rule.receipt.within_days
    )
    yield _("People who must approve before anything is sent: {count}.").format(count=agreement.approval.people)
    yield _("At the recipient the data are encrypted at rest, and only the people named may open them.")


def _keeping(agreement: Agreement) -> Iterator[str]:
    for party, rule in agreement.retention.items():
        said = _(
            "{party} keeps the data for {months} months from receipt, then destroys them and certifies it within "
            "{days} days."
        )
        yield said.format(party=_name(agreement, party), months=rule.keep_months, days=rule.certificate_within_days)
        if rule.survives_end:
            yield _("This duty of {party} outlasts the agreement.").format(party=_name(agreement, party))


def _onward(agreement: Agreement) -> Iterator[str]:
    rule = agreement.onward
    yield _("Nothing is passed on without the approval of {party}.").format(party=_name(agreement, rule.approval_by))
    yield _("Only tables may be published, and no count below {count}.").format(count=rule.publish.min_cell)
    if rule.publish.quote_caveats:
        yield _("Whoever publishes a figure quotes the caveats.")


def _emergencies(agreement: Agreement) -> Iterator[str]:
    breach = agreement.breach
    yield _("A breach is told to the parties within {hours} hours; the law gives {law_hours} ({law}).").format(
        hours=breach.tell_parties_within_hours, law_hours=breach.law_deadline_hours, law=breach.law
    )
    yield _("Survivors are told through the sender, over a contact that is safe for them.")
    yield _("Where a life is at risk the director may release at once; this is reviewed within {hours} hours.").format(
        hours=agreement.urgent.review_within_hours
    )
    yield _("Who is compelled to disclose tells the sender before, where that is lawful, and gives the least.")


def _rights(agreement: Agreement) -> Iterator[str]:
    rights = agreement.rights_requests
    yield _(
        "Requests of people about their own data are answered by {party} and forwarded within {hours} hours."
    ).format(party=_name(agreement, rights.answered_by), hours=rights.forward_within_hours)
    senders = ", ".join(_name(agreement, party) for party in agreement.feedback.senders)
    every = {"month": _("every month"), "quarter": _("every quarter"), "year": _("every year")}
    yield _("{parties} report back, {every}.").format(parties=senders, every=every[agreement.feedback.every])
    yield _("Logs are kept for {years} years. They may be inspected by: {parties}.").format(
        years=agreement.audit.keep_years,
        parties=", ".join(_name(agreement, each) for each in agreement.audit.may_inspect),
    )


def _end(agreement: Agreement) -> Iterator[str]:
    term = agreement.term
    yield _("The agreement binds from {first} to {last} and is reviewed by {review}.").format(
        first=term.effective, last=term.expires, review=term.review_by
    )
    yield _("A party may end it with {days} days of notice; sending stops at once.").format(
        days=term.termination.notice_days
    )
    grounds = {
        "breach_unreported": _("a breach that was not reported"),
        "onward_transfer_without_approval": _("data that were passed on without approval"),
        "risk_to_survivor": _("a risk to a survivor"),
    }
    if term.termination.immediate_if:
        named = "; ".join(grounds[each] for each in term.termination.immediate_if)
        yield _("It ends at once for: {grounds}.").format(grounds=named)
    yield _("A change of more than wording needs a new version, which everybody signs.")


def _name(agreement: Agreement, party: str) -> str:
    """A party's or an auditor's name."""
    names = {each.id: each.name for each in agreement.audit.auditors}
    names |= {each.id: each.name for each in agreement.parties}
    return names.get(party, party)
