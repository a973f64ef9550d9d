"""Which groups of look-alikes keep what a plan asks: k, diversity, closeness, households, all at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exchange.agreements.look_alikes import Households
from exchange.protect.anonymise.coded import Coded, Counts, Numbers, Sensitive, Tally
from exchange.protect.anonymise.plan import Closeness, Diversity, Protection, Recursive

Held = NDArray[np.bool_]  # of each group
Sizes = NDArray[np.float64]  # rows of each group, whole numbers
_MOST_AT_ONCE = 1 << 20  # cells of a dense table of groups x codes
_EXACT = 1e-9  # what floating point may lose: a group that is on the border holds


class Judge:
    """Judges any grouping of combinations.

    `only_k`: nothing but k is asked. Merging two groups that hold gives one that holds, for every model (see the papers
    named in `plan`). That merging never leaves more rows in groups that fail is true of k alone: under another model a
    group that fails can spoil one that holds.
    """

    def __init__(self, coded: Coded, asked: Protection) -> None:
        self._coded, self._asked = coded, asked
        self.k = asked.k
        self.only_k = not coded.sensitive and coded.households is None

    def holds(self, groups: Numbers, count: int, members: Numbers | None = None) -> Held:
        """Which of `count` groups keep the promise. `groups`: the group, 0 to `count` - 1, of each of `members`, which
        are numbers of combinations (None: all). A group without rows does not hold."""
        counts = self._coded.counts if members is None else self._coded.counts[members]
        sizes: Sizes = np.bincount(groups, weights=counts, minlength=count).astype(np.float64)
        held: Held = sizes >= self.k
        if self.only_k or not held.any():
            return held
        if self._coded.households is not None and self._asked.households is not None:
            held &= _from_enough_households(
                _spread(self._coded.households, groups, members), sizes, self._asked.households
            )
        for field in self._coded.sensitive:
            spread = _spread(field.tally, groups, members)
            if diversity := self._asked.l_diversity.get(field.name):
                held &= _diverse(spread, sizes, field, diversity)
            if closeness := self._asked.t_closeness.get(field.name):
                held &= _distance(spread, sizes, field.total, closeness) <= closeness.max + _EXACT
        return held

    def hold_together(self, members: Numbers) -> bool:
        """Whether these combinations keep the promise as one group. None of them: no."""
        return bool(self.holds(np.zeros(len(members), dtype=np.int32), 1, members)[0])


@dataclass(frozen=True, slots=True)
class _Spread:
    """Of each group and each code that it has, once and in that order: how many rows."""

    group: Counts
    code: Counts
    rows: Sizes

    def most(self, groups: int) -> Sizes:
        """The rows of the most frequent code of each group; 0 where it has none."""
        most: Sizes = np.zeros(groups)
        np.maximum.at(most, self.group, self.rows)
        return most

    def without(self, codes: tuple[int, ...]) -> _Spread:
        kept = ~np.isin(self.code, codes)
        return _Spread(self.group[kept], self.code[kept], self.rows[kept])


def _spread(tally: Tally, groups: Numbers, members: Numbers | None) -> _Spread:
    if members is None:
        pairs: NDArray[np.intp] | slice = slice(None)
        lengths = np.diff(tally.starts)
    else:
        lengths = tally.starts[members + 1] - tally.starts[members]
        ends = np.cumsum(lengths)
        pairs = np.arange(ends[-1] if len(ends) else 0) + np.repeat(tally.starts[members] - (ends - lengths), lengths)
    key = np.repeat(groups.astype(np.int64), lengths) * tally.kinds + tally.what[pairs]
    found, place = np.unique(key, return_inverse=True)
    rows: Sizes = np.bincount(place, weights=tally.rows[pairs], minlength=len(found)).astype(np.float64)
    return _Spread(found // tally.kinds, found % tally.kinds, rows)


def _from_enough_households(spread: _Spread, sizes: Sizes, asked: Households) -> Held:
    enough = np.bincount(spread.group, minlength=len(sizes)) >= asked.at_least
    held: Held = enough & (spread.most(len(sizes)) * 100 <= asked.none_above_percent * sizes + _EXACT)
    return held


def _diverse(spread: _Spread, sizes: Sizes, field: Sensitive, asked: Diversity) -> Held:
    held: Held
    if asked.no_code_above_percent is not None:
        held = spread.without(field.missing).most(len(sizes)) * 100 <= asked.no_code_above_percent * sizes + _EXACT
    elif asked.distinct is not None:
        held = np.bincount(spread.group, minlength=len(sizes)) >= asked.distinct
    elif asked.entropy is not None:
        held = _entropy(spread, sizes) >= np.log(asked.entropy) - _EXACT
    elif asked.recursive is not None:
        held = _recursive(spread, len(sizes), asked.recursive)
    else:
        raise ValueError("a diversity without a model")  # `Diversity` refuses it
    return held


def _entropy(spread: _Spread, sizes: Sizes) -> Sizes:
    share = spread.rows / sizes[spread.group]
    return np.bincount(spread.group, weights=-share * np.log(share), minlength=len(sizes)).astype(np.float64)


def _recursive(spread: _Spread, groups: int, asked: Recursive) -> Held:
    """r1 < c (r_l + r_(l+1) + …), the counts of a group's codes from the most frequent on."""
    order = np.lexsort((-spread.rows, spread.group))
    group, rows = spread.group[order], spread.rows[order]
    first = np.searchsorted(group, np.arange(groups))
    rank = np.arange(len(group)) - first[group]
    rest = np.bincount(group, weights=np.where(rank >= asked.l - 1, rows, 0), minlength=groups)
    held: Held = spread.most(groups) < asked.c * rest
    return held


def _distance(spread: _Spread, sizes: Sizes, total: Counts, asked: Closeness) -> Sizes:
    """The earth mover's distance of each group from the whole table; 0 for a group without rows."""
    overall = total / total.sum()
    share = spread.rows / sizes[spread.group]
    if asked.distance == "equal":  # half of all differences; those above the whole and those below weigh the same
        above = np.maximum(share - overall[spread.code], 0)
        return np.bincount(spread.group, weights=above, minlength=len(sizes)).astype(np.float64)
    far: Sizes = np.zeros(len(sizes))
    kinds = len(overall)
    step = max(1, _MOST_AT_ONCE // kinds)
    for begin in range(0, len(sizes), step):
        end = min(begin + step, len(sizes))
        low, high = np.searchsorted(spread.group, (begin, end))
        there = np.zeros((end - begin, kinds))
        there[spread.group[low:high] - begin, spread.code[low:high]] = share[low:high]
        far[begin:end] = np.abs(np.cumsum(there - overall, axis=1)).sum(axis=1) / max(1, kinds - 1)
    return np.where(sizes > 0, far, 0)
