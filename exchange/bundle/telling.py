"""From a release to its metadata: every answer is read off the agreement and the accounts of the steps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal

from exchange.agreements.agreement import Agreement
from exchange.agreements.permit import Permit
from exchange.bundle.caveats import DerivedCaveat, in_both, share_held_back
from exchange.bundle.metadata import (
    AgainstReplaced,
    Area,
    Belonging,
    CaveatLine,
    Corrected,
    Dating,
    Days,
    FieldStory,
    Forbidden,
    Identified,
    Keeping,
    Linking,
    Metadata,
    Organisation,
    PassingOn,
    Protection,
    PurposeOfUse,
    ScrubbedNotes,
)
from exchange.bundle.missing import missing_in
from exchange.bundle.released import ReleasedField
from exchange.bundle.treatment import how, why
from exchange.locale import _
from exchange.protect.protected import Protected
from exchange.protect.releases import Release

_PLACES = ("kemendagri-", "iso-3166-")  # how the names of lists of places begin


def tell(
    protected: Protected,
    derived: tuple[DerivedCaveat, ...],
    released: Sequence[ReleasedField],
    *,
    bundle: str,
    created: dt.datetime,
    note: str,
    earlier: Sequence[Release] = (),
) -> Metadata:
    """The metadata of one release. `note`: the month's note in the sender's words, "" where there is none. `earlier`:
    what this recipient got before under the agreement, in the order in which it was made.

    pydantic's ValidationError for a note that is too long or holds what cannot be seen.
    """
    permit = protected.permit
    agreement, party = permit.agreement, permit.recipient
    data, sender = agreement.data, agreement.sender
    return Metadata(
        bundle=bundle,
        sender=Organisation(id=sender.id, name=sender.name, contact=sender.contact),
        recipient=Organisation(id=party.id, name=party.name, contact=party.contact),
        agreement=permit.reference,
        title=agreement.title,
        period=str(permit.period),
        covers=Days(first=permit.first, last=permit.last),
        dating=Dating(field=data.period.field, late_entries_days=data.period.late_entries_days),
        created=created,
        made=agreement.day(created),
        replaces=permit.replaces,
        corrections=_corrections(earlier, agreement),
        source=in_both(partial(_source, agreement)),
        collected=in_both(partial(_collected, permit)),
        sampling=in_both(_sampling),
        row_means=data.row_means,
        population=data.population,
        is_not=in_both(_is_not),
        belonging=tuple(Belonging(field=name, codes=codes) for name, codes in data.include.items()),
        area=Area(jurisdiction=sender.jurisdiction, fields=_places(released)),
        identification=Identified(
            tool=agreement.identification.tool,
            standard=agreement.identification.standard,
            decided_by=agreement.identification.decided_by,
        ),
        purposes=_purposes(protected),
        prohibited=tuple(
            Forbidden(act=each.act, text=each.text, only_via_sender=party.id in (each.exception or {}))
            for each in agreement.prohibited
        ),
        fields=_stories(protected, {each.field.name: each for each in released}),
        missing=missing_in(protected),
        scrubbed=_scrubbed(protected),
        protection=_protection(protected),
        linking=None if protected.match is None else Linking(network=protected.match[0], epoch=protected.match[1]),
        caveats=(
            *(CaveatLine(code=each.id, kind=each.kind, text=each.text) for each in agreement.caveats),
            *(CaveatLine(code=each.code, kind=each.kind, text=each.text, figure=each.figure) for each in derived),
        ),
        note=note,
        confidentiality=agreement.notices.confidentiality,
        acknowledge=agreement.delivery.receipt.acknowledges,
        keeping=_keeping(permit),
        country=party.country,
        cross_border=party.cross_border,
        passing_on=PassingOn(
            approval_by=agreement.onward.approval_by,
            approver=agreement.party(agreement.onward.approval_by).name,
            publish=agreement.onward.publish.only,
            min_cell=agreement.onward.publish.min_cell,
            quote_caveats=agreement.onward.publish.quote_caveats,
        ),
    )


# --- from what, how, of whom ---


def _source(agreement: Agreement) -> str:
    return _(
        "The sender's own case records, kept for assisting people. The columns and codes of its workbook were put into "
        "those of the agreement's dictionary ({name}) by a mapping; a row with a value that the dictionary does not "
        "take was held back."
    ).format(name=agreement.data.name)


def _collected(permit: Permit) -> str:
    scope = permit.agreement.consent.scope[permit.recipient.id]
    forms = (name for name, form in permit.agreement.consent.forms.items() if scope in form.covers)
    return _(
        "Recorded by the sender in the course of assisting each person, with: {tool}. Consent to share with this "
        "recipient is asked with form: {forms}."
    ).format(tool=permit.agreement.identification.tool, forms=", ".join(forms) or "–")


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


def _places(released: Sequence[ReleasedField]) -> tuple[str, ...]:
    return tuple(each.field.name for each in released if (each.field.codes or "").startswith(_PLACES))


def _corrections(earlier: Sequence[Release], agreement: Agreement) -> tuple[Corrected, ...]:
    """Those made after the last bundle that replaced nothing."""
    first = max((place for place, each in enumerate(earlier) if each.replaces is None), default=-1)
    return tuple(
        Corrected(period=each.period, bundle=each.bundle, replaces=each.replaces, made=agreement.day(each.created))
        for each in earlier[first + 1 :]
        if each.replaces is not None
    )


# --- fields ---


def _purposes(protected: Protected) -> tuple[PurposeOfUse, ...]:
    agreement = protected.permit.agreement
    basis = {each.purpose: each for each in agreement.legal_basis}
    return tuple(
        PurposeOfUse(id=each.id, dpv=each.dpv, legal_basis=basis[each.id].dpv, law=basis[each.id].law, text=each.text)
        for each in agreement.purposes
        if protected.permit.recipient.id in each.recipients
    )


def _stories(protected: Protected, released: Mapping[str, ReleasedField]) -> tuple[FieldStory, ...]:
    permit = protected.permit
    data, tier = permit.agreement.data, permit.tier
    basis = {each.purpose: each.dpv for each in permit.agreement.legal_basis}
    found = []
    for change in protected.changes:
        field, leaves = data.field(change.field), released.get(change.field)
        purposes = tier.release[field.name].purposes if field.name in tier.release else ()
        found.append(
            FieldStory(
                name=field.name,
                label=field.label,
                description=field.description,
                kind=field.kind,
                rule=change.rule,
                level=change.level,
                how=in_both(partial(how, leaves)),
                why=in_both(partial(why, field, leaves)),
                purposes=purposes,
                legal_basis=tuple(dict.fromkeys(basis[each] for each in purposes)),
                place=_place(protected, field.name),
            )
        )
    return tuple(found)


def _scrubbed(protected: Protected) -> tuple[ScrubbedNotes, ...]:
    return tuple(
        ScrubbedNotes(field=each.field, notes=each.masks.notes, masks=dict(each.masks.by_kind), kept=each.masks.kept)
        for each in protected.changes
        if each.masks is not None
    )


def _place(protected: Protected, name: str) -> Literal["rows", "tables", "nowhere"]:
    tier = protected.permit.tier
    if name in tier.row_fields:
        return "rows"
    return "tables" if name in tier.table_fields else "nowhere"


# --- protection, keeping ---


def _protection(protected: Protected) -> Protection:
    account, asked = protected.account, protected.permit.tier.protect
    return Protection(
        treated_as=protected.permit.tier.treated_as,
        held_back=share_held_back(protected),
        min_cell=None if asked.tables is None else asked.tables.min_cell,
        k_asked=account.k_asked,
        k_reached=account.k_reached,
        over=account.over,
        diversity={name: rule.no_code_above_percent for name, rule in (asked.l_diversity or {}).items()},
        households=None if asked.households is None else asked.households.at_least,
        cells_withheld=dict(account.cells_withheld),
        table_cells_withheld=account.table_cells_withheld,
        highest_risk=None if not account.k_reached else 1 / account.k_reached,
        against=_against(protected),
    )


def _against(protected: Protected) -> AgainstReplaced | None:
    found = protected.account.against
    return None if found is None else AgainstReplaced(new=found.new, changed=found.changed, gone=found.gone)


def _keeping(permit: Permit) -> Keeping:
    rule = permit.agreement.retention[permit.recipient.id]
    return Keeping(
        months_after_receipt=rule.keep_months,
        certificate_within_days=rule.certificate_within_days,
        survives_end=rule.survives_end,
    )
