"""An agreement in plain words, for a terminal: who, why, what each recipient gets and what nobody gets, and how.

The lines are made from the same clauses that the program obeys, in English or Indonesian.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from exchange.agreements.agreement import Agreement
from exchange.agreements.parties import Party
from exchange.agreements.signatures import Signatures, signed_by
from exchange.agreements.state import Notice, State, state
from exchange.agreements.tiers import (
    Tier,
)
from exchange.agreements.words import (
    caveat_kind,
    kind_of,
    linked_by,
    named,
    role_of,
    treated_as,
    treatment,
    whereabouts,
)
from exchange.locale import Language, _, speaking


def summary(
    agreement: Agreement,
    tongue: Language,
    signatures: Signatures | None = None,
    on: dt.date | None = None,
    notices: Iterable[Notice] = (),
) -> tuple[str, ...]:
    """The lines of the summary in `tongue`; with `signatures` and `on` also who has signed, and the state that day."""
    with speaking(tongue):
        lines = [*_head(agreement), *_parties(agreement), *_purposes(agreement)]
        for party in agreement.recipients:
            lines += _received(agreement, party)
        lines += [*_nobody(agreement), *_consent(agreement), *_duties(agreement), *_said(agreement)]
        if signatures is not None and on is not None:
            lines += _signed(agreement, signatures, on, notices)
        return tuple(lines)


def state_word(value: State) -> str:
    """A state in the language being spoken."""
    words: dict[State, str] = {
        "draft": _("draft"),
        "part-signed": _("part-signed"),
        "signed": _("signed by all, not yet in effect"),
        "active": _("active"),
        "suspended": _("suspended"),
        "expired": _("expired"),
        "superseded": _("superseded"),
        "terminated": _("terminated"),
    }
    return words[value]


def _head(agreement: Agreement) -> Iterator[str]:
    term = agreement.term
    yield f"{agreement.title}"
    yield f"{agreement.id} {agreement.version} · {agreement.digest}"
    yield _("in effect {first} to {last}, to be reviewed by {review}").format(
        first=term.effective, last=term.expires, review=term.review_by
    )
    if term.change_note is not None:
        yield _("changed: {note}").format(note=term.change_note)
    prevails = _("Indonesian") if agreement.language.prevails == "id" else _("English")
    yield _("where the languages differ, {language} prevails").format(language=prevails)


def _parties(agreement: Agreement) -> Iterator[str]:
    yield from _title(_("Who"))
    for party in agreement.parties:
        yield f"  {party.id}: {party.name} ({kind_of(party)}) – {role_of(party)}"
        contact = _("contact {contact}, for a breach {breach}; key {key}")
        yield "    " + contact.format(contact=party.contact, breach=party.breach_contact, key=party.key)
        if party.role != "sender":
            where = whereabouts(party.country, party.cross_border)
            yield "    " + _("the data may be: {where}").format(where=where)


def _purposes(agreement: Agreement) -> Iterator[str]:
    yield from _title(_("Why"))
    laws = {basis.purpose: basis for basis in agreement.legal_basis}
    for purpose in agreement.purposes:
        basis = laws.get(purpose.id)
        law = f" ({basis.dpv}, {basis.law})" if basis else ""
        yield f"  {purpose.id}: {purpose.text}{law} – {', '.join(purpose.recipients)}"
    yield from _title(_("Forbidden"))
    for each in agreement.prohibited:
        except_for = ", ".join(each.exception or ())
        exception = _(" (except {parties}, through the sender)").format(parties=except_for) if except_for else ""
        yield f"  {each.text}{exception}"


def _received(agreement: Agreement, party: Party) -> Iterator[str]:
    tier = agreement.tier_of(party.id)
    every = _("every month") if tier.every == "month" else _("every quarter")
    yield from _title(
        _("What {party} gets, {every}: {kind}").format(party=party.id, every=every, kind=treated_as(tier))
    )
    for name, rule in tier.release.items():
        where = _(" (in tables only)") if _only_in_tables(tier, name) else ""
        yield f"  {named(agreement, name)}: {treatment(rule)}{where} – {', '.join(rule.purposes)}"
    if tier.match is not None:
        yield f"  {linked_by(tier.match)}"
    yield from (f"  {line}" for line in protection(tier))


def _only_in_tables(tier: Tier, name: str) -> bool:
    return name not in tier.row_fields and tier.release[name].rule != "drop"


def protection(tier: Tier) -> Iterator[str]:
    """How people are protected in what a tier receives, in the language being spoken."""
    protect = tier.protect
    if protect.k is not None:
        gate = (
            _("no row leaves unless {k} people look alike") if tier.gated else _("groups below {k} people are reported")
        )
        yield gate.format(k=protect.k)
    for name, rule in (protect.l_diversity or {}).items():
        what = _("{field}: no code in more than {percent} % of look-alikes")
        yield what.format(field=name, percent=f"{rule.no_code_above_percent:g}")
    if protect.households is not None:
        what = _("look-alikes come from at least {count} households, none with more than {percent} %")
        yield what.format(count=protect.households.at_least, percent=f"{protect.households.none_above_percent:g}")
    if protect.tables is not None:
        what = _("{count} tables; counts below {min_cell} are withheld, and others so that they cannot be worked out")
        yield what.format(count=len(protect.tables.by), min_cell=protect.tables.min_cell)


def _nobody(agreement: Agreement) -> Iterator[str]:
    yield from _title(_("What nobody gets"))
    leaving = {name for tier in agreement.tiers.values() for name in (*tier.row_fields, *tier.table_fields)}
    withheld = [named(agreement, field.name) for field in agreement.data.fields if field.name not in leaving]
    yield from (f"  {each}" for each in withheld)


def _consent(agreement: Agreement) -> Iterator[str]:
    consent = agreement.consent
    yield from _title(_("Consent"))
    yield "  " + _("only with consent for that recipient, not older than {months} months").format(
        months=consent.valid_months
    )
    yield "  " + _("for a child below {age}, or of unknown age, an adult's consent too").format(
        age=consent.minors.below_age
    )
    yield "  " + _("who withdraws is left out within {hours} hours").format(hours=consent.withdrawal.stop_within_hours)


def _duties(agreement: Agreement) -> Iterator[str]:
    delivery = agreement.delivery
    yield from _title(_("Dates and duties"))
    yield "  " + _("delivered by day {day} of the next month ({zone}), {grace} days of grace").format(
        day=delivery.due_day, zone=delivery.timezone, grace=delivery.grace_days
    )
    for party, rule in agreement.retention.items():
        what = _("{party} keeps it for {months} months, then destroys it and certifies that within {days} days")
        yield "  " + what.format(party=party, months=rule.keep_months, days=rule.certificate_within_days)
    yield "  " + _("nothing is passed on without the approval of {party}").format(party=agreement.onward.approval_by)
    yield "  " + _("a breach is told to the parties within {hours} hours").format(
        hours=agreement.breach.tell_parties_within_hours
    )


def _said(agreement: Agreement) -> Iterator[str]:
    yield from _title(_("What travels with the data"))
    yield f"  {agreement.notices.confidentiality}"
    yield from (f"  {caveat.id} ({caveat_kind(caveat.kind)}): {caveat.text}" for caveat in agreement.caveats)


def _signed(agreement: Agreement, signatures: Signatures, on: dt.date, notices: Iterable[Notice]) -> Iterator[str]:
    yield from _title(_("Signatures"))
    signed = signed_by(agreement, signatures, on)
    for each in agreement.signatories:
        word = _("signed") if each.party in signed else _("not signed")
        yield f"  {each.party}: {each.name}, {each.title} – {word}"
    yield "  " + _("on {day} the agreement is: {state}").format(
        day=on, state=state_word(state(agreement, signatures, on, notices))
    )


def _title(text: str) -> tuple[str, str]:
    return "", text
