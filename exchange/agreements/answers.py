"""What a person must be asked before an agreement can be drafted; all the rest comes from a template.

The file that `exchange agreement new --answers` reads, YAML or JSON, has this shape. Each answer has the type that it
has in the agreement.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator
from pydantic import Field as Attribute

from exchange.agreements.check_open import OPEN_KEY
from exchange.agreements.clause import (
    AgreementId,
    Clause,
    Code,
    FieldName,
    Fingerprint,
    Jurisdiction,
    Line,
    NetworkId,
    PartyId,
    PersonId,
    PurposeId,
    Text,
    TierId,
    no_repeats,
)
from exchange.agreements.duties import ConsentForm, DueDay, Months, TimeZone
from exchange.agreements.parties import CrossBorder, PartyKind
from exchange.agreements.tiers import LeastAlike, Place, PseudonymKind

Ways = Annotated[tuple[Literal["key", "paper"], ...], AfterValidator(no_repeats), Attribute(min_length=1)]
NamedUsers = Annotated[tuple[PersonId, ...], AfterValidator(no_repeats), Attribute(min_length=1)]


class Signs(Clause):
    """Who signs for a party, and how."""

    name: Line
    title: Line
    by: Ways = ("key",)


class Sender(Clause):
    """An organisation. `key`: the fingerprint that its card shows; left open where no card is known."""

    id: PartyId
    name: Line
    kind: PartyKind
    jurisdiction: Jurisdiction
    contact: Line
    breach_contact: Line
    key: Fingerprint = OPEN_KEY
    signs: Signs


class Recipient(Sender):
    """`consent_scope`: what a person must have agreed to before anything about them goes there."""

    tier: TierId
    named_users: NamedUsers
    consent_scope: Code
    keep_months: Months
    cross_border: CrossBorder | None = None


class AgentAnswer(Sender):
    """The linking agent, where a tier is linked through one."""

    cross_border: CrossBorder | None = None


class Basis(Clause):
    """`dpv`: the name of a legal basis in W3C DPV 2.3."""

    dpv: Code
    law: Line


class PurposeAnswer(Clause):
    """Why data go to these recipients, and by which right."""

    id: PurposeId
    dpv: Code
    recipients: Annotated[tuple[PartyId, ...], AfterValidator(no_repeats), Attribute(min_length=1)]
    text: Text
    basis: Basis


class TierAnswer(Clause):
    """What a tier gets. `fields`: where each field stands that it gets, instead of the template's; a field takes the
    template's rule, or the coarsest that fits where the template gives it to nobody of that tier. `pseudonyms`: their
    kind; where people choose their own, that is the primary key's, and others are random."""

    k: LeastAlike | None = None
    pseudonyms: PseudonymKind | None = None
    fields: Annotated[dict[FieldName, Place], Attribute(min_length=1)] | None = None


class AuditorAnswer(Clause):
    id: PartyId
    name: Line
    key: Fingerprint = OPEN_KEY


class Assessment(Clause):
    reference: Line
    date: dt.date


class Answers(Clause):
    """All that is asked. `impact_assessment` is left out while there is none yet; `check` will say so."""

    id: AgreementId
    network: NetworkId
    title: Text
    effective: dt.date
    expires: dt.date
    review_by: dt.date
    sender: Sender
    recipients: Annotated[tuple[Recipient, ...], Attribute(min_length=1, max_length=58)]
    purposes: Annotated[tuple[PurposeAnswer, ...], Attribute(min_length=1)]
    consent_forms: Annotated[dict[Code, ConsentForm], Attribute(min_length=1)]
    tiers: Annotated[dict[TierId, TierAnswer], Attribute(default_factory=dict)]
    due_day: DueDay
    timezone: TimeZone
    identification_tool: Line
    impact_assessment: Assessment | None = None
    selection_bias: Text | None = None
    auditors: tuple[AuditorAnswer, ...] = ()
    agent: AgentAnswer | None = None
