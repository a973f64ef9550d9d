"""Local recoding with the ladders' own labels: what it promises of every table, and what it loses on a known one."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from protect.anonymise.tables import ADULT, PLACES, Case, cases, plan_of, quasi

from exchange.protect.anonymise.checking import broken
from exchange.protect.anonymise.coded import Coded, Numbers, QuasiIdentifier
from exchange.protect.anonymise.local_labels.clustering import local_labels
from exchange.protect.anonymise.local_labels.gathering import gather
from exchange.protect.anonymise.local_labels.local_suppression import only_star
from exchange.protect.anonymise.local_labels.moving import move
from exchange.protect.anonymise.local_labels.rungs import rows_of, rungs_of
from exchange.protect.anonymise.local_labels.settling import OfGroups, holding, regather, settle
from exchange.protect.anonymise.loss import CellLoss, measured
from exchange.protect.anonymise.models import Judge
from exchange.protect.anonymise.plan import Protection
from exchange.protect.anonymise.recoded import STAR, Recoded
from exchange.protect.anonymise.table.coding import coded, ladders_of
from exchange.protect.anonymise.table.reading import read_table


def found_for(table: Coded, asked: Protection) -> Recoded | None:
    most = int(asked.max_suppressed_rows_percent * table.rows / 100)
    return local_labels(table, Judge(table, asked), CellLoss(table, asked.loss), most)


def as_one(table: Coded) -> Numbers:
    return np.zeros(len(table.counts), dtype=np.int32)


def written(case: Case) -> dict[tuple[str, ...], tuple[str, ...]] | None:
    """For each combination of values what is written for it."""
    table, _of_row = case.coded()
    recoded = found_for(table, case.plan.protect)
    if recoded is None:
        return None
    places = range(len(table.quasi))
    return {
        tuple(table.quasi[q].values[value] for q, value in enumerate(values)): tuple(
            recoded.labels[q][recoded.numbers[row, q]].text if recoded.kept[row] else STAR for q in places
        )
        for row, values in enumerate(table.combinations.tolist())
    }


@given(cases("local_labels"))
def test_every_promise_holds_and_no_row_is_suppressed_where_the_table_as_a_whole_holds(case: Case) -> None:
    table, _of_row = case.coded()
    recoded = found_for(table, case.plan.protect)
    whole = Judge(table, case.plan.protect).holds(as_one(table), 1)[0]
    assert recoded is not None or not whole
    if recoded is not None:
        assert broken(table, recoded, case.plan.protect) == ()
        assert recoded.kept.all() or not whole


@given(cases("local_labels"))
def test_every_label_is_one_of_its_ladder(case: Case) -> None:
    table, _of_row = case.coded()
    recoded = found_for(table, case.plan.protect)
    for each, labels in zip(table.quasi, recoded.labels if recoded else (), strict=bool(recoded)):
        texts = [label.text for label in labels]
        assert len(set(texts)) == len(texts)
        for label in labels:
            levels = [level for level in range(each.levels) if label.text in each.labels[level]]
            node = each.labels[levels[-1]].index(label.text)
            assert label.covers.tolist() == np.flatnonzero(each.nodes[levels[-1]] == node).tolist()


@given(cases("local_labels"), st.integers(0, 1000))
def test_neither_a_second_time_nor_another_order_of_rows_changes_anything(case: Case, seed: int) -> None:
    rows = list(case.rows)
    random.Random(seed).shuffle(rows)
    assert written(case) == written(case) == written(replace(case, rows=tuple(rows)))


@given(cases("local_labels"), st.integers(1, 4), st.integers(0, 1000))
def test_each_step_keeps_what_held_and_loses_no_more(case: Case, width: int, seed: int) -> None:
    """In narrow blocks, where groups are left over, and over groups of groups."""
    table, _of_row = case.coded()
    judge, rungs = Judge(table, case.plan.protect), rungs_of(table, CellLoss(table, case.plan.protect.loss))
    small = np.arange(len(table.counts), dtype=np.int32) // 2
    of_small, asked, rows = rungs.of(small), OfGroups(judge, small), rows_of(small, table.counts)
    blocks = np.arange(len(rows), dtype=np.int32) // width
    gathered = gather(of_small, asked, rows, blocks)
    assert all(len(set(blocks[gathered == group])) == 1 for group in gathered)
    settled = settle(of_small, asked, rows, gathered)
    assert settled.max() == 0 or holding(asked, settled).all()

    def lost(groups: Numbers) -> float:
        return float((rungs.of(groups).lost()[groups] * table.counts).sum())

    if holding(asked, settled).all():
        again = regather(of_small, asked, rows, settled, np.zeros(len(rows), dtype=np.int32))
        moved = move(rungs, judge, table.counts, again[small], as_one(table))
        assert holding(asked, again).all()
        assert holding(judge, moved).all()
        assert lost(moved) <= lost(again[small]) + 1e-4
        assert lost(again[small]) <= lost(settled[small]) + 1e-4


def test_few_people_from_one_place_are_told_by_district_and_the_many_by_town() -> None:
    rows = [("Kupang",)] * 5 + [("Ende",)] * 2 + [("Maumere",)] * 3 + [("Bima",)] * 4
    case = Case(
        plan_of({"k": 4, "method": "local_labels"}, {"place": quasi(ladder="places.csv")}), ("place",), (*rows,)
    )
    assert written(case) == {
        ("Kupang",): ("Kupang",),
        ("Ende",): ("Flores",),
        ("Maumere",): ("Flores",),
        ("Bima",): ("Bima",),
    }


def test_a_text_on_two_levels_stands_for_all_that_it_covers_on_the_higher() -> None:
    ladder = (("farm", "farm"), ("fish", "farm"), ("shop", "shop"))
    plan = plan_of({"k": 2, "method": "local_labels"}, {"work": quasi(ladder="works.csv")})
    source = Case(plan, ("work",), (("farm",), ("farm",), ("fish",), ("fish",), ("shop",), ("shop",))).source
    table, _of_row = coded(source, plan, {"work": ladder})
    recoded = found_for(table, plan.protect)
    assert recoded is not None
    assert [(label.text, label.covers.tolist()) for label in recoded.labels[0]] == [
        ("farm", [0, 1]),
        ("fish", [1]),
        ("shop", [2]),
        (STAR, [0, 1, 2]),
    ]
    assert measured(table, recoded, 2, "ncp") == pytest.approx(2 / 6 / 2)  # two of six rows: one of two steps


def test_where_even_the_whole_table_does_not_hold_rows_are_suppressed_or_nothing_comes() -> None:
    fields = {"sex": quasi(), "form": {"class": "sensitive"}}
    rows = tuple(("f", form) for form in "abcabc") + tuple(("m", "a") for _row in range(4))
    asked = {"k": 2, "method": "local_labels", "l_diversity": {"form": {"no_code_above_percent": 40}}}
    for percent, kept in ((0, None), (30, None), (40, 6)):
        plan = plan_of({**asked, "max_suppressed_rows_percent": percent}, fields)
        table, _of_row = Case(plan, ("sex", "form"), rows).coded()
        recoded = found_for(table, plan.protect)
        assert (None if recoded is None else int(table.counts[recoded.kept].sum())) == kept


@given(cases("local_suppression"))
def test_cell_suppression_knows_values_and_stars_alone(case: Case) -> None:
    table, _of_row = case.coded()
    starred = only_star(table)
    recoded = found_for(starred, case.plan.protect)
    assert np.array_equal(starred.combinations, table.combinations)
    for each, labels in zip(table.quasi, recoded.labels if recoded else (), strict=bool(recoded)):
        assert {label.text for label in labels} <= {*each.values, STAR}
    assert recoded is None or broken(starred, recoded, case.plan.protect) == ()


@pytest.mark.parametrize(("k", "most"), [(2, 0.0222), (5, 0.0570), (11, 0.0970), (50, 0.2)])
def test_on_the_adult_table_it_loses_no_more_than_this(k: int, most: float) -> None:
    if not (ADULT / "adult.csv").exists():
        pytest.skip("the Adult table is not here")
    head = (ADULT / "adult.csv").open(encoding="utf-8").readline().strip().split(";")
    fields = {name: quasi(ladder=f"adult_hierarchy_{name}.csv") for name in head}
    plan = plan_of({"k": k, "method": "local_labels"}, fields)
    plan = plan.model_copy(update={"input": plan.input.model_copy(update={"separator": ";"})})
    table, _of_row = coded(read_table(ADULT / "adult.csv", plan), plan, ladders_of(plan, ADULT))
    recoded = found_for(table, plan.protect)
    assert recoded is not None
    assert recoded.kept.all()
    sizes = rows_of(np.unique(recoded.numbers, axis=0, return_inverse=True)[1].ravel().astype(np.int32), table.counts)
    assert sizes.min() >= k
    assert measured(table, recoded, k, "ncp") <= most


def test_a_large_k_and_a_ladder_without_steps_are_no_special_case() -> None:
    dice = random.Random(5)
    rows = tuple((dice.choice(PLACES)[0], dice.choice("fm"), "Indonesia") for _row in range(300))
    fields = {"place": quasi(ladder="places.csv"), "sex": quasi(), "country": quasi()}
    plan = plan_of({"k": 100, "method": "local_labels"}, fields)
    source = Case(plan, tuple(fields), rows).source
    table, _of_row = coded(source, plan, {"place": PLACES, "sex": (), "country": ()})
    recoded = found_for(table, plan.protect)
    assert recoded is not None
    assert broken(table, recoded, plan.protect) == ()


def test_a_quasi_identifier_with_nothing_but_a_star_costs_nothing() -> None:
    star = QuasiIdentifier("all", (STAR,), False, 0, (np.zeros(1, dtype=np.int32),), ((STAR,),), 1.0)
    table = Coded((star,), np.zeros((1, 1), dtype=np.int32), np.array([7]), (), None)
    for each in (table, only_star(table)):
        recoded = found_for(each, plan_of({"k": 7, "method": "local_labels"}, {"all": quasi()}).protect)
        assert recoded is not None
        assert measured(each, recoded, 7, "ncp") == 0
