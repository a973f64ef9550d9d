"""Risk by the sizes of groups: recomputed plainly from rows, and against figures and formulas from elsewhere."""

from __future__ import annotations

from collections import Counter
from math import comb, log
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from protect.anonymise.solving import at_levels
from protect.anonymise.tables import ADULT, Case, cases, plan_of, quasi

from exchange.errors import DisclosureError
from exchange.protect.anonymise.coded import Coded
from exchange.protect.anonymise.measuring.population import chances, pitman, unique, zayatz
from exchange.protect.anonymise.measuring.risk import Exposure, Groups, after, before, exposure
from exchange.protect.anonymise.plan import Input
from exchange.protect.anonymise.recoded import Recoded
from exchange.protect.anonymise.table.coding import coded, ladders_of
from exchange.protect.anonymise.table.reading import read_table

INPUT = Input(separator=";")
Row = tuple[object, ...]
# Adult with all nine columns, as ARX 3.9 has it in its own tests (TestRiskMetrics.java): share → population uniques.
ARX_ZAYATZ = {0.1: 0.3207402393466189, 0.2: 0.3577099234829125, 1.0: 0.5142895033485844}
ARX_PITMAN = {0.1: 0.27684993883653597, 0.01: 0.1446083531167384}


def told(coded: Coded, recoded: Recoded | None, k: int, population: int | None = None) -> Exposure:
    groups = before(coded) if recoded is None else after(coded, recoded)
    return exposure(groups, [each.name for each in coded.quasi], k, population)


def rows_of(coded: Coded, recoded: Recoded | None) -> list[Row]:
    """A row for each row of the side, in texts."""
    rows: list[Row] = []
    for number, (values, count) in enumerate(zip(coded.combinations.tolist(), coded.counts.tolist(), strict=True)):
        if recoded is None:
            row: Row = tuple(each.values[value] for each, value in zip(coded.quasi, values, strict=True))
        elif recoded.kept[number]:
            row = tuple(each[n].text for each, n in zip(recoded.labels, recoded.numbers[number], strict=True))
        else:
            continue
        rows += [row] * count
    return rows


def below(rows: list[Row], k: int) -> int:
    sizes = Counter(rows)
    return sum(sizes[row] < k for row in rows)


def alone(rows: list[Row]) -> int:
    return [*Counter(rows).values()].count(1)


@given(cases("full_domain"), st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 1)))
def test_every_figure_is_that_of_the_rows(case: Case, levels: tuple[int, ...]) -> None:
    table, k = case.coded()[0], case.plan.protect.k
    for recoded in (None, at_levels(table, levels, case.plan)):
        rows, found = rows_of(table, recoded), told(table, recoded, k)
        sizes = Counter(rows)
        chance = [1 / sizes[row] for row in rows]
        assert (found.rows, found.groups, found.smallest) == (len(rows), len(sizes), min(sizes.values(), default=0))
        assert (found.unique_rows, found.rows_below_k) == (alone(rows), below(rows, k))
        assert found.prosecutor.highest == max(chance, default=0)
        assert found.prosecutor.average == pytest.approx(sum(chance) / max(1, len(rows)))
        assert found.prosecutor.rows_above == below(rows, k) / max(1, len(rows))
        assert found.journalist == found.prosecutor  # without a population the rows are all people
        assert found.marketer == pytest.approx(found.prosecutor.average)
        assert found.population_unique is None
        for band in found.sizes:
            inside = [n for n in sizes.values() if band.at_least <= n <= (band.at_most or n)]
            assert (band.groups, band.rows) == (len(inside), sum(inside))
        for place, driver in enumerate(found.fields):
            known = [row[place : place + 1] for row in rows]
            rest = [row[:place] + row[place + 1 :] for row in rows]
            for look, seen in ((driver.alone, known), (driver.without, rest)):
                assert (look.rows_below_k, look.unique_rows) == (below(seen, k), alone(seen))
                assert look.average == pytest.approx(len(set(seen)) / max(1, len(seen)))


def test_the_field_that_singles_people_out_is_named() -> None:
    rows = tuple((sex, str(age)) for age in range(12, 24) for sex in ("f", "m"))
    table = Case(plan_of({"k": 5, "method": "full_domain"}, {"sex": quasi(), "age": quasi()}), ("sex", "age"), rows)
    found = told(table.coded()[0], None, 5)
    sex, age = found.fields
    assert (sex.alone.rows_below_k, sex.without.rows_below_k) == (0, 24)
    assert (age.alone.rows_below_k, age.without.rows_below_k) == (24, 0)


@pytest.mark.parametrize("share", [0.001, 0.05, 0.3, 0.5, 0.7, 0.95])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 40])
def test_the_journalists_chance_is_the_mean_of_one_through_the_group_outside(size: int, share: float) -> None:
    """The negative binomial summed up, where the house takes a recursion."""
    mean, outside = 0.0, size
    weight = share**size
    while outside < size * 40 / share:
        mean += weight / outside
        weight *= outside / (outside - size + 1) * (1 - share)
        outside += 1
    # The sizes below it stand beside it: a recursion that goes the wrong way loses the small ones.
    assert chances(np.arange(1, size + 1), share)[-1] == pytest.approx(mean, rel=1e-6)


