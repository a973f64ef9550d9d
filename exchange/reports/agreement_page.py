"""An agreement as a document that a director reads and signs, in both languages, from the clauses that bind.

`agreement_page` is the whole; `what_leaves_page` is one page: each field that leaves, and as what each recipient sees
it. Both say what nobody gets.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.agreements.agreement import Agreement
from exchange.agreements.amendment import place_of
from exchange.agreements.parties import Party
from exchange.agreements.signatures import Signatures, signed_by
from exchange.agreements.state import state
from exchange.agreements.summary import protection, state_word
from exchange.agreements.tiers import Rule, Tier
from exchange.agreements.words import (
    caveat_kind,
    kind_of,
    linked_by,
    role_of,
    treated_as,
    treatment,
    whereabouts,
)
from exchange.locale import _, language
from exchange.reports.agreement_words import duties
from exchange.reports.page import page, render

if TYPE_CHECKING:
    from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Document:
    """An agreement, and who had signed it on a day, in the words of the language being spoken."""

    agreement: Agreement
    signatures: Signatures
    on: dt.date

    @property
    def state(self) -> str:
        return state_word(state(self.agreement, self.signatures, self.on))

    @property
    def signed(self) -> tuple[str, ...]:
        return signed_by(self.agreement, self.signatures, self.on)

    @property
    def received(self) -> tuple[Received, ...]:
        return tuple(Received(self.agreement, party) for party in self.agreement.recipients)

    @property
    def leaving(self) -> tuple[str, ...]:
        """The fields that somebody gets, in the order of the dictionary."""
        given = {name for each in self.received for name, _rule in each.rules}
        return tuple(field.name for field in self.agreement.data.fields if field.name in given)

    @property
    def staying(self) -> tuple[str, ...]:
        """The fields that nobody gets."""
        return tuple(field.name for field in self.agreement.data.fields if field.name not in self.leaving)

    def field(self, name: str) -> str:
        """What a field is called: its label is Indonesian, its description English."""
        field = self.agreement.data.field(name)
        return field.label if language() == "id" else field.description

    def law(self, purpose: str) -> str:
        return "; ".join(f"{each.law} ({each.dpv})" for each in self.agreement.legal_basis if each.purpose == purpose)

    def name(self, party: str) -> str:
        return self.agreement.party(party).name


@dataclass(frozen=True, slots=True)
class Received:
    """What one recipient gets."""

    agreement: Agreement
    party: Party

    @property
    def tier(self) -> Tier:
        return self.agreement.tier_of(self.party.id)

    @property
    def rules(self) -> tuple[tuple[str, Rule], ...]:
        """The fields that it sees, with their rules, in the order of the agreement."""
        return tuple((name, rule) for name, rule in self.tier.release.items() if place_of(self.tier, name))

    @property
    def protection(self) -> Iterator[str]:
        return protection(self.tier)

    @property
    def every(self) -> str:
        return _("every month") if self.tier.every == "month" else _("every quarter")

    def as_what(self, name: str) -> str:
        """How it sees a field; empty where it does not."""
        place = place_of(self.tier, name)
        return "" if place is None else treatment(self.tier.release[name])

    def place(self, name: str) -> str:
        words = {"rows": _("rows"), "tables": _("tables"), None: ""}
        return words[place_of(self.tier, name)]


def agreement_page(agreement: Agreement, signatures: Signatures, on: dt.date) -> str:
    """The whole agreement, with who has signed it on the day `on`."""
    document = Document(agreement, signatures, on)
    return page(lambda: str(agreement.title), lambda: _half("agreement.html.j2", document))


def what_leaves_page(agreement: Agreement, signatures: Signatures, on: dt.date) -> str:
    """What leaves under the agreement, and what does not, on one page."""
    document = Document(agreement, signatures, on)
    return page(
        lambda: _("What leaves under {agreement}").format(agreement=agreement.id),
        lambda: _half("agreement_leaves.html.j2", document),
    )


def _half(template: str, document: Document) -> Markup:
    return render(
        "exchange.reports",
        template,
        document=document,
        agreement=document.agreement,
        duties=duties(document.agreement),
        kind_of=kind_of,
        role_of=role_of,
        linked_by=linked_by,
        caveat_kind=caveat_kind,
        whereabouts=whereabouts,
        treated_as=treated_as,
        treatment=treatment,
    )
