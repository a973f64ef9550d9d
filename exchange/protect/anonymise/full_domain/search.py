"""Full-domain generalisation: one level for each quasi-identifier, the best of the whole lattice.

The search is branch and bound (Land and Doig 1960) over boxes of nodes. The box that can lose least comes first, and is
cut in two across one quasi-identifier: its coarsest level, and all others. Each cut needs one new node, the coarsest of
the others. A box falls when its coarsest node suppresses too much, which every node below then does, or when none of
its nodes can be better than the best found. What is left at the end is the optimum, whatever the size of the lattice:
of Adult's 12,960 nodes it looks at some hundred.

Of nodes that lose the same (to 12 digits) the one that suppresses fewest rows is taken, then the one whose levels are
finest, compared in the order of the quasi-identifiers.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from exchange.protect.anonymise.coded import Coded
from exchange.protect.anonymise.full_domain.bounds import Groups, measure, of_steps
from exchange.protect.anonymise.full_domain.lattice import Lattice, Levels, Table
from exchange.protect.anonymise.loss import CellLoss
from exchange.protect.anonymise.models import Held, Judge
from exchange.protect.anonymise.plan import LossName
from exchange.protect.anonymise.recoded import Recoded, ladder_labels

_DIGITS = 12  # losses that agree so far are the same: what is beyond may be floating point's
_SLACK = 10.0**-_DIGITS
_WORTH_ROLLING_UP = 16  # measured: from 12 to 30 the same, below and above slower


def full_domain(coded: Coded, judge: Judge, loss: LossName, most_suppressed: int) -> Recoded | None:
    """The node of least loss among those that suppress no more than `most_suppressed` rows; None if there is none.

    Every row whose group does not hold is suppressed, and counts as `loss.measured` says.
    """
    search = _Search(coded, judge, loss, most_suppressed)
    best = search.best()
    return None if best is None else _recoded(coded, search.lattice, judge, best.levels)


@dataclass(frozen=True, slots=True, order=True)
class _Found:
    loss: float
    suppressed: float
    levels: Levels


@dataclass(frozen=True, slots=True, order=True)
class _Box:
    """All nodes from `low` to `top`, of which `top` has been looked at. `table` is of `low` or of a finer node."""

    least: float
    low: Levels
    top: Levels
    table: Table = field(compare=False)
    finest: float = field(compare=False)
    coarsest: float = field(compare=False)


class _Search:
    def __init__(self, coded: Coded, judge: Judge, loss: LossName, most_suppressed: int) -> None:
        self.lattice = Lattice(coded)
        self._rows, self._judge, self._most, self._k = coded.rows, judge, most_suppressed, judge.k
        self._measure = measure(coded, self.lattice, loss, self._k, most_suppressed)
        cells: LossName = loss if loss in ("ncp", "non_uniform_entropy") else "non_uniform_entropy"
        self._steps = of_steps(coded, self.lattice, CellLoss(coded, cells))
        self._best: _Found | None = None

    def best(self) -> _Found | None:
        boxes = list(self._whole())
        while boxes:
            box = heapq.heappop(boxes)
            if self._may_be_best(box.least):
                for half in self._halves(self._sharpened(box)):
                    heapq.heappush(boxes, half)
        return self._best

    def _may_be_best(self, least: float) -> bool:
        return self._best is None or least <= self._best.loss + _SLACK

    def _whole(self) -> Iterator[_Box]:
        lattice = self.lattice
        finest = self._measure.of_finest(lattice.finest)
        yield from self._box(0.0, lattice.bottom, lattice.top, lattice.finest, finest)

    def _sharpened(self, box: _Box) -> _Box:
        """The box with the table of its own finest node, if that has so much fewer cells that it is worth making: its
        nodes cost less, and the bound may be closer."""
        if self.lattice.cells(box.table.levels) < _WORTH_ROLLING_UP * self.lattice.cells(box.low):
            return box
        table = self.lattice.rolled_up(box.table, box.low)
        finest = self._measure.of_finest(table)
        least = max(box.least, self._measure.least(box.low, finest, box.coarsest))
        return _Box(least, box.low, box.top, table, finest, box.coarsest)

    def _halves(self, box: _Box) -> Iterator[_Box]:
        if box.low == box.top or not self._may_be_best(box.least):
            return
        place = self._widest(box)
        low = _with(box.low, place, box.top[place])
        least = max(box.least, self._measure.least(low, box.finest, box.coarsest))
        yield _Box(least, low, box.top, box.table, box.finest, box.coarsest)
        yield from self._box(box.least, box.low, _with(box.top, place, box.top[place] - 1), box.table, box.finest)

    def _widest(self, box: _Box) -> int:
        """The quasi-identifier whose levels in the box differ most in what they lose: cut there, both halves differ
        most, one in what it loses, the other in what it suppresses."""
        spread = [losses[top] - losses[low] for losses, low, top in zip(self._steps, box.low, box.top, strict=True)]
        wide = [place for place, (low, top) in enumerate(zip(box.low, box.top, strict=True)) if low < top]
        return max(wide, key=lambda place: spread[place])

    def _box(self, least: float, low: Levels, top: Levels, table: Table, finest: float) -> Iterator[_Box]:
        """The box, after looking at its coarsest node; none where every node of it suppresses too much."""
        groups = self._groups(table, top)
        large = groups.sizes >= self._k
        doomed = self._rows - float(groups.sizes[large].sum())
        if doomed > self._most:
            return
        held = self._held(groups, large)
        # Groups that hold make one that holds: so of a group that does not, one part at least does not.
        if doomed + np.count_nonzero(large & ~held) > self._most:
            return
        coarsest = self._measure.of_coarsest(groups, large)
        if self._may_be_best(self._measure.least(top, finest, coarsest)):
            self._offer(groups, held)
        least = max(least, self._measure.least(low, finest, coarsest))
        yield _Box(least, low, top, table, finest, coarsest)

    def _groups(self, table: Table, levels: Levels) -> Groups:
        source = table if self._judge.only_k else self.lattice.finest  # the other models look at each combination
        grouping = self.lattice.grouped(source, levels)
        return Groups(levels, source, grouping, grouping.rows(source))

    def _held(self, groups: Groups, large: Held) -> Held:
        if self._judge.only_k:
            return large
        return self._judge.holds(groups.grouping.of.astype(np.int32), groups.grouping.count)

    def _offer(self, groups: Groups, held: Held) -> None:
        """Takes the node if it is the best so far."""
        suppressed = self._rows - float(groups.sizes[held].sum())
        if suppressed <= self._most:
            found = _Found(round(self._measure.loss(groups, held), _DIGITS), suppressed, groups.levels)
            self._best = found if self._best is None else min(self._best, found)


def _with(levels: Levels, place: int, level: int) -> Levels:
    return (*levels[:place], level, *levels[place + 1 :])


def _recoded(coded: Coded, lattice: Lattice, judge: Judge, best: Levels) -> Recoded:
    groups = lattice.grouped(lattice.finest, best)
    levels = tuple(steps[level] for steps, level in zip(lattice.steps, best, strict=True))
    columns = zip(coded.quasi, levels, coded.combinations.T, strict=True)
    return Recoded(
        labels=tuple(ladder_labels(quasi, level) for quasi, level in zip(coded.quasi, levels, strict=True)),
        numbers=np.stack([quasi.nodes[level][values] for quasi, level, values in columns], axis=1),
        kept=judge.holds(groups.of.astype(np.int32), groups.count)[groups.of],
        levels=levels,
    )
