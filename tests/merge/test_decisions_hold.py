"""What people decided about pairs holds, whatever links say, in whatever order it was said, merge after merge."""

from __future__ import annotations

import contextlib
import datetime as dt
from dataclasses import replace
from itertools import combinations, count
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from merge.received import KEY, START, bundle

from exchange.errors import MergeError
from exchange.merge.changes import Explaining
from exchange.merge.components import components
from exchange.merge.counting.doubt import doubt
from exchange.merge.counting.intervals import of_people
from exchange.merge.decisions import Asked, Decision, Decisions, Verdict, two
from exchange.merge.grouping import LARGEST, Groups, group
from exchange.merge.identities import Identities
from exchange.merge.linking.compared import Compared
from exchange.merge.linking.learning import Learned
from exchange.merge.linking.linking import Links
from exchange.merge.linking.token_model import witnesses
from exchange.merge.merging import Grouped, decide, decided, forget, grouped, merge, named
from exchange.merge.persons import Persons, name_groups
from exchange.merge.records import Records
from exchange.merge.store import Store

SEED = "5e" * 32
REPORTS = 8
Edge = tuple[int, int, float]
NOTHING_COMPARED = Compared((), "", *[pa.table({})] * 5)


def name(at: int) -> str:
    return f"{at:032x}"


def of_reports(identities: list[int], cases: list[str | None] | None = None) -> Records:
    """Reports of which only identities and cases are known."""
    reports = {
        "identity": pa.array([bytes.fromhex(name(at)) for at in identities], pa.binary(16)),
        "case": pa.array(cases or [None] * len(identities), pa.string()),
        "person_key": pa.nulls(len(identities), pa.string()),
    }
    none = pa.table({})
    return Records(pa.table(reports), none, none, {}, frozenset(), frozenset(), ())


def linked(edges: list[Edge], weights: bool = True) -> Links:
    ordered = sorted({(min(a, b), max(a, b)): p for a, b, p in edges if a != b}.items())
    columns: dict[str, pa.Array] = {
        "left": pa.array([pair[0] for pair, _p in ordered], pa.int32()),
        "right": pa.array([pair[1] for pair, _p in ordered], pa.int32()),
        "probability": pa.array([p for _pair, p in ordered], pa.float64()),
        "agreed": pa.array(["nik"] * len(ordered), pa.string()),
    }
    if weights:
        said = [[25.4, None, -3.0, None, None] for _edge in ordered]
        columns["weights"] = pa.array(said, pa.list_(pa.float32()))
    return Links(pa.table(columns), Learned(witnesses(), 1e-6), NOTHING_COMPARED)


def word(one: int, other: int, verdict: Verdict, person: str = "a", reviewers: int = 1, **more: bool) -> Decision:
    left, right = two(name(one), name(other))
    return Decision(left=left, right=right, verdict=verdict, person=person, at=START, reviewers=reviewers, **more)


def all_that_can_be_said(words: list[Decision]) -> Decisions:
    """Those that contradict what was said before are refused, and left out."""
    decisions = Decisions(seed=SEED)
    for each in words:
        with contextlib.suppress(MergeError):
            decisions = decisions.with_word(each)
    return decisions


numbers = st.integers(0, REPORTS - 1)
edges = st.lists(st.tuples(numbers, numbers, st.sampled_from([0.6, 0.9, 0.995, 0.999, 0.99995])), max_size=20)
words = st.lists(
    st.builds(
        word,
        st.integers(0, 3),
        st.integers(4, REPORTS - 1),
        st.sampled_from(["same", "different", "unsure", "taken_back"]),
        st.sampled_from("ab"),
        st.sampled_from([1, 2]),
    ),
    max_size=12,
)
identities = st.lists(numbers, min_size=1, max_size=14)


def partition(groups: Groups) -> set[frozenset[int]]:
    found: dict[int, set[int]] = {}
    for at, number in enumerate(groups.group_of.tolist()):
        found.setdefault(number, set()).add(at)
    return {frozenset(each) for each in found.values()}


# --- what always holds ---


