"""How much a recoding loses, from 0 (nothing) to 1 (all): what a method keeps as small as can be.

A loss of cells is the weighted mean of what each released cell lost; a suppressed row lost all.

- `ncp`: the normalised certainty penalty, (values covered - 1) / (values in the domain - 1); Xu et al., Utility-Based
  Anonymization Using Local Recoding, KDD 2006, also known as generalised loss.
- `non_uniform_entropy`: -log2(rows with the value / rows with a value that the label covers), over the same with all
  rows; Gionis and Tassa, k-Anonymization with Minimal Loss of Information, IEEE TKDE 21 (2009).

A loss of groups looks only at their sizes.

- `discernibility`: (sum of squared group sizes + suppressed x rows) / rows^2; Bayardo and Agrawal, Data Privacy Through
  Optimal k-Anonymization, ICDE 2005.
- `average_group_size`: rows kept / groups / k, LeFevre, DeWitt, Ramakrishnan, Mondrian, ICDE 2006; its best is 1, and
  it is given as it is. A release without rows counts as one group of all of them, or nothing could be better.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from exchange.protect.anonymise.alike import distinct
from exchange.protect.anonymise.coded import Coded, Counts, Numbers
from exchange.protect.anonymise.plan import LossName
from exchange.protect.anonymise.recoded import Recoded

Costs = NDArray[np.float64]
Size = TypeVar("Size", np.float32, np.float64)


class CellLoss:
    """A loss of cells, weighted: with every cell "*" a row loses 1 on average.

    What a cell loses is the part of its label less the part of its value. The parts of the values add up to the same
    whatever is released, so a search needs to look at labels only.
    """

    def __init__(self, coded: Coded, name: LossName) -> None:
        """ValueError for a loss of groups."""
        if name not in ("ncp", "non_uniform_entropy"):
            raise ValueError(f"{name} is no loss of cells")
        self._entropy = name == "non_uniform_entropy"
        self._domain = [each.domain for each in coded.quasi]
        self._nodes = [each.nodes for each in coded.quasi]
        self._rows = [value_rows(coded, place) for place in range(len(coded.quasi))]
        self._sizes: list[Costs] = [
            rows.astype(np.float64) if self._entropy else np.ones(len(rows)) for rows in self._rows
        ]
        weight = np.array([each.weight for each in coded.quasi])
        lost = np.array([_bits(rows) for rows in self._rows]) if self._entropy else np.ones(len(weight))
        whole = float((weight * lost).sum())
        self._weight = weight / whole if whole else weight * 0.0

    def label(self, place: int, covers: Numbers) -> float:
        """The part of a label of the quasi-identifier at `place` that covers these values."""
        return float(self.parts(place, self.sizes(place)[covers].sum()))

    def sizes(self, place: int) -> Costs:
        """What each value adds to the size of a label that covers it: one, or the rows that have it."""
        return self._sizes[place]

    def parts(self, place: int, sizes: NDArray[Size]) -> NDArray[Size]:
        """The parts of labels of these sizes."""
        weight = float(self._weight[place])
        if self._entropy:
            return np.asarray(weight * np.log2(np.maximum(1, sizes)))
        return np.asarray(weight / max(1, self._domain[place] - 1) * (sizes - 1))

    def nodes(self, place: int, level: int) -> Costs:
        """The parts of the labels of a level of the ladder, by node."""
        sizes = np.bincount(self._nodes[place][level], weights=self._sizes[place])
        return self.parts(place, sizes.astype(np.float64))

    def values(self, place: int) -> Costs:
        """The parts of the values, which are subtracted."""
        return self.nodes(place, 0) if self._entropy else np.zeros(self._domain[place])


def value_rows(coded: Coded, place: int) -> Counts:
    """How many rows have each value of the quasi-identifier at `place`."""
    column = coded.combinations[:, place]
    return np.bincount(column, weights=coded.counts, minlength=coded.quasi[place].domain).astype(np.int64)


def _bits(rows: Counts) -> float:
    """The mean bits that a column loses where every value becomes "*"."""
    share = rows[rows > 0] / rows.sum()
    return float(-(share * np.log2(share)).sum())


def measured(coded: Coded, recoded: Recoded, k: int, name: LossName) -> float:
    """What the release has lost."""
    if name in ("ncp", "non_uniform_entropy"):
        return sum(by_field(coded, recoded, CellLoss(coded, name)))
    sizes, kept = _groups(coded, recoded)
    if name == "average_group_size":
        return (kept / len(sizes) if kept else coded.rows) / k
    return float(((sizes**2).sum() + (coded.rows - kept) * coded.rows) / coded.rows**2)


def by_field(coded: Coded, recoded: Recoded, loss: CellLoss) -> tuple[float, ...]:
    """What each quasi-identifier adds to a loss of cells."""
    lost = []
    for place, labels in enumerate(recoded.labels):
        parts = np.array([loss.label(place, label.covers) for label in labels])
        star = loss.label(place, np.arange(coded.quasi[place].domain, dtype=np.int32))
        label = np.where(recoded.kept, parts[np.where(recoded.kept, recoded.numbers[:, place], 0)], star)
        values = loss.values(place)[coded.combinations[:, place]]
        lost.append(float((coded.counts * (label - values)).sum()) / coded.rows)
    return tuple(lost)


def _groups(coded: Coded, recoded: Recoded) -> tuple[Costs, int]:
    """The sizes of the groups that are released, and the rows in them."""
    _looks, group = distinct(tuple(recoded.numbers[recoded.kept].T), [len(each) for each in recoded.labels])
    sizes = np.bincount(group, weights=coded.counts[recoded.kept]).astype(np.float64)
    return sizes, int(sizes.sum())
