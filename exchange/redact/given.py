"""Pseudonyms that no key makes: those that stand in the sender's register, and those that a release has drawn.

Each stands in the place of the keyed pseudonym of the same value, which tells agreement, recipient, epoch and field
apart and says nothing by itself: so redacting and the register find each other without a name between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from exchange.agreements.clause import FieldName
from exchange.agreements.tiers import PseudonymKind


@dataclass(frozen=True, slots=True)
class StandIn:
    """`pseudonym` is what the recipient gets of a value of `field`; `keyed`: the HMAC in whose place it stands."""

    field: FieldName
    keyed: str
    pseudonym: str


@dataclass(frozen=True, slots=True, repr=False)
class Given:
    """What one recipient knows already under one agreement. `random`, `chosen`: keyed pseudonym → the one that stands
    in its place. `taken`: every pseudonym in the register, whoever it was given to. Never printed."""

    random: Mapping[str, str] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()

    def instead_of(self, keyed: str, kind: PseudonymKind) -> str | None:
        """What stands in the place of a keyed pseudonym; None where one must be drawn first. Whoever chose no word has
        a random one: to refuse the row would press people to choose, or others to choose for them."""
        if kind == "keyed":
            return keyed
        chosen = self.chosen.get(keyed) if kind == "chosen" else None
        return chosen or self.random.get(keyed)

    def with_random(self, drawn: Iterable[StandIn]) -> Given:
        """With these as well."""
        return replace(self, random={**self.random, **{each.keyed: each.pseudonym for each in drawn}})


NOTHING_GIVEN = Given()