@settings(max_examples=400, deadline=None)
@given(identities, edges, words)
def test_pairs_decided_to_be_two_are_never_one_person_and_pairs_decided_to_be_one_always_are(
    of: list[int], edges: list[Edge], words: list[Decision]
) -> None:
    decisions = all_that_can_be_said(words)
    records = of_reports(of)
    there = [(a, b, p) for a, b, p in edges if max(a, b) < len(of)]
    groups = group(records, linked(there), decisions)
    group_of = groups.group_of.tolist()
    for verdict, together in (("same", True), ("different", False)):
        for left, right in decisions.pairs(verdict):  # type: ignore[arg-type]  # of two
            for one, other in combinations(range(len(of)), 2):
                if {name(of[one]), name(of[other])} == {left, right}:
                    assert (group_of[one] == group_of[other]) is together
    asked = {(row["left"], row["right"]) for row in groups.undecided.to_pylist()}
    assert all(group_of[a] != group_of[b] for a, b in asked)


@settings(max_examples=200, deadline=None)
@given(edges, words, st.randoms(use_true_random=False))
def test_neither_the_order_of_decisions_on_different_pairs_nor_of_reports_changes_a_group(
    edges: list[Edge], words: list[Decision], random: object
) -> None:
    decisions = all_that_can_be_said(words)
    by_pair = list(decisions.by_pair.values())
    random.shuffle(by_pair)  # type: ignore[attr-defined]  # random.Random
    again = Decisions(seed=SEED, given=tuple(each for words in by_pair for each in words))
    first = group(of_reports(list(range(REPORTS))), linked(edges), decisions)
    assert partition(group(of_reports(list(range(REPORTS))), linked(edges), again)) == partition(first)
    turned = [(REPORTS - 1 - a, REPORTS - 1 - b, p) for a, b, p in edges]
    other = group(of_reports(list(reversed(range(REPORTS)))), linked(turned), decisions)
    assert {frozenset(REPORTS - 1 - at for at in each) for each in partition(other)} == partition(first)


@settings(max_examples=200, deadline=None)
@given(words)
def test_what_stands_never_contradicts_itself(words: list[Decision]) -> None:
    decisions = all_that_can_be_said(words)
    assert not list(decisions.contradictions())
    left, right = zip(*decisions.pairs("same"), strict=True) if decisions.pairs("same") else ((), ())
    ends = (pa.array([int(each, 16) for each in side], pa.int64()).to_numpy() for side in (left, right))
    parts = components(REPORTS, *ends).tolist()
    assert all(parts[int(left, 16)] != parts[int(right, 16)] for left, right in decisions.pairs("different"))


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 60), st.lists(st.tuples(st.integers(0, 59), st.integers(0, 59)), max_size=80))
def test_components_are_those_of_a_plain_search(nodes: int, pairs: list[tuple[int, int]]) -> None:
    there = [(a, b) for a, b in pairs if max(a, b) < nodes]
    left, right = (pa.array([pair[side] for pair in there], pa.int64()).to_numpy() for side in (0, 1))
    label = list(range(nodes))
    for _round in range(nodes):
        for a, b in there:
            label[a] = label[b] = min(label[a], label[b])
    assert components(nodes, left, right).tolist() == label


def test_links_compete_where_a_decision_stands_between_and_the_more_probable_wins() -> None:
    """A is B or C, and B is not C."""
    decisions = all_that_can_be_said([word(1, 2, "different")])
    for strong, weak in ((1, 2), (2, 1)):
        groups = group(of_reports([0, 1, 2]), linked([(0, strong, 0.999), (0, weak, 0.997)]), decisions)
        assert frozenset({0, strong}) in partition(groups)
        assert groups.undecided.num_rows == 0  # the other pair is decided with it


def test_group_beyond_reason_keeps_what_was_decided() -> None:
    chain = [(at, at + 1, 0.996) for at in range(LARGEST + 5)]
    decisions = all_that_can_be_said([word(0, 9, "same"), word(3, 4, "different")])
    groups = group(of_reports(list(range(LARGEST + 6))), linked(chain), decisions)
    assert len(groups.held) == LARGEST + 1  # all but 4 to 8, which the decided pairs cut out of the chain
    assert frozenset({0, 9}) in partition(groups)


# --- refusals, undo, two reviewers ---


def test_contradiction_is_refused_with_the_pairs_that_say_otherwise() -> None:
    decisions = all_that_can_be_said([word(1, 2, "same"), word(2, 3, "same")])
    with pytest.raises(MergeError) as refused:
        decisions.with_word(word(1, 3, "different"))
    (problem,) = refused.value.problems
    assert problem.code == "review.contradicts"
    assert problem.where == decisions.code((name(1), name(3)))
    assert all(decisions.code(two(name(a), name(b))) in problem.hint for a, b in ((1, 2), (2, 3)))
    without = decisions.with_word(word(1, 2, "taken_back"))
    assert without.with_word(word(1, 3, "different")).pairs("different") == [(name(1), name(3))]
    assert len(without.given) == 3  # both stay in the history


