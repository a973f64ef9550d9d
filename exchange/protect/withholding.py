"""Which cells of a release's tables to withhold, so that nobody can work out a small one.

A count below `min_cell` is small, and so is zero: "nobody" can say as much as "one". For every small cell there must
remain people who fit all that is published in which that cell is 0, and others in which it is `min_cell` or more
(where the rows that leave with the tables allow it; what they say anyway, no table can take back). An integer program
looks for such people and, where there are none, for the cells to withhold in addition that cost the fewest counts.
Each answer is checked in whole numbers and stays true however many cells are withheld later, so one pass is enough.

Fields of several codes: that codes overlap in people is known only field by field.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from exchange.protect.counting import Counts, Key
from exchange.protect.program import Program, Sum
from exchange.protect.relations import relations


def withhold(
    counts: Counts, min_cell: int, known: Collection[Key] = (), hidden: Collection[Key] = ()
) -> frozenset[Key]:
    """The cells to withhold: small ones, and those by which they could be worked out.

    `known`: cells that the rows of the same release tell. `hidden`: cells of a table that nobody sees.
    """
    withholding = _Withholding(counts, min_cell, frozenset(known), frozenset(hidden))
    for goal in (min_cell, 0):
        withholding.protect(goal)
    return withholding.cells()


class _Withholding:
    def __init__(self, counts: Counts, min_cell: int, known: frozenset[Key], hidden: frozenset[Key]) -> None:
        self._names = sorted(counts.people)
        self._min_cell = min_cell
        place = {name: n for n, name in enumerate(self._names)}
        truth = np.array([counts.people[name] for name in self._names], dtype=np.int64)
        told, unseen = {place[name] for name in known}, {place[name] for name in hidden}
        few = {n for n in range(len(truth)) if truth[n] < min_cell} - unseen
        self.small = tuple(sorted(few - told))
        self._withheld = set(few)
        exempt = told | unseen | few
        self._lowest, self._highest = truth.copy(), truth.copy()  # of what has been found to be possible
        self._program = Program(
            truth,
            tuple(Sum(tuple(place[c] for c in r.plus), place[r.total], r.least, r.most) for r in relations(counts)),
            {n: int(truth[n]) * _tables_with(counts, self._names[n]) for n in sorted(set(place.values()) - exempt)},
            fixed=told,
            small=self.small,
            reach=min_cell,
        )

    def cells(self) -> frozenset[Key]:
        return frozenset(self._names[n] for n in self._withheld)

    def protect(self, goal: int) -> None:
        """Withhold what it takes for every small cell to be `goal`, for all that anybody knows."""
        for cell in self.small:
            if not self._possible(cell, goal):
                self._allow(cell, goal)

    def _possible(self, cell: int, goal: int) -> bool:
        return bool(self._lowest[cell] <= goal <= self._highest[cell])

    def _allow(self, cell: int, goal: int) -> None:
        hoping = [each for each in self.small if not self._possible(each, goal)]
        found = self._program.nearest(cell, goal, hoping)
        if found is None:  # the rows rule it out, or the search gave up
            within = self._program.farthest(cell, goal)
            found = None if within is None else self._program.nearest(cell, int(within[cell]))
        self._withhold(self._program.published() if found is None else self._program.differing(found))
        if found is not None:
            self._lowest = np.minimum(self._lowest, found)
            self._highest = np.maximum(self._highest, found)

    def _withhold(self, cells: Collection[int]) -> None:
        for cell in cells:
            self._program.free(cell)
            self._withheld.add(cell)


def _tables_with(counts: Counts, cell: Key) -> int:
    fields = {name for name, _value in cell}
    return sum(fields <= set(breakdown) for breakdown in counts.breakdowns)
