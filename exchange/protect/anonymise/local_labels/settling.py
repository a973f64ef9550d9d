"""Between gathering and moving: groups that no block could make hold join others, and other blocks are tried."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exchange.protect.anonymise.alike import without_gaps
from exchange.protect.anonymise.coded import Counts, Numbers
from exchange.protect.anonymise.local_labels.gathering import Asked, gather
from exchange.protect.anonymise.local_labels.rungs import Rungs, by_group, rows_of
from exchange.protect.anonymise.models import Held

_WORTH = 1e-6  # of a row


@dataclass(frozen=True, slots=True)
class RowsAlone:
    """Asks for k rows, whatever else is asked in the end."""

    k: int
    counts: Counts
    only_k: bool = True

    def holds(self, groups: Numbers, count: int, members: Numbers | None = None) -> Held:
        counts = self.counts if members is None else self.counts[members]
        held: Held = np.bincount(groups, weights=counts, minlength=count) >= self.k
        return held


class OfGroups:
    """Asks of groups of groups what is asked of groups of combinations."""

    def __init__(self, asked: Asked, groups: Numbers) -> None:
        self._asked, self.k, self.only_k = asked, asked.k, asked.only_k
        self._members, self._starts = by_group(groups)
        self._sizes = np.diff(self._starts, append=len(groups))

    def holds(self, groups: Numbers, count: int, members: Numbers | None = None) -> Held:
        members = np.arange(len(self._starts), dtype=np.int32) if members is None else members
        sizes = self._sizes[members]
        ends = np.cumsum(sizes)
        places = np.arange(int(sizes.sum())) + np.repeat(self._starts[members] - (ends - sizes), sizes)
        return self._asked.holds(np.repeat(groups, sizes), count, self._members[places].astype(np.int32))


def holding(asked: Asked, groups: Numbers) -> Held:
    """Of each group, whether it holds."""
    return asked.holds(groups, int(groups.max()) + 1)


def settle(rungs: Rungs, asked: Asked, counts: Counts, groups: Numbers) -> Numbers:
    """Each group that does not hold joins the one where that loses least, the smallest first, till all hold."""
    groups, held, rows = groups.copy(), holding(asked, groups), rows_of(groups, counts).astype(np.float64)
    of = rungs.of(groups)
    texts, saves, whole = of.texts, of.saves.astype(np.float64), rungs.whole
    there = np.ones(len(held), dtype=np.bool_)
    while there.sum() > 1 and not held[there].all():
        guest = int(np.where(there & ~held, rows, np.inf).argmin())
        part = whole - (texts == texts[guest]) @ saves[guest]
        cost = part * (rows + rows[guest]) - rows * (whole - saves.sum(axis=1))
        cost[~there], cost[guest] = np.inf, np.inf
        host = int(cost.argmin())
        groups[groups == guest] = host
        same = texts[host] == texts[guest]
        texts[host], saves[host] = np.where(same, texts[host], -1), saves[host] * same
        rows[host], there[guest] = rows[host] + rows[guest], False
        members = np.flatnonzero(groups == host).astype(np.int32)
        held[host] = asked.holds(np.zeros(len(members), dtype=np.int32), 1, members)[0]
    return without_gaps(groups)


def regather(
    rungs: Rungs, asked: Asked, counts: Counts, groups: Numbers, blocks: Numbers, spoil: bool = True
) -> Numbers:
    """The groups, which hold and lie within blocks, or new ones in each block where those hold and lose less."""
    again = gather(rungs, asked, counts, blocks, spoil)
    held = holding(asked, again)
    spoilt = np.bincount(blocks, weights=~held[again]) > 0
    won = _lost(rungs, counts, groups, blocks) - _lost(rungs, counts, again, blocks)
    better = (won > _WORTH) & ~spoilt
    chosen = np.where(better[blocks], again.astype(np.int64) + len(groups), groups)
    return without_gaps(chosen)


def _lost(rungs: Rungs, counts: Counts, groups: Numbers, blocks: Numbers) -> NDArray[np.float64]:
    """The loss of each block."""
    return np.bincount(blocks, weights=rungs.of(groups).lost()[groups] * counts).astype(np.float64)