def test_taking_back_is_refused_where_what_then_counts_contradicts() -> None:
    """Two say "same", a third disputes it; meanwhile the opposite is decided by another way."""
    said = [word(1, 2, "same", who, 2) for who in "ab"] + [word(1, 2, "different", "c", 2)]
    said += [word(2, 3, "same"), word(1, 3, "different")]
    decisions = all_that_can_be_said(said)
    assert decisions.standings[name(1), name(2)].state == "disputed"
    with pytest.raises(MergeError):
        decisions.with_word(word(1, 2, "taken_back", "c", 2))


def test_two_reviewers_must_be_two_people() -> None:
    one = Decisions(seed=SEED).with_word(word(1, 2, "same", "a", 2)).with_word(word(1, 2, "same", "a", 2))
    assert one.standings[name(1), name(2)].state == "waits"
    both = one.with_word(word(1, 2, "same", "b", 2))
    assert both.pairs("same") == [(name(1), name(2))]
    assert both.with_word(word(1, 2, "taken_back", "b", 2)).standings[name(1), name(2)].state == "waits"


def test_what_one_reviewer_decided_before_two_were_asked_for_stays_decided() -> None:
    decisions = Decisions(seed=SEED).with_word(word(1, 2, "same"))
    asking = decisions.asking(Asked(reviewers=2, person="a", at=START))
    assert (asking.reviewers, asking.pairs("same")) == (2, [(name(1), name(2))])


def test_codes_say_nothing_without_the_seed() -> None:
    pair = (name(1), name(2))
    codes = {Decisions(seed=seed * 32).code(pair) for seed in ("5e", "5f")}
    assert len(codes) == 2
    assert all(len(code) == 13 and "-" in code for code in codes)


# --- ids, and why they changed ---


def ids_of(names: tuple[str, ...], groups: Groups) -> list[str]:
    return [names[number] for number in groups.group_of.tolist()]


