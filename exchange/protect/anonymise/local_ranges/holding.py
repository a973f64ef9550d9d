"""Where the whole table cannot be one group that holds: which of its combinations can, the more rows the better."""

from __future__ import annotations

import numpy as np

from exchange.protect.anonymise.coded import Coded
from exchange.protect.anonymise.local_ranges.axes import Chosen, Places
from exchange.protect.anonymise.models import Judge

_TRIALS = 400  # of the judge, each over at most all combinations


def holding(coded: Coded, judge: Judge) -> Places:
    """The combinations of one group that holds; none, where no such group was found.

    Not the largest there is, which would be a search of its own: the values of one quasi-identifier whose groups hold,
    of the one where that is most; then as much of the rest as can join, tried in halves.
    """
    every = np.arange(len(coded.counts), dtype=np.int32)
    if judge.hold_together(every):
        return every.astype(np.int64)
    kept = max(_seeds(coded, judge), key=lambda seed: int(coded.counts[seed].sum()))
    rest = [np.flatnonzero(~kept)]
    for _trial in range(_TRIALS):
        if not rest:
            break
        some = rest.pop(0)
        with_some = kept.copy()
        with_some[some] = True
        if judge.hold_together(np.flatnonzero(with_some).astype(np.int32)):
            kept = with_some
        elif len(some) > 1:
            rest += [some[: len(some) // 2], some[len(some) // 2 :]]
    return np.flatnonzero(kept)


def _seeds(coded: Coded, judge: Judge) -> list[Chosen]:
    """Groups that hold go together into one that holds."""
    columns = [*coded.combinations.T, np.arange(len(coded.counts), dtype=np.int32)]
    return [judge.holds(column, int(column.max()) + 1)[column] for column in columns]
