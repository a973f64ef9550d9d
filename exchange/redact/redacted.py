"""Rows in which every value has been through its rule; nothing tells any more from which row of the sheet it came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.agreements.permit import Permit
from exchange.redact.given import StandIn
from exchange.redact.notes.found import Kind

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Masks:
    """What scrubbing did to the case notes of one field: in how many `notes` something is masked, how many masks there
    are of each kind, and how many different words were `kept` because a person decided so."""

    notes: int
    by_kind: tuple[tuple[Kind, int], ...]  # above 0
    kept: int

    @property
    def total(self) -> int:
        return sum(count for _kind, count in self.by_kind)


@dataclass(frozen=True, slots=True)
class Change:
    """What one rule did to one field: the account from which caveats, metadata and log entries are derived.

    `values` counts the cells that had a value, `changed` those that differ afterwards.
    """

    field: str
    rule: str
    values: int
    changed: int
    ladder: str = ""
    level: str = ""  # what a generalised value is now: "band", "month", "province", …
    masks: Masks | None = None  # of a scrubbed field


def all_masks(changes: Iterable[Change]) -> Masks | None:
    """Those of every scrubbed field together; None where nothing is scrubbed."""
    every = [each.masks for each in changes if each.masks is not None]
    if not every:
        return None
    kinds: Counter[Kind] = Counter()
    for masks in every:
        kinds.update(dict(masks.by_kind))
    return Masks(sum(each.notes for each in every), tuple(sorted(kinds.items())), sum(each.kept for each in every))


@dataclass(frozen=True, slots=True)
class Redacted:
    """What the tier's rules leave of `Consented`, row for row in the same order (protect shuffles).

    `table`: one `dictionary<int32, string>` column per released field, for rows and tables alike, in the order of
    `tier.release`; the row key, where the tier has one, under the primary key's name. `household`: int32 per row, rows
    of one household share a number; a row without a reference has a number of its own. `tables_only`: as in
    `Consented`. `changes`: one per field of the dictionary, those dropped included. `held_back`, `considered` and
    `late_entries` are handed on. `pseudonyms`: those that no key makes, for the register. Made only by
    `exchange.redact`.
    """

    permit: Permit
    table: pa.Table
    household: pa.Int32Array
    tables_only: pa.BooleanArray
    changes: tuple[Change, ...]
    held_back_total: int
    considered: int
    late_entries: int
    pseudonyms: tuple[StandIn, ...] = ()

    def __len__(self) -> int:
        return int(self.table.num_rows)
