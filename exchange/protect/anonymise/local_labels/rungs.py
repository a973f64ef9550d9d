"""Ladders as a search for groups needs them: what saves it if all rows of a group have a label in common.

A rung is a level of one ladder below its top. Labels are nested, so what each row of a group loses is what "*" in every
column would lose, less what each rung saves on which all its rows have the same label. Comparing two groups is then to
compare as many numbers as there are rungs, and nothing is looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from exchange.protect.anonymise.coded import Coded, Counts, Numbers
from exchange.protect.anonymise.loss import CellLoss
from exchange.protect.anonymise.recoded import Label, Recoded

Parts = NDArray[np.float32]  # of labels, as in `CellLoss`; 32 bits are enough to choose by, and twice as fast
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rungs:
    """Of combinations, or of groups of them, on every rung (ladder by ladder, from the values up).

    `texts`: int32, a row for each, a column per rung: the number of the label above it, the same number for the same
    text of a ladder; -1 where a group has none in common. `saves`: what that label saves over the next coarser, else 0.
    `whole`: what a row with nothing but "*" loses. `first`: of each ladder its first rung, and then their number.
    """

    texts: Numbers
    saves: Parts
    whole: float
    first: tuple[int, ...]

    def lost(self) -> Parts:
        """What each row of each group loses."""
        lost: Parts = np.float32(self.whole) - self.saves.sum(axis=1)
        return lost

    def of(self, groups: Numbers) -> Rungs:
        """Of groups of these; every number from 0 on has members."""
        order, starts = by_group(groups)
        texts = self.texts[order]
        common = np.minimum.reduceat(texts, starts) == np.maximum.reduceat(texts, starts)
        first = order[starts]
        return Rungs(np.where(common, self.texts[first], -1), self.saves[first] * common, self.whole, self.first)


def by_group(groups: Numbers) -> tuple[Places, Places]:
    """The members of group 0, of group 1, …; and where each group begins."""
    order = np.argsort(groups, kind="stable")
    sizes = np.bincount(groups)
    return order, np.cumsum(sizes) - sizes


def rows_of(groups: Numbers, counts: Counts) -> Counts:
    """The rows of each group."""
    return np.bincount(groups, weights=counts).astype(np.int64)


def rungs_of(coded: Coded, loss: CellLoss) -> Rungs:
    """Of the combinations of a table."""
    texts: list[Numbers] = []
    saves: list[NDArray[np.float64]] = []
    first, whole = [0], 0.0
    for place, column in enumerate(coded.combinations.T):
        ladder = _texts(coded, loss, place)
        chain = [of_value[column] for of_value in ladder.of_value]
        parts = [ladder.parts[each] for each in chain]
        texts += chain[:-1]
        saves += [coarser - finer for finer, coarser in pairwise(parts)]
        first.append(len(texts))
        whole += float(parts[-1][0])
    shape = (len(texts), len(coded.combinations))
    return Rungs(
        np.array(texts, dtype=np.int32).reshape(shape).T.copy(),
        np.array(saves, dtype=np.float32).reshape(shape).T.copy(),
        whole,
        tuple(first),
    )


@dataclass(frozen=True, slots=True)
class _Texts:
    """The labels of a ladder, each text once. A text that stands on several levels covers what its highest covers."""

    labels: tuple[Label, ...]
    of_value: tuple[Numbers, ...]  # level by level: for each value its text
    parts: NDArray[np.float64]  # of each text


def _texts(coded: Coded, loss: CellLoss, place: int) -> _Texts:
    quasi = coded.quasi[place]
    number: dict[str, int] = {}
    highest: dict[str, tuple[int, int]] = {}
    of_value: list[Numbers] = []
    for level, labels in enumerate(quasi.labels):
        numbers = np.array([number.setdefault(label, len(number)) for label in labels], dtype=np.int32)
        highest.update({label: (level, node) for node, label in enumerate(labels)})
        of_value.append(numbers[quasi.nodes[level]])
    parts = [loss.nodes(place, level) for level in range(quasi.levels)]
    covers = [np.split(order.astype(np.int32), starts[1:]) for order, starts in map(by_group, quasi.nodes)]
    return _Texts(
        tuple(Label(text, covers[level][node]) for text, (level, node) in highest.items()),
        tuple(of_value),
        np.array([parts[level][node] for level, node in highest.values()]),
    )


def released(coded: Coded, loss: CellLoss, groups: Numbers, kept: NDArray[np.bool_]) -> Recoded:
    """Each group under the finest labels that cover it."""
    order, starts = by_group(groups)
    labels: list[tuple[Label, ...]] = []
    numbers: list[Numbers] = []
    for place, column in enumerate(coded.combinations.T):
        ladder = _texts(coded, loss, place)
        finest: Numbers = np.zeros(len(starts), dtype=np.int32)
        for of_value in reversed(ladder.of_value):
            texts = of_value[column[order]]
            low, high = np.minimum.reduceat(texts, starts), np.maximum.reduceat(texts, starts)
            finest = np.where(low == high, low, finest)
        labels.append(ladder.labels)
        numbers.append(finest[groups])
    return Recoded(tuple(labels), np.stack(numbers, axis=1), kept)
