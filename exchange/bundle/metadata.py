"""Metadata: the answers to what a reader must ask of data before using them.

Derived from the agreement and the accounts of the steps. As JSON they travel in `datapackage.json` under `x-exchange`;
as words in `README.html`. Terms of DCAT 3, PROV and DPV 2.3 are named in `TERMS`.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from exchange.agreements.agreement import Reference
from exchange.agreements.clause import Text, visible
from exchange.agreements.duties import CaveatKind
from exchange.agreements.parties import CrossBorder
from exchange.bundle.caveats import DerivedCaveat
from exchange.protect.protected import Protected
from exchange.redact.notes.found import Kind

# Which term of which vocabulary says the same as a key of the metadata.
TERMS: dict[str, str] = {
    "sender": "dcterms:publisher",
    "recipient": "dpv:hasRecipient",
    "agreement": "dpv:hasLegalMeasure",
    "period": "dcterms:temporal",
    "created": "dcterms:issued",
    "population": "dcterms:description",
    "purposes": "dpv:hasPurpose",
    "legal_basis": "dpv:hasLegalBasis",
    "fields": "prov:wasDerivedFrom",
    "confidentiality": "dcterms:accessRights",
    "keep_months_after_receipt": "dpv:hasStorageCondition",
    "country": "dpv:hasJurisdiction",
    "cross_border": "dpv:hasThirdCountry",
    "contact": "dcat:contactPoint",
    "replaces": "dcterms:replaces",
}


# The sender's own words: as long as a page or two, of characters that a reader can see.
Note = Annotated[str, Field(max_length=8000), AfterValidator(visible)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Organisation(_Part):
    id: str
    name: str
    contact: str


class PurposeOfUse(_Part):
    id: str
    dpv: str
    legal_basis: str
    law: str
    text: Text


class FieldStory(_Part):
    """What happened to one field of the dictionary on its way here, and what it serves."""

    name: str
    label: str
    description: str
    rule: str
    level: str
    purposes: tuple[str, ...]
    place: Literal["rows", "tables", "nowhere"]


class ScrubbedNotes(_Part):
    """What scrubbing did to the case notes of one field: masks of each kind, in how many notes, and how many different
    words stand because a person decided so."""

    field: str
    notes: int
    masks: dict[Kind, int]
    kept: int


class CaveatLine(_Part):
    """A caveat, whoever gave it: `code` is the agreement's id ("C1") or the program's own code; `kind`: what it is
    about."""

    code: str
    kind: CaveatKind
    text: Text
    figure: str = ""


class AgainstReplaced(_Part):
    """What changed in the rows against the bundle that this one replaces."""

    new: int
    changed: int
    gone: int


class Protection(_Part):
    """k asked and reached, over which fields; None where no rows are here. `highest_risk`: 1 / the smallest group of
    look-alikes, for one who knows that a person is among the rows. `against`: None where nothing is replaced."""

    treated_as: str
    k_asked: int | None
    k_reached: int | None
    over: tuple[str, ...]
    cells_withheld: dict[str, int]
    table_cells_withheld: int
    highest_risk: float | None
    against: AgainstReplaced | None


class Linking(_Part):
    """Under which network's key, and which epoch's, the match tokens were made."""

    network: str
    epoch: str


class PassingOn(_Part):
    """Nothing is passed on unless `approval_by` approves. `publish`: what alone may be published, and no count of fewer
    than `min_cell` people; `quote_caveats`: only together with the caveats and the notice."""

    approval_by: str
    publish: Literal["tables"]
    min_cell: int
    quote_caveats: bool


class Metadata(_Part):
    """`months`: the first and the last day that the data cover; `created` with its time zone.

    `country`: the recipient's own, which the data must not leave; `cross_border`: but for those countries, under that
    safeguard.
    """

    bundle: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    sender: Organisation
    recipient: Organisation
    agreement: Reference
    title: Text
    period: str
    months: tuple[dt.date, dt.date]
    created: AwareDatetime
    replaces: str | None
    row_means: Text
    population: Text
    identification: dict[Literal["tool", "standard", "decided_by"], str]
    purposes: tuple[PurposeOfUse, ...]
    prohibited: tuple[Text, ...]
    fields: tuple[FieldStory, ...]
    scrubbed: tuple[ScrubbedNotes, ...]
    protection: Protection
    linking: Linking | None
    caveats: tuple[CaveatLine, ...]
    note: Note
    confidentiality: Text
    acknowledge: tuple[str, ...]
    keep_months_after_receipt: int
    country: str
    cross_border: CrossBorder | None
    passing_on: PassingOn


def tell(
    protected: Protected,
    derived: tuple[DerivedCaveat, ...],
    *,
    bundle: str,
    created: dt.datetime,
    note: str,
) -> Metadata:
    """The metadata of one release. `note`: the month's note in the sender's words, "" where there is none.

    pydantic's ValidationError for a note that is too long or holds what cannot be seen.
    """
    permit = protected.permit
    agreement, party = permit.agreement, permit.recipient
    sender = agreement.sender
    return Metadata(
        bundle=bundle,
        sender=Organisation(id=sender.id, name=sender.name, contact=sender.contact),
        recipient=Organisation(id=party.id, name=party.name, contact=party.contact),
        agreement=permit.reference,
        title=agreement.title,
        period=str(permit.period),
        months=(permit.first, permit.last),
        created=created,
        replaces=permit.replaces,
        row_means=agreement.data.row_means,
        population=agreement.data.population,
        identification={
            "tool": agreement.identification.tool,
            "standard": agreement.identification.standard,
            "decided_by": agreement.identification.decided_by,
        },
        purposes=_purposes(protected),
        prohibited=tuple(act.text for act in agreement.prohibited if party.id not in (act.exception or {})),
        fields=_stories(protected),
        scrubbed=_scrubbed(protected),
        protection=Protection(
            treated_as=permit.tier.treated_as,
            k_asked=protected.account.k_asked,
            k_reached=protected.account.k_reached,
            over=protected.account.over,
            cells_withheld=dict(protected.account.cells_withheld),
            table_cells_withheld=protected.account.table_cells_withheld,
            highest_risk=None if not protected.account.k_reached else 1 / protected.account.k_reached,
            against=_against(protected),
        ),
        linking=None if protected.match is None else Linking(network=protected.match[0], epoch=protected.match[1]),
        caveats=(
            *(CaveatLine(code=each.id, kind=each.kind, text=each.text) for each in agreement.caveats),
            *(CaveatLine(code=each.code, kind=each.kind, text=each.text, figure=each.figure) for each in derived),
        ),
        note=note,
        confidentiality=agreement.notices.confidentiality,
        acknowledge=agreement.delivery.receipt.acknowledges,
        keep_months_after_receipt=agreement.retention[party.id].keep_months,
        country=party.country,
        cross_border=party.cross_border,
        passing_on=PassingOn(
            approval_by=agreement.onward.approval_by,
            publish=agreement.onward.publish.only,
            min_cell=agreement.onward.publish.min_cell,
            quote_caveats=agreement.onward.publish.quote_caveats,
        ),
    )


def _against(protected: Protected) -> AgainstReplaced | None:
    found = protected.account.against
    return None if found is None else AgainstReplaced(new=found.new, changed=found.changed, gone=found.gone)


def _purposes(protected: Protected) -> tuple[PurposeOfUse, ...]:
    agreement = protected.permit.agreement
    basis = {each.purpose: each for each in agreement.legal_basis}
    return tuple(
        PurposeOfUse(id=each.id, dpv=each.dpv, legal_basis=basis[each.id].dpv, law=basis[each.id].law, text=each.text)
        for each in agreement.purposes
        if protected.permit.recipient.id in each.recipients
    )


def _stories(protected: Protected) -> tuple[FieldStory, ...]:
    permit = protected.permit
    data, tier = permit.agreement.data, permit.tier
    return tuple(
        FieldStory(
            name=change.field,
            label=data.field(change.field).label,
            description=data.field(change.field).description,
            rule=change.rule,
            level=change.level,
            purposes=tier.release[change.field].purposes if change.field in tier.release else (),
            place=_place(protected, change.field),
        )
        for change in protected.changes
    )


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
