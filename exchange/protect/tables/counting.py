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

# A cell is what its people have in common: (field, value) pairs in the order of the field names. The people of all
# cells together, the grand total, have nothing in common: (). A total is the same cell in every table it stands in.
Key = tuple[tuple[str, str], ...]
Breakdown = tuple[str, ...]
MOST_CELLS = 20_000  # beyond, deciding what to withhold would take minutes


def key(pairs: Mapping[str, str]) -> Key:
    return tuple(sorted(pairs.items()))


@dataclass(frozen=True, slots=True)
class Counts:
    """`people`: how many, for every cell of every breakdown, zeros included. `values`: those that occur, by field.

    `alone`: for a field of several codes, the values that stand alone in a row (missing ones); such a field's other
    values overlap, so its cells do not add up to their total. A field that is not in `alone` has one value per row.
    """

    breakdowns: tuple[Breakdown, ...]
    values: dict[str, tuple[str, ...]]
    alone: dict[str, frozenset[str]]
    people: dict[Key, int]

    def cells(self, breakdown: Breakdown) -> Iterator[Key]:
        """Every cell of a breakdown, totals included."""
        for size in range(len(breakdown) + 1):
            for fields in combinations(breakdown, size):
                for chosen in product(*(self.values[name] for name in fields)):
                    yield key(dict(zip(fields, chosen, strict=True)))


def count(
    people: Sequence[Column], rows: int, breakdowns: Sequence[Breakdown], lists: frozenset[str], missing: frozenset[str]
) -> Counts:
    """Count the `rows` people by `breakdowns`. `lists`: fields of several codes; each code of a person counts once.

    DisclosureError `protect.tables_too_large` beyond 20,000 cells.
    """
    named = {each.name: each for each in people}
    split = {name: [_codes(v, name in lists, missing) for v in each.values] for name, each in named.items()}
    values = {
        name: tuple(sorted({code for n in np.unique(each.numbers) for code in split[name][n]}))
        for name, each in named.items()
    }
    alone = {name: frozenset(missing & set(values[name])) for name in lists & named.keys()}
    counts = Counts(tuple(breakdowns), values, alone, {})
    _refuse_too_many(counts)
    for breakdown in breakdowns:
        counts.people.update(dict.fromkeys(counts.cells(breakdown), 0))
        counts.people.update(_counted([named[name] for name in breakdown], rows, split))
    return counts


def _codes(value: str, several: bool, missing: frozenset[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.split(";"))) if several and value not in missing else (value,)


def _counted(those: Sequence[Column], rows: int, split: Mapping[str, list[tuple[str, ...]]]) -> Counter[Key]:
    """People per cell: on the distinct combinations, each with its number of rows."""
    combos, times = np.unique(matrix(those, rows), axis=0, return_counts=True)
    counts: Counter[Key] = Counter()
    for combo, people in zip(combos.tolist(), times.tolist(), strict=True):
        codes = {each.name: split[each.name][number] for each, number in zip(those, combo, strict=True)}
        for size in range(len(codes) + 1):
            for fields in combinations(codes, size):
                for chosen in product(*(codes[name] for name in fields)):
                    counts[key(dict(zip(fields, chosen, strict=True)))] += people
    return counts


def _refuse_too_many(counts: Counts) -> None:
    cells = sum(int(np.prod([len(counts.values[name]) + 1 for name in each])) for each in counts.breakdowns)
    if cells > MOST_CELLS:
        raise DisclosureError(
            Problem(
                "protect.tables_too_large",
                _("the tables have {cells} cells, too many to protect").format(cells=cells),
                hint=_("agree on fewer or coarser breakdowns"),
            )
        )
