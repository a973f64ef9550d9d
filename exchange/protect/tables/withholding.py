"""Which cells of a release's tables to withhold, so that nobody can work out a small one.

A count below `min_cell` is small, and so is zero: "nobody" can say as much as "one". For every small cell there must
remain people who fit all that is published in which that cell is 0, and others in which it is `min_cell` or more
(where the rows that leave with the tables allow it; what they say anyway, no table can take back). An integer program
looks for such people and, where there are none, for the cells to withhold in addition that cost the fewest counts.
Each answer is checked in whole numbers and stays true however many cells are withheld later, so one pass is enough.

A correction is asked about together with all that it replaces: see `exchange.protect.releases.overlap`.

Fields of several codes: that codes overlap in people is known only field by field.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from exchange.protect.tables.counting import Counts
from exchange.protect.tables.kinds import Key
from exchange.protect.tables.program import Cells, Program, Sum
from exchange.protect.tables.relations import enough

Name = TypeVar("Name", bound=Hashable)
MOST_FIELDS = 3  # of a breakdown


@dataclass(frozen=True, slots=True)
class Told(Generic[Name]):
    """`least` ≤ sum of the cells in `plus` − the cell `total` ≤ `most`; None where there is no bound."""

    plus: tuple[Name, ...]
    total: Name
    least: int | None
    most: int | None


@dataclass(frozen=True, slots=True)
class Question(Generic[Name]):
    """What is true, and what of it anybody may know.

    `truth`: the count of every cell. `sums`: how they add up. `prices`: the cells that may be published, and what
    withholding each costs. `known`: cells that everybody knows, whatever is withheld. `small`: those that nobody may
    work out. `exact`: whether what no search can find is impossible indeed, because no kind of people was left out.
    """

    truth: Mapping[Name, int]
    sums: Sequence[Told[Name]]
    prices: Mapping[Name, int]
    known: Collection[Name]
    small: Collection[Name]
    exact: bool = True


def withhold(counts: Counts, min_cell: int, in_rows: Collection[str] | None = None) -> frozenset[Key]:
    """The cells to withhold: small ones, and those by which they could be worked out. Where the search takes too many
    steps, all cells over more than one field, and where that takes too many as well, all.

    `in_rows`: the fields of the rows of the same release, None where none leave: what those tell is known to all.
    """
    seen = counts.visible()
    for most_fields in (MOST_FIELDS, 1):
        shown = {cell for cell in seen if len(cell) <= most_fields}
        also = also_withheld(_question(counts, min_cell, in_rows, shown), min_cell)
        if also is not None:
            few = {cell for cell in shown if counts.people[cell] < min_cell}
            return frozenset(few) | also | (seen - shown)
    return seen


def _question(counts: Counts, min_cell: int, in_rows: Collection[str] | None, shown: Collection[Key]) -> Question[Key]:
    known = {cell for cell in counts.people if told_by_rows(cell, in_rows)}
    few = {cell for cell in counts.visible() if counts.people[cell] < min_cell}
    return Question(
        truth=counts.people,
        sums=[Told(each.plus, each.total, each.least, each.most) for each in enough(counts)],
        prices={cell: price(counts, cell, counts.people[cell]) for cell in set(shown) - few - known},
        known=known,
        small=few - known,
        exact=counts.all_kinds,
    )


def told_by_rows(cell: Key, in_rows: Collection[str] | None) -> bool:
    """Whether rows with these fields tell a cell, whatever the tables withhold."""
    return in_rows is not None and {name for name, _value in cell} <= set(in_rows)


def also_withheld(question: Question[Name], min_cell: int) -> frozenset[Name] | None:
    """Which of the cells that may be published must not be, so that no small one can be worked out; None where the
    search took too many steps to know."""
    withholding = _Withholding(question, min_cell)
    for goal in (min_cell, 0):
        withholding.protect(goal)
    return None if withholding.exhausted else withholding.cells()


def price(counts: Counts, cell: Key, people: int) -> int:
    """What is lost by withholding a cell: its people, in as many tables as it stands in."""
    fields = {name for name, _value in cell}
    return people * sum(fields <= set(breakdown) for breakdown in counts.breakdowns)


class _Withholding(Generic[Name]):
    def __init__(self, question: Question[Name], min_cell: int) -> None:
        self._names = sorted(question.truth)  # type: ignore[type-var]  # names are tuples of one shape
        place = {name: n for n, name in enumerate(self._names)}
        truth = np.array([question.truth[name] for name in self._names], dtype=np.int64)
        self.small = tuple(sorted(place[name] for name in question.small))
        self._withheld: set[int] = set()
        self._exact = question.exact
        self._lowest, self._highest = truth.copy(), truth.copy()  # of what has been found to be possible
        self._program = Program(
            truth,
            tuple(Sum(tuple(place[c] for c in r.plus), place[r.total], r.least, r.most) for r in question.sums),
            {place[name]: question.prices[name] for name in sorted(question.prices)},  # type: ignore[type-var]
            fixed={place[name] for name in question.known},
            small=self.small,
            reach=min_cell,
        )

    @property
    def exhausted(self) -> bool:
        return self._program.exhausted

    def cells(self) -> frozenset[Name]:
        return frozenset(self._names[n] for n in self._withheld)

    def protect(self, goal: int) -> None:
        """Withhold what it takes for every small cell to be `goal`, for all that anybody knows."""
        for cell in self.small:
            if not self._possible(cell, goal) and not self.exhausted:
                self._allow(cell, goal)

    def _possible(self, cell: int, goal: int) -> bool:
        return bool(self._lowest[cell] <= goal <= self._highest[cell])

    def _allow(self, cell: int, goal: int) -> None:
        hoping = [each for each in self.small if not self._possible(each, goal)]
        found = self._program.nearest(cell, goal, hoping)
        if found is None and self._exact:  # what everybody knows rules it out, or the search gave up
            found = self._as_far_as_may_be(cell, goal)
        self._withhold(self._program.published() if found is None else self._program.differing(found))
        if found is not None:
            self._lowest = np.minimum(self._lowest, found)
            self._highest = np.maximum(self._highest, found)

    def _as_far_as_may_be(self, cell: int, goal: int) -> Cells | None:
        found = self._program.farthest(cell, goal)
        nearer = None if found is None else self._program.nearest(cell, int(found[cell]))
        return found if nearer is None else nearer

    def _withhold(self, cells: Collection[int]) -> None:
        for cell in cells:
            self._program.free(cell)
            self._withheld.add(cell)
