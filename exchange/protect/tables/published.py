"""Tables of counts as they leave: agreed breakdowns, with totals, without small cells.

A value is listed where at least one of its cells is published. One that is not listed is zero, or few, or withheld so
that another cannot be worked out; the three cannot be told apart, nor can a month without cases from one with four.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import product

from exchange.agreements.agreement import Agreement
from exchange.agreements.tiers import Tables
from exchange.protect.columns import Column
from exchange.protect.protected import Cell, ReleasedTable
from exchange.protect.tables.counting import Breakdown, Counts, Key, count, key
from exchange.protect.tables.relations import circle
from exchange.protect.tables.withholding import withhold

TOTAL = "*"


def release_tables(
    people: Sequence[Column], rows: int, agreed: Tables, agreement: Agreement, in_rows: Collection[str]
) -> tuple[ReleasedTable, ...]:
    """The tier's tables over the `rows` people of `people`, whose columns are those the breakdowns name.

    `in_rows`: fields whose values leave in rows of the same release, () where no rows leave. What those rows tell
    cannot be kept by a table; cells over these fields alone are only kept from being printed while small.
    DisclosureError `protect.tables_too_large`: too many cells to protect.
    """
    counts = count(people, rows, asked_of(agreed, in_rows), lists_of(agreement), frozenset(agreement.data.missing()))
    seen = {cell for breakdown in agreed.by for cell in counts.cells(breakdown)}
    withheld = withhold(
        counts,
        agreed.min_cell,
        known=[cell for cell in counts.people if in_rows and {name for name, _value in cell} <= set(in_rows)],
        hidden=counts.people.keys() - seen,
    )
    return tables_without(withheld, counts, agreed)


def tables_without(withheld: Collection[Key], counts: Counts, agreed: Tables) -> tuple[ReleasedTable, ...]:
    """The agreed tables, those cells withheld."""
    return tuple(_table(breakdown, counts, withheld) for breakdown in agreed.by)


def published(tables: Sequence[ReleasedTable]) -> dict[Key, int]:
    """Every cell that `tables` print, with its count."""
    return {
        key({name: value for name, value in zip(table.fields, cell.values, strict=True) if value != TOTAL}): cell.count
        for table in tables
        for cell in table.cells
        if cell.count is not None
    }


def asked_of(agreed: Tables, in_rows: Collection[str]) -> tuple[Breakdown, ...]:
    """The breakdowns, and the one that nobody sees where they go round in a circle (`relations.circle`)."""
    known_together = tuple(name for name in people_names(agreed) if name in in_rows)
    unseen = circle([*agreed.by, known_together])
    return (*agreed.by, *([unseen] if unseen else []))


def lists_of(agreement: Agreement) -> frozenset[str]:
    """Fields of several codes."""
    return frozenset(field.name for field in agreement.data.fields if field.type == "list")


def people_names(agreed: Tables) -> tuple[str, ...]:
    """Fields that the breakdowns name, each once."""
    return tuple(dict.fromkeys(name for breakdown in agreed.by for name in breakdown))


def _table(breakdown: Breakdown, counts: Counts, withheld: Collection[Key]) -> ReleasedTable:
    shown = {cell for cell in counts.cells(breakdown) if cell not in withheld}
    listed = [
        [*(v for v in counts.values[name] if any((name, v) in cell for cell in shown)), TOTAL] for name in breakdown
    ]
    return ReleasedTable(breakdown, tuple(_cell(breakdown, values, counts, shown) for values in product(*listed)))


def _cell(breakdown: Breakdown, values: tuple[str, ...], counts: Counts, shown: set[Key]) -> Cell:
    named = key({name: value for name, value in zip(breakdown, values, strict=True) if value != TOTAL})
    return Cell(values, counts.people[named] if named in shown else None)
