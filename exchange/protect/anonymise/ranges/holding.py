"""Where the whole table cannot be one group that holds: which of its combinations can, the more rows the better."""

from __future__ import annotations

import numpy as np

from exchange.protect.anonymise.coded import Coded
from exchange.protect.anonymise.models import Judge
from exchange.protect.anonymise.ranges.axes import Chosen, Places

_TRIALS = 400  # of the judge, each over at most all combinations


def holding(coded: Coded, judge: Judge) -> Places:
    """The combinations of one group that holds; none, where no such group was found.

    Not the largest there is, which would be a search of its own: the values of one quasi-identifier whose groups hold,
    of the one where that is most; then as much of the rest as can join, tried in halves.
    """
    every = np.arange(len(coded.counts))
    if _holds(judge, every):
        return every
    kept = max(_seeds(coded, judge), key=lambda seed: int(coded.counts[seed].sum()))
    rest = [np.flatnonzero(~kept)]
    for _trial in range(_TRIALS):
        if not rest:
            break
        some = rest.pop(0)
        with_some = kept.copy()
        with_some[some] = True
        if _holds(judge, np.flatnonzero(with_some)):
            kept = with_some
        elif len(some) > 1:
            rest += [some[: len(some) // 2], some[len(some) // 2 :]]
    return np.flatnonzero(kept)


def _seeds(coded: Coded, judge: Judge) -> list[Chosen]:
    """Groups that hold go together into one that holds."""
    columns = [*coded.combinations.T, np.arange(len(coded.counts), dtype=np.int32)]
    return [judge.holds(column, int(column.max()) + 1)[column] for column in columns]


def _holds(judge: Judge, members: Places) -> bool:
    return bool(judge.holds(np.zeros(len(members), dtype=np.int32), 1, members.astype(np.int32))[0])
