"""A plan that cannot be met: three offers, cheapest first, each of which holds when it is taken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from protect.anonymise.solving import at_levels, every_level, rows_only
from protect.anonymise.tables import Case, cases, plan_of, quasi

from exchange.locale import speaking
from exchange.protect.anonymise.checking import broken
from exchange.protect.anonymise.coded import Coded
from exchange.protect.anonymise.offers.best import BEST, Offer, offers
from exchange.protect.anonymise.offers.changes import Change, coded_for, taken
from exchange.protect.anonymise.plan import Plan
from exchange.protect.anonymise.recoded import Recoded

FIELDS: dict[str, Any] = {"place": quasi(ladder="places.csv"), "age": quasi(ladder="ages.csv"), "sex": quasi()}
PLACES = ("Kupang", "Soe", "Ende", "Maumere", "Bima", "Dompu")


def case(asked: dict[str, Any], fields: dict[str, Any], *rows: tuple[str, ...]) -> Case:
    return Case(plan_of({"method": "full_domain", **asked}, fields), tuple(fields), rows)


def people(codes: tuple[str, ...]) -> list[tuple[str, ...]]:
    """24 people of six places, two ages and both sexes; each with the next of `codes`."""
    looks = [(place, age, sex) for place in PLACES for age in ("13", "20") for sex in ("f", "m")]
    return [(*look, codes[number % len(codes)]) for number, look in enumerate(looks)]


def said(found: tuple[Offer, ...]) -> list[str]:
    return [", ".join(map(str, each.changes)) for each in found]


def hold(case: Case, found: tuple[Offer, ...], solve: Any = every_level) -> bool:
    """Taken, from the plan on: the table is coded anew, solved anew, and checked by the house's own check."""
    for each in found:
        plan = taken(case.plan, each.changes)
        table = replace(case, plan=plan).coded()[0] if len(plan.fields) == len(case.head) else None
        assert table is not None
        recoded = solve(table, plan)
        assert recoded is not None
        assert broken(table, recoded, plan.protect) == ()
        assert int(table.counts[~recoded.kept].sum()) == each.suppressed_rows
        assert plan.protect.k == each.k
        assert 0 <= each.loss < 1
    assert [each.price for each in found] == sorted(each.price for each in found)
    return len(found) <= BEST


def test_a_k_above_all_rows_is_lowered_as_far_as_it_must_be() -> None:
    rows = [row[:3] for row in people(("x",))]
    impossible = case({"k": 30}, FIELDS, *rows)
    table = impossible.coded()[0]
    assert every_level(table, impossible.plan) is None
    found = offers(table, impossible.plan, every_level)
    assert hold(impossible, found)
    best = found[0]
    assert best.changes[0].path == ("protect", "k")
    assert best.k == 12  # half of them: one more, and every cell is a star
    assert best.changes[0].given_up == pytest.approx(18 / 29)
    assert best.price == pytest.approx(best.loss + 18 / 29)


def test_a_model_that_the_whole_table_breaks_is_weakened_or_its_field_left_out() -> None:
    fields = {**FIELDS, "form": {"class": "sensitive"}}
    impossible = case({"k": 2, "l_diversity": {"form": {"distinct": 3}}}, fields, *people(("labour", "sexual")))
    table = impossible.coded()[0]
    found = offers(table, impossible.plan, every_level)
    assert hold(impossible, found)
    assert said(found) == ["fields.form.class: direct", "protect.l_diversity.form.distinct: 2"]


@pytest.mark.parametrize(
    ("model", "key"),
    [
        ({"distinct": 4}, "distinct"),
        ({"entropy": 3}, "entropy"),
        ({"recursive": {"c": 0.5, "l": 2}}, "recursive.c"),
        ({"recursive": {"c": 5, "l": 4}}, "recursive.l"),
        ({"no_code_above_percent": 30}, "no_code_above_percent"),
    ],
)
def test_every_model_of_diversity_gets_an_offer_that_holds(model: dict[str, Any], key: str) -> None:
    fields = {**FIELDS, "form": {"class": "sensitive"}}
    codes = ("labour", "sexual", "labour", "begging", "labour")
    impossible = case({"k": 2, "l_diversity": {"form": model}}, fields, *people(codes))
    table = impossible.coded()[0]
    assert every_level(table, impossible.plan) is None
    found = offers(table, impossible.plan, every_level)
    assert hold(impossible, found)
    assert any(text.startswith(f"protect.l_diversity.form.{key}: ") for text in said(found))


