"""Counts of people, not reports, fit to be shown: small cells withheld, and others so that none can be worked out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exchange.bundle.metadata import CaveatLine
from exchange.locale import _
from exchange.merge.people import Merged
from exchange.protect.columns import Column
from exchange.protect.protected import ReleasedTable
from exchange.protect.tables.counting import count
from exchange.protect.tables.kinds import Asked, Breakdown
from exchange.protect.tables.published import tables_without
from exchange.protect.tables.withholding import withhold


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
    counts = count(people, merged.counts.people, Asked.of(by, merged.lists, merged.missing | {""}))
    return PeopleCounts(tables_without(withhold(counts, min_cell), counts, by), notice(), merged.caveats)


def _column(merged: Merged, name: str) -> Column:
    import pyarrow as pa

    if name not in merged.fields:
        values = pa.array([""] * merged.counts.people, pa.string())
    else:
        values = merged.people.column(name).cast(pa.string()).fill_null("")
    return Column.of(pa.table({name: values.dictionary_encode()}), name)
