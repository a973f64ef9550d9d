"""Tables of counts as they leave: agreed breakdowns, with totals, without small cells.

A value is listed where at least one of its cells is published. One that is not listed is zero, or few, or withheld so
that another cannot be worked out; where somebody has it, the three cannot be told apart, nor can a month without cases
from one with four. Where all who are counted have listed values, totals say that nobody has another.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import product

from exchange.agreements.agreement import Agreement
from exchange.agreements.tiers import Tables
from exchange.protect.columns import Column
from exchange.protect.protected import Cell, ReleasedTable
from exchange.protect.tables.counting import Counts, count, key
from exchange.protect.tables.kinds import Asked, Breakdown, Key
from exchange.protect.tables.withholding import withhold

TOTAL = "*"
PLACE_CODES = "kemendagri-"  # of lists whose longer codes lie in shorter ones


def release_tables(
    people: Sequence[Column], rows: int, agreed: Tables, agreement: Agreement, in_rows: Collection[str]
) -> tuple[ReleasedTable, ...]:
    """The tier's tables over the `rows` people of `people`, whose columns are those the breakdowns name.

    `in_rows`: fields whose values leave in rows of the same release, () where no rows leave. What those rows tell
    cannot be kept by a table; cells over these fields alone are only kept from being printed while small.
    DisclosureError `protect.tables_too_large`: too many cells to protect.
    """
    counts = count(people, rows, asked_of(agreed, agreement, in_rows))
    withheld = withhold(counts, agreed.min_cell, in_rows or None)
    return tables_without(withheld, counts, agreed.by)


def tables_without(withheld: Collection[Key], counts: Counts, by: Sequence[Breakdown]) -> tuple[ReleasedTable, ...]:
    """The tables by these breakdowns, those cells withheld."""
    return tuple(_table(breakdown, counts, withheld) for breakdown in by)


def published(tables: Sequence[ReleasedTable]) -> dict[Key, int]:
    """Every cell that `tables` print, with its count."""
    return {
        key({name: value for name, value in zip(table.fields, cell.values, strict=True) if value != TOTAL}): cell.count
        for table in tables
        for cell in table.cells
        if cell.count is not None
    }


def asked_of(agreed: Tables, agreement: Agreement, in_rows: Collection[str]) -> Asked:
    """What is counted for the agreed tables, where rows with `in_rows` leave too, or left."""
    places = frozenset(field.name for field in agreement.data.fields if (field.codes or "").startswith(PLACE_CODES))
    missing = frozenset(agreement.data.missing())
    return Asked.of(agreed.by, lists_of(agreement), missing, in_rows, places)


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
