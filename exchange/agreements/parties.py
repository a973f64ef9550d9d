"""Who is bound: parties, signatories, auditors."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, model_validator
from pydantic import Field as Attribute

from exchange.agreements.clause import (
    Clause,
    CountryCode,
    Fingerprint,
    Jurisdiction,
    Line,
    PartyId,
    PersonId,
    TierId,
    no_repeats,
)
from exchange.locale import _

Safeguard = Literal["adequate-country", "binding-instrument", "consent"]
PartyKind = Literal["cso", "government", "international-organisation"]


FORGETS_WITHIN_HOURS = 72  # of their coming, by which a linking agent deletes filters, and certifies it


class CrossBorder(Clause):
    """To which countries data may go with this party, and what safeguards it there (UU 27/2022 art. 56)."""

    countries: Annotated[tuple[CountryCode, ...], AfterValidator(no_repeats), Attribute(min_length=1)]
    safeguard: Safeguard
    reference: Line


class Party(Clause):
    """One organisation. `key` is the fingerprint of its long-lived root key, which certifies all its other keys.

    An `agent` links the sender's rows with those of other senders, by filters and row keys: it gets no rows.
    """

    id: PartyId
    name: Line
    role: Literal["sender", "recipient", "agent"]
    kind: PartyKind
    jurisdiction: Jurisdiction
    contact: Line
    breach_contact: Line
    key: Fingerprint
    tier: TierId | None = None
    named_users: Annotated[tuple[PersonId, ...], AfterValidator(no_repeats), Attribute(min_length=1)] | None = None
    cross_border: CrossBorder | None = None

    @property
    def country(self) -> CountryCode:
        """The country whose law it is under."""
        return self.jurisdiction[:2]

    @model_validator(mode="after")
    def _a_recipient_has_a_tier_and_named_users(self) -> Party:
        wanted = self.role == "recipient"
        if (self.tier is not None) != wanted or (self.named_users is not None) != wanted:
            raise ValueError(_("a recipient has a tier and named users; a sender and a linking agent have neither"))
        return self


class Signatory(Clause):
    """Who signs for a party. `paper`: a scan whose digest the party's key signs."""

    party: PartyId
    name: Line
    title: Line
    by: Annotated[tuple[Literal["key", "paper"], ...], AfterValidator(no_repeats), Attribute(min_length=1)]


class Auditor(Clause):
    """An auditor who is no party; sees logs and agreements, never a row."""

    id: PartyId
    name: Line
    key: Fingerprint
