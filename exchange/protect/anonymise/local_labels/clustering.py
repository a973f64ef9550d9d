"""Local recoding: every cell becomes a label of its ladder, and different rows may use different levels.

Combinations are put into a line in which near ones are neighbours (`lining`), the line is cut into blocks, and in each
block groups are gathered (`gathering`). Blocks that lie across the first ones are gathered anew where that loses less
(`settling`), and at last single combinations move (`moving`). Where k is large, small groups are gathered first, and
then groups of them. The work is fixed by the table and k: about the same for each row of a large table, and about the
same for every small table.

No optimum is promised, nor a loss below that of the best full-domain generalisation.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from exchange.protect.anonymise.alike import without_gaps
from exchange.protect.anonymise.coded import Coded, Counts, Numbers
from exchange.protect.anonymise.local_labels.gathering import gather
from exchange.protect.anonymise.local_labels.lining import in_line
from exchange.protect.anonymise.local_labels.moving import move
from exchange.protect.anonymise.local_labels.rungs import Places, Rungs, released, rows_of, rungs_of
from exchange.protect.anonymise.local_labels.settling import OfGroups, RowsAlone, holding, regather, settle
from exchange.protect.anonymise.loss import CellLoss
from exchange.protect.anonymise.models import Judge
from exchange.protect.anonymise.recoded import Recoded

_WORK = 625_000  # pairs that are compared, at least; a large table: _NARROW for each combination. Twice: 2 % less loss
_NARROW, _WIDE, _WIDE_AHEAD = 32, 512, 128  # combinations in a block; the last where mergers are judged beforehand
_GROUPS = 8  # in a block, so that there is a choice; measured: from 4 to 16 the same loss
_STEP = 7  # groups of groups have so many; measured: from 3 to 15 the same loss
_TWICE = 2_000  # combinations; up to here both ways are tried where more than k is asked


def local_labels(coded: Coded, judge: Judge, loss: CellLoss, most_suppressed: int) -> Recoded | None:
    """The table under labels of its ladders; None where it cannot keep the promise.

    Rows are suppressed only where the table as one group does not hold.
    """
    rungs, counts = rungs_of(coded, loss), coded.counts
    line = np.argsort(in_line(rungs, counts, judge.k))
    whole = judge.hold_together(np.arange(len(line), dtype=np.int32))
    twice = whole and not judge.only_k and len(line) <= _TWICE
    ways = [_groups(rungs, judge, counts, line, whole, spoil) for spoil in ((True, False) if twice else (whole,))]
    groups = min(ways, key=lambda way: float((rungs.of(way).lost()[way] * counts).sum()))
    held = holding(judge, groups)[groups]
    if counts[~held].sum() > most_suppressed:
        return None
    return released(coded, loss, groups, held)


def _groups(rungs: Rungs, judge: Judge, counts: Counts, line: Places, whole: bool, spoil: bool) -> Numbers:
    """For each combination, which stands at that place in the line, its group; all hold if the table as a `whole` does.
    `spoil`: groups that hold may be spoilt on the way."""
    width = min(_WIDE if judge.only_k else _WIDE_AHEAD, max(_NARROW, _WORK // len(line)))
    small = _small_groups(rungs, judge.k, counts, line, width)
    of_small, asked, rows = rungs.of(small), OfGroups(judge, small), rows_of(small, counts)
    place = np.bincount(small, weights=line) / np.bincount(small)
    groups = gather(of_small, asked, rows, _blocks(np.arange(len(rows)), place, width, 0), spoil)
    if not whole:
        return groups[small]
    groups = settle(of_small, asked, rows, groups)
    across = _blocks(groups, place, width, width // 2)
    groups = regather(of_small, asked, rows, groups, across, spoil)[small]
    return move(rungs, judge, counts, groups, _blocks(groups, line, max(_NARROW, _WORK // (int(groups.max()) + 1)), 0))


def _small_groups(rungs: Rungs, k: int, counts: Counts, line: Places, width: int) -> Numbers:
    """Groups of far less than k rows, so that a block of them has several groups of k; one for each combination where
    that is so already."""
    groups: Numbers = np.arange(len(line), dtype=np.int32)
    for size in _sizes(k, width * int(counts.sum()) // len(line) // _GROUPS):
        rows = rows_of(groups, counts)
        place = np.bincount(groups, weights=line) / np.bincount(groups)
        blocks = _blocks(np.arange(len(rows)), place, width, 0)
        groups = gather(rungs.of(groups), RowsAlone(size, rows), rows, blocks)[groups]
    return groups


def _sizes(k: int, most: int) -> Iterator[int]:
    """k divided by powers of the step, from at most `most` up to less than k."""
    if k > most:
        yield from _sizes(-(-k // _STEP), most)
        yield -(-k // _STEP)


def _blocks(groups: Numbers | Places, place: NDArray[np.float64] | Places, width: int, offset: int) -> Numbers:
    """Blocks of some `width` neighbours in the line, the first shorter by `offset`; no group lies across two."""
    sizes = np.bincount(groups)
    order = np.argsort(np.bincount(groups, weights=place) / sizes, kind="stable")
    before = np.cumsum(sizes[order]) - sizes[order]
    blocks = np.empty(len(sizes), dtype=np.int64)
    blocks[order] = (before + offset) // width
    return without_gaps(blocks[groups])
