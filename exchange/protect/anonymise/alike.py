"""What is alike gets one number: rows of several columns, and groups whose numbers have gaps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from exchange.protect.anonymise.coded import Counts, Numbers

_RADIX = 1 << 62  # a row is one number below this, well within int64, or made so column by column


def keys(columns: Sequence[NDArray[np.integer]], domains: Sequence[int]) -> Counts:
    """For each row of `columns`, numbers below `domains`, one number: the same for the same, in lexicographic order."""
    key: Counts = np.zeros(len(columns[0]), dtype=np.int64)
    size = 1
    for column, domain in zip(columns, domains, strict=True):
        if size * domain >= _RADIX:
            found, key = np.unique(key, return_inverse=True)
            size = len(found)
        key = key * domain + column
        size *= domain
    return key


def distinct(columns: Sequence[NDArray[np.integer]], domains: Sequence[int]) -> tuple[Numbers, Numbers]:
    """The distinct rows of `columns`, numbers below `domains`, in lexicographic order: int32, a row each; and for each
    row its place among them, int32."""
    _keys, first, of_row = np.unique(keys(columns, domains), return_index=True, return_inverse=True)
    return np.stack([column[first] for column in columns], axis=1).astype(np.int32), of_row.astype(np.int32)


def without_gaps(groups: NDArray[np.integer]) -> Numbers:
    """The same groups, numbered from 0 in the same order, none of them empty: int32."""
    numbers: Numbers = np.unique(groups, return_inverse=True)[1].astype(np.int32)
    return numbers
