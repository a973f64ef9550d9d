"""What anybody knows about the cells of tables without seeing them: how they add up.

A total that two tables share is one cell. Where that does not say everything, cells are sums of kinds of people too
(`exchange.protect.tables.kinds`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

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
        by_kind = set(breakdown) <= set(counts.asked.together)
        for total in counts.cells(breakdown):
            for name in _saying_it_all(counts, breakdown, total):
                if (total, name) not in seen and not (by_kind and name in counts.alone):
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
        for fields in _summed_by_kind(counts, tuple(name for name in breakdown if name in taken)):
            there = standing_in(counts.kinds, fields)
            for cell in counts.finest(fields):
                if cell not in done:
                    done.add(cell)
                    yield Relation(tuple(there.get(cell, ())), cell, 0, 0)
    told: dict[Key, list[Key]] = {}
    for name, kind in counts.kinds.items():
        told.setdefault(written(kind, counts.asked.lists, counts.asked.told_of_kinds), []).append(name)
    if counts.asked.told_of_kinds:
        yield from (Relation(tuple(those), cell, 0, 0) for cell, those in told.items() if cell not in done)


def _summed_by_kind(counts: Counts, fields: Breakdown) -> Iterator[Breakdown]:
    """The cells that no sum of finer ones tells: the finest, and totals over nothing but fields of several codes."""
    several = [name for name in fields if name in counts.alone]
    for size in range(len(several) + 1):
        for summed in combinations(several, size):
            yield tuple(name for name in fields if name not in summed)
