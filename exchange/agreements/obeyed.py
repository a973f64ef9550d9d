"""Which part of the house obeys which clause of an agreement.

A clause that nothing acts on would mislead whoever signs it: every leaf of the format is in this table (a path stands
for all below it unless a longer one says otherwise), and a test turns each to its opposite and sees that somebody
notices.
"""

from __future__ import annotations

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
    "tiers.*.match.via": "agent",
    "tiers.*.protect": "protect",
    "tiers.*.protect.across_releases": "protect/releases",
    "tiers.*.formats": "bundle",
    "delivery.due_day": "agreements/permit",
    "delivery.nil_report": "duties",
    "delivery.timezone": "sending",
    "delivery.grace_days": "agreements/permit",
    "delivery.monthly_note": "sending",
    "delivery.corrections": "agreements/permit",
    "delivery.receipt.within_days": "duties",
    "delivery.receipt.acknowledges": "acknowledging",
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


def obeyed_by(leaf: str) -> str | None:
    """The part of the house that obeys a leaf of the format ("parties.*.key"): a room, or a module in it; None where
    nobody does."""
    steps = leaf.split(".")
    above = (".".join(steps[:length]) for length in range(len(steps), 0, -1))
    return next((OBEYED[path] for path in above if path in OBEYED), None)
