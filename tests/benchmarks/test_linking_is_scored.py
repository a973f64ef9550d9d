"""The scores of `make bench-linking`, beside what counting every pair by hand gives."""

from __future__ import annotations

import doctest
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import linking_people
from benchmarks import linking_scores as scores
from benchmarks.linking_scores import Pairs

ROWS = 7
People = st.lists(st.integers(0, 3), min_size=ROWS, max_size=ROWS).map(np.array)
Scored = st.dictionaries(
    st.sampled_from(list(itertools.combinations(range(ROWS), 2))), st.sampled_from([0.2, 0.5, 0.9, 0.99]), min_size=1
)


def test_the_examples_are_true() -> None:
    failed, tried = doctest.testmod(scores, extraglobs={"np": np})
    assert (failed, tried > 3) == (0, True)


@given(People, Scored)
def test_scores_of_pairs_are_those_of_counting(truth: np.ndarray, scored: dict[tuple[int, int], float]) -> None:
    pairs = _pairs(scored)
    by_hand = {
        threshold: _counted(truth, {pair for pair, how in scored.items() if how >= threshold})
        for threshold in set(scored.values())
    }
    assert scores.best_pairs(truth, pairs).f1 == pytest.approx(max(by_hand.values()))
    for threshold, f1 in by_hand.items():
        assert scores.pairs_at(truth, pairs, threshold).f1 == pytest.approx(f1)


@given(People, Scored)
def test_scores_of_groups_are_those_of_counting(truth: np.ndarray, scored: dict[tuple[int, int], float]) -> None:
    pairs = _pairs(scored)
    by_hand = {}
    for threshold in set(scored.values()):
        group = list(range(ROWS))
        for (left, right), how in scored.items():
            if how >= threshold:
                group = [group[left] if each == group[right] else each for each in group]
        alike = {pair for pair in itertools.combinations(range(ROWS), 2) if group[pair[0]] == group[pair[1]]}
        by_hand[threshold] = _counted(truth, alike)
        assert scores.clusters(truth, np.array(group)).f1 == pytest.approx(by_hand[threshold])
        assert scores.clusters_at(truth, pairs, threshold).f1 == pytest.approx(by_hand[threshold])
    assert scores.best_clusters(truth, pairs).f1 == pytest.approx(max(by_hand.values()))


def test_precision_that_is_asked_for_is_kept() -> None:
    truth = np.array([0, 0, 1, 1, 2, 2])
    pairs = Pairs.of([0, 2, 4, 1], [1, 3, 5, 2], [0.9, 0.7, 0.5, 0.8])
    assert scores.best_pairs(truth, pairs, at_least=1.0).threshold == 0.9
    assert scores.most_recall(truth, pairs, at_least=0.75).recall == 1.0


def test_a_pair_given_twice_counts_once_and_between_two_files_only_pairs_across() -> None:
    pairs = Pairs.of([1, 0, 0], [0, 1, 2], [0.3, 0.6, 0.9])
    assert pairs.probability.tolist() == [0.9, 0.6]
    assert pairs.across(np.array(["a", "a", "b"])).right.tolist() == [2]


def test_made_reports_are_the_same_for_a_seed_and_true_without_errors() -> None:
    table = linking_people.generate(300, 7, linking_people.MIDDLE)
    assert table.equals(linking_people.generate(300, 7, linking_people.MIDDLE))
    assert not table.equals(linking_people.generate(300, 8, linking_people.MIDDLE))
    none = linking_people.Errors(**dict.fromkeys(linking_people.Errors.__slots__, 0.0))
    told = linking_people.generate(300, 7, none).drop(columns=["unique_id", "source"])
    assert (told.groupby("cluster").nunique(dropna=False) == 1).all(axis=None)


def _pairs(scored: dict[tuple[int, int], float]) -> Pairs:
    left, right = zip(*scored, strict=True)
    return Pairs.of(right, left, list(scored.values()))


def _counted(truth: np.ndarray, linked: set[tuple[int, int]]) -> float:
    there = {pair for pair in itertools.combinations(range(ROWS), 2) if truth[pair[0]] == truth[pair[1]]}
    right = len(linked & there)
    precision = right / len(linked) if linked else 1.0
    recall = right / len(there) if there else 1.0
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