def test_the_journalists_chance_has_the_closed_form_of_a_unique_row_and_goes_on_smoothly() -> None:
    assert chances(np.array([1]), 0.1)[0] == pytest.approx(0.1 / 0.9 * log(10))
    assert chances(np.array([1, 4]), 1.0).tolist() == [1, 0.25]
    for share in (0.01, 0.6):
        large = chances(np.array([999, 1000, 1001, 1002]), share)
        assert (np.diff(large) < 0).all()
        assert np.diff(large, 2) == pytest.approx(0, abs=large[0] * 1e-5)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=40), st.floats(1, 500))
def test_whoever_knows_less_finds_less(sizes: list[int], wider: float) -> None:
    groups = Groups(np.arange(len(sizes), dtype=np.int32)[:, None], (len(sizes),), np.array(sizes))
    found = exposure(groups, ["a"], 5, round(sum(sizes) * wider))
    assert 0 < found.journalist.highest <= found.prosecutor.highest + 1e-12
    assert 0 < found.marketer <= found.prosecutor.average + 1e-12
    assert found.population_unique is not None
    assert 0 <= found.population_unique.zayatz <= found.unique_rows + 1e-9


def test_zayatz_is_bayes_by_hand() -> None:
    """Two unique rows and one group of two, 4 of 8 people: 1 of 2 groups of 1 is drawn once, 8/14 of those of 2."""
    once = {1: comb(7, 3) / comb(8, 4), 2: 2 * comb(6, 3) / comb(8, 4)}
    assert zayatz(np.array([1, 1, 2]), 8) == pytest.approx(2 * 2 * once[1] / (2 * once[1] + once[2]))


def people(random: np.random.Generator, many: int, theta: float, alpha: float) -> NDArray[np.int64]:
    """A population as Pitman's formula has it: the next one is new, or looks like somebody who is there."""
    group, sizes = np.zeros(many, dtype=np.int64), [1]
    for number in range(1, many):
        if random.random() * (theta + number) < theta + alpha * len(sizes):
            group[number] = len(sizes)
            sizes.append(1)
            continue
        other = group[int(random.integers(0, number))]
        while random.random() * sizes[other] < alpha:
            other = group[int(random.integers(0, number))]
        group[number] = other
        sizes[other] += 1
    return group


@pytest.mark.parametrize(("share", "name"), [(0.05, "pitman"), (0.1, "pitman"), (0.5, "zayatz")])
def test_population_uniques_are_estimated_near_the_truth(share: float, name: str) -> None:
    truth, estimate, alone_here = 0, 0.0, 0
    for seed in range(4):
        random = np.random.default_rng(seed)
        population = people(random, 8_000, 300, 0.4)
        sample = random.choice(population, round(share * len(population)), replace=False)
        sizes = np.bincount(sample)
        found = unique(sizes[sizes > 0], len(population))
        assert found.by == name
        truth += int((np.bincount(population)[sample] == 1).sum())
        estimate += found.rows
        alone_here += int((sizes == 1).sum())
    assert estimate == pytest.approx(truth, rel=0.12)
    assert truth < 0.75 * alone_here  # it was not easy


def test_groups_without_a_unique_row_have_none_in_the_population() -> None:
    found = unique(np.array([2, 5, 9]), 1000)
    assert (found.rows, found.zayatz, found.pitman) == (0, 0, 0)


def test_where_pitmans_likelihood_has_no_top_zayatz_is_taken() -> None:
    assert pitman(np.array([1, 1, 1]), 1000) is None
    assert unique(np.array([1, 1, 1]), 1000).by == "zayatz"


def test_a_population_smaller_than_the_table_is_refused() -> None:
    rows = (("f",), ("f",), ("m",))
    fields: dict[str, Any] = {"sex": quasi()}
    table = Case(plan_of({"k": 2, "method": "full_domain"}, fields), ("sex",), rows).coded()[0]
    with pytest.raises(DisclosureError) as caught:
        told(table, None, 2, 2)
    assert caught.value.codes == ("population.too_small",)


@pytest.mark.skipif(not ADULT.is_dir(), reason="no bench data beside this checkout")
def test_adult_has_the_population_uniques_that_arx_finds() -> None:
    names = (ADULT / "adult.csv").read_text(encoding="utf-8").splitlines()[0].split(";")
    fields = {name: quasi(ladder=f"adult_hierarchy_{name}.csv") for name in names}
    plan = plan_of({"k": 5, "method": "full_domain"}, fields).model_copy(update={"input": INPUT})
    table = coded(read_table(ADULT / "adult.csv", plan), plan, ladders_of(plan, ADULT))[0]
    for share, expected in ARX_ZAYATZ.items():
        assert zayatz(table.counts, round(table.rows / share)) / table.rows == pytest.approx(expected, rel=1e-6)
    for share, expected in ARX_PITMAN.items():  # ARX takes the limit for a large population, we the expectation itself
        assert pitman(table.counts, round(table.rows / share)) == pytest.approx(expected * table.rows, rel=0.004)
