"""The lattice of full-domain generalisation: a node is one level for each quasi-identifier, and makes groups.

The groups of a node are rolled up from the table of any finer node, whose rows are its groups and no longer all
combinations: most nodes cost a fraction of what the whole table costs (Kohlmayer, Prasser et al., Flash, PASSAT 2012).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from math import prod
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from exchange.protect.anonymise.coded import Coded, QuasiIdentifier

Levels = tuple[int, ...]  # of a node: for each quasi-identifier a place in `Lattice.steps`, 0 the finest
Places = NDArray[np.int64]
Rows = NDArray[np.float64]  # numbers of rows: whole, so exact and the same in any order of adding up
Number = TypeVar("Number", np.int64, np.float64)

_JOINT = 1 << 11  # labels of several quasi-identifiers that share a column: one lookup, still within a core's cache
_DENSE = 4  # cells of a counting table for each row that is counted; with more of them, sorting is faster
_RADIX = 1 << 62  # a group's key is one number below this


@dataclass(frozen=True, slots=True)
class Table:
    """The groups of a node. `joint`: their labels, a column for each of the lattice's `shares`. `rows`: their rows."""

    levels: Levels
    joint: tuple[Places, ...]
    rows: Rows


@dataclass(frozen=True, slots=True)
class Grouping:
    """`of`: for each row of a table its group, 0 to `count` - 1, some of which may be empty."""

    of: Places
    count: int

    def rows(self, table: Table) -> Rows:
        """How many rows each group has."""
        return np.bincount(self.of, weights=table.rows, minlength=self.count).astype(np.float64, copy=False)


class Lattice:
    """`steps[q]`: the levels of a quasi-identifier that are searched. A level that tells no fewer values of the table
    apart than the one below makes the same groups and loses no less, so it is left out.

    `shares`: neighbouring quasi-identifiers whose labels are one number together, the last changing fastest. Looking
    up three columns instead of nine is most of what makes a node quick.
    """

    def __init__(self, coded: Coded) -> None:
        values = np.ascontiguousarray(coded.combinations.T, dtype=np.int64)
        self.steps = tuple(map(_steps, coded.quasi, values))
        self.bottom: Levels = (0,) * len(self.steps)
        self.top: Levels = tuple(len(steps) - 1 for steps in self.steps)
        self._widths = tuple(
            tuple(len(each.labels[level]) for level in steps)
            for each, steps in zip(coded.quasi, self.steps, strict=True)
        )
        self._lifts = tuple(map(_lifts, coded.quasi, self.steps))
        self.shares = _shares([widths[0] for widths in self._widths])
        joint = tuple(self._together(share, values) for share in self.shares)
        self.finest = Table(self.bottom, joint, coded.counts.astype(np.float64))

    def lift(self, place: int, below: int, above: int) -> Places:
        """For each label on one step of a quasi-identifier the number of the label above it on another."""
        return self._lifts[place][below][above]

    def cells(self, levels: Levels) -> int:
        """How many groups a node could have, if every combination of its labels were in the table."""
        return prod(widths[level] for widths, level in zip(self._widths, levels, strict=True))

    def grouped(self, table: Table, levels: Levels) -> Grouping:
        """The groups of a node, which is nowhere finer than the table."""
        key: Places = np.zeros(len(table.rows), dtype=np.int64)
        size = 1
        for share, column in zip(self.shares, table.joint, strict=True):
            width = prod(self._widths[place][levels[place]] for place in share)
            if size * width >= _RADIX:
                key, size = _without_gaps(key, size)
            if width > 1:
                key += (size * self._lifted(share, table.levels, levels))[column]
                size *= width
        if size > _DENSE * len(key):
            key, size = _without_gaps(key, size)
        return Grouping(key, size)

    def rolled_up(self, table: Table, levels: Levels) -> Table:
        """The table of a node, which is nowhere finer than the one given."""
        groups = self.grouped(table, levels)
        rows = groups.rows(table)
        member: Places = np.zeros(groups.count, dtype=np.int64)
        member[groups.of] = np.arange(len(groups.of))  # any row of a group: on the node's levels they look alike
        there = rows > 0
        member = member[there]
        joint = tuple(
            self._lifted(share, table.levels, levels)[column[member]]
            for share, column in zip(self.shares, table.joint, strict=True)
        )
        return Table(levels, joint, rows[there])

    def summed(self, table: Table, members: Places, worth: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        """For each of these rows of a table the sum of what its labels are worth; `worth[q]` by label of the table."""
        total = np.zeros(len(members))
        for share, column in zip(self.shares, table.joint, strict=True):
            total += _outer_sum(worth[place] for place in share)[column[members]]
        return total

    def _lifted(self, share: Sequence[int], below: Levels, above: Levels) -> Places:
        """For each joint label on one node's levels the joint label above it on another's."""
        scale = 1
        parts: list[Places] = []
        for place in reversed(share):
            parts.append(scale * self._lifts[place][below[place]][above[place]])
            scale *= self._widths[place][above[place]]
        return _outer_sum(reversed(parts))

    def _together(self, share: Sequence[int], values: Places) -> Places:
        joint: Places = np.zeros(values.shape[1], dtype=np.int64)
        for place in share:
            joint = joint * self._widths[place][0] + values[place]
        return joint


def _steps(quasi: QuasiIdentifier, column: Places) -> tuple[int, ...]:
    found = np.unique(column)
    apart = [len(np.unique(nodes[found])) for nodes in quasi.nodes]
    return tuple(level for level in range(quasi.levels) if level == 0 or apart[level] < apart[level - 1])


def _lifts(quasi: QuasiIdentifier, steps: Sequence[int]) -> tuple[tuple[Places, ...], ...]:
    """By two steps, for each label on the first the number of the label above it on the second."""

    def lift(below: int, above: int) -> Places:
        lifted: Places = np.zeros(len(quasi.labels[below]), dtype=np.int64)
        lifted[quasi.nodes[below]] = quasi.nodes[above]
        return lifted

    return tuple(tuple(lift(below, above) for above in steps) for below in steps)


def _shares(widths: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    shares: list[list[int]] = []
    for place, width in enumerate(widths):
        if shares and prod(widths[each] for each in shares[-1]) * width <= _JOINT:
            shares[-1].append(place)
        else:
            shares.append([place])
    return tuple(map(tuple, shares))


def _outer_sum(parts: Iterable[NDArray[Number]]) -> NDArray[Number]:
    """The sums of one number from each part, in the order of joint labels."""
    return reduce(lambda sums, part: np.add.outer(sums, part).ravel(), parts)


def _without_gaps(key: Places, size: int) -> tuple[Places, int]:
    """Keys below `size` numbered from 0, in the same order, and how many numbers there are."""
    order = _ascending(key, size)
    ascending = key[order]
    new: NDArray[np.bool_] = np.ones(len(key), dtype=np.bool_)
    new[1:] = ascending[1:] != ascending[:-1]
    number: Places = np.empty(len(key), dtype=np.int64)
    number[order] = np.cumsum(new) - 1
    return number, int(new.sum())


def _ascending(key: Places, size: int) -> Places:
    """The places of the keys in ascending order. Sorting key and place as one number takes a quarter of argsort."""
    bits = len(key).bit_length()
    if size << bits >= _RADIX:
        return np.argsort(key, kind="stable")
    both: Places = key << bits | np.arange(len(key))
    both.sort()
    return both & ((1 << bits) - 1)
