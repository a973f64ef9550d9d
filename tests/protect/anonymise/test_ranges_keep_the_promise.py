"""Local recoding with ranges and sets: what is promised holds for every table, and each label is the least there is."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protect.anonymise.tables import AGES, CODES, PLACES, Case, cases, plan_of, protections, quasi

from exchange.protect.anonymise.checking import broken
from exchange.protect.anonymise.coded import Coded, QuasiIdentifier
from exchange.protect.anonymise.local_ranges.axes import Places, table_of
from exchange.protect.anonymise.local_ranges.labels import label
from exchange.protect.anonymise.local_ranges.moving import Region
from exchange.protect.anonymise.local_ranges.needs import RegionAxis
from exchange.protect.anonymise.local_ranges.partitioning import local_ranges
from exchange.protect.anonymise.loss import CellLoss, measured
from exchange.protect.anonymise.models import Judge
from exchange.protect.anonymise.recoded import Recoded

METHOD = "local_ranges"


@st.composite
def some_ages_missing(draw: st.DrawFn, most: int = 40) -> Case:
    case = draw(cases(METHOD, most=most))
    place = case.head.index("age")
    absent = draw(st.lists(st.booleans(), min_size=len(case.rows), max_size=len(case.rows)))
    rows = [
        tuple("" if gone and column == place else text for column, text in enumerate(row))
        for row, gone in zip(case.rows, absent, strict=True)
    ]
    return replace(case, rows=tuple(rows))


tables = cases(METHOD) | some_ages_missing()


def recoded_of(case: Case) -> tuple[Coded, Recoded | None]:
    coded, _of_row = case.coded()
    asked = case.plan.protect
    most = int(asked.max_suppressed_rows_percent * coded.rows / 100)
    return coded, local_ranges(coded, Judge(coded, asked), loss_of(case, coded), most)


def loss_of(case: Case, coded: Coded) -> CellLoss:
    return CellLoss(coded, case.plan.protect.loss)


def whole_holds(case: Case, coded: Coded) -> bool:
    one = np.zeros(len(coded.counts), dtype=np.int32)
    return bool(Judge(coded, case.plan.protect).holds(one, 1)[0])


@given(tables)
def test_every_promise_holds(case: Case) -> None:
    coded, recoded = recoded_of(case)
    if recoded is not None:
        assert broken(coded, recoded, case.plan.protect) == ()


@given(tables)
def test_nothing_is_suppressed_where_the_whole_table_can_be_one_group(case: Case) -> None:
    coded, recoded = recoded_of(case)
    if whole_holds(case, coded):
        assert recoded is not None
        assert recoded.kept.all()


@given(tables)
def test_each_label_is_the_least_that_its_group_needs(case: Case) -> None:
    coded, recoded = recoded_of(case)
    if recoded is None:
        return
    groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for member in np.flatnonzero(recoded.kept).tolist():
        groups[tuple(recoded.numbers[member].tolist())].append(member)
    for look, members in groups.items():
        for place, (quasi_identifier, number) in enumerate(zip(coded.quasi, look, strict=True)):
            given_label = recoded.labels[place][number]
            held = coded.combinations[members, place].tolist()
            assert given_label.covers.tolist() == least(held, quasi_identifier)
            assert given_label.text == label(quasi_identifier, held).text


def least(held: list[int], quasi_identifier: QuasiIdentifier) -> list[int]:
    """Written out once more: a value, the numbers between two, these categories, or all."""
    if len(set(held)) == 1 or not quasi_identifier.numeric:
        return sorted(set(held))
    if max(held) >= quasi_identifier.domain - quasi_identifier.missing:
        return list(range(quasi_identifier.domain))
    return [value for value in range(quasi_identifier.domain) if min(held) <= value <= max(held)]


@given(tables)
def test_loss_is_never_above_that_of_one_group(case: Case) -> None:
    coded, recoded = recoded_of(case)
    if recoded is None or not recoded.kept.all():
        return
    asked = case.plan.protect
    one = tuple((label(each, coded.combinations[:, place].tolist()),) for place, each in enumerate(coded.quasi))
    whole = Recoded(one, np.zeros_like(coded.combinations), recoded.kept)
    assert measured(coded, recoded, asked.k, asked.loss) <= measured(coded, whole, asked.k, asked.loss) + 1e-9


@given(tables, st.randoms(use_true_random=False))
def test_the_same_release_comes_of_the_same_rows_in_any_order(case: Case, dice: random.Random) -> None:
    rows = list(case.rows)
    dice.shuffle(rows)
    assert as_released(case) == as_released(replace(case, rows=tuple(rows)))


def as_released(case: Case) -> list[tuple[tuple[str, ...], tuple[str, ...]]] | None:
    """For each combination of values what is released of it."""
    coded, recoded = recoded_of(case)
    if recoded is None:
        return None
    return sorted(
        (
            tuple(each.values[value] for each, value in zip(coded.quasi, values, strict=True)),
            tuple(labels[number].text for labels, number in zip(recoded.labels, numbers, strict=True)) if kept else (),
        )
        for values, numbers, kept in zip(
            coded.combinations.tolist(), recoded.numbers.tolist(), recoded.kept, strict=True
        )
    )


@given(tables, st.integers(1, 8), st.data())
def test_what_labels_lose_is_known_before_anything_moves(case: Case, count: int, data: st.DataObject) -> None:
    """The search's arithmetic against labels made one by one: now, with a value more, with a combination less."""
    coded, _of_row = case.coded()
    loss = loss_of(case, coded)
    members = len(coded.counts)
    groups = np.array(data.draw(st.lists(st.integers(0, count - 1), min_size=members, max_size=members)))
    groups = np.unique(groups, return_inverse=True)[1]
    count = int(groups.max()) + 1
    table = table_of(coded, Judge(coded, case.plan.protect), loss)
    for place, axis in enumerate(table.axes):
        held = [set(coded.combinations[groups == group, place].tolist()) for group in range(count)]
        region = RegionAxis.of(axis, table.at[:, place])
        needs = region.needs(groups, count)

        def part(values: set[int], place: int = place) -> float:
            return loss.label(place, label(coded.quasi[place], sorted(values)).covers)

        assert needs.now == pytest.approx([part(each) for each in held])
        for row, value in enumerate(axis.value[region.places].tolist()):
            assert needs.more[row] == pytest.approx([part(each | {value}) - part(each) for each in held], abs=1e-5)
        for member, group in enumerate(groups.tolist()):
            others = np.flatnonzero(groups == group)
            rest = set(coded.combinations[others[others != member], place].tolist())
            if rest:
                assert needs.less[member] == pytest.approx(part(held[group]) - part(rest))


