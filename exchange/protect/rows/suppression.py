"""Local suppression: which cells to withhold so that every group of look-alikes keeps the promise, at little loss.

The promise is `exchange.protect.promise`. A small release is also put to `exchange.protect.rows.least`, and the cheaper
answer is taken. The order here: rows whose group keeps it stay as they are; from a group that
has enough rows, but too many with one code or from one household, the excess is taken out; rows without a group then
form groups under a mask, the set of columns withheld from them, the cheapest first (cells withheld per row helped),
with rows of large groups joining where too few remain; who joined in vain is given back. What no mask can help is
helped by withholding a field under diversity from a whole group, and at last by leaving the row out.

Nothing here is said of two releases compared. The result is not trusted: `exchange.protect.rows.verify` judges it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np
from numpy.typing import NDArray

from exchange.protect.promise import Promise
from exchange.protect.rows.groups import Group, People
from exchange.protect.rows.least import LEFT_OUT, least

Mask = int  # a bit per column of `People.quasi`: 1 where the cell is withheld
DONORS_ASKED = 240  # the best of so many joins; more cost time and gain little
ALL_MASKS_UP_TO = 8  # columns; beyond, only masks of one, two, all but one, and all columns
DEARER = 1.25  # each round pays so much more per row than the one before


@dataclass(frozen=True, slots=True)
class Suppression:
    """What to withhold. `masks`: per row. `fields`: per field under diversity, per row. `left_out`: per row."""

    masks: NDArray[np.int64]
    fields: tuple[NDArray[np.bool_], ...]
    left_out: NDArray[np.bool_]

    @classmethod
    def nothing(cls, rows: int, fields: int) -> Suppression:
        """Withholds nothing."""
        none = np.zeros(rows, dtype=np.bool_)
        return cls(np.zeros(rows, dtype=np.int64), (none,) * fields, none)

    def cells(self, columns: int) -> int:
        """Cells withheld in `columns` quasi-identifiers and in fields under diversity; all those of a row left out."""
        kept = ~self.left_out
        quasi = sum(int((self.masks[kept] >> column & 1).sum()) for column in range(columns))
        lost = (columns + len(self.fields)) * int(self.left_out.sum())
        return quasi + sum(int(field[kept].sum()) for field in self.fields) + lost


def suppress(people: People, promise: Promise) -> Suppression:
    """The cells to withhold from `people`. Where several rows would do, the earlier is taken: shuffle them first."""
    columns = people.quasi.shape[1]
    greedy = _greedy(people, promise)
    masks = least(people, promise, _all_masks(columns))
    if masks is None:
        return greedy
    left_out = masks == LEFT_OUT
    exact = Suppression(
        np.where(left_out, 0, masks), Suppression.nothing(len(people), len(promise.diversity)).fields, left_out
    )
    return min(exact, greedy, key=lambda found: found.cells(columns))


def _greedy(people: People, promise: Promise) -> Suppression:
    search = _Search(people, promise)
    search.keep_what_holds()
    for price in _prices(people.quasi.shape[1], promise.k):
        if not search.homeless.any():
            break
        search.form_groups(price)
    search.give_back()
    search.withhold_codes()
    return Suppression(search.masks, search.fields, search.homeless)


def _prices(columns: int, k: int) -> Iterator[float]:
    price = 1.0
    while price < 2 * columns * k:
        yield price
        price *= DEARER


def _all_masks(columns: int) -> list[Mask]:
    """Masks of at least one column, those of few columns first."""
    few = range(1, columns + 1) if columns <= ALL_MASKS_UP_TO else (1, 2, columns - 1, columns)
    return [sum(1 << c for c in chosen) for size in few for chosen in combinations(range(columns), size)]


def alike(quasi: NDArray[np.int32], mask: Mask) -> NDArray[np.int64]:
    """For each row a number, the same for rows that agree in the columns outside `mask`; from 0 without gaps."""
    label = np.zeros(len(quasi), dtype=np.int64)
    for column in range(quasi.shape[1]):
        if not mask >> column & 1:
            values = quasi[:, column].astype(np.int64)
            label = np.unique(label * (int(values.max(initial=0)) + 1) + values, return_inverse=True)[1]
    return label


def _by_label(labels: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The places of each label, in the order of the labels, places ascending."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.cumsum(np.bincount(labels))[:-1]) if len(labels) else []


class _Search:
    def __init__(self, people: People, promise: Promise) -> None:
        self._people, self._promise = people, promise
        self.masks = np.zeros(len(people), dtype=np.int64)
        self.homeless = np.ones(len(people), dtype=np.bool_)  # rows in no group that keeps the promise
        self.fields = tuple(np.zeros(len(people), dtype=np.bool_) for _rule in promise.diversity)
        self._group: dict[int, Group] = {}  # of each row that has one
        self._first: dict[int, Group] = {}  # label under no mask → the group of those left as they were
        self._masks = _all_masks(people.quasi.shape[1])
        self._label = alike(people.quasi, 0)

    def keep_what_holds(self) -> None:
        for label, rows in enumerate(_by_label(self._label)):
            group = Group(self._people, self._promise, rows.tolist())
            if self._take_out_excess(group):
                self._first[label] = group
                self._settle(group, 0)

    def _take_out_excess(self, group: Group) -> bool:
        """Take rows out until the rest keeps the promise; false where it cannot."""
        while group.lacking():
            row = group.excess()
            if row is None or len(group.rows) <= self._promise.k:
                return False
            group.take(row)
        return True

    def _settle(self, group: Group, mask: Mask) -> None:
        for row in group.rows:
            self._group[row] = group
        rows = list(group.rows)
        self.masks[rows] = mask
        self.homeless[rows] = False

    def form_groups(self, price: float) -> None:
        """Form every group that costs at most `price` cells for each homeless row in it."""
        for mask in self._masks:
            if mask.bit_count() > price or not self.homeless.any():
                return
            for rows in self._worth_trying(mask, price):
                self._try(rows, mask, price)

    def _worth_trying(self, mask: Mask, price: float) -> Iterator[NDArray[np.int64]]:
        """Rows that would look alike under `mask`, with homeless ones among them, where the price could be right."""
        could = np.flatnonzero((self.masks & ~mask) == 0)
        labels = alike(self._people.quasi[could], mask)
        homeless = np.bincount(labels, weights=self.homeless[could])
        there = np.bincount(labels, weights=(self.masks[could] == mask) & ~self.homeless[could])
        joining = np.maximum(0, self._promise.k - homeless - there)
        cost = mask.bit_count() * homeless + joining
        worth = (homeless > 0) & (cost <= price * homeless) & (np.bincount(labels) >= self._promise.k)
        chosen = np.flatnonzero(worth[labels])
        for places in _by_label(np.unique(labels[chosen], return_inverse=True)[1]):
            yield could[chosen[places]]

    def _try(self, rows: NDArray[np.int64], mask: Mask, price: float) -> None:
        homeless = rows[self.homeless[rows]].tolist()
        settled = rows[~self.homeless[rows]]
        there = settled[self.masks[settled] == mask].tolist()
        donors = settled[self.masks[settled] != mask].tolist()
        group = Group(self._people, self._promise, [*there, *homeless])
        if self._invite(group, donors, mask, (price - mask.bit_count()) * len(homeless)):
            self._settle(group, mask)

    def _invite(self, group: Group, donors: list[int], mask: Mask, purse: float) -> bool:
        """Let rows join until the promise holds for `group`; where purse or donors run out, send them home again."""
        joined: list[int] = []
        while group.lacking():
            row = self._best_donor(group, donors)
            purse -= 0 if row is None else mask.bit_count() - int(self.masks[row]).bit_count()
            if row is None or purse < 0:
                for guest in joined:
                    self._group[guest].add(guest)
                return False
            self._group[row].take(row)
            group.add(row)
            joined.append(row)
        return True

    def _best_donor(self, group: Group, donors: list[int]) -> int | None:
        """The row that brings the promise nearest; of rows with the same codes from the same group, one is asked."""
        best, most, refused = None, 0, set()
        for row in islice((row for row in donors if row not in group.rows), DONORS_ASKED):
            home = self._group[row]
            kind = (id(home), tuple(codes[row] for codes in self._people.codes))
            if kind in refused:
                continue
            brings = group.helps(row) if home.spares(row) else 0
            if brings > most:
                best, most = row, brings
            refused.add(kind)
        return best

    def give_back(self) -> None:
        """Rows that their group does not need go back to where nothing is withheld from them."""
        for row in np.flatnonzero((self.masks != 0) & ~self.homeless).tolist():
            home = self._first.get(int(self._label[row]))
            if home is not None and home.takes(row) and self._group[row].spares(row):
                self._group[row].take(row)
                home.add(row)
                self._group[row] = home
                self.masks[row] = 0

    def withhold_codes(self) -> None:
        """Withhold a field from a whole group that only lacks diversity.

        From the whole group: a cell withheld only from those who are too many would say what stood in it.
        """
        lost = np.flatnonzero(self.homeless)
        for places in _by_label(np.unique(self._label[lost], return_inverse=True)[1]):
            rows = lost[places].tolist()
            left_as_they_were = self._first.get(int(self._label[rows[0]]))
            group = Group(self._people, self._promise, [*rows, *(left_as_they_were.rows if left_as_they_were else ())])
            if group.lacks_only_diversity():
                for field in group.undiverse():
                    self.fields[field][list(group.rows)] = True
                self._settle(group, 0)
