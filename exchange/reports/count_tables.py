"""Counts of merged people laid out to be read: one field as bars, two as a cross table, more as a list."""

from __future__ import annotations

from dataclasses import dataclass

from exchange.locale import _
from exchange.protect.protected import ReleasedTable
from exchange.reports.figures import number
from exchange.reports.labels import TOTAL, Labels

Counted = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class ShownTable:
    """`bars` where there is one field, `columns` and `lines` where there are two, `listed` where there are more."""

    caption: str
    of: tuple[str, ...]
    bars: tuple[Counted, ...] = ()
    columns: tuple[str, ...] = ()
    lines: tuple[tuple[str, tuple[int | None, ...]], ...] = ()
    listed: tuple[tuple[tuple[str, ...], int | None], ...] = ()


def shown(table: ReleasedTable, labels: Labels) -> ShownTable:
    """The table with the labels of its fields and values, in the language being spoken."""
    of = tuple(labels.field(name) for name in table.fields)
    caption = _caption(table, of)
    match table.fields:
        case (name,):
            bars = tuple(
                (_value(labels, name, each.values[0]), each.count) for each in table.cells if each.values != (TOTAL,)
            )
            return ShownTable(caption, of, bars=bars)
        case (down, across):
            return _cross(table, labels, down, across, caption, of)
        case _several:
            listed = tuple(
                (tuple(_value(labels, n, v) for n, v in zip(table.fields, each.values, strict=True)), each.count)
                for each in table.cells
            )
            return ShownTable(caption, of, listed=listed)


def _value(labels: Labels, name: str, value: str) -> str:
    """In a merged person "" is neither "not recorded" nor "withheld" alone: it is whatever no report tells."""
    return labels.value(name, value) if value else _("told by no report")


def _caption(table: ReleasedTable, of: tuple[str, ...]) -> str:
    total = [each.count for each in table.cells if set(each.values) <= {TOTAL}]
    by = " × ".join(of)
    if not total or total[0] is None:
        return _("People by {fields}").format(fields=by)
    return _("{count} people by {fields}").format(count=number(total[0]), fields=by)


def _cross(
    table: ReleasedTable, labels: Labels, down: str, across: str, caption: str, of: tuple[str, ...]
) -> ShownTable:
    counts = {each.values: each.count for each in table.cells}
    rows = tuple(dict.fromkeys(each.values[0] for each in table.cells))
    columns = tuple(dict.fromkeys(each.values[1] for each in table.cells))
    lines = tuple((_value(labels, down, row), tuple(counts.get((row, column)) for column in columns)) for row in rows)
    return ShownTable(caption, of, columns=tuple(_value(labels, across, column) for column in columns), lines=lines)
