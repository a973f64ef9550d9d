"""What anybody knows about the cells of tables without seeing them: how they add up.

A total that two tables share is one cell. Where that does not say everything, cells are sums of kinds of people too
(`exchange.protect.tables.kinds`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exchange.protect.tables.counting import Counts, key
from exchange.protect.tables.kinds import Breakdown, Key, maximal, standing_in, written


@dataclass(frozen=True, slots=True)
class Relation:
    """`least` ≤ sum of the cells in `plus` − the total ≤ `most`; None where there is no bound."""

    plus: tuple[Key, ...]
    total: Key
    least: int | None
    most: int | None


def relations(counts: Counts) -> Iterator[Relation]:
    """Every relation among the cells of the tables, each once."""
    seen: set[tuple[Key, str]] = set()
    for breakdown in counts.breakdowns:
        for total in counts.cells(breakdown):
            for name in breakdown:
                if name not in dict(total) and (total, name) not in seen:
                    seen.add((total, name))
                    yield from _adding_up(counts, total, name)


def enough(counts: Counts) -> Iterator[Relation]:
    """As many relations as it takes for the others to follow from them; and how cells are sums of kinds.

    Of the fields over which a total is one, a field of one value says it all; several codes say the rest only where
    no other field is left.
    """
    seen: set[tuple[Key, str]] = set()
    for breakdown in maximal(counts.breakdowns):
        if not set(breakdown) <= set(counts.asked.together):
            for total in counts.cells(breakdown):
                for name in _saying_it_all(counts, breakdown, total):
                    if (total, name) not in seen:
                        seen.add((total, name))
                        yield from _adding_up(counts, total, name)
    yield from _by_kind(counts)


def _saying_it_all(counts: Counts, breakdown: Breakdown, total: Key) -> tuple[str, ...]:
    left = [name for name in breakdown if name not in dict(total)]
    exact = [name for name in left if name not in counts.alone]
    return tuple(exact[:1] or left)


def _adding_up(counts: Counts, total: Key, name: str) -> Iterator[Relation]:
    parts = {value: key({**dict(total), name: value}) for value in counts.values[name]}
    alone = counts.alone.get(name)
    if alone is None:
        yield Relation(tuple(parts.values()), total, 0, 0)
        return
    # Several codes per person: whoever has no missing value has at least one code, and each code at most once.
    missing = tuple(part for value, part in parts.items() if value in alone)
    codes = [part for value, part in parts.items() if value not in alone]
    yield Relation((*missing, *codes), total, 0, None if codes else 0)
    for code in codes:
        yield Relation((*missing, code), total, None, 0)


def _by_kind(counts: Counts) -> Iterator[Relation]:
    """Cells of tables, and of what rows tell, as sums of kinds."""
    taken = set(counts.asked.together)
    if not taken:
        return
    done: set[Key] = set()
    for breakdown in maximal(counts.breakdowns):
        inside = tuple(name for name in breakdown if name in taken)
        everywhere = counts.cells(inside) if len(inside) == len(breakdown) else counts.finest(inside)
        by_fields: dict[Breakdown, dict[Key, list[Key]]] = {}
        for cell in everywhere:
            fields = tuple(name for name, _value in cell)
            if fields not in by_fields:
                by_fields[fields] = standing_in(counts.kinds, fields)
            if cell not in done:
                done.add(cell)
                yield Relation(tuple(by_fields[fields].get(cell, ())), cell, 0, 0)
    told: dict[Key, list[Key]] = {}
    for name, kind in counts.kinds.items():
        told.setdefault(written(kind, counts.asked.lists, counts.asked.told_of_kinds), []).append(name)
    if counts.asked.told_of_kinds:
        yield from (Relation(tuple(those), cell, 0, 0) for cell, those in told.items() if cell not in done)
