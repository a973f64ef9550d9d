"""Combinations change their groups as long as the whole loses less by it: one at a time, or a group with all it has.

Cuts from above are final and so leave much to be had: a local search over their groups loses a fifth less on common
tables. What is cheapest is compared within blocks of neighbouring groups, so the work grows with the table and not with
its square. Every step of a round is independent of the others: no two touch the same group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from exchange.protect.anonymise.local_ranges.axes import Chosen, Places, Table
from exchange.protect.anonymise.local_ranges.needs import Needs, RegionAxis
from exchange.protect.anonymise.loss import Costs

_MARGIN = 1e-5  # of a step's cost: what single precision may have got wrong, so that no step loses more
_NOTHING = 1e-9  # what double precision may make of no gain
_PASSES = 4  # each takes up what no better step of the passes before has touched


@dataclass(frozen=True, slots=True)
class _Block:
    """Members and groups that lie side by side and are compared with each other."""

    members: slice
    groups: slice

    @property
    def shape(self) -> tuple[int, int]:
        return self.members.stop - self.members.start, self.groups.stop - self.groups.start

    @property
    def pairs(self) -> int:
        return self.shape[0] * self.shape[1]


@dataclass(frozen=True, slots=True)
class _Moves:
    """Of each combination the cheapest other group, what leaving alone gains, and of each group what dissolving gains.
    -inf: not possible."""

    to: Places
    alone: Costs
    dissolved: Costs


class Region:
    """Combinations (`members` of the table, block after block), and their groups, numbers from 0, also block after
    block. `blocks`: how many members each block has."""

    def __init__(self, table: Table, members: Places, groups: Places, blocks: Places) -> None:
        self._judge, self._members = table.judge, members.astype(np.int32)
        self._rows = table.counts[members].astype(np.float64)
        self._axes = [RegionAxis.of(axis, column) for axis, column in zip(table.axes, table.at[members].T, strict=True)]
        self._count = int(groups.max()) + 1
        self.groups = groups
        self._blocks = [
            _Block(slice(begin, end), slice(int(groups[begin:end].min()), int(groups[begin:end].max()) + 1))
            for begin, end in pairwise([0, *np.cumsum(blocks).tolist()])
        ]
        self._room = np.empty((2, max(each.pairs for each in self._blocks)), dtype=np.float32)
        self._stays = np.zeros(len(members), dtype=np.bool_)  # without it the rest of its group did not hold
        self._refused: list[tuple[Places, Places]] = []  # with these combinations these groups did not hold

    def improve(self, rounds: int) -> None:
        open_blocks = self._blocks
        for _round in range(rounds):
            moves = self._moves(open_blocks)
            goes = _independent(moves, self.groups, self._count)
            broken = self._broken(goes, moves.to)
            self.groups = np.where(goes & ~broken, moves.to, self.groups)
            open_blocks = [each for each in open_blocks if goes[each.members].any()]

    def _moves(self, blocks: Sequence[_Block]) -> _Moves:
        rows, groups = self._rows, self.groups
        size = np.bincount(groups, weights=rows, minlength=self._count).astype(np.float64)
        needs = [axis.needs(groups, self._count) for axis in self._axes]
        now: Costs = np.sum([each.now for each in needs], axis=0)
        less: Costs = np.sum([each.less for each in needs], axis=0)
        to, extension = groups.copy(), np.full(len(rows), np.inf)
        for block in blocks:
            to[block.members], extension[block.members] = self._cheapest(block, needs, size, now)
        costs = (size[to] + rows) * extension + rows * now[to]
        saved = size[groups] * now[groups] - (size[groups] - rows) * (now[groups] - less)
        may_leave = ~self._stays & (size[groups] - rows >= self._judge.k)
        dissolved = size * now - _into_all(groups, to, rows, extension, size, now) * (1 + _MARGIN)
        return _Moves(to, np.where(may_leave, saved - costs * (1 + _MARGIN), -np.inf), dissolved)

    def _cheapest(self, block: _Block, needs: Sequence[Needs], size: Costs, now: Costs) -> tuple[Places, Costs]:
        """Of each combination of a block the other group that it costs least, and by how much it extends its labels;
        infinitely, where there is none."""
        more, cost = (room[: block.pairs].reshape(block.shape) for room in self._room)
        more[:] = 0
        for axis, need in zip(self._axes, needs, strict=True):
            if len(axis.places) > 1:
                np.take(need.more[:, block.groups], axis.value[block.members], axis=0, out=cost, mode="clip")
                more += cost
        each, every = self._rows[block.members].astype(np.float32)[:, None], np.arange(block.shape[0])
        sizes = size[block.groups]
        np.add(sizes.astype(np.float32), each, out=cost)
        cost *= more
        cost += np.where(sizes > 0, now[block.groups], np.inf).astype(np.float32) * each
        cost[every, self.groups[block.members] - block.groups.start] = np.inf
        for members, refusing in self._refused:
            here = (members >= block.members.start) & (members < block.members.stop)
            cost[members[here] - block.members.start, refusing[here] - block.groups.start] = np.inf
        to = cost.argmin(axis=1)
        extension = np.where(cost[every, to] < np.inf, more[every, to], np.inf).astype(np.float64)
        return to + block.groups.start, extension

    def _broken(self, goes: Chosen, to: Places) -> Chosen:
        """Of which steps a group would no longer hold; they are not tried again."""
        broken = np.zeros_like(goes)
        if self._judge.only_k or not goes.any():
            return broken
        after = np.where(goes, to, self.groups)
        fails = ~self._judge.holds(after.astype(np.int32), self._count, self._members)
        fails &= np.bincount(after, minlength=self._count) > 0
        self._stays |= goes & fails[self.groups]
        refused = np.flatnonzero(goes & fails[to])
        self._refused.append((refused, to[refused]))
        sources = np.zeros(self._count, dtype=np.bool_)
        sources[self.groups[goes & (fails[self.groups] | fails[to])]] = True
        return goes & sources[self.groups]


def _into_all(groups: Places, to: Places, rows: Costs, extension: Costs, size: Costs, now: Costs) -> Costs:
    """What it costs at most to send each group's combinations to their cheapest groups: those that go to the same one
    extend its label by no more than the sum of what each of them does."""
    count = len(size)
    pair, of = np.unique(groups * count + to, return_inverse=True)
    source, target = np.divmod(pair, count)
    moved, extended = np.bincount(of, weights=rows), np.bincount(of, weights=extension)
    into = (size[target] + moved) * extended + moved * now[target]
    return np.bincount(source, weights=into, minlength=count).astype(np.float64)


def _independent(moves: _Moves, groups: Places, count: int) -> Chosen:
    """Which combinations go: by the steps that gain most, no two of which touch the same group."""
    alone, dissolved = _ranked(moves)
    goes = np.zeros(len(groups), dtype=np.bool_)
    last = len(groups) + count
    to = moves.to
    for _pass in range(_PASSES):
        first = dissolved.copy()  # the best step that touches a group
        for touched, step in ((groups, alone), (to, alone), (to, dissolved[groups])):
            np.minimum.at(first, touched, step)
        one = (alone < last) & (first[groups] == alone) & (first[to] == alone)
        blocked = np.bincount(groups, weights=first[to] != dissolved[groups], minlength=count) > 0
        new = one | ((dissolved < last) & (first == dissolved) & ~blocked)[groups]
        if not new.any():
            break
        goes |= new
        taken = np.zeros(count, dtype=np.bool_)
        taken[groups[new]] = taken[to[new]] = True
        alone[taken[groups] | taken[to]] = last
        dissolved[taken] = last
        dissolved[groups[taken[to]]] = last
    return goes


def _ranked(moves: _Moves) -> tuple[Places, Places]:
    """The place of each step among all that gain, the best first; behind them all where it does not."""
    gains = np.concatenate([moves.alone, moves.dissolved])
    order = np.argsort(-gains, kind="stable")[: int((gains > _NOTHING).sum())]
    rank = np.full(len(gains), len(gains))
    rank[order] = np.arange(len(order))
    return rank[: len(moves.to)], rank[len(moves.to) :]
