"""A line of combinations in which near ones stand side by side, so that it can be cut into blocks.

From the whole table down, each part is parted by the ladder that saves most: the labels one rung down that enough rows
have become parts of their own, and what is rare stays together. A greedy specialisation as in LeFevre, DeWitt and
Ramakrishnan, Mondrian, ICDE 2006, used for its order alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from exchange.protect.anonymise.alike import without_gaps
from exchange.protect.anonymise.coded import Counts
from exchange.protect.anonymise.local_labels.rungs import Places, Rungs

_RARE = (1 << 31) - 1  # in place of a label: after all of them
_MOST_CELLS = 1 << 22  # of a table of parts x labels


def in_line(rungs: Rungs, counts: Counts, k: int) -> Places:
    """The combinations, near ones side by side."""
    return _Line(rungs, counts, k).run()


class _Line:
    """`_part`: of each combination. `_down`: of each part and ladder, the next rung down. `_open`: of each part."""

    def __init__(self, rungs: Rungs, counts: Counts, k: int) -> None:
        self._rungs, self._counts, self._k = rungs, counts, k
        self._lowest = np.array(rungs.first[:-1], dtype=np.int64)
        self._part: Places = np.zeros(len(counts), dtype=np.int64)
        self._down: Places = np.array([rungs.first[1:]], dtype=np.int64) - 1
        self._open = np.ones(1, dtype=np.bool_)

    def run(self) -> Places:
        while self._open.any():
            self._go_down()
        return np.argsort(self._part, kind="stable")

    def _go_down(self) -> None:
        best = np.full(len(self._open), -1)
        most = np.zeros(len(self._open))
        labels = np.full(len(self._part), _RARE, dtype=np.int64)
        waiting = np.flatnonzero(self._open[self._part])
        for ladder, lowest in enumerate(self._lowest):
            rung = self._down[self._part[waiting], ladder]
            members, rung = waiting[rung >= lowest], rung[rung >= lowest]
            parts, found = self._part[members], self._rungs.texts[members, rung]
            enough = self._enough(parts, found, members)
            saves = np.where(enough, self._rungs.saves[members, rung] * self._counts[members], 0)
            saved = np.bincount(parts, weights=saves, minlength=len(most))
            better = saved > most
            best[better], most[better] = ladder, saved[better]
            chosen = better[parts]
            labels[members[chosen]] = np.where(enough[chosen], found[chosen], _RARE)
        self._renumber(best, labels)

    def _enough(self, parts: Places, labels: NDArray[np.int32], members: Places) -> NDArray[np.bool_]:
        """Whether k rows of its part have the label of each member."""
        width = int(labels.max(initial=0)) + 1
        key = parts * width + labels
        if len(self._open) * width > _MOST_CELLS:
            key = without_gaps(key)
        enough: NDArray[np.bool_] = np.bincount(key, weights=self._counts[members])[key] >= self._k
        return enough

    def _renumber(self, best: Places, labels: Places) -> None:
        """Parts become their children, in the order of labels; those that nothing parts stay, and are done."""
        found, self._part = np.unique(self._part << 31 | labels, return_inverse=True)
        above, rare = found >> 31, found & _RARE == _RARE
        ladder = best[above]
        self._open, self._down = ladder >= 0, self._down[above]
        parted = np.flatnonzero(self._open)
        column = ladder[parted]
        next_down = np.where(rare[parted], self._lowest[column], self._down[parted, column]) - 1
        self._down[parted, column] = next_down