def draw() -> object:
    drawn = count()
    return lambda size: b"".join(next(drawn).to_bytes(10, "big") for _each in range(size // 10))


@settings(max_examples=150, deadline=None)
@given(edges, edges, words)
def test_ids_stay_with_whoever_keeps_most_reports_and_nothing_changes_twice(
    before: list[Edge], after: list[Edge], words: list[Decision]
) -> None:
    records, known = of_reports(list(range(REPORTS))), Identities.of_reports(of_reports(list(range(REPORTS))))
    decisions, randomness = all_that_can_be_said(words), draw()
    first = group(records, linked(before))
    names, persons = name_groups(Persons.nobody(), known, first, 1, randomness)  # type: ignore[arg-type]  # bytes
    second = group(records, linked(after), decisions)
    explaining = Explaining(known, linked(after), decisions, second)
    renamed, now = name_groups(persons, known, second, 2, randomness, explaining)  # type: ignore[arg-type]
    assert len(set(renamed)) == len(renamed)
    for each in partition(first) & partition(second):
        (at, *_rest) = each
        assert ids_of(names, first)[at] == ids_of(renamed, second)[at]
    assert {change.kind for change in now.changes} <= {"merged", "split"}
    assert all(change.why for change in now.changes)
    assert (partition(first) == partition(second)) is (not now.changes)
    again, unchanged = name_groups(now, known, second, 3, randomness, explaining)  # type: ignore[arg-type]
    assert (again, unchanged) == (renamed, now)
    assert Persons.from_bytes(now.to_bytes()) == now


def why(before: list[Edge], after: list[Edge], decisions: Decisions) -> list[tuple[str, list[str]]]:
    records = of_reports(list(range(REPORTS)))
    known = Identities.of_reports(records)
    first, second = group(records, linked(before)), group(records, linked(after), decisions)
    _names, persons = name_groups(Persons.nobody(), known, first, 1, draw())  # type: ignore[arg-type]
    explaining = Explaining(known, linked(after), decisions, second)
    _names, now = name_groups(persons, known, second, 2, draw(), explaining)  # type: ignore[arg-type]
    return [(change.kind, [each.cause for each in change.why]) for change in now.changes]


def test_changes_say_which_link_or_decision_they_rest_on() -> None:
    strong = [(0, 1, 0.999)]
    assert why([], [], all_that_can_be_said([word(0, 4, "same")])) == [("merged", ["decision"])]
    assert why([], strong, Decisions()) == [("merged", ["link"])]
    assert why([(0, 1, 0.999)], [], Decisions()) == [("split", ["gone"])]
    assert why([(0, 1, 0.999)], [(0, 1, 0.7)], Decisions()) == [("split", ["link"])]
    assert why([(0, 4, 0.999)], [(0, 4, 0.999)], all_that_can_be_said([word(0, 4, "different")])) == [
        ("split", ["decision"])
    ]


def test_a_reason_weighs_each_witness_that_is_not_silent() -> None:
    records = of_reports([0, 1])
    links = linked([(0, 1, 0.999)])
    explaining = Explaining(Identities.of_reports(records), links, Decisions(), group(records, links))
    (reason,) = explaining.of_group(0)
    assert (reason.pair, reason.probability) == ((name(0), name(1)), 0.999)
    assert [(witness, round(bits, 1)) for witness, bits in reason.weights] == [("number", 25.4), ("person", -3.0)]
    plain = linked([(0, 1, 0.999)], weights=False)
    assert (
        Explaining(Identities.of_reports(records), plain, Decisions(), group(records, plain)).of_group(0)[0].weights
        == ()
    )


# --- in the store ---


def month(keys: list[str], **more: str) -> object:
    tokens = {key: {"name2_regency": f"r{key}", "nik": f"n{key}"} for key in keys}
    return bundle("m", [{"x_CaseRef": key} for key in keys], tokens=tokens, **more)  # type: ignore[arg-type]


def test_decisions_outlive_corrections_and_leave_with_whoever_withdraws(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store", KEY) as store:
        store.apply(month(["a", "b", "c"]), START)  # type: ignore[arg-type]
        assert merge(store).counts.people == 3
        names = sorted(grouped(store).known.all_names())
        said = [two(*pair) for pair in ((names[0], names[1]), (names[0], names[2]))]
        for (left, right), verdict in zip(said, ("same", "different"), strict=True):
            given = Decision(left=left, right=right, verdict=verdict, person="a", at=START)  # type: ignore[arg-type]
            decide(store, lambda before, given=given: before.with_seed(b"s" * 32).with_word(given))  # type: ignore[misc]
        assert merge(store).counts.people == 2
        generation = store.generation
        assert merge(store).counts.people == 2
        assert store.generation == generation  # merging again keeps nothing anew
        tokens = {key: {"nik": f"other {key}"} for key in "abc"}
        fix = bundle("fix", [{"x_CaseRef": key} for key in "abc"], replaces="m", tokens=tokens)
        store.apply(fix, START + dt.timedelta(hours=1))
        assert merge(store).counts.people == 2
        by_name = dict(zip(grouped(store).known.all_names(), "abc", strict=True))
        store.withdraw("yks", "DSA-1", by_name[names[0]])
        forget(store)
        assert decided(store).given == ()
        assert names[0] not in named(store).to_bytes().hex()
        assert merge(store).counts.people == 2


def test_a_decision_that_is_refused_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store", KEY) as store:
        decide(store, lambda _before: all_that_can_be_said([word(1, 2, "same"), word(2, 3, "same")]))
        generation = store.generation
        with pytest.raises(MergeError):
            decide(store, lambda before: before.with_word(word(1, 3, "different")))
        assert (store.generation, len(decided(store).given)) == (generation, 2)


def test_what_people_and_the_agent_say_is_in_no_doubt() -> None:
    records = of_reports([0, 1, 2, 3, 4, 5, 6])
    keys = pa.array([None, None, None, None, None, "agent/1/x", "agent/1/x"], pa.string())
    at = records.reports.column_names.index("person_key")
    records = replace(records, reports=records.reports.set_column(at, "person_key", keys))
    links = linked([(0, 1, 0.6), (1, 2, 0.997), (3, 4, 0.6), (5, 6, 0.7)])
    decisions = all_that_can_be_said([word(0, 1, "same"), word(1, 2, "different"), word(3, 4, "unsure")])
    known = Identities.of_reports(records)
    found = Grouped(records, links, group(records, links, decisions), decisions, known)
    assert found.weighed.to_pylist() == [
        {"left": 0, "right": 1, "probability": 1.0},
        {"left": 3, "right": 4, "probability": 0.6},
        {"left": 5, "right": 6, "probability": 1.0},
    ]
    people = of_people(doubt(records, found.groups, found.weighed), found.groups.count)
    assert (found.groups.count, people.low, people.high) == (5, 4, 5)  # only 3 and 4 may still be one