def test_two_promises_that_are_broken_are_weakened_together() -> None:
    fields = {**FIELDS, "form": {"class": "sensitive"}, "house": {"class": "household"}}
    rows = [(*row, f"h{number % 3}") for number, row in enumerate(people(("labour", "sexual")))]
    asked = {
        "k": 2,
        "l_diversity": {"form": {"distinct": 3}},
        "households": {"at_least": 4, "none_above_percent": 60},
    }
    impossible = case(asked, fields, *rows)
    found = offers(impossible.coded()[0], impossible.plan, every_level)
    assert hold(impossible, found)
    assert {change.path[1] for each in found for change in each.changes} >= {"households"}
    assert all(len(each.changes) == 2 for each in found)


def test_a_method_that_only_suppresses_is_offered_a_limit_a_k_or_a_field() -> None:
    """Each place has three people of one age, and one field tells all of them apart."""
    rows = [(place, "13", sex) for place in PLACES for sex in ("f", "f", "m")]
    impossible = case({"k": 3, "method": "local_suppression"}, FIELDS, *rows)
    table = impossible.coded()[0]
    assert rows_only(table, impossible.plan) is None
    found = offers(table, impossible.plan, rows_only)
    assert hold(impossible, found, rows_only)
    assert {"fields.place.class: direct", "fields.sex.class: direct"} <= set(said(found))
    easier = case({"k": 2, "method": "local_suppression"}, FIELDS, *rows)
    half = offers(table, easier.plan, rows_only)
    limit = next(each for each in half if each.changes[0].path[-1] == "max_suppressed_rows_percent")
    assert (limit.changes[0].value, limit.suppressed_rows) == (33.34, 6)  # no less would do


def test_nothing_is_offered_that_tells_nothing() -> None:
    impossible = case({"k": 4}, FIELDS, ("Kupang", "13", "f"), ("Bima", "20", "m"))
    assert offers(impossible.coded()[0], impossible.plan, every_level) == ()


def test_work_is_bounded() -> None:
    """Four fields break their promise, k is far off, and any limit of suppression would do."""
    asked: list[Plan] = []

    def slow(table: Coded, plan: Plan) -> Recoded | None:
        asked.append(plan)
        held = plan.protect.k <= 3 or plan.protect.max_suppressed_rows_percent > 0
        recoded = at_levels(table, [0] * len(table.quasi), plan)
        return replace(recoded, kept=np.ones_like(recoded.kept)) if held else None

    names = ("form", "status", "origin", "work")
    fields = {**FIELDS, **{name: {"class": "sensitive"} for name in names}}
    rows = [(*row, row[3], row[3], row[3]) for row in people(("a", "b", "c"))]
    models = {name: {"distinct": 9} for name in names}
    impossible = case({"k": 100_000, "l_diversity": models}, fields, *rows)
    offers(impossible.coded()[0], impossible.plan, slow)
    assert len(asked) == 20


@settings(max_examples=60)
@given(cases("full_domain", most=25))
def test_every_offer_holds_when_it_is_taken(case: Case) -> None:
    plan = case.plan.model_copy(update={"protect": case.plan.protect.model_copy(update={"k": 9})})
    harder = replace(case, plan=plan)
    table = harder.coded()[0]
    found = offers(table, plan, rows_only)
    assert hold(harder, found, rows_only)
    assert found == offers(table, plan, rows_only)


@settings(max_examples=40)
@given(cases("full_domain"))
def test_a_table_under_a_changed_plan_is_the_table_read_under_it(case: Case) -> None:
    left_out = [Change(("fields", "age", "class"), "direct")]
    left_out += [Change(("fields", "form", "class"), "direct")] if "form" in case.head else []
    plan = taken(case.plan, left_out)
    found, expected = coded_for(case.coded()[0], plan), replace(case, plan=plan).coded()[0]
    assert [each.name for each in found.quasi] == [each.name for each in expected.quasi]
    assert np.array_equal(found.counts, expected.counts)
    assert [each.name for each in found.sensitive] == [each.name for each in expected.sensitive]
    for one, other in zip(found.sensitive, expected.sensitive, strict=True):
        assert np.array_equal(one.tally.rows, other.tally.rows)
        assert np.array_equal(one.tally.starts, other.tally.starts)
    assert (found.households is None) == (expected.households is None)
    if found.households is not None and expected.households is not None:
        assert np.array_equal(found.households.rows, expected.households.rows)


def test_offers_are_said_in_the_language_of_the_reader() -> None:
    impossible = case({"k": 30}, FIELDS, *[row[:3] for row in people(("x",))])
    found = offers(impossible.coded()[0], impossible.plan, every_level)
    english = str(found[0])
    assert english.startswith("protect.k: 12 would hold: k = 12, rows suppressed 0, loss ")
    with speaking("id"):
        assert str(found[0]) != english
