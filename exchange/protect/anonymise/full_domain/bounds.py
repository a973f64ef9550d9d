"""What a node of the lattice loses, and the least that any node of a box can lose.

A box is every node from a finest to a coarsest. Both ends bound what lies between. What the coarsest suppresses because
it is in a group below k, every node of the box suppresses, since parts of such a group are smaller still: these rows
are doomed. What the finest keeps apart limits how far apart any node keeps it. So whole boxes fall at once, as in ARX
(predictive tagging: Kohlmayer, Prasser et al., Flash, PASSAT 2012; bounds on scores: Prasser et al., Lightning, IEEE
CBMS 2016).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from exchange.protect.anonymise.coded import Coded
from exchange.protect.anonymise.full_domain.lattice import Grouping, Lattice, Levels, Rows, Table
from exchange.protect.anonymise.loss import CellLoss, Costs
from exchange.protect.anonymise.models import Held
from exchange.protect.anonymise.plan import LossName


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of a node, `grouping` those of the rows of `table`, which is nowhere coarser; `sizes` in rows."""

    levels: Levels
    table: Table
    grouping: Grouping
    sizes: Rows


class Measure(Protocol):
    """A loss, as `loss.measured` defines it, with the bounds that it has."""

    def loss(self, groups: Groups, held: Held) -> float:
        """What the node loses if all but these groups are suppressed."""

    def of_coarsest(self, groups: Groups, large: Held) -> float:
        """What is known of every node from `groups.table` to this one; `large`: the groups of k rows and more."""

    def of_finest(self, table: Table) -> float:
        """What is known of every node that is nowhere finer."""

    def least(self, low: Levels, finest: float, coarsest: float) -> float:
        """No node of the box from `low` loses less; `finest` and `coarsest` of any nodes at or beyond its ends."""


def measure(coded: Coded, lattice: Lattice, loss: LossName, k: int, most_suppressed: int) -> Measure:
    if loss == "discernibility":
        return _Discernibility(coded.rows, k)
    if loss == "average_group_size":
        return _AverageGroupSize(coded.rows, k, most_suppressed)
    return _Cells(coded, lattice, CellLoss(coded, loss))


def of_steps(coded: Coded, lattice: Lattice, loss: CellLoss) -> tuple[tuple[float, ...], ...]:
    """What each step of each quasi-identifier loses if no row is suppressed; a node loses the sum of its steps."""

    def lost(place: int, level: int) -> float:
        value = coded.combinations[:, place]
        parts = loss.nodes(place, level)[coded.quasi[place].nodes[level][value]] - loss.values(place)[value]
        return float((coded.counts * parts).sum()) / coded.rows

    return tuple(tuple(lost(place, level) for level in steps) for place, steps in enumerate(lattice.steps))


class _Cells:
    """A loss of cells: what the levels lose, and what suppression adds. Both only grow, the first towards the top, the
    second, for rows that are doomed, towards the bottom."""

    def __init__(self, coded: Coded, lattice: Lattice, loss: CellLoss) -> None:
        self._rows, self._lattice = coded.rows, lattice
        self._steps = of_steps(coded, lattice, loss)
        self._labels = tuple(
            tuple(loss.nodes(place, level) for level in steps) for place, steps in enumerate(lattice.steps)
        )
        # the parts of "*": the last level may have been left out of the lattice, where all values look alike anyway
        self._star = sum(float(loss.nodes(place, each.levels - 1)[0]) for place, each in enumerate(coded.quasi))

    def loss(self, groups: Groups, held: Held) -> float:
        return self._levels(groups.levels) + self._added(groups, held)

    def of_coarsest(self, groups: Groups, large: Held) -> float:
        return self._added(groups, large)

    def of_finest(self, table: Table) -> float:
        return 0.0

    def least(self, low: Levels, finest: float, coarsest: float) -> float:
        return self._levels(low) + coarsest

    def _levels(self, levels: Levels) -> float:
        return sum(losses[level] for losses, level in zip(self._steps, levels, strict=True))

    def _added(self, groups: Groups, held: Held) -> float:
        """What it adds that rows of all other groups are suppressed: the parts of "*" instead of their labels'."""
        lost = np.flatnonzero(~held[groups.grouping.of])
        labels = self._lattice.summed(groups.table, lost, self._worth(groups.table.levels, groups.levels))
        return float((groups.table.rows[lost] * (self._star - labels)).sum()) / self._rows

    def _worth(self, below: Levels, above: Levels) -> Sequence[Costs]:
        return [
            self._labels[place][high][self._lattice.lift(place, low, high)]
            for place, (low, high) in enumerate(zip(below, above, strict=True))
        ]


class _Discernibility:
    """Squared sizes only grow when groups merge, even counting those that fail; a doomed row counts as all rows, and
    not as its group, which has less than k."""

    def __init__(self, rows: int, k: int) -> None:
        self._rows, self._k = rows, k

    def loss(self, groups: Groups, held: Held) -> float:
        kept = groups.sizes[held]
        return float((kept**2).sum() + (self._rows - kept.sum()) * self._rows) / self._rows**2

    def of_coarsest(self, groups: Groups, large: Held) -> float:
        return float(self._rows - groups.sizes[large].sum()) * (self._rows - self._k + 1)

    def of_finest(self, table: Table) -> float:
        return float((table.rows**2).sum())

    def least(self, low: Levels, finest: float, coarsest: float) -> float:
        return (finest + coarsest) / self._rows**2


class _AverageGroupSize:
    """How many groups there can be at most: a group that holds contains one of k rows of the finest node, or k of its
    rows that are in none."""

    def __init__(self, rows: int, k: int, most_suppressed: int) -> None:
        self._rows, self._k, self._kept = rows, k, rows - most_suppressed

    def loss(self, groups: Groups, held: Held) -> float:
        kept = groups.sizes[held]
        return (float(kept.sum()) / len(kept) if len(kept) else self._rows) / self._k

    def of_coarsest(self, groups: Groups, large: Held) -> float:
        apart = groups.table.rows >= self._k
        whole = np.bincount(groups.grouping.of[apart], minlength=groups.grouping.count)
        rest = np.where(apart, 0, groups.table.rows)
        spare = np.bincount(groups.grouping.of, weights=rest, minlength=groups.grouping.count) // self._k
        return float((whole + spare)[large].sum())

    def of_finest(self, table: Table) -> float:
        apart = table.rows >= self._k
        return float(apart.sum() + table.rows[~apart].sum() // self._k)

    def least(self, low: Levels, finest: float, coarsest: float) -> float:
        groups = min(finest, coarsest)
        return max(1.0, self._kept / groups / self._k) if groups else self._rows / self._k
