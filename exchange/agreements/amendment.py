"""What two versions of an agreement do not have in common, clause by clause.

Things that have a name (parties, fields, purposes, caveats) are compared by their name, not by their place in a list.
A tier is compared for each recipient that has it, so that a party that moves to another tier gets its changes said
field by field. The rule of a field is one clause: the parts of a rule mean nothing alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from exchange.agreements.agreement import Agreement
from exchange.agreements.shape import Path
from exchange.agreements.tiers import Tier

Kind = Literal["added", "removed", "changed", "reordered"]

# What the entries of a list are called by; a list that is not here is a set of values, or (below) one value.
NAMED_BY = {
    "parties": "id",
    "purposes": "id",
    "prohibited": "act",
    "legal_basis": "purpose",
    "data.schema.missingValues": "label",
    "data.schema.fields": "name",
    "caveats": "id",
    "audit.auditors": "id",
    "signatories": "party",
}
_ONE_VALUE = {"tiers.*.release.*", "tiers.*.protect.if_not_met", "tiers.*.protect.tables.by.*"}
_OPENED = {"tiers.*", "tiers.*.release"}  # said part by part even where the whole is new or gone


@dataclass(frozen=True, slots=True)
class Change:
    """One clause that differs. `path` holds names ("tiers", "io-id", "release", "x_OriginRegency"), `clause` is its
    path in the format; under `tiers` the first name is the recipient's. `before` or `after` is None where the clause
    is new or gone; of a list that was only put in another order both hold its names."""

    path: Path
    clause: str
    kind: Kind
    before: Any
    after: Any


def changes(old: Agreement, new: Agreement) -> tuple[Change, ...]:
    """Every clause in which `new` differs from `old`, in the order of the format. Both have been checked."""
    return tuple(_compare(_opened(old), _opened(new), (), ()))


def _opened(agreement: Agreement) -> dict[str, Any]:
    """The sections of an agreement; under `tiers` each recipient, then the tiers that nobody has."""
    sections = _of_model(agreement)
    receiving = {party.id: agreement.tiers.get(party.tier or "") for party in agreement.recipients}
    used = {party.tier for party in agreement.recipients}
    unused = {f"tier {name}": tier for name, tier in agreement.tiers.items() if name not in used}
    return {**sections, "tiers": {**receiving, **unused}}


def _compare(before: Any, after: Any, path: Path, general: tuple[str, ...]) -> Iterator[Change]:
    clause = ".".join(general)
    if before == after:
        return
    if clause in _OPENED:
        before, after = ({} if each is None else each for each in (before, after))
    old, new = _parts(before, clause), _parts(after, clause)
    if old is None or new is None:
        kind: Kind = "added" if before is None else "removed" if after is None else "changed"
        yield Change(path, clause, kind, before, after)
        return
    for step in dict.fromkeys([*new, *old]):
        below = step if _is_key(before if before else after) else "*"
        yield from _compare(old.get(step), new.get(step), (*path, step), (*general, below))
    yield from _reordered(before, after, path, clause)


def _is_key(value: Any) -> bool:
    """Whether the parts of `value` are called as the format calls them: those of a model, and the sections."""
    return isinstance(value, BaseModel) or (isinstance(value, dict) and "agreement" in value)


def _parts(value: Any, clause: str) -> Mapping[str, Any] | None:
    """What `value` consists of, by name; None for what is compared as a whole."""
    if value is None or clause in _ONE_VALUE:
        return None
    if isinstance(value, BaseModel):
        return _of_model(value)
    if isinstance(value, dict):
        return value
    if isinstance(value, tuple):
        return {_name(each, clause): each for each in value}
    return None


def _name(each: Any, clause: str) -> str:
    if clause in NAMED_BY:
        return str(getattr(each, NAMED_BY[clause]))
    return " × ".join(sorted(each)) if isinstance(each, tuple) else str(each)


def _of_model(model: BaseModel) -> dict[str, Any]:
    fields = type(model).model_fields.items()
    return {info.alias or name: getattr(model, name) for name, info in fields if getattr(model, name) is not None}


def _reordered(before: Any, after: Any, path: Path, clause: str) -> Iterator[Change]:
    """A list with the same entries in another order is another text, though nobody gets more or less."""
    if not isinstance(before, tuple) or not isinstance(after, tuple):
        return
    old, new = ([_name(each, clause) for each in side] for side in (before, after))
    if old != new and sorted(old) == sorted(new):
        yield Change(path, clause, "reordered", tuple(old), tuple(new))


def recipient_of(change: Change) -> str | None:
    """The recipient whose tier the change is about."""
    return str(change.path[1]) if change.path[0] == "tiers" and len(change.path) > 1 else None


def place_of(tier: Tier | None, name: str) -> Literal["rows", "tables"] | None:
    """Where a recipient with this tier sees a field; None where it does not."""
    if tier is None or name not in tier.release:
        return None
    return "rows" if name in tier.row_fields else "tables" if name in tier.table_fields else None
