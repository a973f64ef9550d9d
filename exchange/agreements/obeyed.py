"""Which clauses this version obeys, by which part of the house, and which it does not yet obey, and why.

So that nobody is misled: `exchange agreement show --unobeyed` lists the second kind for an agreement. Every leaf of
the format is in one of the two tables (a test walks them); a path stands for all below it unless a longer one says
otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from exchange.agreements.agreement import Agreement
from exchange.agreements.shape import Path
from exchange.agreements.strict_yaml import written
from exchange.locale import _

OBEYED: dict[str, str] = {
    "agreement": "agreements/reading",
    "id": "agreements/signatures",
    "version": "agreements/signatures",
    "network": "matching",
    "language": "agreements/summary",
    "title": "agreements/summary",
    "term": "agreements/state",
    "term.change_note": "agreements/summary",
    "parties": "agreements/permit",
    "parties.*.name": "agreements/summary",
    "parties.*.kind": "agreements/summary",
    "parties.*.jurisdiction": "agreements/check_parties",
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
    "delivery.timezone": "sending",
    "delivery.grace_days": "agreements/permit",
    "delivery.monthly_note": "sending",
    "delivery.corrections": "agreements/permit",
    "delivery.receipt.acknowledges": "receiving",
    "security.at_rest": "merge",
    "security.access": "agreements/access",
    "notices": "bundle",
    "caveats": "bundle",
    "signatories": "agreements/signatures",
}


def not_obeyed() -> dict[str, str]:
    """Path → why, in the language being spoken."""
    by_hand = _("the parties see to it themselves")
    return {
        "term.review_by": _("nobody is reminded of the review"),
        "parties.*.cross_border": _("where a recipient keeps or sends the data is not observed"),
        "consent.withdrawal.stop_within_hours": _("sharing stops once a withdrawal is recorded; no clock watches that"),
        "consent.withdrawal.tell_recipients_within_hours": _("the letter is written at once, but no clock watches it"),
        "consent.withdrawal.erase_within_days": _("the letter names the day, but no clock watches it"),
        "delivery.nil_report": _("a month without cases is packed like any other, required or not"),
        "delivery.receipt.within_days": _("nobody is reminded of a receipt that is missing"),
        "delivery.channels": _("the road is chosen in the sender's settings"),
        "approval": _("one person can send; nobody is asked to approve"),
        "urgent": by_hand,
        "compelled_disclosure": by_hand,
        "retention": _("no clock runs yet, and nothing is disposed of"),
        "onward": by_hand,
        "breach": by_hand,
        "rights_requests": by_hand,
        "feedback": by_hand,
        "caveats.*.kind": _("the words of a caveat travel, its kind does not"),
        "audit.keep_years": _("logs are kept until someone deletes them"),
        "audit.auditors": _("logs are handed to an auditor by hand"),
        "audit.may_inspect": _("logs are handed to an auditor by hand"),
    }


@dataclass(frozen=True, slots=True)
class Unobeyed:
    """A clause of an agreement that nothing acts on yet: "tiers.task-force.protect.across_releases", and why."""

    path: str
    why: str


def unobeyed(agreement: Agreement) -> tuple[Unobeyed, ...]:
    """The clauses of `agreement` that this version does not obey, in the order of the agreement."""
    reasons = not_obeyed()
    found: dict[str, Unobeyed] = {}
    for path, general in _leaves(agreement, (), ()):
        clause = clause_of(general, reasons)
        if clause in reasons:
            named = written(path[: clause.count(".") + 1])
            found.setdefault(named, Unobeyed(named, reasons[clause]))
    return tuple(found.values())


def clause_of(general: tuple[str, ...], reasons: dict[str, str]) -> str | None:
    """The entry of either table that covers a leaf: the longest; None if neither table knows it."""
    above = (".".join(general[:length]) for length in range(len(general), 0, -1))
    return next((path for path in above if path in reasons or path in OBEYED), None)


def _leaves(value: Any, path: Path, general: tuple[str, ...]) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Every leaf that an agreement holds: its path, and its path in the format."""
    if isinstance(value, BaseModel):
        for name, info in type(value).model_fields.items():
            key = info.alias or name
            if getattr(value, name) is not None:
                yield from _leaves(getattr(value, name), (*path, key), (*general, key))
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, (*path, key), (*general, "*"))
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            yield from _leaves(each, (*path, index), (*general, "*"))
    else:
        yield path, general
