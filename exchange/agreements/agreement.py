"""The data-sharing agreement: default deny, every section typed.

The format is that of `exchange/demo/dsa-ntt.yaml`. Each section's types stand in the module that its name suggests:
`parties`, `dictionary` (section `data`), `tiers`, and `duties` for all the rest.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field as Attribute

from exchange.agreements.clause import AgreementId, Clause, Digest, NetworkId, PartyId, Text, TierId, Version
from exchange.agreements.dictionary import Data
from exchange.agreements.duties import (
    Approval,
    AuditRule,
    Breach,
    Caveat,
    CompelledDisclosure,
    Consent,
    Delivery,
    Feedback,
    Identification,
    ImpactAssessment,
    LegalBasis,
    Notices,
    Onward,
    Prohibition,
    Purpose,
    Retention,
    RightsRequests,
    Security,
    Term,
    Urgent,
)
from exchange.agreements.parties import Party, Signatory
from exchange.agreements.tiers import Tier
from exchange.crypto.canonical import digest
from exchange.locale import Language


class Languages(Clause):
    prevails: Language
    also: tuple[Language, ...]


class Agreement(Clause):
    """One version of one agreement, as read. What it may allow is asked of `exchange.agreements.permit`."""

    agreement: Literal[1]
    id: AgreementId
    version: Version
    network: NetworkId
    language: Languages
    title: Text
    term: Term
    parties: Annotated[tuple[Party, ...], Attribute(min_length=2, max_length=60)]
    purposes: Annotated[tuple[Purpose, ...], Attribute(min_length=1)]
    prohibited: tuple[Prohibition, ...]
    legal_basis: Annotated[tuple[LegalBasis, ...], Attribute(min_length=1)]
    impact_assessment: ImpactAssessment
    identification: Identification
    consent: Consent
    data: Data
    tiers: Annotated[dict[TierId, Tier], Attribute(min_length=1)]
    delivery: Delivery
    approval: Approval
    urgent: Urgent
    compelled_disclosure: CompelledDisclosure
    security: Security
    retention: dict[PartyId, Retention]
    onward: Onward
    breach: Breach
    rights_requests: RightsRequests
    feedback: Feedback
    notices: Notices
    caveats: tuple[Caveat, ...]
    audit: AuditRule
    signatories: Annotated[tuple[Signatory, ...], Attribute(min_length=2)]

    @property
    def sender(self) -> Party:
        return next(party for party in self.parties if party.role == "sender")

    @property
    def recipients(self) -> tuple[Party, ...]:
        return tuple(party for party in self.parties if party.role == "recipient")

    @property
    def agent(self) -> Party | None:
        """The linking agent; None where there is none."""
        return next((party for party in self.parties if party.role == "agent"), None)

    @property
    def linked_recipients(self) -> tuple[Party, ...]:
        """The recipients whose rows the linking agent links."""
        matches = ((party, self.tier_of(party.id).match) for party in self.recipients)
        return tuple(party for party, match in matches if match is not None and match.via == "agent")

    def party(self, party_id: str) -> Party:
        """The party called `party_id`; KeyError if there is none."""
        for party in self.parties:
            if party.id == party_id:
                return party
        raise KeyError(party_id)

    def tier_of(self, party_id: str) -> Tier:
        """The tier of a recipient; KeyError for anyone else."""
        tier = self.party(party_id).tier
        if tier is None:
            raise KeyError(party_id)
        return self.tiers[tier]

    def day(self, moment: dt.datetime) -> dt.date:
        """The date of a moment in the agreement's time zone."""
        return moment.astimezone(ZoneInfo(self.delivery.timezone)).date()

    @cached_property
    def digest(self) -> Digest:
        """SHA-256 over the RFC 8785 canonical JSON of what was agreed: one digest for one meaning.

        Comments, order of keys and layout of the YAML do not count; a default that is written out does not either.
        """
        return digest(self.model_dump(mode="json", by_alias=True, exclude_defaults=True))

    def __copy__(self) -> Self:
        copied = super().__copy__()
        copied.__dict__.pop("digest", None)  # pydantic copies it too, and `model_copy` may change what was agreed
        return copied


class Reference(Clause):
    """Which agreement, which version, and exactly which text: what envelopes, receipts and log entries quote."""

    id: AgreementId
    version: Version
    digest: Digest

    @classmethod
    def to(cls, agreement: Agreement) -> Reference:
        return cls(id=agreement.id, version=agreement.version, digest=agreement.digest)

    def __str__(self) -> str:
        return f"{self.id} {self.version}"
