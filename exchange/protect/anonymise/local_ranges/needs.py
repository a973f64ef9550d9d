"""What the labels of groups lose on one axis: as they are, with one value more, with one combination less."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exchange.protect.anonymise.local_ranges.axes import Axis, Chosen, Places
from exchange.protect.anonymise.loss import Costs

Quick = NDArray[np.float32]  # half as much to move through memory; exact to a few parts in ten million


@dataclass(frozen=True, slots=True)
class Needs:
    """`now`: of each group. `more[value, group]`: how much more a label loses that covers this value of the region as
    well. `less`: of each combination, how much less its group's label loses without it."""

    now: Costs
    more: Quick
    less: Costs


@dataclass(frozen=True, slots=True)
class RegionAxis:
    """An axis as a region of the table sees it. `places`: those that occur there, ascending; `value`: of each of its
    combinations, which of them."""

    axis: Axis
    places: Places
    value: Places

    @classmethod
    def of(cls, axis: Axis, column: Places) -> RegionAxis:
        places, value = np.unique(column, return_inverse=True)
        return cls(axis, places, value)

    def needs(self, groups: Places, count: int) -> Needs:
        """Of `count` groups; `groups`: of each combination."""
        cell = self.value * count + groups
        holders = np.bincount(cell, minlength=len(self.places) * count)
        there: Chosen = holders.reshape(len(self.places), count) > 0
        now, more, left = (self._of_ranges if self.axis.ranged else self._of_sets)(groups, there)
        return Needs(now, more, np.where(holders[cell] == 1, now[groups] - left, 0.0))

    def _of_sets(self, groups: Places, there: Chosen) -> tuple[Costs, Quick, Costs]:
        sizes = self.axis.sizes[self.places]
        held: Costs = sizes @ there
        now = self.axis.parts(held)
        with_value: Quick = held.astype(np.float32) + sizes.astype(np.float32)[:, None]
        more = self.axis.parts(with_value) - now.astype(np.float32)
        more[there] = 0
        left = held[groups] - sizes[self.value]
        return now, more, self.axis.parts(np.where(left > 0, left, held[groups]))  # nothing left: the group goes, too

    def _of_ranges(self, groups: Places, there: Chosen) -> tuple[Costs, Quick, Costs]:
        """The lowest and the highest value decide; where one of them has one combination only, the second."""
        every = np.arange(there.shape[1])
        low, high = _lowest(there), _highest(there)
        now = self._parts(low, high)
        more = self.axis.parts(self._with_each(low, high)) - now.astype(np.float32)
        inner = there.copy()
        inner[low, every] = False
        without_low = self._parts(np.where(low < high, _lowest(inner), low), high)
        inner[low, every] = True
        inner[high, every] = False
        without_high = self._parts(low, np.where(low < high, _highest(inner), high))
        is_low, is_high = self.value == low[groups], self.value == high[groups]
        left = np.where(is_low, without_low[groups], np.where(is_high, without_high[groups], now[groups]))
        return now, more, left

    def _parts(self, low: Places, high: Places) -> Costs:
        return self.axis.parts(self.axis.ranges(self.places[low], self.places[high]))

    def _with_each(self, low: Places, high: Places) -> Quick:
        """The sizes of ranges that reach each value of the region as well."""
        before, upto = (self.axis.upto[self.places + step].astype(np.float32) for step in (0, 1))
        sizes: Quick = np.maximum(before[low] - before[:, None], 0)
        sizes += np.maximum(upto[:, None] - upto[high], 0)
        sizes += upto[high] - before[low]
        is_missing = self.places >= self.axis.numbers
        if is_missing.any():
            value = np.arange(len(self.places))[:, None]
            mixed = (is_missing[:, None] | is_missing[high]) & ((value != low) | (low != high))
            sizes[mixed] = self.axis.upto[-1]
        return sizes


def _lowest(there: Chosen) -> Places:
    lowest: Places = there.argmax(axis=0)
    return lowest


def _highest(there: Chosen) -> Places:
    highest: Places = len(there) - 1 - there[::-1].argmax(axis=0)
    return highest
