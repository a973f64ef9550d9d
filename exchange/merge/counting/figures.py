"""All figures over the merged view that lie beside its rows, protected together: counts, overlap, coverage, trends.

Counts and overlap have nothing in common but how many people there are in all, and either is protected as if everybody
knew that: so what one withholds, both together withhold. Trends use only what the counts show.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.agreements.agreement import Agreement
from exchange.merge.counting.coverage import Covered, coverage
from exchange.merge.counting.overlap import Overlap, overlap
from exchange.merge.counting.trends import Point, trends
from exchange.merge.counts import FIRST, PeopleCounts, agreed_by_all, count_people, least_cell
from exchange.merge.people import Merged
from exchange.protect.protected import Cell, ReleasedTable
from exchange.protect.tables.counting import key
from exchange.protect.tables.published import TOTAL, published

if TYPE_CHECKING:
    import pyarrow as pa

MOST_FIELDS = 3  # of a breakdown that an agreement can name


@dataclass(frozen=True, slots=True)
class Figures:
    """`people`: None where they are fewer than `min_cell`, below which no count is shown."""

    people: int | None
    min_cell: int
    counts: PeopleCounts
    overlap: Overlap
    coverage: tuple[Covered, ...]
    trends: tuple[Point, ...]


def figures(merged: Merged, agreements: Sequence[Agreement], recipient: str, today: dt.date) -> Figures:
    """What may be shown of `merged`, whose rows came under `agreements` (at least one) to `recipient`.

    DisclosureError `protect.tables_too_large`.
    """
    min_cell = least_cell(agreements)
    by = tuple(each for each in agreed_by_all(agreements) if set(each) <= set(merged.fields))
    counts = count_people(merged, (*by, (FIRST,)), min_cell)
    covered = coverage(merged.origins, agreements, recipient, today)
    series = {name: count for ((_f, name), *_more), count in _cells_over(counts.tables[-1]).items()}
    people = merged.counts.people
    return Figures(
        people=people if people >= min_cell else None,
        min_cell=min_cell,
        counts=counts,
        overlap=overlap(merged, min_cell),
        coverage=covered,
        trends=trends(series, covered),
    )


def _cells_over(table: ReleasedTable) -> dict[tuple[tuple[str, str], ...], int]:
    return {cell: count for cell, count in published([table]).items() if cell}


def tables(figures: Figures) -> dict[str, pa.Table]:
    """Each of the figures as a table, by the name under which it is written; a count that is withheld is null."""
    return {
        "counts": _counts(figures.counts),
        "overlap": _overlap(figures.overlap),
        "coverage": _coverage(figures.coverage),
        "trends": _trends(figures.trends),
    }


def _counts(counts: PeopleCounts) -> pa.Table:
    heads = [f"{what}_{n}" for n in range(1, MOST_FIELDS + 1) for what in ("field", "value")]
    rows = [_row(table, cell, counts) for table in counts.tables for cell in table.cells]
    return _table([*heads, "people", "low", "high"], rows)


def _row(table: ReleasedTable, cell: Cell, counts: PeopleCounts) -> list[object]:
    told = [each for pair in zip(table.fields, cell.values, strict=True) for each in pair]
    place = key({n: value for n, value in zip(table.fields, cell.values, strict=True) if value != TOTAL})
    interval = counts.intervals.get(place) if place else counts.interval
    around = [None, None] if interval is None or cell.count is None else [interval.low, interval.high]
    return [*told, *[""] * (2 * MOST_FIELDS - len(told)), cell.count, *around]


def _overlap(overlap: Overlap) -> pa.Table:
    return _table(["what", "source", "and_source", "people"], list(_overlapping(overlap)))


def _overlapping(overlap: Overlap) -> Iterator[list[object]]:
    yield ["all", TOTAL, TOTAL, overlap.people]
    for source, known in zip(overlap.sources, overlap.known, strict=True):
        yield ["known_to", source, TOTAL, known]
    for (one, other), both in overlap.both.items():
        yield ["known_to_both", one, other, both]
    for what, people in zip(("known_to_one", "known_to_two", "known_to_more"), overlap.of, strict=False):
        yield [what, TOTAL, TOTAL, people]


def _coverage(covered: Sequence[Covered]) -> pa.Table:
    heads = ["source", "agreement", "period", "due", "state", "received", "late", "corrected"]
    return _table(
        heads,
        [
            [
                *(each.source, each.agreement, each.period, str(each.due), each.state),
                *(str(each.received or ""), _yes(each.late), _yes(each.corrected)),
            ]
            for each in covered
        ],
    )


def _trends(points: Sequence[Point]) -> pa.Table:
    heads = ["period", "people", "outlier", "nothing_from"]
    return _table(heads, [[p.period, p.people, _outlier(p), ";".join(p.gaps)] for p in points])


def _outlier(point: Point) -> str:
    return point.outlier or ("no" if point.judged else "not_judged")


def _yes(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> pa.Table:
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) if rows else [()] * len(heads)
    counted = {"people", "low", "high"}
    return pa.table(
        {
            head: pa.array(list(values), pa.int64() if head in counted else pa.string())
            for head, values in zip(heads, columns, strict=True)
        }
    )
