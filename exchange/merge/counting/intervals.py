"""How far a count of people may be off because links are probabilities: over the worlds that could be.

In 19 of 20 worlds the count lies in its interval. The count that is shown takes every undecided pair for two people: it
may lie above the interval, and then there are pairs that somebody should decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from exchange.merge.chosen.choosing import Told, chosen
from exchange.merge.chosen.told import Places
from exchange.merge.counting.doubt import Doubt
from exchange.merge.people import Basis, Merged
from exchange.protect.tables.counting import Key, codes_of, key
from exchange.protect.tables.kinds import Asked, Breakdown

COVERED = 0.95
WORLDS_FOR_CELLS = 100


@dataclass(frozen=True, slots=True)
class Interval:
    """`low` ≤ people ≤ `high` in 19 of 20 worlds."""

    low: int
    high: int

    @classmethod
    def over(cls, draws: Sequence[int]) -> Interval:
        """Of the counts in drawn worlds."""
        tail = (1 - COVERED) / 2
        low = int(np.quantile(draws, tail, method="lower"))
        high = int(np.quantile(draws, 1 - tail, method="higher"))
        return cls(low, high)


def of_people(doubt: Doubt, people: int) -> Interval:
    """The interval for all people, of whom the groups give `people`."""
    if not len(doubt.left):
        return Interval(people, people)
    sure = people - doubt.groups
    draws = [sure + int((each == np.arange(len(each))).sum()) for each in doubt.worlds()]
    return Interval.over(draws)


def of_cells(merged: Merged, by: Collection[Breakdown], shown: Mapping[Key, int], asked: Asked) -> dict[Key, Interval]:
    """The interval for each of the cells `shown` over the breakdowns `by`, whose people are counted as `asked`.

    In every world the values of whoever becomes one person, or two, are chosen anew, by the same rules.
    """
    basis = merged.basis
    if basis is None or not len(basis.doubt.left):
        return {cell: Interval(count, count) for cell, count in shown.items()}
    fields = tuple(dict.fromkeys(name for breakdown in by for name in breakdown))
    told = basis.told.of(basis.doubt.reports, fields)
    now = _cells(merged, told, np.unique(basis.person[basis.doubt.reports], return_inverse=True)[1], by, asked)
    worlds = [_cells(merged, told, _people(basis, world), by, asked) for world in basis.doubt.worlds(WORLDS_FOR_CELLS)]
    return {cell: Interval.over([count - now[cell] + world[cell] for world in worlds]) for cell, count in shown.items()}


def _people(basis: Basis, world: Places) -> Places:
    """For each report in doubt its person in a world."""
    return np.unique(world[basis.doubt.block], return_inverse=True)[1].astype(np.int64)


def _cells(merged: Merged, told: Told, person: Places, by: Collection[Breakdown], asked: Asked) -> Counter[Key]:
    """How many of these people stand in each cell, and in each total."""
    people = int(person.max()) + 1
    values = {name: _values(merged, told, name, person, people) for name in told.fields}
    found: Counter[Key] = Counter({(): people})
    for fields in {
        each for breakdown in by for size in range(1, len(breakdown) + 1) for each in combinations(breakdown, size)
    }:
        combos, times = np.unique(np.stack([values[name] for name in fields], axis=1), axis=0, return_counts=True)
        for combo, count in zip(combos.tolist(), times.tolist(), strict=True):
            codes = [_codes(told, name, number, asked) for name, number in zip(fields, combo, strict=True)]
            for each in product(*codes):
                found[key(dict(zip(fields, each, strict=True)))] += count
    return found


def _values(merged: Merged, told: Told, name: str, person: Places, people: int) -> Places:
    rows = chosen(told, name, person, people, merged.rules)
    return np.where(rows >= 0, told.fields[name].numbers[rows], -1)


def _codes(told: Told, name: str, number: int, asked: Asked) -> tuple[str, ...]:
    return codes_of(told.fields[name].values[number] if number >= 0 else "", name, asked)
