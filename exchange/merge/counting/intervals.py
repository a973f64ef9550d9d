"""How far a count of people may be off because links are probabilities: over the worlds that could be.

In 19 of 20 worlds the count lies in its interval. The count that is shown takes every undecided pair for two people: it
may lie above the interval, and then there are pairs that somebody should decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import ceil, floor

import numpy as np

from exchange.merge.chosen.choosing import Told, last_of_each, ranked
from exchange.merge.chosen.rules import MergingRules
from exchange.merge.chosen.told import Places
from exchange.merge.counting.doubt import LARGE, Doubt
from exchange.merge.people import Basis, Merged
from exchange.protect.tables.counting import Key, codes_of, key
from exchange.protect.tables.kinds import Asked, Breakdown

COVERED = 0.95
NORMAL = 1.96  # standard deviations to either side that cover as much, where counts are large
WORLDS_FOR_CELLS = 100
WORLDS_WHERE_LARGE = 20


@dataclass(frozen=True, slots=True)
class Interval:
    """`low` ≤ people ≤ `high` in 19 of 20 worlds."""

    low: int
    high: int

    @classmethod
    def over(cls, draws: Sequence[int]) -> Interval:
        """Of the counts in drawn worlds; from few draws by the normal distribution, which large counts follow."""
        if len(draws) < WORLDS_FOR_CELLS:
            reach = NORMAL * float(np.std(draws, ddof=1))
            return cls(floor(np.mean(draws) - reach), ceil(np.mean(draws) + reach))
        tail = (1 - COVERED) / 2
        low = int(np.quantile(draws, tail, method="lower"))
        return cls(low, int(np.quantile(draws, 1 - tail, method="higher")))


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
    doubtful = _Doubtful.of(merged, basis, by, asked)
    now = doubtful.cells(basis.person[basis.doubt.reports])
    draws = WORLDS_FOR_CELLS if len(basis.doubt.left) <= LARGE else WORLDS_WHERE_LARGE
    worlds = [doubtful.cells(world[basis.doubt.block]) for world in basis.doubt.worlds(draws)]
    return {cell: Interval.over([count - now[cell] + world[cell] for world in worlds]) for cell, count in shown.items()}


@dataclass(frozen=True, slots=True)
class _Doubtful:
    """The reports in doubt, ready to be counted as other people again and again. `orders`: of each field whose rule
    asks nothing of who is who, so that it is worked out once."""

    told: Told
    orders: Mapping[str, Places]
    rules: MergingRules
    by: Collection[Breakdown]
    asked: Asked

    @classmethod
    def of(cls, merged: Merged, basis: Basis, by: Collection[Breakdown], asked: Asked) -> _Doubtful:
        fields = tuple(dict.fromkeys(name for breakdown in by for name in breakdown))
        told, rules = basis.told.of(basis.doubt.reports, fields), merged.rules
        nobody = np.zeros(len(basis.doubt.reports), dtype=np.int64)
        orders = {name: ranked(told, name, nobody, rules) for name in fields if rules.of(name) != "majority"}
        return cls(told, orders, rules, by, asked)

    def cells(self, person: Places) -> Counter[Key]:
        """How many people stand in each cell and each total, `person` being the number of each report's person."""
        who = np.unique(person, return_inverse=True)[1].astype(np.int64)
        people = int(who.max()) + 1
        values = {name: self._values(name, who, people) for name in self.told.fields}
        found: Counter[Key] = Counter()
        for fields in {each for b in self.by for size in range(1, len(b) + 1) for each in combinations(b, size)}:
            found.update(self._counted(fields, values))
        return found

    def _counted(self, fields: Breakdown, values: Mapping[str, Places]) -> Counter[Key]:
        found: Counter[Key] = Counter()
        sizes = [len(self.told.fields[name].values) + 1 for name in fields]
        together = np.ravel_multi_index([values[name] + 1 for name in fields], sizes)
        combos, times = np.unique(together, return_counts=True)
        for place, people in zip(combos.tolist(), times.tolist(), strict=True):
            numbers = [int(n) - 1 for n in np.unravel_index(place, sizes)]
            codes = [_codes(self.told, name, number, self.asked) for name, number in zip(fields, numbers, strict=True)]
            for each in product(*codes):
                found[key(dict(zip(fields, each, strict=True)))] += people
        return found

    def _values(self, name: str, person: Places, people: int) -> Places:
        order = self.orders.get(name)
        rows = last_of_each(ranked(self.told, name, person, self.rules) if order is None else order, person, people)
        return np.where(rows >= 0, self.told.fields[name].numbers[rows], -1)


def _codes(told: Told, name: str, number: int, asked: Asked) -> tuple[str, ...]:
    return codes_of(told.fields[name].values[number] if number >= 0 else "", name, asked)
