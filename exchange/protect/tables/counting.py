"""True counts of people, for every cell of the agreed breakdowns and every total over them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from exchange.errors import DisclosureError, Problem
from exchange.locale import _
from exchange.protect.columns import Column, matrix
from exchange.protect.tables.kinds import Asked, Codes, Kind, kinds, maximal, written
from exchange.protect.tables.kinds import Breakdown as Breakdown
from exchange.protect.tables.kinds import Key as Key

MOST_CELLS = 20_000  # beyond, nobody would read them, and deciding what to withhold would take long


def key(pairs: Mapping[str, str]) -> Key:
    return tuple(sorted(pairs.items()))


@dataclass(frozen=True, slots=True)
class Counts:
    """`people`: how many, for every cell of every breakdown, zeros included. `values`: those that occur, by field.

    `alone`: for a field of several codes, the values that stand alone in a row (missing ones); such a field's other
    values overlap, so its cells do not add up to their total. A field that is not in `alone` has one value per row.
    `kinds`: the kinds of people there could be, as far as they matter (`exchange.protect.tables.kinds`), each with its
    own count in `people`; `all_kinds`: whether none was left out to keep the question small.
    """

    asked: Asked
    values: dict[str, tuple[str, ...]]
    alone: dict[str, frozenset[str]]
    people: dict[Key, int]
    kinds: dict[Key, Kind]
    all_kinds: bool

    @property
    def breakdowns(self) -> tuple[Breakdown, ...]:
        return self.asked.breakdowns

    def cells(self, breakdown: Breakdown) -> Iterator[Key]:
        """Every cell of a breakdown, totals included."""
        for size in range(len(breakdown) + 1):
            for fields in combinations(breakdown, size):
                yield from self.finest(fields)

    def finest(self, fields: Breakdown) -> Iterator[Key]:
        """Every cell over exactly these fields."""
        for chosen in product(*(self.values[name] for name in fields)):
            yield key(dict(zip(fields, chosen, strict=True)))

    def visible(self) -> frozenset[Key]:
        """Every cell of the agreed tables."""
        return frozenset(cell for breakdown in self.breakdowns for cell in self.cells(breakdown))


def count(people: Sequence[Column], rows: int, asked: Asked) -> Counts:
    """Count the `rows` people as `asked`; each code of a person counts once.

    DisclosureError `protect.tables_too_large` beyond 20,000 cells.
    """
    named = {each.name: each for each in people}
    split = {name: [codes_of(v, name, asked) for v in each.values] for name, each in named.items()}
    values = {
        name: tuple(sorted({code for n in np.unique(each.numbers) for code in split[name][n]}))
        for name, each in named.items()
    }
    alone = {name: frozenset(asked.missing & set(values[name])) for name in asked.lists & named.keys()}
    _refuse_too_many(asked, values)
    together = _kinds_of([named[name] for name in asked.together], rows, split)
    found, complete = kinds(together, asked, values)
    counts = Counts(asked, values, alone, {}, found, complete)
    for breakdown in asked.breakdowns:
        counts.people.update(dict.fromkeys(counts.cells(breakdown), 0))
        counts.people.update(_counted([named[name] for name in breakdown], rows, split))
    _count_kinds(counts, together)
    return counts


def codes_of(value: str, name: str, asked: Asked) -> Codes:
    several = name in asked.lists and value not in asked.missing
    return tuple(sorted(set(value.split(";")))) if several else (value,)


def _occurring(
    those: Sequence[Column], rows: int, split: Mapping[str, list[Codes]]
) -> Iterator[tuple[dict[str, Codes], int]]:
    """The distinct combinations, each with its number of rows."""
    combos, times = np.unique(matrix(those, rows), axis=0, return_counts=True)
    for combo, people in zip(combos.tolist(), times.tolist(), strict=True):
        yield {each.name: split[each.name][number] for each, number in zip(those, combo, strict=True)}, people


def _counted(those: Sequence[Column], rows: int, split: Mapping[str, list[Codes]]) -> Counter[Key]:
    """People per cell."""
    counts: Counter[Key] = Counter()
    for codes, people in _occurring(those, rows, split):
        for size in range(len(codes) + 1):
            for fields in combinations(codes, size):
                for chosen in product(*(codes[name] for name in fields)):
                    counts[key(dict(zip(fields, chosen, strict=True)))] += people
    return counts


def _kinds_of(those: Sequence[Column], rows: int, split: Mapping[str, list[Codes]]) -> dict[Kind, int]:
    found: Counter[Kind] = Counter()
    for codes, people in _occurring(those, rows, split) if those else ():
        found[tuple(codes.items())] += people
    return dict(found)


def _count_kinds(counts: Counts, there: Mapping[Kind, int]) -> None:
    """The kinds, and what rows would tell of them, as cells of their own."""
    counts.people.update(dict.fromkeys(counts.kinds, 0))
    told = counts.asked.told_of_kinds
    for kind in counts.kinds.values():
        counts.people.setdefault(written(kind, counts.asked.lists, told), 0) if told else None
    for kind, people in there.items():
        counts.people[written(kind, counts.asked.lists)] = people
    if told:
        rows: Counter[Key] = Counter()
        for kind, people in there.items():
            rows[written(kind, counts.asked.lists, told)] += people
        counts.people.update(rows)


def _refuse_too_many(asked: Asked, values: Mapping[str, tuple[str, ...]]) -> None:
    cells = sum(int(np.prod([len(values[name]) + 1 for name in each])) for each in maximal(asked.breakdowns))
    if cells > MOST_CELLS:
        raise DisclosureError(
            Problem(
                "protect.tables_too_large",
                _("the tables have {cells} cells, too many to protect").format(cells=cells),
                hint=_("agree on fewer or coarser breakdowns"),
            )
        )
