"""Counts of people, not reports, fit to be shown: small cells withheld, and others so that none can be worked out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from exchange.bundle.metadata import CaveatLine
from exchange.locale import _
from exchange.merge.people import Merged
from exchange.protect.columns import Column
from exchange.protect.protected import Cell, ReleasedTable
from exchange.protect.tables.counting import Breakdown, Counts, Key, count, key
from exchange.protect.tables.relations import circle
from exchange.protect.tables.withholding import withhold

TOTAL = "*"


@dataclass(frozen=True, slots=True)
class PeopleCounts:
    """`tables` with totals; `notice` and `caveats` belong beside them wherever they are shown."""

    tables: tuple[ReleasedTable, ...]
    notice: str
    caveats: tuple[CaveatLine, ...]


def notice() -> str:
    """What stands on everything that rests on links."""
    return _("links between reports serve counting; they never decide anything about a case")


def count_people(merged: Merged, by: Sequence[Breakdown], min_cell: int) -> PeopleCounts:
    """The people of `merged` by the breakdowns `by`, tuples of its fields; a field not held by anyone counts as "".

    A cell of fewer than `min_cell` people is withheld, and so is zero. DisclosureError `protect.tables_too_large`.
    """
    names = dict.fromkeys(name for breakdown in by for name in breakdown)
    people = [_column(merged, name) for name in names]
    lists, missing = merged.lists & names.keys(), merged.missing | {""}
    unseen = circle(by)  # as for the tables of a release
    counts = count(people, merged.counts.people, [*by, *([unseen] if unseen else [])], lists, missing)
    seen = {cell for breakdown in by for cell in counts.cells(breakdown)}
    withheld = withhold(counts, min_cell, hidden=counts.people.keys() - seen)
    return PeopleCounts(tuple(_table(each, counts, withheld) for each in by), notice(), merged.caveats)


def _column(merged: Merged, name: str) -> Column:
    import pyarrow as pa

    if name not in merged.fields:
        values = pa.array([""] * merged.counts.people, pa.string())
    else:
        values = merged.people.column(name).cast(pa.string()).fill_null("")
    return Column.of(pa.table({name: values.dictionary_encode()}), name)


def _table(breakdown: Breakdown, counts: Counts, withheld: frozenset[Key]) -> ReleasedTable:
    """A value is listed where at least one of its cells is shown, as in the tables that senders release."""
    shown = {cell for cell in counts.cells(breakdown) if cell not in withheld}
    listed = [
        [*(v for v in counts.values[name] if any((name, v) in cell for cell in shown)), TOTAL] for name in breakdown
    ]
    return ReleasedTable(breakdown, tuple(_cell(breakdown, values, counts, shown) for values in product(*listed)))


def _cell(breakdown: Breakdown, values: tuple[str, ...], counts: Counts, shown: set[Key]) -> Cell:
    named = key({name: value for name, value in zip(breakdown, values, strict=True) if value != TOTAL})
    return Cell(values, counts.people[named] if named in shown else None)