@given(tables, st.integers(1, 4))
def test_moving_loses_less_and_every_group_still_holds(case: Case, rounds: int) -> None:
    """From groups that hold, cut blindly along the first column."""
    coded, _of_row = case.coded()
    judge, loss = Judge(coded, case.plan.protect), loss_of(case, coded)
    groups = np.unique(coded.combinations[:, 0], return_inverse=True)[1]
    if not judge.holds(groups.astype(np.int32), int(groups.max()) + 1).all():
        return
    region = Region(table_of(coded, judge, loss), np.arange(len(groups)), groups, np.array([len(groups)]))
    before = lost(coded, loss, groups)
    region.improve(rounds)
    _numbers, after = np.unique(region.groups, return_inverse=True)
    assert judge.holds(after.astype(np.int32), int(after.max()) + 1).all()
    if (region.groups != groups).any():
        assert lost(coded, loss, after) < before


def test_each_round_loses_less_on_a_larger_table() -> None:
    case = many_people({"k": 3, "method": METHOD}, seed=1)
    coded, _of_row = case.coded()
    judge, loss = Judge(coded, case.plan.protect), loss_of(case, coded)
    groups = np.arange(len(coded.counts)) // 6  # neighbours in lexicographic order
    region = Region(table_of(coded, judge, loss), np.arange(len(groups)), groups, np.array([len(groups)]))
    losses = [lost(coded, loss, groups)]
    for _round in range(8):
        region.improve(1)
        losses.append(lost(coded, loss, region.groups))
    assert all(after < before for before, after in pairwise(losses))
    assert losses[-1] < 0.8 * losses[0]


def lost(coded: Coded, loss: CellLoss, groups: Places) -> float:
    total = 0.0
    for group in np.unique(groups).tolist():
        members = np.flatnonzero(groups == group)
        for place, each in enumerate(coded.quasi):
            covers = label(each, coded.combinations[members, place].tolist()).covers
            total += loss.label(place, covers) * float(coded.counts[members].sum())
    return total


