"""What the judge says of groups is what the definitions say, computed once more in another way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from protect.anonymise.tables import Case, cases, plan_of, quasi

from exchange.protect.anonymise.checking import broken
from exchange.protect.anonymise.models import Judge
from exchange.protect.anonymise.recoded import Recoded, ladder_labels


@given(cases("full_domain"), st.data())
def test_judge_and_check_agree_on_every_group(case: Case, data: st.DataObject) -> None:
    coded, _of_row = case.coded()
    levels = [data.draw(st.integers(0, each.levels - 1)) for each in coded.quasi]
    labels = tuple(ladder_labels(each, level) for each, level in zip(coded.quasi, levels, strict=True))
    columns = [q.nodes[level][v] for q, level, v in zip(coded.quasi, levels, coded.combinations.T, strict=True)]
    numbers = np.stack(columns, axis=1)
    looks, group = np.unique(numbers, axis=0, return_inverse=True)
    held = Judge(coded, case.plan.protect).holds(group.ravel().astype(np.int32), len(looks))
    asked = case.plan.protect.model_copy(update={"max_suppressed_rows_percent": 100.0})
    for number in range(len(looks)):
        alone = Recoded(labels, numbers, group.ravel() == number)
        assert held[number] == (not broken(coded, alone, asked))


@given(cases("full_domain"), st.data())
def test_some_members_are_judged_as_if_there_were_no_others(case: Case, data: st.DataObject) -> None:
    coded, _of_row = case.coded()
    count = len(coded.counts)
    group = np.array(data.draw(st.lists(st.integers(0, 2), min_size=count, max_size=count)), dtype=np.int32)
    judge = Judge(coded, case.plan.protect)
    whole = judge.holds(group, 3)
    for number in range(3):
        members = np.flatnonzero(group == number).astype(np.int32)
        assert judge.holds(np.zeros(len(members), dtype=np.int32), 1, members)[0] == whole[number]


def test_what_nobody_counted_is_kept_by_no_group() -> None:
    fields = {"sex": quasi(), "form": {"class": "sensitive"}, "house": {"class": "household"}}
    asked = {"l_diversity": {"form": {"distinct": 1 + 1}}, "households": {"at_least": 2, "none_above_percent": 50}}
    plan = plan_of({"k": 1, "method": "full_domain", **asked}, fields)
    coded, _of_row = Case(plan, ("sex", "form", "house"), (("f", "a", "1"), ("f", "b", "2"))).coded()
    recoded = Recoded((ladder_labels(coded.quasi[0], 0),), coded.combinations, coded.counts > 0)
    assert not broken(coded, recoded, plan.protect)
    uncounted = replace(coded, sensitive=(), households=None)
    assert {(each.code, each.where) for each in broken(uncounted, recoded, plan.protect)} == {
        ("protect.not_counted", "form"),
        ("protect.not_counted", "households"),
    }


@pytest.mark.parametrize(
    ("model", "good", "bad"),
    [
        ({"distinct": 3}, "abc", "aab"),
        ({"entropy": 3}, "abc", "aabc"),
        ({"recursive": {"c": 1, "l": 2}}, "aabbc", "aaabc"),  # 2 < 3; not 3 < 2
        ({"no_code_above_percent": 50}, "aabb", "aaab"),
    ],
)
def test_diversity_is_what_the_paper_says(model: dict[str, object], good: str, bad: str) -> None:
    assert _holds(good, l_diversity={"form": model})
    assert not _holds(bad, l_diversity={"form": model})


def test_one_code_of_a_list_may_not_stand_in_too_many_rows() -> None:
    fields = {"sex": quasi(), "form": {"class": "sensitive", "list": ";"}}
    share = {"form": {"no_code_above_percent": 60}}
    plan = plan_of({"k": 1, "method": "full_domain", "l_diversity": share}, fields)
    for codes, held in ((("a;b", "b;c", "c"), False), (("a;b", "b;c", "c;a", "a;b", ""), True)):
        coded, _of_row = Case(plan, ("sex", "form"), tuple(("f", code) for code in codes)).coded()
        assert Judge(coded, plan.protect).holds(np.zeros(1, dtype=np.int32), 1)[0] == held


def test_closeness_by_the_example_of_the_paper() -> None:
    """Li, Li, Venkatasubramanian 2007, section 5.1: salaries 3k to 11k; {3k, 4k, 5k} is 0.375 away, {6k, 8k, 11k}
    0.167."""
    salaries = [str(number) for number in range(3, 12)]
    fields = {"sex": quasi(), "wage": {"class": "sensitive"}}
    for chosen, distance in (({"3", "4", "5"}, 0.375), ({"6", "8", "11"}, 1 / 6)):
        rows = tuple(("f" if salary in chosen else "m", salary) for salary in salaries)
        for most, held in ((distance + 0.001, True), (distance - 0.001, False)):
            closeness = {"wage": {"max": most, "distance": "ordered"}}
            plan = plan_of({"k": 1, "method": "full_domain", "t_closeness": closeness}, fields)
            coded, _of_row = Case(plan, ("sex", "wage"), rows).coded()
            assert Judge(coded, plan.protect).holds(np.array([0, 1], dtype=np.int32), 2)[0] == held


def _holds(codes: str, **asked: object) -> bool:
    plan = plan_of({"k": 1, "method": "full_domain", **asked}, {"sex": quasi(), "form": {"class": "sensitive"}})
    coded, _of_row = Case(plan, ("sex", "form"), tuple(("f", code) for code in codes)).coded()
    return bool(Judge(coded, plan.protect).holds(np.zeros(1, dtype=np.int32), 1)[0])
