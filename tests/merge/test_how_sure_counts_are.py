"""How many people there are is as sure as the links are: intervals against all worlds there could be, and the truth."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from merge.received import START, bundle

from exchange.merge.chosen.rules import LATEST
from exchange.merge.components import components
from exchange.merge.counting.doubt import SURE, Doubt, doubt
from exchange.merge.counting.intervals import Interval, of_people
from exchange.merge.counts import FIRST, count_people
from exchange.merge.decisions import FalseMergeRate
from exchange.merge.false_merges import false_merges
from exchange.merge.grouping import Groups, group
from exchange.merge.linking.compared import Compared
from exchange.merge.linking.learning import Learned
from exchange.merge.linking.linking import Links
from exchange.merge.people import Merged, view
from exchange.merge.records import Records, records_of
from exchange.merge.segment import Segment

Weighed = list[tuple[int, int, float]]
NOTHING_COMPARED = Compared((), "", *[pa.table({})] * 5)
GENDERS = ("Feminine", "Masculine")


def records(number: int, cases: dict[int, str] | None = None) -> Records:
    """So many reports in one bundle; `cases`: those under one pseudonym."""
    rows = [
        {"x_CaseRef": (cases or {}).get(n, f"c{n}"), "prs_Gender": GENDERS[n % 2], "cas_Status": "Active"}
        for n in range(number)
    ]
    return records_of([Segment.of(bundle("all", rows), START)])


def pairs_of(weighed: Weighed) -> pa.Table:
    return pa.table(
        {
            "left": pa.array([each[0] for each in weighed], pa.int32()),
            "right": pa.array([each[1] for each in weighed], pa.int32()),
            "probability": pa.array([each[2] for each in weighed], pa.float64()),
            "agreed": pa.array([""] * len(weighed)),
        }
    )


def merged(reports: Records, weighed: Weighed) -> Merged:
    pairs = pairs_of(weighed)
    groups = group(reports, Links(pairs, Learned((), 0.1), NOTHING_COMPARED))
    names = [f"h{n:05}" for n in range(max(groups.group_of) + 1)]
    return view(reports, groups, names, (), LATEST, pairs)


def people_in_every_world(reports: int, weighed: Weighed) -> dict[int, float]:
    """The number of people in each of the worlds there could be, with its probability: all of them tried."""
    found: dict[int, float] = {}
    for true in itertools.product((False, True), repeat=len(weighed)):
        chance, parent = 1.0, list(range(reports))

        def root(at: int, parent: list[int] = parent) -> int:
            return at if parent[at] == at else root(parent[at], parent)

        for (left, right, probability), yes in zip(weighed, true, strict=True):
            chance *= probability if yes else 1 - probability
            if yes:
                parent[root(left)] = root(right)
        people = len({root(at) for at in range(reports)})
        found[people] = found.get(people, 0.0) + chance
    return found


PAIRS = st.dictionaries(
    st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda pair: pair[0] < pair[1]),
    st.floats(0.5, 0.999),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(PAIRS)
def test_the_interval_is_that_of_all_worlds_there_could_be(pairs: dict[tuple[int, int], float]) -> None:
    weighed = [(left, right, probability) for (left, right), probability in pairs.items()]
    found = merged(records(7), weighed)
    worlds = people_in_every_world(7, weighed)
    assert found.basis is not None
    drawn = [
        found.counts.people - found.basis.doubt.groups + len(set(world.tolist()))
        for world in found.basis.doubt.worlds(2000)
    ]
    mean = sum(people * chance for people, chance in worlds.items())
    assert abs(np.mean(drawn) - mean) < 0.15
    interval = of_people(found.basis.doubt, found.counts.people)
    inside = sum(chance for people, chance in worlds.items() if interval.low <= people <= interval.high)
    assert inside > 0.94


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 12), st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=14))
def test_components_are_those_of_the_graph(nodes: int, edges: list[tuple[int, int]]) -> None:
    inside = [(a % nodes, b % nodes) for a, b in edges]
    left, right = (np.array([edge[n] for edge in inside], dtype=np.int64) for n in (0, 1))
    label = components(nodes, left, right).tolist()
    near: dict[int, set[int]] = {node: {node} for node in range(nodes)}
    for _round in range(nodes):
        for a, b in inside:
            near[a] |= near[b]
            near[b] |= near[a]
    assert label == [min(near[node]) for node in range(nodes)]


@pytest.mark.parametrize("seed", range(5))
def test_the_truth_lies_in_the_interval_where_probabilities_are_calibrated(seed: int) -> None:
    dice = np.random.default_rng(seed)
    weighed = [(2 * n, 2 * n + 1, float(dice.uniform(0.5, 0.9999))) for n in range(300)]
    truth = 600 - sum(dice.random() < probability for _left, _right, probability in weighed)
    found = merged(records(600), weighed)
    counted = count_people(found, [("prs_Gender",)], 5)
    assert counted.interval.low <= truth <= counted.interval.high
    assert counted.interval.high - counted.interval.low < 100


def test_without_doubt_the_interval_is_the_count() -> None:
    sure = merged(records(4), [(0, 1, SURE)])
    assert sure.basis is not None
    assert of_people(sure.basis.doubt, 3) == Interval(3, 3)
    assert of_people(Doubt(), 7) == Interval(7, 7)


def test_reports_of_one_case_are_in_no_doubt() -> None:
    found = merged(records(3, {0: "same", 1: "same"}), [(0, 1, 0.6), (1, 2, 0.7)])
    assert found.basis is not None
    assert found.counts.people == 2
    assert found.basis.doubt.left.tolist() == [0]  # one pair: of the case, and the third report
    assert of_people(found.basis.doubt, 2) == Interval(1, 2)


def test_many_reports_that_say_the_same_are_one_witness() -> None:
    """Three reports of one case, each .6 like a fourth: together that is no .94."""
    found = merged(records(4, dict.fromkeys((0, 1, 2), "same")), [(n, 3, 0.6) for n in range(3)])
    assert found.basis is not None
    assert found.basis.doubt.probability.tolist() == [0.6]


def test_held_people_count_as_they_stand() -> None:
    reports = records(2)
    groups = Groups(np.array([0, 1]), frozenset({0, 1}), pairs_of([(0, 1, 0.999)]))
    assert not len(doubt(reports, groups, None).left)


# --- cells ---


def test_each_shown_cell_has_its_interval_and_they_move_together() -> None:
    """A woman and a man who may be one: the men or the women are one fewer, and so are all."""
    found = merged(records(40), [(0, 1, 0.6), (2, 4, 0.6)])
    counted = count_people(found, [("prs_Gender",)], 5)
    at = {cell[0][1]: (interval.low, interval.high) for cell, interval in counted.intervals.items()}
    assert at == {"Feminine": (18, 20), "Masculine": (20, 20)}  # of the two the later report says Masculine
    assert (counted.interval.low, counted.interval.high) == (38, 40)


def test_in_a_table_that_withholds_nothing_tells_where_the_doubt_is() -> None:
    genders = ["Feminine"] * 30 + ["Masculine"] * 12 + ["NonConforming"] * 2
    rows = [{"x_CaseRef": f"c{n}", "prs_Gender": gender} for n, gender in enumerate(genders)]
    reports = records_of([Segment.of(bundle("all", rows), START)])
    counted = count_people(merged(reports, [(29, 30, 0.9)]), [("prs_Gender",), (FIRST,)], 5)
    assert 30 in {cell.count for cell in counted.tables[0].cells}
    assert not counted.intervals
    assert (counted.interval.low, counted.interval.high) == (43, 44)


def test_the_rate_of_false_merges_is_said_or_that_nobody_measured_it() -> None:
    rate = FalseMergeRate(reviewed=200, wrong=1, low=0.0001, high=0.0275)
    assert "was not measured" in false_merges(None)
    assert "of 200 links" in false_merges(rate)
    assert "0.0 to 2.8 %" in false_merges(rate)
