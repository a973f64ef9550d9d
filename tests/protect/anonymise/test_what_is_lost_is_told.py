"""Loss and the error of counts, recomputed plainly and by the scorer that comes with the bench data; the report."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import replace
from math import log2
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protect.anonymise.solving import at_levels
from protect.anonymise.tables import ADULT, Case, cases, plan_of, quasi

from exchange.protect.anonymise.coded import Coded
from exchange.protect.anonymise.measuring.report import report_of
from exchange.protect.anonymise.measuring.utility import query_error, utility
from exchange.protect.anonymise.plan import Input, Population
from exchange.protect.anonymise.recoded import STAR, Recoded
from exchange.protect.anonymise.table.coding import coded, ladders_of
from exchange.protect.anonymise.table.reading import read_table

ALL_STARS = (3, 2, 1)  # a group that may be kept, and tells nothing
LEVELS = st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 1)) | st.just(ALL_STARS)


def cells(table: Coded, recoded: Recoded, place: int) -> list[tuple[int, frozenset[int]]]:
    """Of each row its value, and the values that it may have as it leaves."""
    whole = frozenset(range(table.quasi[place].domain))
    found: list[tuple[int, frozenset[int]]] = []
    for number, count in enumerate(table.counts.tolist()):
        label = recoded.labels[place][recoded.numbers[number, place]]
        covers = frozenset(label.covers.tolist()) if recoded.kept[number] else whole
        found += [(int(table.combinations[number, place]), covers)] * count
    return found


@settings(max_examples=40)
@given(cases("full_domain"), LEVELS)
def test_every_loss_is_that_of_the_cells(case: Case, levels: tuple[int, ...]) -> None:
    table = case.coded()[0]
    recoded = at_levels(table, levels, case.plan)
    found = utility(table, recoded, 3)
    weights = [each.weight for each in table.quasi]
    ncp, lost, whole = [], [], []
    for place, (each, field) in enumerate(zip(table.quasi, found.fields, strict=True)):
        column = cells(table, recoded, place)
        values = [value for value, _covers in column]
        ncp.append(sum((len(covers) - 1) / max(1, each.domain - 1) for _value, covers in column) / len(column))
        lost.append(sum(log2(sum(v in covers for v in values) / values.count(value)) for value, covers in column))
        whole.append(sum(log2(len(values) / values.count(value)) for value in values))
        assert field.field == each.name
        assert field.ncp == pytest.approx(ncp[-1])
        assert field.non_uniform_entropy == pytest.approx(lost[-1] / whole[-1] if whole[-1] else 0)
        told = zip(*(np.repeat(each, table.counts) for each in (recoded.numbers[:, place], recoded.kept)), strict=True)
        exact = [kept and len(recoded.labels[place][number].covers) == 1 for number, kept in told]
        assert field.cells_changed == exact.count(False)
    assert found.losses.ncp == pytest.approx(np.average(ncp, weights=weights))
    possible = sum(np.multiply(weights, whole))
    assert found.losses.non_uniform_entropy == pytest.approx(
        sum(np.multiply(weights, lost)) / possible if possible else 0
    )
    assert found.suppressed_rows == table.counts[~recoded.kept].sum()


@settings(max_examples=40)
@given(cases("full_domain", most=60), LEVELS)
def test_counts_are_off_as_far_as_rows_say(case: Case, levels: tuple[int, ...]) -> None:
    """Each query asked of the rows one by one; its fields and values are those that the house drew."""
    from exchange.protect.anonymise.measuring.utility import _asked

    table = case.coded()[0]
    recoded = at_levels(table, levels, case.plan)
    errors = []
    stars = [
        all(labels[n].text == STAR for labels, n in zip(recoded.labels, numbers, strict=True)) or not kept
        for numbers, kept, count in zip(recoded.numbers, recoded.kept.tolist(), table.counts.tolist(), strict=True)
        for _row in range(count)
    ]
    for query in _asked(table.quasi, 30, np.random.default_rng(3)):
        true, estimate = np.ones(table.rows), np.where(stars, 0.0, 1.0)
        for place, chosen in zip(query.places, query.chosen, strict=True):
            wanted = set(chosen.tolist())
            column = cells(table, recoded, place)
            true *= [value in wanted for value, _covers in column]
            estimate *= [len(covers & wanted) / len(covers) for _value, covers in column]
        errors.append(abs(true.sum() - estimate.sum()) / max(true.sum(), table.rows / 1000))
    found = query_error(table, recoded, queries=30, seed=3)
    assert (found.queries, found.mean) == (30, pytest.approx(np.mean(errors)))
    assert found.median == pytest.approx(np.median(errors))


@settings(max_examples=40)
@given(cases("full_domain"))
def test_where_nothing_is_recoded_nothing_is_lost(case: Case) -> None:
    table = case.coded()[0]
    whole = at_levels(table, (0, 0, 0), case.plan)
    whole = replace(whole, kept=np.ones_like(whole.kept))
    found = utility(table, whole, 1, query_error(table, whole, 50))
    assert found.queries is not None
    assert found.queries.mean == 0
    assert (found.losses.ncp, found.losses.non_uniform_entropy) == (0, pytest.approx(0))
    assert all(each.cells_changed == 0 for each in found.fields)


@settings(max_examples=40)
@given(cases("full_domain"), LEVELS)
def test_a_large_table_of_labels_is_counted_as_a_small_one_is(case: Case, levels: tuple[int, ...]) -> None:
    table = case.coded()[0]
    recoded = at_levels(table, levels, case.plan)
    with pytest.MonkeyPatch.context() as patch:
        dense = query_error(table, recoded, 40)
        patch.setattr("exchange.protect.anonymise.measuring.utility._DENSE", 0)
        assert query_error(table, recoded, 40).mean == pytest.approx(dense.mean)


@settings(max_examples=40)
@given(cases("full_domain"), LEVELS, st.integers(0, 3), st.randoms())
def test_the_report_holds_no_value_and_no_order(case: Case, levels: tuple[int, ...], more: int, random: object) -> None:
    plan = case.plan.model_copy(update={"population": Population(size=len(case.rows) * 10**more)})
    table = case.coded()[0]
    recoded = at_levels(table, levels, plan)
    document = report_of(table, recoded, plan, query_error(table, recoded, 20)).to_json()
    again = replace(case, rows=case.rows[::-1]).coded()[0]
    assert report_of(again, at_levels(again, levels, plan), plan, query_error(again, recoded, 20)).to_json() == document
    written = json.dumps(document, allow_nan=False)
    names = {"place", "age", "sex", "full_domain", "zayatz", "pitman", plan.protect.loss}
    texts = set(written.split('"')[1::2])
    values = {text for row in case.rows for text in row} | {label.text for each in recoded.labels for label in each}
    assert not (texts - names) & (values - {""})


@pytest.mark.skipif(not ADULT.is_dir(), reason="no bench data beside this checkout")
def test_the_scorer_of_the_bench_finds_the_same(tmp_path: Path) -> None:
    with (ADULT / "adult.csv").open(encoding="utf-8", newline="") as opened:
        head = next(csv.reader(opened, delimiter=";"))
    fields = {name: quasi(ladder=f"adult_hierarchy_{name}.csv") for name in head}
    plan = plan_of({"k": 5, "method": "full_domain"}, fields).model_copy(update={"input": Input(separator=";")})
    table, of_row = coded(read_table(ADULT / "adult.csv", plan), plan, ladders_of(plan, ADULT))
    recoded = at_levels(table, (1, 2, 1, 1, 1, 1, 1, 1, 0), plan)
    with (tmp_path / "out.csv").open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, delimiter=";")
        writer.writerow(head)
        for number in of_row.tolist():
            labels = [each[n].text for each, n in zip(recoded.labels, recoded.numbers[number], strict=True)]
            writer.writerow(labels if recoded.kept[number] else [STAR] * len(head))
    command = [sys.executable, str(ADULT / "score.py"), str(ADULT / "adult.csv"), f"{ADULT}/adult_hierarchy_"]
    answer = subprocess.run(
        [*command, str(tmp_path / "out.csv"), "--queries", "300"], capture_output=True, text=True, check=True
    )
    score = json.loads(answer.stdout)
    found = report_of(table, recoded, plan, query_error(table, recoded, 300))
    after, lost = found.after, found.utility
    assert lost.queries is not None
    assert (score["suppressed"], score["min_ec"], score["n_ec"]) == (lost.suppressed_rows, after.smallest, after.groups)
    assert (score["ec_below_k"], score["rows_below_k"]) == (0, after.rows_below_k)
    assert lost.losses.ncp == pytest.approx(score["ncp"], abs=1e-5)
    assert lost.losses.non_uniform_entropy == pytest.approx(score["nue"], abs=1e-5)
    assert lost.losses.discernibility == pytest.approx(score["dm_norm"], abs=1e-5)
    assert lost.losses.average_group_size == pytest.approx(score["cavg"], abs=1e-5)
    assert {each.field: round(each.ncp, 4) for each in lost.fields} == score["ncp_per_col"]
    assert lost.queries.mean == pytest.approx(score["q_err_mean"], abs=1e-5)
    assert lost.queries.median == pytest.approx(score["q_err_median"], abs=1e-5)
