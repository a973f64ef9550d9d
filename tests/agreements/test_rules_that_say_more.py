"""Which of two rules of one kind says more: shown by what each makes of values, not by how they are written."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from exchange.agreements.exactness import says_more
from exchange.agreements.tiers import (
    BottomCode,
    GeneraliseNumber,
    GeneraliseOwn,
    Keep,
    Map,
    Round,
    Rule,
    TopCode,
)
from exchange.ladders.intervals import intervals
from exchange.redact.round import nearest

FOR = {"for": ("trends",)}
VALUES = range(-60, 200)
Made = tuple[Rule, Callable[[int], str | None]]


def rounded(base: int) -> Made:
    return Round(rule="round", to=base, **FOR), lambda value: str(nearest(Decimal(value), base))


def topped(at: int) -> Made:
    return TopCode(rule="top_code", at=at, **FOR), lambda value: "top" if value >= at else str(value)


def bottomed(at: int) -> Made:
    return BottomCode(rule="bottom_code", at=at, **FOR), lambda value: "bottom" if value <= at else str(value)


def banded(edges: set[int]) -> Made:
    rule = GeneraliseNumber(rule="generalise", ladder="interval", edges=tuple(sorted(edges)), **FOR)
    return rule, lambda value: intervals(sorted(edges)).at(str(value), "interval")


PAIRS = st.one_of(
    st.tuples(*[st.integers(1, 30).map(rounded)] * 2),
    st.tuples(*[st.integers(-40, 150).map(topped)] * 2),
    st.tuples(*[st.integers(-40, 150).map(bottomed)] * 2),
    st.tuples(*[st.sets(st.integers(-40, 150), min_size=1, max_size=4).map(banded)] * 2),
)


@given(PAIRS)
def test_a_rule_that_is_said_to_say_less_tells_nothing_that_the_other_did_not(pair: tuple[Made, Made]) -> None:
    (before, was), (after, now) = pair
    told: dict[str | None, set[str | None]] = {}
    for value in VALUES:
        told.setdefault(was(value), set()).add(now(value))
    if not says_more(before, after):
        assert all(len(each) == 1 for each in told.values())


def own(to: str, *rows: tuple[str, ...]) -> GeneraliseOwn:
    return GeneraliseOwn(rule="generalise", ladder="own", table=(("code", "group", "top"), *rows), to=to, **FOR)


def test_ones_own_ladder_says_less_on_a_coarser_level_and_more_where_its_groups_are_other_ones() -> None:
    rows = (("a", "x", "all"), ("b", "x", "all"), ("c", "y", "all"))
    group = own("group", *rows)
    assert not says_more(group, own("top", *rows))
    assert says_more(own("top", *rows), group)
    assert says_more(group, own("group", ("a", "x", "all"), ("b", "y", "all"), ("c", "y", "all")))
    assert says_more(group, own("group", *rows, ("d", "y", "all")))
    assert not says_more(group, group)


def test_rules_of_different_kinds_widen_unless_the_value_stood_there_as_it_is() -> None:
    number, codes = Round(rule="round", to=5, **FOR), Map(rule="map", to={"a": "b"}, otherwise="c", **FOR)
    assert not says_more(Keep(rule="keep", **FOR), number)
    assert says_more(number, Keep(rule="keep", **FOR))
    assert says_more(number, codes)
    assert says_more(codes, number)
