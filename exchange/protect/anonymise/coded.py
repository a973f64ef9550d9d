"""A table as the search sees it: distinct combinations of quasi-identifiers with their counts, and ladders as arrays.

Everything that a method decides, it decides for a combination and not for a row: rows that look alike stay alike, and
a table that is larger than memory needs only its combinations here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int32]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class QuasiIdentifier:
    """`values`: the domain, in the order of the ladder, numbers ascending; the last `missing` of them stand for none.

    `nodes[level][value]` is the number of the node above the value on that level, `labels[level][node]` its label.
    Level 0 holds the values themselves; the last level has one node only, labelled "*" (added where a ladder ends
    below it). `numeric`: every value that is not missing is a number, so ranges have a meaning.
    """

    name: str
    values: tuple[str, ...]
    numeric: bool
    missing: int
    nodes: tuple[Numbers, ...]
    labels: tuple[tuple[str, ...], ...]
    weight: float

    @property
    def domain(self) -> int:
        return len(self.values)

    @property
    def levels(self) -> int:
        return len(self.nodes)

    def leaves(self, level: int) -> Counts:
        """How many values lie under each node of a level."""
        return np.bincount(self.nodes[level], minlength=len(self.labels[level])).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Tally:
    """For each combination, how many of its rows have what: the pairs from `starts[c]` to `starts[c + 1]` are those of
    combination c, `what` (codes, households; 0 to `kinds` - 1, ascending within c) and `rows` (int64, above 0)."""

    kinds: int
    starts: Counts
    what: Numbers
    rows: Counts


@dataclass(frozen=True, slots=True)
class Sensitive:
    """A sensitive field. `tally`: its codes, in the order in which they lie one step apart for `ordered`; the codes
    `missing` stand for no value. `total`: rows of each code in the whole table. In a list of codes a row counts once
    for each."""

    name: str
    tally: Tally
    missing: tuple[int, ...]

    @property
    def total(self) -> Counts:
        return np.bincount(self.tally.what, weights=self.tally.rows, minlength=self.tally.kinds).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Coded:
    """`combinations`: int32, a row each, a column per quasi-identifier, numbers of values, each combination once, in
    lexicographic order. `counts`: int64, the rows that have it, above 0. `households`: None where not asked for."""

    quasi: tuple[QuasiIdentifier, ...]
    combinations: Numbers
    counts: Counts
    sensitive: tuple[Sensitive, ...]
    households: Tally | None

    @property
    def rows(self) -> int:
        return int(self.counts.sum())
