"""Groups from single combinations upwards: the two that lose least by becoming one become one, till all hold.

Agglomerative clustering as in Gionis, Mazza and Tassa, k-Anonymization Revisited, ICDE 2008, with the ladders' labels,
in blocks of near combinations, a merger in every block at a time. Their distances compare the loss of a merger; here
it is the loss for each row less that groups lack to k, and a merger that reaches k exactly is preferred, for it spends
no row in vain.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from exchange.protect.anonymise.alike import without_gaps
from exchange.protect.anonymise.coded import Counts, Numbers
from exchange.protect.anonymise.local_labels.rungs import Parts, Places, Rungs, by_group
from exchange.protect.anonymise.models import Held

_CELLS_AT_ONCE = 1 << 21  # of tables of prices, so that memory stays within bounds
_EXACT_IS_BETTER = np.float32(1.5)  # measured on Adult: 1, 2 and 3 lose about a hundredth more
_HELD_IS_WORSE = np.float32(1.1)  # to join a group that holds costs its other rows, and makes nobody else safer
_AS_IT_IS, _NEVER = np.float32(1), np.float32(np.inf)
_LOOKED_AHEAD = 20_000  # up to so many, every merger is judged beforehand; beyond, by its rows alone


class Asked(Protocol):
    """What is asked of groups of combinations (`Judge`), or of groups of groups of them."""

    @property
    def k(self) -> int: ...

    @property
    def only_k(self) -> bool: ...

    def holds(self, groups: Numbers, count: int, members: Numbers | None = None) -> Held: ...


def gather(rungs: Rungs, asked: Asked, counts: Counts, blocks: Numbers, spoil: bool = True) -> Numbers:
    """For each its group, within its block; `counts`: the rows of each. What a block cannot make hold, it leaves as one
    group; or, not to `spoil` any group that holds, as several (where it is looked ahead)."""
    slots = packed(blocks)
    width = slots.shape[1]
    step = max(1, _CELLS_AT_ONCE // width**2)
    groups = np.zeros(len(blocks), dtype=np.int64)
    for begin in range(0, len(slots), step):
        some = slots[begin : begin + step]
        there = some >= 0
        groups[some[there]] = (_Gathering(rungs, asked, counts, some, spoil).run() + begin * width)[there]
    return without_gaps(groups)


def packed(blocks: Numbers) -> Numbers:
    """A row for each block, 0 to the largest: the places where it stands, ascending, then -1."""
    order, starts = by_group(blocks)
    sizes = np.diff(starts, append=len(blocks))
    slots: Numbers = np.full((len(sizes), int(sizes.max())), -1, dtype=np.int32)
    slots[blocks[order], np.arange(len(blocks)) - np.repeat(starts, sizes)] = order
    return slots


class _Gathering:
    """Blocks side by side: arrays have a row for each block, and a column for each of its groups, which bears the place
    of one of its members."""

    def __init__(self, rungs: Rungs, asked: Asked, counts: Counts, slots: Numbers, spoil: bool) -> None:
        self._asked, self._slots, self._spoil = asked, slots, spoil
        self._looks_ahead = not asked.only_k and len(counts) <= _LOOKED_AHEAD
        self._k, self._whole = np.float32(asked.k), np.float32(rungs.whole)
        there, some = slots >= 0, np.maximum(slots, 0)
        self._texts = np.ascontiguousarray(rungs.texts[some].transpose(0, 2, 1))
        self._saves = np.ascontiguousarray(rungs.saves[some].transpose(0, 2, 1))
        self._rows = np.where(there, counts[some], 0).astype(np.float32)
        self._lost = self._rows * (self._whole - self._saves.sum(axis=1))
        self._group = np.where(there, np.arange(slots.shape[1]), -1)
        self._gone = np.where(there, np.float32(0), _NEVER)
        held = np.zeros(slots.shape, dtype=np.bool_)
        held[there] = asked.holds(np.arange(int(there.sum()), dtype=np.int32), int(there.sum()), slots[there])
        self._lacking = self._lack(self._rows, held)
        every = np.arange(len(slots))
        self._price = np.stack([self._prices(every, np.full(len(slots), c)) for c in range(slots.shape[1])], axis=1)
        self._partner = self._price.argmin(axis=2)
        self._least = np.where(held | ~there, _NEVER, self._price.min(axis=2))

    def _lack(self, rows: Parts, held: Held) -> Parts:
        """The rows that groups lack: all, where they have k, but another promise is not kept."""
        return np.where(held, np.float32(0), self._k - np.where(rows < self._k, rows, np.float32(0)))

    def run(self) -> Places:
        """For each slot the number of its group, different in every block."""
        every = np.arange(len(self._slots))
        while True:
            first = self._least.argmin(axis=1)
            active = np.flatnonzero(np.isfinite(self._least[every, first]))
            if not len(active):
                numbers: Places = self._group + every[:, None] * self._group.shape[1]
                return numbers
            into, other = first[active], self._partner[active, first[active]]
            self._merge(active, into, other)
            self._reprice(active, into, other)

    def _prices(self, blocks: Places, column: Places) -> Parts:
        """What merging the group in `column` with each other one costs for each row less that they lack."""
        own = blocks, column
        same = self._texts[blocks] == self._texts[blocks, :, column][:, :, None]
        saved = np.matmul(self._saves[blocks, :, column][:, None, :], same.astype(np.float32))[:, 0]
        rows = self._rows[blocks] + self._rows[own][:, None]
        cost = (self._whole - saved) * rows - self._lost[blocks] - self._lost[own][:, None]
        less = self._lacking[blocks] + self._lacking[own][:, None] - self._lacked(blocks, column, rows)
        cost *= np.where((self._lacking[blocks] == 0) | (self._lacking[own] == 0)[:, None], _HELD_IS_WORSE, _AS_IT_IS)
        cost /= np.maximum(less, 1) * np.where(rows == self._k, _EXACT_IS_BETTER, _AS_IT_IS)
        price: Parts = np.where((less > 0) | self._spoil, cost, _NEVER) + self._gone[blocks]
        price[np.arange(len(blocks)), column] = _NEVER
        return price

    def _lacked(self, blocks: Places, column: Places, rows: Parts) -> Parts:
        """What the group in `column` and each other one would lack as one group of so many rows."""
        lacked: Parts = np.maximum(self._k - rows, 0)
        if not self._looks_ahead:
            return lacked
        lack = (self._lacking[blocks] > 0) | (self._lacking[blocks, column] > 0)[:, None]
        there = (self._gone[blocks] == 0) & (self._gone[blocks, column] == 0)[:, None]
        pair, other = np.nonzero((rows >= self._k) & lack & there)
        group = self._group[blocks[pair]]
        both, slot = np.nonzero((group == column[pair][:, None]) | (group == other[:, None]))
        held = self._asked.holds(both.astype(np.int32), len(pair), self._slots[blocks[pair[both]], slot])
        lacked[pair, other] = np.where(held, np.float32(0), self._k)
        return lacked

    def _merge(self, active: Places, into: Places, other: Places) -> None:
        texts = self._texts[active, :, into]
        same = texts == self._texts[active, :, other]
        saves = self._saves[active, :, into] * same
        rows = self._rows[active, into] + self._rows[active, other]
        self._texts[active, :, into], self._saves[active, :, into] = np.where(same, texts, -1), saves
        self._rows[active, into], self._lost[active, into] = rows, rows * (self._whole - saves.sum(axis=1))
        self._group[active] = np.where(self._group[active] == other[:, None], into[:, None], self._group[active])
        self._gone[active, other] = _NEVER
        block, slot = np.nonzero(self._group[active] == into[:, None])
        held = self._asked.holds(block.astype(np.int32), len(active), self._slots[active[block], slot])
        self._lacking[active, into] = self._lack(rows, held)
        self._least[active, other] = _NEVER
        self._least[active, into] = np.where(held, _NEVER, np.float32(0))  # 0: to be found by `_reprice`

    def _reprice(self, active: Places, into: Places, other: Places) -> None:
        price = self._prices(active, into)
        self._price[active, into], self._price[active, :, into], self._price[active, :, other] = price, price, _NEVER
        partner, least = self._partner[active], self._least[active]
        asking = np.isfinite(least)
        nearer = asking & (price < least)
        stale = asking & ~nearer & ((partner == into[:, None]) | (partner == other[:, None]))
        every = np.arange(len(active))
        stale[every, into] = asking[every, into]
        partner, least = np.where(nearer, into[:, None], partner), np.where(nearer, price, least)
        block, slot = np.nonzero(stale)
        lines = self._price[active[block], slot]
        partner[block, slot], least[block, slot] = lines.argmin(axis=1), lines.min(axis=1)
        self._partner[active], self._least[active] = partner, least
