"""How good links are, against the persons that reports are really about.

All scores count pairs: of the pairs linked, how many are right (precision), and of the pairs that are one person, how
many are linked (recall). `truth` is a person's number for each row.

>>> truth = np.array([0, 0, 0, 1, 1])
>>> pairs = Pairs.of([0, 3, 1], [1, 4, 3], [0.9, 0.8, 0.3])
>>> best_pairs(truth, pairs)
Score(threshold=0.8, precision=1.0, recall=0.5)
>>> pairs_at(truth, pairs, 0.3).f1
0.5714285714285715
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

Column = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Score:
    """At a threshold (links are pairs at or above it). With nothing linked, everything linked is right."""

    threshold: float
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of rows with a probability, each pair once, the most probable first."""

    left: Column
    right: Column
    probability: Column

    @classmethod
    def of(cls, left: Any, right: Any, probability: Any) -> Pairs:
        """Pairs in any order, either way round, some perhaps twice: then the higher probability counts."""
        one, other, how = np.asarray(left, np.int64), np.asarray(right, np.int64), np.asarray(probability, float)
        first, second = np.minimum(one, other), np.maximum(one, other)
        order = np.lexsort((second, first, -how))
        key = (first * (1 + second.max(initial=0)) + second)[order]
        kept = order[np.sort(np.unique(key, return_index=True)[1])]
        return cls(first[kept], second[kept], how[kept])

    def across(self, part: Column) -> Pairs:
        """Only those between two parts, as where two files without duplicates are linked."""
        apart = part[self.left] != part[self.right]
        return Pairs(self.left[apart], self.right[apart], self.probability[apart])


def true_pairs(truth: Column) -> int:
    sizes = np.unique(truth, return_counts=True)[1].astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def best_pairs(truth: Column, pairs: Pairs, at_least: float = 0.0) -> Score:
    """The best F1 over all thresholds, or over those where precision is `at_least` so much."""
    return _best(_over_thresholds(truth, pairs), at_least)


def pairs_at(truth: Column, pairs: Pairs, threshold: float) -> Score:
    linked = pairs.probability >= threshold
    right = int((truth[pairs.left[linked]] == truth[pairs.right[linked]]).sum())
    return _score(threshold, right, int(linked.sum()), true_pairs(truth))


def most_recall(truth: Column, pairs: Pairs, at_least: float) -> Score:
    """The threshold that finds most, of those where precision is at least so much."""
    allowed = [score for score in _over_thresholds(truth, pairs) if score.precision >= at_least]
    return max(allowed, key=lambda score: (score.recall, score.precision), default=Score(1.0, 1.0, 0.0))


def clusters(truth: Column, groups: Column) -> Score:
    """A partition: all pairs within a group count as linked.

    >>> clusters(np.array([0, 0, 1]), np.array([7, 7, 7])).recall
    1.0
    """
    both = np.unique(np.stack([truth, groups]), axis=1, return_inverse=True)[1].ravel()
    return _score(0.0, true_pairs(both), true_pairs(groups), true_pairs(truth))


def clusters_at(truth: Column, pairs: Pairs, threshold: float) -> Score:
    """The connected components of the pairs at or above the threshold."""
    found = Score(threshold, 1.0, 0.0)
    for score in _components(truth, pairs):
        if score.threshold < threshold:
            break
        found = score
    return Score(threshold, found.precision, found.recall)


def best_clusters(truth: Column, pairs: Pairs) -> Score:
    """The best F1 of connected components over all thresholds."""
    return _best(_components(truth, pairs), 0.0)


def _best(scores: Iterator[Score], at_least: float) -> Score:
    allowed = (score for score in scores if score.precision >= at_least)
    return max(allowed, key=lambda score: score.f1, default=Score(1.0, 1.0, 0.0))


def _over_thresholds(truth: Column, pairs: Pairs) -> Iterator[Score]:
    right = np.cumsum(truth[pairs.left] == truth[pairs.right])
    there = true_pairs(truth)
    for at in _ends(pairs.probability):
        yield _score(float(pairs.probability[at]), int(right[at]), int(at) + 1, there)


def _components(truth: Column, pairs: Pairs) -> Iterator[Score]:
    """Components grow as the threshold falls; right and linked pairs are counted as two of them are joined."""
    there, right, linked = true_pairs(truth), 0, 0
    leader = list(range(len(truth)))
    members = [Counter([person]) for person in truth.tolist()]

    def lead(row: int) -> int:
        while leader[row] != row:
            leader[row] = row = leader[leader[row]]
        return row

    last = set(_ends(pairs.probability).tolist())
    for at, (left, right_row) in enumerate(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)):
        one, other = lead(left), lead(right_row)
        if one != other:
            if len(members[one]) < len(members[other]):
                one, other = other, one
            linked += members[one].total() * members[other].total()
            right += sum(count * members[one][person] for person, count in members[other].items())
            members[one].update(members[other])
            leader[other] = one
        if at in last:
            yield _score(float(pairs.probability[at]), right, linked, there)


def _ends(probability: Column) -> Column:
    """Where each run of one probability ends: only there can a threshold be."""
    if not len(probability):
        return np.empty(0, np.int64)
    return np.flatnonzero(np.append(probability[1:] != probability[:-1], True))


def _score(threshold: float, right: int, linked: int, there: int) -> Score:
    return Score(threshold, right / linked if linked else 1.0, right / there if there else 1.0)