def simple(rows: Sequence[tuple[str, ...]], **protect: object) -> Case:
    asked = {"k": 2, "method": METHOD, **protect}
    fields = {"place": quasi(ladder="places.csv"), "age": quasi(ladder="ages.csv"), "sex": quasi()}
    return Case(plan_of(asked, fields), ("place", "age", "sex"), tuple(rows))


def test_two_clusters_stay_apart_and_each_says_what_it_needs() -> None:
    case = simple([("Kupang", "12", "f"), ("Soe", "14", "f"), ("Bima", "20", "m"), ("Bima", "20", "m")])
    assert as_released(case) == [
        (("Bima", "20", "m"), ("Bima", "20", "m")),
        (("Kupang", "12", "f"), ("{Kupang, Soe}", "[12, 14]", "f")),
        (("Soe", "14", "f"), ("{Kupang, Soe}", "[12, 14]", "f")),
    ]


def test_number_and_missing_value_in_one_group_are_released_as_all() -> None:
    case = simple([("Kupang", "12", "f"), ("Kupang", "", "f")])
    assert as_released(case) == [
        (("Kupang", "", "f"), ("Kupang", "*", "f")),
        (("Kupang", "12", "f"), ("Kupang", "*", "f")),
    ]


def test_fewer_rows_than_a_group_needs_are_suppressed_or_refused() -> None:
    rows = [("Kupang", "12", "f"), ("Soe", "14", "m")]
    assert as_released(simple(rows, k=3)) is None
    case = simple(rows, k=3, max_suppressed_rows_percent=100)
    coded, recoded = recoded_of(case)
    assert recoded is not None
    assert not recoded.kept.any()
    assert measured(coded, recoded, 3, "ncp") == pytest.approx(1)


def test_rows_that_spoil_the_whole_table_are_suppressed_and_the_rest_is_kept() -> None:
    """Nine of ten in Bima are of one code, which no group with all of them can be."""
    fields = {"place": quasi(ladder="places.csv"), "form": {"class": "sensitive"}}
    model = {"form": {"no_code_above_percent": 60}}
    rows = [("Kupang", code) for code in ("labour", "sexual", "begging", "organs")] + [("Bima", "sexual")] * 9
    asked = {"k": 2, "method": METHOD, "l_diversity": model, "max_suppressed_rows_percent": 70}
    case = Case(plan_of(asked, fields), ("place", "form"), tuple(rows))
    coded, recoded = recoded_of(case)
    assert recoded is not None
    assert int(coded.counts[recoded.kept].sum()) == 4
    assert broken(coded, recoded, case.plan.protect) == ()


@settings(max_examples=15)
@given(protections(METHOD), st.integers(0, 1 << 30))
def test_larger_tables_keep_it_too(asked: dict[str, object], seed: int) -> None:
    keeps_it(many_people(asked, seed))


@pytest.mark.parametrize("k", [2, 3, 7])
def test_larger_tables_keep_k_alone(k: int) -> None:
    keeps_it(many_people({"k": k, "method": METHOD}, seed=k))


def keeps_it(case: Case) -> None:
    coded, recoded = recoded_of(case)
    assert recoded is not None or not whole_holds(case, coded)
    if recoded is not None:
        assert broken(coded, recoded, case.plan.protect) == ()


def many_people(asked: dict[str, object], seed: int) -> Case:
    """Several hundred, more in some towns than in others, in families."""
    dice = np.random.default_rng(seed)
    columns = {
        "place": [PLACES[min(number, 5)][0] for number in dice.geometric(0.4, 400) - 1],
        "age": [AGES[number][0] for number in dice.integers(0, len(AGES), 400)],
        "sex": dice.choice(["f", "m", ""], 400, p=[0.7, 0.25, 0.05]).tolist(),
        "form": dice.choice(CODES, 400, p=[0.5, 0.25, 0.15, 0.05, 0.05]).tolist(),
        "wage": dice.choice(["0", "5", "10"], 400).tolist(),
        "household": [f"h{number}" for number in dice.integers(0, 150, 400)],
    }
    fields = {"place": quasi(ladder="places.csv"), "age": quasi(ladder="ages.csv"), "sex": quasi()}
    if "l_diversity" in asked:
        fields["form"] = {"class": "sensitive"}
    if "t_closeness" in asked:
        fields["wage"] = {"class": "sensitive"}
    if "households" in asked:
        fields["household"] = {"class": "household"}
    rows = zip(*(columns[name] for name in fields), strict=True)
    return Case(plan_of(asked, fields), tuple(fields), tuple(rows))
