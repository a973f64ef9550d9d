"""What is not sure about who is who: the pairs that may be of one person or not, and what hangs on them.

A pair is sure from `SURE` up, and so are the reports of one case. Every other weighed pair is true with its own
probability, independently of the others; whatever hangs together is one person. That is a random graph in the sense of
possible worlds (Potamias et al., k-nearest neighbors in uncertain graphs, PVLDB 3, 2010), and people are its connected
components. Probabilities are taken as the linking gives them: how well they are calibrated is another question, which
the false-merge rate measured in review answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from exchange.merge.chosen.told import Coded, Places, coded
from exchange.merge.components import components
from exchange.merge.grouping import Groups
from exchange.merge.records import Records

if TYPE_CHECKING:
    import pyarrow as pa

SURE = 0.9999
"""From here up a pair counts as certain: of ten thousand such at most one is wrong, finer than any calibration."""
FEW, MANY = 200, 1000
"""Worlds drawn: MANY, but FEW where more than `LARGE` pairs are in doubt."""
LARGE = 20_000


def _nothing() -> Places:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Doubt:
    """The part of the reports about which there is doubt.

    `reports`: all of the groups that a pair in doubt touches, by number. `block`: for each of them what it surely
    hangs together with. `left`, `right`: pairs of blocks in doubt, each once; `probability`: that they are of one
    person. `groups`: how many groups these are now.
    """

    reports: Places = field(default_factory=_nothing)
    block: Places = field(default_factory=_nothing)
    left: Places = field(default_factory=_nothing)
    right: Places = field(default_factory=_nothing)
    probability: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    groups: int = 0

    @property
    def blocks(self) -> int:
        return int(self.block.max()) + 1 if len(self.block) else 0

    def worlds(self, draws: int | None = None, seed: int = 0) -> Iterator[Places]:
        """For each drawn world the component of every block. The same seed draws the same worlds."""
        dice = np.random.default_rng(seed)
        for _draw in range(draws or (MANY if len(self.left) <= LARGE else FEW)):
            true = dice.random(len(self.left)) < self.probability
            yield components(self.blocks, self.left[true], self.right[true])


def doubt(records: Records, groups: Groups, pairs: pa.Table | None) -> Doubt:
    """The doubt in `groups`, by the `pairs` that were weighed; none where they are not known.

    Groups that are held because they grew beyond reason count as they stand.
    """
    group = np.asarray(groups.group_of, dtype=np.int64)
    inside = _inside(group, pairs)
    left, right, probability = _in_doubt(groups, inside)
    if not len(left):
        return Doubt()
    touched = np.zeros(int(group.max()) + 1, dtype=np.bool_)
    touched[group[left]] = touched[group[right]] = True
    reports = np.flatnonzero(touched[group])
    place = np.full(len(group), -1, dtype=np.int64)
    place[reports] = np.arange(len(reports))
    block = _blocks(records, group, reports, place, inside)
    a, b = block[place[left]], block[place[right]]
    return Doubt(reports, block, *_once(a, b, probability), groups=int(touched.sum()))


Weighed = tuple[Places, Places, NDArray[np.float64]]


def _inside(group: Places, pairs: pa.Table | None) -> Weighed:
    """The weighed pairs within one group."""
    if pairs is None or not pairs.num_rows:
        return _nothing(), _nothing(), np.zeros(0)
    left, right, probability = _weighed(pairs)
    same = group[left] == group[right]
    return left[same], right[same], probability[same]


def _in_doubt(groups: Groups, inside: Weighed) -> Weighed:
    held = np.fromiter(groups.held, dtype=np.int64, count=len(groups.held))
    asked = _weighed(groups.undecided)
    free = ~(np.isin(asked[0], held) | np.isin(asked[1], held))
    unsure = inside[2] < SURE
    left, right, probability = (np.concatenate([a[unsure], b[free]]) for a, b in zip(inside, asked, strict=True))
    return left, right, probability


def _weighed(pairs: pa.Table) -> Weighed:
    left, right = (pairs.column(name).to_numpy().astype(np.int64) for name in ("left", "right"))
    return left, right, pairs.column("probability").to_numpy()


def _blocks(records: Records, group: Places, reports: Places, place: Places, inside: Weighed) -> Places:
    """What hangs together for sure: by sure pairs, by the case, and where a group hangs together by no pair at all."""
    left, right, probability = inside
    near = place[left] >= 0
    left, right, sure = place[left[near]], place[right[near]], probability[near] >= SURE
    case = _same(coded(records.reports.column("case")).take(reports))
    by_pairs = components(len(reports), np.concatenate([left, case[0]]), np.concatenate([right, case[1]]))
    apart = _same(Coded(group[reports], ()), by_pairs)
    first = components(
        len(reports),
        np.concatenate([left[sure], case[0], apart[0]]),
        np.concatenate([right[sure], case[1], apart[1]]),
    )
    return np.unique(first, return_inverse=True)[1].astype(np.int64)


def _same(names: Coded, among: Places | None = None) -> tuple[Places, Places]:
    """Each row with the next one of its name; `among`: only the rows that stand for a component."""
    rows = np.flatnonzero(names.numbers >= 0)
    if among is not None:
        rows = rows[among[rows] == rows]
    order = rows[np.argsort(names.numbers[rows], kind="stable")]
    same = names.numbers[order[1:]] == names.numbers[order[:-1]]
    return order[:-1][same], order[1:][same]


def _once(left: Places, right: Places, probability: NDArray[np.float64]) -> Weighed:
    """Each pair of blocks once. Of several reports that say the same of two blocks the strongest counts alone: they are
    no witnesses of their own."""
    low, high = np.minimum(left, right), np.maximum(left, right)
    order = np.lexsort((-probability, high, low))
    order = order[low[order] != high[order]]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (low[order[1:]] != low[order[:-1]]) | (high[order[1:]] != high[order[:-1]])
    kept = order[new]
    return low[kept], high[kept], probability[kept]
