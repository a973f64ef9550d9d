"""Which clauses this version obeys, by which part of the house, and which it does not yet obey, and why.

So that nobody is misled: `exchange agreement show --unobeyed` lists the second kind for an agreement. Every leaf of
the format is in one of the two tables (a test walks them); a path stands for all below it unless a longer one says
otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

from exchange.agreements.agreement import Agreement
from exchange.agreements.shape import places
from exchange.agreements.strict_yaml import written

OBEYED: dict[str, str] = {
    "agreement": "agreements/reading",
    "id": "agreements/signatures",
    "version": "agreements/signatures",
    "network": "matching",
    "language": "agreements/summary",
    "title": "agreements/summary",
    "term": "agreements/state",
    "term.review_by": "duties",
    "term.change_note": "agreements/summary",
    "parties": "agreements/permit",
    "parties.*.name": "agreements/summary",
    "parties.*.kind": "agreements/summary",
    "parties.*.jurisdiction": "agreements/check_parties",
    "parties.*.cross_border": "bundle",
    "parties.*.contact": "agreements/summary",
    "parties.*.breach_contact": "agreements/summary",
    "parties.*.key": "agreements/signatures",
    "parties.*.named_users": "agreements/access",
    "purposes": "agreements/check_tiers",
    "purposes.*.text": "bundle",
    "purposes.*.dpv": "bundle",
    "prohibited": "bundle",
    "legal_basis": "bundle",
    "impact_assessment": "agreements/permit",
    "identification": "bundle",
    "consent": "consent",
    "consent.withdrawal": "sending",
    "consent.withdrawal.certificate": "receiving",
    "consent.withdrawal.stop_within_hours": "duties",
    "consent.withdrawal.tell_recipients_within_hours": "duties",
    "consent.withdrawal.erase_within_days": "duties",
    "data": "extracts",
    "data.name": "bundle",
    "data.row_means": "bundle",
    "data.population": "bundle",
    "data.period": "consent",
    "data.age": "consent",
    "data.include": "consent",
    "data.household": "protect",
    "data.schema.fields.*.x-label": "bundle",
    "data.schema.fields.*.x-class": "agreements/check_tiers",
    "data.schema.fields.*.x-about": "bundle",
    "data.schema.fields.*.description": "bundle",
    "tiers": "redact",
    "tiers.*.treated_as": "protect",
    "tiers.*.every": "agreements/permit",
    "tiers.*.release.*.for": "agreements/check_tiers",
    "tiers.*.match": "matching",
    "tiers.*.match.for": "agreements/check_tiers",
    "tiers.*.protect": "protect",
    "tiers.*.protect.across_releases": "protect/corrections",
    "tiers.*.formats": "bundle",
    "delivery.due_day": "agreements/permit",
    "delivery.nil_report": "duties",
    "delivery.timezone": "sending",
    "delivery.grace_days": "agreements/permit",
    "delivery.monthly_note": "sending",
    "delivery.corrections": "agreements/permit",
    "delivery.receipt.within_days": "duties",
    "delivery.receipt.acknowledges": "receiving",
    "urgent": "duties",
    "compelled_disclosure": "duties",
    "breach": "duties",
    "rights_requests": "duties",
    "feedback": "duties",
    "delivery.channels": "delivering",
    "approval": "approving",
    "security.at_rest": "merge",
    "retention": "duties/retention",
    "onward": "merge/publishing",
    "audit": "duties/inspection",
    "security.access": "agreements/access",
    "notices": "bundle",
    "caveats": "bundle",
    "signatories": "agreements/signatures",
}


def not_obeyed() -> dict[str, str]:
    """Path → why, in the language being spoken."""
    return {}


@dataclass(frozen=True, slots=True)
class Unobeyed:
    """A clause of an agreement that nothing acts on yet: "tiers.task-force.protect.across_releases", and why."""

    path: str
    why: str


def unobeyed(agreement: Agreement) -> tuple[Unobeyed, ...]:
    """The clauses of `agreement` that this version does not obey, in the order of the agreement."""
    reasons = not_obeyed()
    found: dict[str, Unobeyed] = {}
    for path, general in places(agreement):
        clause = clause_of(general, reasons)
        if clause in reasons:
            named = written(path[: clause.count(".") + 1])
            found.setdefault(named, Unobeyed(named, reasons[clause]))
    return tuple(found.values())


def clause_of(general: tuple[str, ...], reasons: dict[str, str]) -> str | None:
    """The entry of either table that covers a leaf: the longest; None if neither table knows it."""
    above = (".".join(general[:length]) for length in range(len(general), 0, -1))
    return next((path for path in above if path in reasons or path in OBEYED), None)
