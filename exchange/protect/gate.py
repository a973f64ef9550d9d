"""The gate on rows: they leave as they keep the tier's promise, or they do not leave.

A personal-data tier has no gate: its k is measured and said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from exchange.agreements.tiers import Tier
from exchange.errors import DisclosureError, Problem
from exchange.locale import _
from exchange.protect.columns import Column, Rows, columns, matrix, to_table
from exchange.protect.promise import Diverse, Promise
from exchange.protect.rows.groups import Codes, People
from exchange.protect.rows.suppression import Suppression, suppress
from exchange.protect.rows.verify import verify
from exchange.redact.redacted import Redacted

Outcome = Literal["met", "tables", "nothing", "reported", "no_rows_agreed"]


@dataclass(frozen=True, slots=True)
class Gated:
    """What came out: `those` are the columns as released, None where no rows leave; `rows` says which rows of the
    redacted table they are. `cells_withheld`: per field, above 0."""

    outcome: Outcome
    those: tuple[Column, ...] | None
    rows: Rows
    cells_withheld: tuple[tuple[str, int], ...] = ()
    rows_withheld: int = 0


def gate(redacted: Redacted, promise: Promise, rows: Rows) -> Gated:
    """Put `rows` of the redacted table, in that order, through the tier's gate.

    DisclosureError `protect.no_k`: the tier gates rows without saying at which k. DisclosureError with the codes of
    `verify`: the search broke its promise, which is a bug; nothing leaves.
    """
    tier = redacted.permit.tier
    if "rows" not in tier.protect.output:
        return Gated("no_rows_agreed", None, rows[:0])
    those = tuple(each.take(rows) for each in columns(redacted.table, tier.row_fields))
    if not tier.gated:
        return Gated("reported", those, rows)
    if tier.protect.k is None:
        raise DisclosureError(
            Problem(
                "protect.no_k",
                _("rows leave only behind a gate on k, and the tier names no k"),
                hint=_("agree on protect.k, or on tables only"),
            )
        )
    household = redacted.household.to_numpy(zero_copy_only=False)[rows].tolist()
    return _gated(those, household, promise, tier, rows)


def _gated(those: tuple[Column, ...], household: list[int], promise: Promise, tier: Tier, rows: Rows) -> Gated:
    if not len(rows):  # no case at all and too few for k must look the same to the recipient
        return not_met(tier, rows)
    found = Suppression.nothing(len(rows), len(promise.diversity))
    if tier.protect.method == "local_suppression":
        found = suppress(people_of(those, household, promise), promise)
    kept = np.flatnonzero(~found.left_out)
    limit = (tier.protect.max_suppressed_cells_percent or 0) * len(rows) * len(promise.over)
    if found.cells(len(promise.over)) * 100 > limit or not len(kept):
        return not_met(tier, rows)
    after = tuple(each.take(kept) for each in apply_suppression(those, found, promise))
    broken = verify(to_table(after), [household[row] for row in kept], promise)
    if broken and tier.protect.method is None:
        return not_met(tier, rows)
    DisclosureError.raise_all(broken)
    return Gated("met", after, rows[kept], _cells_withheld(those, after, kept), len(rows) - len(kept))


def not_met(tier: Tier, rows: Rows) -> Gated:
    """The first thing on the agreed list that a gated tier may have; nothing where the list is silent."""
    for fallback in tier.protect.if_not_met or ():
        if fallback == "nothing" or (fallback == "tables" and tier.protect.tables is not None):
            return Gated(fallback, None, rows[:0])
    return Gated("nothing", None, rows[:0])


def gated_as(
    redacted: Redacted, promise: Promise, rows: Rows, told: Mapping[str, Sequence[str]], lost: int, of: int
) -> Gated | None:
    """These rows of the redacted table with the values `told` by field; None where they do not keep the tier's promise,
    or not at the agreed price. `lost` of the `of` rows that could leave count as withheld."""
    tier = redacted.permit.tier
    if not len(rows):
        return None
    fresh = [each.take(rows) for each in columns(redacted.table, tier.row_fields)]
    those = tuple(Column.of_texts(each.name, told[each.name]) if each.name in told else each for each in fresh)
    counts = ((a.name, _newly(promise.suppressed, b, a)) for b, a in zip(fresh, those, strict=True))
    withheld = tuple((name, count) for name, count in counts if count)
    cells = sum(count for _name, count in withheld) + lost * (len(promise.over) + len(promise.diversity))
    limit = (tier.protect.max_suppressed_cells_percent or 0) * (len(rows) + lost) * len(promise.over)
    household = redacted.household.to_numpy(zero_copy_only=False)[rows].tolist()
    if cells * 100 > limit or verify(to_table(those), household, promise):
        return None
    return Gated("met", those, rows, withheld, of - len(rows))


def _newly(suppressed: str, before: Column, after: Column) -> int:
    return sum(a == suppressed != b for b, a in zip(before.texts(), after.texts(), strict=True))


def people_of(those: Sequence[Column], household: list[int], promise: Promise) -> People:
    """What the search knows of the people in the rows."""
    named = {each.name: each for each in those}
    return People(
        quasi=matrix([named[name] for name in promise.over], len(household)),
        household=tuple(household),
        codes=tuple(_codes(named[rule.field], rule, promise) for rule in promise.diversity),
    )


def _codes(column: Column, rule: Diverse, promise: Promise) -> tuple[Codes, ...]:
    codes = [None if value == promise.suppressed else promise.codes(rule, value) for value in column.values]
    return tuple(codes[number] for number in column.numbers)


def apply_suppression(those: Sequence[Column], found: Suppression, promise: Promise) -> tuple[Column, ...]:
    """The columns without the cells that `found` withholds; rows that are left out are still there."""
    where = {name: (found.masks >> place & 1) == 1 for place, name in enumerate(promise.over)}
    where |= {rule.field: found.fields[place] for place, rule in enumerate(promise.diversity)}
    return tuple(each.withhold(where[each.name], promise.suppressed) if each.name in where else each for each in those)


def _cells_withheld(before: Sequence[Column], after: Sequence[Column], kept: Rows) -> tuple[tuple[str, int], ...]:
    counts = ((b.name, int((b.take(kept).numbers != a.numbers).sum())) for b, a in zip(before, after, strict=True))
    return tuple((name, count) for name, count in counts if count)
