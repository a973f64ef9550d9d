"""What every bundle to a recipient says of the agreement: its sender writes it, and its recipient compares it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.parties import Party
from exchange.bundle.both_languages import in_both
from exchange.bundle.metadata import (
    Belonging,
    CaveatLine,
    Dating,
    Forbidden,
    Identified,
    Keeping,
    Organisation,
    PassingOn,
    PurposeOfUse,
    Terms,
)
from exchange.locale import _


def terms_of(agreement: Agreement, party: Party) -> Terms:
    """The terms for `party`, a recipient."""
    data, sender = agreement.data, agreement.sender
    return Terms(
        sender=_organisation(sender),
        recipient=_organisation(party),
        agreement=Reference.to(agreement),
        title=agreement.title,
        dating=Dating(field=data.period.field, late_entries_days=data.period.late_entries_days),
        source=in_both(partial(_source, agreement)),
        collected=in_both(partial(_collected, agreement, party)),
        sampling=in_both(_sampling),
        row_means=data.row_means,
        population=data.population,
        is_not=in_both(_is_not),
        belonging=tuple(Belonging(field=name, codes=codes) for name, codes in data.include.items()),
        identification=Identified(
            tool=agreement.identification.tool,
            standard=agreement.identification.standard,
            decided_by=agreement.identification.decided_by,
        ),
        purposes=tuple(_purposes(agreement, party)),
        prohibited=tuple(
            Forbidden(act=each.act, text=each.text, only_via_sender=party.id in (each.exception or {}))
            for each in agreement.prohibited
        ),
        confidentiality=agreement.notices.confidentiality,
        acknowledge=agreement.delivery.receipt.acknowledges,
        keeping=_keeping(agreement, party),
        country=party.country,
        cross_border=party.cross_border,
        passing_on=_passing_on(agreement),
    )


def own_caveats(agreement: Agreement) -> tuple[CaveatLine, ...]:
    """Those that the agreement gives; the program's own follow them."""
    return tuple(CaveatLine(code=each.id, kind=each.kind, text=each.text) for each in agreement.caveats)


def _organisation(party: Party) -> Organisation:
    return Organisation(id=party.id, name=party.name, contact=party.contact)


def _source(agreement: Agreement) -> str:
    return _(
        "The sender's own case records, kept for assisting people. The columns and codes of its workbook were put into "
        "those of the agreement's dictionary ({name}) by a mapping; a row with a value that the dictionary does not "
        "take was held back."
    ).format(name=agreement.data.name)


def _collected(agreement: Agreement, party: Party) -> str:
    scope = agreement.consent.scope[party.id]
    forms = (name for name, form in agreement.consent.forms.items() if scope in form.covers)
    return _(
        "Recorded by the sender in the course of assisting each person, with: {tool}. Consent to share with this "
        "recipient is asked with form: {forms}."
    ).format(tool=agreement.identification.tool, forms=", ".join(forms) or "–")


def _sampling() -> str:
    return _(
        "No sample was drawn: here is every case of the sender's extract that belongs to the period and the population "
        "and meets the conditions of the agreement; a case that went with another period is not here again. Who comes "
        "to an organisation is not left to chance, so nothing can be extrapolated from these figures."
    )


def _is_not() -> str:
    return _(
        "Not everybody who was trafficked, and no measure of how many there are: only people whom this sender "
        "assisted. Another sender may have reported the same person."
    )


def _purposes(agreement: Agreement, party: Party) -> Iterator[PurposeOfUse]:
    basis = {each.purpose: each for each in agreement.legal_basis}
    for each in agreement.purposes:
        if party.id in each.recipients:
            law = basis[each.id]
            yield PurposeOfUse(id=each.id, dpv=each.dpv, legal_basis=law.dpv, law=law.law, text=each.text)


def _keeping(agreement: Agreement, party: Party) -> Keeping:
    rule = agreement.retention[party.id]
    return Keeping(
        months_after_receipt=rule.keep_months,
        certificate_within_days=rule.certificate_within_days,
        survives_end=rule.survives_end,
    )


def _passing_on(agreement: Agreement) -> PassingOn:
    rule = agreement.onward
    return PassingOn(
        approval_by=rule.approval_by,
        approver=agreement.party(rule.approval_by).name,
        publish=rule.publish.only,
        min_cell=rule.publish.min_cell,
        quote_caveats=rule.publish.quote_caveats,
    )
