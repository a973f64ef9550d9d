"""What the search knows of people, and groups of look-alikes that know at any time how far they are from safe."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exchange.protect.promise import Promise

Codes = tuple[str, ...] | None  # of one value under diversity; None where it is withheld


@dataclass(frozen=True, slots=True)
class People:
    """`quasi`: int32, one row per person, one column per quasi-identifier, equal where the values are equal.

    `household`: a number per person. `codes`: for each field under diversity, the codes of each person.
    """

    quasi: NDArray[np.int32]
    household: tuple[int, ...]
    codes: tuple[tuple[Codes, ...], ...]

    def __len__(self) -> int:
        return len(self.household)


class Group:
    """Rows that look alike. Adding or taking a row costs the same whatever the size of the group."""

    __slots__ = ("_codes", "_households", "_most", "_people", "_promise", "_withheld", "rows")

    def __init__(self, people: People, promise: Promise, rows: Iterable[int] = ()) -> None:
        self.rows: set[int] = set()
        self._people, self._promise = people, promise
        self._households: Counter[int] = Counter()
        self._most = 0  # no household has more rows here than this
        self._codes: tuple[Counter[str], ...] = tuple(Counter() for _rule in promise.diversity)
        self._withheld = [0] * len(promise.diversity)
        for row in rows:
            self.add(row)

    def add(self, row: int) -> None:
        self.rows.add(row)
        household = self._people.household[row]
        self._households[household] += 1
        self._most = max(self._most, self._households[household])
        self._count_codes(row, 1)

    def take(self, row: int) -> None:
        self.rows.remove(row)
        household = self._people.household[row]
        self._households[household] -= 1
        if not self._households[household]:
            del self._households[household]
        self._count_codes(row, -1)

    def _count_codes(self, row: int, change: int) -> None:
        for field, counts in enumerate(self._codes):
            codes = self._people.codes[field][row]
            if codes is None:
                self._withheld[field] += change
                continue
            for code in codes:
                counts[code] += change

    def lacking(self) -> int:
        """About how many suitable rows are missing for the promise to hold: 0 exactly where it holds."""
        size = len(self.rows)
        lacking = max(0, self._promise.k - size) + sum(self._dominated(n) for n in range(len(self._codes)))
        agreed = self._promise.households
        if agreed is None:
            return lacking
        few = max(0, agreed.at_least - len(self._households))
        return lacking + few + self._crowded(agreed.none_above_percent)

    def _crowded(self, percent: float) -> int:
        if _over(self._most, percent, len(self.rows)):
            self._most = max(self._households.values(), default=0)
        return _over(self._most, percent, len(self.rows))

    def _dominated(self, field: int) -> int:
        size, withheld = len(self.rows), self._withheld[field]
        if withheld == size:
            return 0
        most = max(self._codes[field].values(), default=0) + withheld
        return _over(most, self._promise.diversity[field].percent, size)

    def spares(self, row: int) -> bool:
        """Could this row leave without breaking the promise to the others?"""
        if len(self.rows) <= self._promise.k:
            return False
        self.take(row)
        safe = self.lacking() == 0
        self.add(row)
        return safe

    def takes(self, row: int) -> bool:
        """Could this row come in without breaking the promise?"""
        self.add(row)
        safe = self.lacking() == 0
        self.take(row)
        return safe

    def helps(self, row: int) -> int:
        """By how much `lacking` falls if this row comes in."""
        before = self.lacking()
        self.add(row)
        after = self.lacking()
        self.take(row)
        return before - after

    def undiverse(self) -> tuple[int, ...]:
        """The fields under diversity, by their place in the promise, in which one code dominates."""
        return tuple(field for field in range(len(self._codes)) if self._dominated(field))

    def lacks_only_diversity(self) -> bool:
        return self.lacking() == sum(self._dominated(field) for field in range(len(self._codes)))

    def excess(self) -> int | None:
        """A row with a code, or of a household, that is too many; None where the group lacks something else."""
        for field in self.undiverse():
            code = max(self._codes[field], key=self._codes[field].__getitem__, default="")
            return next((row for row in self.rows if code in (self._people.codes[field][row] or ())), None)
        agreed = self._promise.households
        if agreed is None or not self._crowded(agreed.none_above_percent):
            return None
        largest = max(self._households, key=self._households.__getitem__)
        return next(row for row in self.rows if self._people.household[row] == largest)


def _over(most: int, percent: float, size: int) -> int:
    """How many more rows it takes until `most` of them are no more than `percent` of all."""
    if most * 100 <= percent * size:
        return 0
    return max(1, math.ceil(most * 100 / percent) - size)
