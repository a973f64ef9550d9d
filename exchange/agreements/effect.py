"""What a change of a clause does: does it widen what is shared or weaken how people are protected, narrow it,
neither, or is it wording alone?

The table holds every clause of the format (a test walks them); a path stands for all below it unless a longer one
says otherwise. Where the direction of a change cannot be told, it counts as widening.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from exchange.agreements.amendment import Change
from exchange.agreements.exactness import says_more
from exchange.agreements.tiers import Rule

Effect = Literal["widens", "narrows", "neutral", "wording"]
EFFECTS: tuple[Effect, ...] = ("widens", "narrows", "neutral", "wording")  # in the order in which they are said
_Judge: TypeAlias = Callable[[Any, Any], Effect]


def _members(added: Effect, removed: Effect, changed: Effect) -> _Judge:
    def judge(before: Any, after: Any) -> Effect:
        return added if before is None else removed if after is None else changed

    return judge


def _more(before: float | dt.date | None, after: float | dt.date | None) -> Effect:
    """The higher, later or longer, the wider; nothing said is the least."""
    if before is None or after is None:
        return "widens" if before is None else "narrows"
    return "widens" if after > before else "narrows"  # type: ignore[operator]  # both are of the clause's one type


def _less(before: float | dt.date | None, after: float | dt.date | None) -> Effect:
    """The lower or earlier, the wider; nothing said protects nobody."""
    if before is None or after is None:
        return "narrows" if before is None else "widens"
    return "narrows" if after > before else "widens"  # type: ignore[operator]  # both are of the clause's one type


def _towards(*wider: str | bool) -> _Judge:
    """Values from narrow to wide."""

    def judge(before: Any, after: Any) -> Effect:
        if before is None or after is None:
            return "widens" if before is None else "narrows"
        return "widens" if wider.index(after) > wider.index(before) else "narrows"

    return judge


def _rule(before: Rule | None, after: Rule | None) -> Effect:
    if says_more(before, after):
        return "widens"
    if before is None or after is None or after.rule == "drop":
        return "narrows" if before is not None and before.rule != "drop" else "neutral"
    if not set(after.purposes) <= set(before.purposes):
        return "widens"
    if before.place != after.place:
        return "widens" if after.place == "rows" else "narrows"
    fewer = set(after.purposes) < set(before.purposes)
    return "narrows" if fewer or says_more(after, before) else "neutral"


def _always(effect: Effect) -> _Judge:
    return lambda _before, _after: effect


_WORDING = _always("wording")
_NEUTRAL = _always("neutral")
_CAUTION = _always("widens")
_MORE_OF_IT = _members("widens", "narrows", "neutral")
_OTHER = _members("widens", "narrows", "widens")
_BOUND = _members("narrows", "widens", "widens")  # what binds: gone or another, it may bind less

CLAUSES: dict[str, _Judge] = {
    "agreement": _NEUTRAL,
    "id": _NEUTRAL,
    "version": _WORDING,
    "network": _CAUTION,  # tokens become comparable with those of others
    "language": _NEUTRAL,
    "title": _WORDING,
    "term": _NEUTRAL,
    "term.effective": _less,
    "term.expires": _more,
    "term.review_by": _more,
    "term.supersedes": _WORDING,
    "term.change_note": _WORDING,
    "term.termination.immediate_if": _BOUND,
    "parties": _MORE_OF_IT,
    "parties.*.role": _CAUTION,
    "parties.*.jurisdiction": _CAUTION,
    "parties.*.contact": _WORDING,
    "parties.*.breach_contact": _WORDING,
    "parties.*.key": _CAUTION,
    "parties.*.tier": _NEUTRAL,  # what the other tier holds is said field by field
    "parties.*.named_users": _MORE_OF_IT,
    "parties.*.cross_border": _OTHER,
    "purposes": _OTHER,
    "purposes.*.text": _WORDING,
    "prohibited": _BOUND,
    "prohibited.*.except": _OTHER,
    "prohibited.*.text": _WORDING,
    "legal_basis": _NEUTRAL,
    "impact_assessment": _NEUTRAL,
    "impact_assessment.required": _towards(True, False),
    "identification": _NEUTRAL,
    "consent": _NEUTRAL,
    "consent.fields": _CAUTION,
    "consent.accept": _MORE_OF_IT,
    "consent.evidence": _towards("required", "not_required"),
    "consent.valid_months": _more,
    "consent.forms": _OTHER,
    "consent.forms.*.from": _less,
    "consent.scope": _OTHER,
    "consent.minors.below_age": _less,
    "consent.minors.also_needs": _MORE_OF_IT,
    "consent.minors.renew_at": _more,
    "consent.deceased": _CAUTION,
    "consent.deceased.release": _towards("hold_back", "tables_only"),
    "consent.withdrawal": _NEUTRAL,
    "consent.withdrawal.stop_within_hours": _more,
    "consent.withdrawal.tell_recipients_within_hours": _more,
    "consent.withdrawal.erase_within_days": _more,
    "data": _NEUTRAL,
    "data.row_means": _WORDING,
    "data.population": _WORDING,
    "data.period.field": _CAUTION,
    "data.period.late_entries_days": _more,
    "data.age": _CAUTION,
    "data.include": _BOUND,
    "data.include.*.*": _MORE_OF_IT,
    "data.household": _BOUND,
    "data.schema.primaryKey": _CAUTION,
    "data.schema.fields.*.x-class": _CAUTION,
    "data.schema.fields.*.x-label": _WORDING,
    "data.schema.fields.*.description": _WORDING,
    "tiers": _NEUTRAL,
    "tiers.*.treated_as": _towards("statistics", "pseudonymised", "personal_data"),
    "tiers.*.every": _towards("quarter", "month"),
    "tiers.*.release.*": _rule,
    "tiers.*.match": _OTHER,
    "tiers.*.protect": _CAUTION,
    "tiers.*.protect.output": _MORE_OF_IT,
    "tiers.*.protect.k": _less,
    "tiers.*.protect.quasi_identifiers.*": _BOUND,
    "tiers.*.protect.l_diversity.*.no_code_above_percent": _more,
    "tiers.*.protect.households": _BOUND,
    "tiers.*.protect.households.at_least": _less,
    "tiers.*.protect.households.none_above_percent": _more,
    "tiers.*.protect.max_suppressed_cells_percent": _more,
    "tiers.*.protect.tables": _MORE_OF_IT,
    "tiers.*.protect.tables.min_cell": _less,
    "tiers.*.protect.tables.from": _BOUND,
    "tiers.*.protect.across_releases": _towards("gate", "report"),
    "delivery": _NEUTRAL,
    "approval.people": _less,
    "urgent": _NEUTRAL,
    "urgent.review_within_hours": _more,
    "compelled_disclosure": _NEUTRAL,
    "security": _NEUTRAL,
    "retention": _NEUTRAL,
    "retention.*.keep_months": _more,
    "retention.*.survives_end": _towards(True, False),
    "retention.*.certificate_within_days": _more,
    "onward": _CAUTION,
    "onward.publish.min_cell": _less,
    "onward.publish.quote_caveats": _towards(True, False),
    "breach": _NEUTRAL,
    "breach.tell_parties_within_hours": _more,
    "breach.law_deadline_hours": _more,
    "rights_requests": _NEUTRAL,
    "feedback": _NEUTRAL,
    "notices": _WORDING,
    "caveats": _NEUTRAL,
    "caveats.*.text": _WORDING,
    "audit": _NEUTRAL,
    "signatories": _NEUTRAL,
    "signatories.*.title": _WORDING,
}


def effect(change: Change) -> Effect:
    """What the change does."""
    if change.kind == "reordered":
        return "neutral"
    return CLAUSES[judged_by(change.clause)](change.before, change.after)


def judged_by(clause: str) -> str:
    """The entry of the table that covers a clause of the format: the longest. KeyError for none."""
    parts = clause.split(".")
    for length in range(len(parts), 0, -1):
        if ".".join(parts[:length]) in CLAUSES:
            return ".".join(parts[:length])
    raise KeyError(clause)
