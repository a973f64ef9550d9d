"""Values in an order in which neighbours are alike, and what a label that reaches over some of them loses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exchange.protect.anonymise.coded import Coded, QuasiIdentifier
from exchange.protect.anonymise.loss import CellLoss, Costs, Size
from exchange.protect.anonymise.models import Judge

Places = NDArray[np.int64]
Chosen = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Axis:
    """A quasi-identifier along the order of its values: numbers as they rise, categories as they lie on the ladder,
    missing ones last. `place[value]` is where a value lies, `value[place]` what lies there.

    `sizes[place]` is what a value adds to the size of a label, `upto[place]` the size of all that lies before it.
    `ranged`: labels are ranges, not sets. From `numbers` on nothing is a number and no range can reach there: one label
    for a missing value and any other covers all values. `column`: of the quasi-identifier, for its `loss`.
    """

    ranged: bool
    numbers: int
    place: Places
    value: Places
    sizes: Costs
    upto: Costs
    column: int
    loss: CellLoss

    @property
    def domain(self) -> int:
        return len(self.value)

    def parts(self, sizes: NDArray[Size]) -> NDArray[Size]:
        """What labels of these sizes lose."""
        return self.loss.parts(self.column, sizes)

    def ranges(self, low: Places, high: Places) -> Costs:
        """The sizes of labels that reach from `low` to `high`, both within."""
        mixed = (high >= self.numbers) & (low < high)
        sizes: Costs = np.where(mixed, self.upto[-1], self.upto[high + 1] - self.upto[low])
        return sizes


@dataclass(frozen=True, slots=True)
class Table:
    """What is searched. `at`: where each combination lies, a row each, a column per axis. `counts`: its rows."""

    axes: tuple[Axis, ...]
    at: Places
    counts: Places
    judge: Judge


def table_of(coded: Coded, judge: Judge, loss: CellLoss) -> Table:
    axes = tuple(_axis(quasi, column, loss) for column, quasi in enumerate(coded.quasi))
    at = np.stack([axis.place[column] for axis, column in zip(axes, coded.combinations.T, strict=True)], axis=1)
    return Table(axes, at, coded.counts, judge)


def _axis(quasi: QuasiIdentifier, column: int, loss: CellLoss) -> Axis:
    # lexsort: the coarsest level first, values of a node side by side on every level; missing ones have their own nodes
    value = np.arange(quasi.domain) if quasi.numeric else np.lexsort(quasi.nodes)
    sizes = loss.sizes(column)[value]
    upto = np.concatenate([np.zeros(1), np.cumsum(sizes)])
    numbers = quasi.domain - quasi.missing
    return Axis(quasi.numeric, numbers, np.argsort(value), value, sizes, upto, column, loss)
