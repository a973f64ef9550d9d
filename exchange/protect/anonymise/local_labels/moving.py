"""Single combinations move to the group that would lose least by taking them, as long as anything is won.

A round moves at most one combination out of or into each group, the best first, so that what each move wins is exact.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from exchange.protect.anonymise.coded import Counts, Numbers
from exchange.protect.anonymise.local_labels.gathering import packed
from exchange.protect.anonymise.local_labels.rungs import Parts, Places, Rungs
from exchange.protect.anonymise.models import Judge

_ROUNDS = 12  # later ones win next to nothing
_WORTH, _UNSURE = np.float32(1e-4), np.float32(1e-6)  # of a row, and of each row of the group: what 32 bits can tell
_CELLS_AT_ONCE = 1 << 22  # of tables of groups x rungs x combinations
_NEVER = np.float32(np.inf)


def move(rungs: Rungs, judge: Judge, counts: Counts, groups: Numbers, blocks: Numbers) -> Numbers:
    """Better groups. Groups lie within blocks, and nothing moves from one block to another."""
    return _Moving(rungs, judge, counts, groups, blocks).run()


class _Moving:
    """Groups are numbered block by block. `_leaving`: of each block and combination in it, what its leaving its group
    would save; `_joining`: of each group and combination in its block, what its coming would cost."""

    def __init__(self, rungs: Rungs, judge: Judge, counts: Counts, groups: Numbers, blocks: Numbers) -> None:
        self._rungs, self._judge, self._counts = rungs, judge, counts.astype(np.float32)
        self._whole, self._block_of = np.float32(rungs.whole), blocks
        found, self._of = np.unique(blocks.astype(np.int64) << 32 | groups, return_inverse=True)
        self._block = found >> 32
        self._slots = packed(blocks)
        there, some = self._slots >= 0, np.maximum(self._slots, 0)
        self._column = np.zeros(len(blocks), dtype=np.int64)
        self._column[self._slots[there]] = np.nonzero(there)[1]
        self._texts = np.ascontiguousarray(rungs.texts[some].transpose(0, 2, 1))
        self._weights = self._counts[some]
        self._rows = np.zeros(len(found), dtype=np.float32)
        self._lost = np.zeros(len(found), dtype=np.float32)
        self._leaving = np.full(self._slots.shape, -_NEVER, dtype=np.float32)
        self._joining = np.zeros((len(found), self._slots.shape[1]), dtype=np.float32)
        self._fixed = np.zeros(len(blocks), dtype=np.bool_)
        self._look_at(np.arange(len(found)))

    def run(self) -> Numbers:
        for _round in range(_ROUNDS):
            members, targets = self._best_moves()
            if not len(members):
                break
            sources = self._of[members]
            self._of[members] = targets
            spoilt = ~self._hold(np.concatenate([sources, targets])).reshape(2, -1).all(axis=0)
            self._of[members[spoilt]] = sources[spoilt]
            self._fixed[members[spoilt]] = True
            self._look_at(np.unique(np.concatenate([sources, targets])))
        groups: Numbers = self._of.astype(np.int32)
        return groups

    def _hold(self, groups: Places) -> NDArray[np.bool_]:
        place = np.full(len(self._rows), -1)
        place[groups] = np.arange(len(groups))
        members = np.flatnonzero(place[self._of] >= 0)
        return self._judge.holds(place[self._of[members]].astype(np.int32), len(groups), members.astype(np.int32))

    def _best_moves(self) -> tuple[Places, Places]:
        """Combinations and where they go; no group is named twice."""
        won = self._leaving[self._block] - self._joining
        column = won.argmax(axis=1)
        target = np.arange(len(won))
        most = won[target, column]
        target = target[most > _WORTH + _UNSURE * self._rows]
        members = self._slots[self._block[target], column[target]].astype(np.int64)
        order = np.lexsort((members, -most[target]))
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        first = np.full(len(self._rows), len(order))
        np.minimum.at(first, target, rank)
        np.minimum.at(first, self._of[members], rank)
        chosen = (first[target] == rank) & (first[self._of[members]] == rank)
        return members[chosen], target[chosen]

    def _look_at(self, groups: Places) -> None:
        """What leaving and joining these groups would change."""
        near = _Near(self._rungs, self._counts, groups, self._of)
        self._rows[groups], self._lost[groups] = near.rows, near.rows * near.part
        self._leaving[self._block_of[near.members], self._column[near.members]] = np.where(
            self._fixed[near.members] | (near.left < self._judge.k), -_NEVER, near.leaving
        )
        step = max(1, _CELLS_AT_ONCE // max(1, self._texts[0].size))
        for begin in range(0, len(groups), step):
            some = slice(begin, begin + step)
            self._joining[groups[some]] = self._joined(groups[some], near.texts[some], near.saves[some])
        self._joining[self._of[near.members], self._column[near.members]] = _NEVER

    def _joined(self, groups: Places, texts: Numbers, saves: Parts) -> Parts:
        """What each combination of their block would lose more, with all that it joins."""
        block = self._block[groups]
        same = self._texts[block] == texts[:, :, None]
        part = self._whole - np.matmul(saves[:, None, :], same.astype(np.float32))[:, 0]
        joined: Parts = (self._weights[block] + self._rows[groups, None]) * part - self._lost[groups, None]
        return joined


class _Near:
    """Groups seen closely. `members`: group by group. Of each group: its `rows`, what each of them loses (`part`), and
    its `texts` and what they save. Of each member: the rows `left` without it, and what its `leaving` would save."""

    def __init__(self, rungs: Rungs, counts: Parts, groups: Places, of: Places) -> None:
        members = np.flatnonzero(np.isin(of, groups))
        self.members = members[np.argsort(of[members], kind="stable")]
        first = np.searchsorted(of[self.members], groups)
        sizes = np.diff(first, append=len(members))
        at = np.repeat(np.arange(len(groups)), sizes)
        mine, texts, saves = counts[self.members], rungs.texts[self.members], rungs.saves[self.members]
        last = first + sizes - 1
        like_first = texts == texts[first][at]
        as_first = np.add.reduceat(like_first, first, axis=0, dtype=np.int32)
        as_last = np.add.reduceat(texts == texts[last][at], first, axis=0, dtype=np.int32)
        common = as_first == sizes[:, None]
        self.rows = np.add.reduceat(mine, first)
        self.texts, self.saves = np.where(common, texts[first], -1), saves[first] * common
        self.part = np.float32(rungs.whole) - self.saves.sum(axis=1)
        others_alike, their_saves = as_first[at] - like_first == (sizes - 1)[at, None], saves[first][at]
        others_alike[first] = as_last - (texts[first] == texts[last]) == (sizes - 1)[:, None]
        their_saves[first] = saves[last]
        without = np.float32(rungs.whole) - (others_alike * their_saves).sum(axis=1)
        self.left = self.rows[at] - mine
        self.leaving = self.rows[at] * self.part[at] - self.left * without
