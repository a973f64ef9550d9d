"""Counts of people, not reports, fit to be shown: small cells withheld, and others so that none can be worked out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from exchange.agreements.agreement import Agreement
from exchange.bundle.metadata import CaveatLine
from exchange.merge.counting.intervals import Interval, of_cells, of_people
from exchange.merge.counting.said import notice as notice
from exchange.merge.people import Merged
from exchange.protect.columns import Column
from exchange.protect.protected import ReleasedTable
from exchange.protect.tables.counting import Counts, Key, count
from exchange.protect.tables.kinds import Asked, Breakdown
from exchange.protect.tables.published import published, tables_without
from exchange.protect.tables.withholding import withhold

FIRST = "first_reported"
"""Beside the fields of the dictionary: the period in which a person was first reported."""


@dataclass(frozen=True, slots=True)
class PeopleCounts:
    """`tables` with totals; `notice` and `caveats` belong beside them wherever they are shown.

    `interval`: for all people. `intervals`: for the cells of those tables in which nothing is withheld; in any other
    they would tell where somebody is.
    """

    tables: tuple[ReleasedTable, ...]
    notice: str
    caveats: tuple[CaveatLine, ...]
    interval: Interval = field(default_factory=lambda: Interval(0, 0))
    intervals: Mapping[Key, Interval] = field(default_factory=dict)


def count_people(merged: Merged, by: Sequence[Breakdown], min_cell: int) -> PeopleCounts:
    """The people of `merged` by the breakdowns `by`, tuples of its fields; a field not held by anyone counts as "".

    A cell of fewer than `min_cell` people is withheld, and so is zero. How many people there are in all counts as
    known: so other tables of the same people can be shown beside these. DisclosureError `protect.tables_too_large`.
    """
    names = dict.fromkeys(name for breakdown in by for name in breakdown)
    people = [_column(merged, name) for name in names]
    asked = Asked.of(by, merged.lists, merged.missing | {""})
    counts = count(people, merged.counts.people, asked)
    withheld = withhold(counts, min_cell, in_rows=())
    tables = tables_without(withheld, counts, by)
    return PeopleCounts(
        tables,
        notice(),
        merged.caveats,
        interval_of(merged),
        _intervals(merged, _whole(counts, withheld, by, merged.fields), tables, asked),
    )


def interval_of(merged: Merged) -> Interval:
    """How many people there may be, because links are probabilities."""
    people = merged.counts.people
    return Interval(people, people) if merged.basis is None else of_people(merged.basis.doubt, people)


def least_cell(agreements: Sequence[Agreement]) -> int:
    """The smallest count that may be shown: of several agreements the strictest counts."""
    return max(each.onward.publish.min_cell for each in agreements)


def agreed_by_all(agreements: Sequence[Agreement]) -> tuple[Breakdown, ...]:
    """The breakdowns that stand in any tier of each agreement, in the order of the first."""
    found = [_breakdowns(each) for each in agreements]
    return tuple(each for each in (found[0] if found else ()) if all(each in others for others in found))


def _breakdowns(agreement: Agreement) -> tuple[Breakdown, ...]:
    tables = (tier.protect.tables for tier in agreement.tiers.values())
    return tuple(dict.fromkeys(tuple(by) for each in tables if each is not None for by in each.by))


def _whole(
    counts: Counts, withheld: Collection[Key], by: Sequence[Breakdown], fields: Collection[str]
) -> tuple[Breakdown, ...]:
    """The breakdowns over `fields` of which no cell is withheld."""
    hidden = set(withheld)
    return tuple(each for each in by if set(each) <= set(fields) and hidden.isdisjoint(counts.cells(each)))


def _intervals(
    merged: Merged, by: Sequence[Breakdown], tables: Sequence[ReleasedTable], asked: Asked
) -> dict[Key, Interval]:
    if not by:
        return {}
    shown = published([each for each in tables if each.fields in by])
    return of_cells(merged, by, {cell: people for cell, people in shown.items() if cell}, asked)


def _column(merged: Merged, name: str) -> Column:
    import pyarrow as pa

    if name == FIRST and "first" in merged.people.column_names:
        values = merged.people.column("first")
    elif name in merged.fields:
        values = merged.people.column(name).cast(pa.string()).fill_null("")
    else:
        values = pa.array([""] * merged.counts.people, pa.string())
    return Column.of(pa.table({name: values.dictionary_encode()}), name)
