"""Promises that every ladder keeps: one parent for each label, and generalising twice is generalising once."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.codes import places
from exchange.codes.countries import world
from exchange.codes.lists import code_list
from exchange.errors import AgreementError
from exchange.ladders.register import LADDER_NAMES, ladder
from exchange.ladders.types import Ladder, from_table

SOME_DISTRICTS = [code for regency in ("53.01", "53.71", "93.01") for code in places.children_of(regency)]
SOME_VILLAGES = [code for district in SOME_DISTRICTS[:9] for code in places.children_of(district)]
INDUSTRIES = [entry.code for entry in code_list("htcds-2.0", field="vic_ForcedLabourIndustry")]

EDGES = {"age_band": (0, 18, 30, 45), "interval": (0, 10, 100)}
VALUES: dict[str, st.SearchStrategy[str]] = {
    "age_band": st.integers(0, 120).map(str),
    "date": st.dates().map(date.isoformat),
    "place": st.sampled_from([*places.regencies(), *places.provinces(), *SOME_DISTRICTS, *SOME_VILLAGES, "91.01"]),
    "country": st.sampled_from([place.code for place in world()]),
    "industry": st.sampled_from(INDUSTRIES),
    "interval": st.decimals(-1000, 1000, places=2).map(str),
}


def built(name: str) -> Ladder:
    return ladder(name, edges=EDGES.get(name))


@pytest.fixture(params=LADDER_NAMES)
def named(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_ladder_of_the_register_is_tested_here() -> None:
    assert set(VALUES) == set(LADDER_NAMES)


@given(st.sampled_from(LADDER_NAMES), st.data())
def test_generalising_twice_is_once(name: str, data: st.DataObject) -> None:
    tree, value = built(name), data.draw(VALUES[name])
    for level in tree.levels:
        once = tree.at(value, level)
        if once is not None:
            assert tree.at(once, level) == once


@given(st.sampled_from(LADDER_NAMES), st.data())
def test_by_way_of_a_finer_level_is_straight_up(name: str, data: st.DataObject) -> None:
    tree, value = built(name), data.draw(VALUES[name])
    for step, finer in enumerate(tree.levels):
        halfway = tree.at(value, finer)
        if halfway is not None:
            for coarser in tree.levels[step:]:
                assert tree.at(halfway, coarser) == tree.at(value, coarser)


@given(st.sampled_from(LADDER_NAMES), st.data())
def test_what_is_equal_on_one_level_is_equal_on_every_coarser_one(name: str, data: st.DataObject) -> None:
    tree = built(name)
    first, second = (tree.climb(data.draw(VALUES[name])) for _ in range(2))
    assert first is not None
    assert second is not None
    met = False
    for one, other in zip(first, second, strict=True):
        met = met or (one is not None and one == other)
        assert not met or one == other


@given(st.sampled_from(LADDER_NAMES), st.data())
def test_a_chain_has_a_place_for_each_level_and_no_gap(name: str, data: st.DataObject) -> None:
    tree, value = built(name), data.draw(VALUES[name])
    chain = tree.climb(value)
    assert chain is not None
    assert len(chain) == len(tree.levels)
    labels = [label for label in chain if label is not None]
    assert list(chain[len(chain) - len(labels) :]) == labels
    assert labels


@pytest.mark.parametrize(
    "text", ["", "?", "UNKNOWN", "SUPPRESSED", "230", "-1", "2026-13-01", "Kupang", "XX", "1e3", "٣"]
)
def test_what_is_not_on_a_ladder_is_none_and_never_a_guess(named: str, text: str) -> None:
    if named == "interval" and text in ("230", "-1"):
        return  # an interval takes every number
    tree = built(named)
    assert tree.climb(text) is None
    assert tree.at(text, tree.levels[-1]) is None


def test_a_coarse_value_is_never_made_finer() -> None:
    assert ladder("date").at("2026", "month") is None
    assert ladder("place").at("53", "regency") is None


def test_a_level_that_a_ladder_does_not_have_is_refused(named: str) -> None:
    with pytest.raises(AgreementError) as refused:
        built(named).at("2026", "century")
    assert refused.value.codes == ("ladder.no_level",)


def test_an_unknown_ladder_is_refused() -> None:
    with pytest.raises(AgreementError) as refused:
        ladder("zodiac")
    assert refused.value.codes == ("ladder.unknown",)


@pytest.mark.parametrize("name", ["age_band", "interval"])
@pytest.mark.parametrize("edges", [None, (), (0, 0), (0, 30, 18)])
def test_edges_that_are_missing_or_do_not_rise_are_refused(name: str, edges: tuple[int, ...] | None) -> None:
    with pytest.raises(AgreementError) as refused:
        ladder(name, edges=edges)
    assert refused.value.codes == ("ladder.edges",)


def test_age_bands_that_leave_children_out_are_refused() -> None:
    with pytest.raises(AgreementError):
        ladder("age_band", edges=(18, 30))


def test_edges_where_none_are_wanted_are_refused() -> None:
    with pytest.raises(AgreementError):
        ladder("date", edges=(0, 1))


Rows = list[tuple[str, ...]]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([("a", "b"), ("c",)], "ladder.ragged"),
        ([("a", "x", "all"), ("a", "y", "all")], "ladder.two_parents"),
        ([("a", "x", "p"), ("b", "x", "q")], "ladder.two_parents"),
        ([("a", "x", "all"), ("x", "y", "all")], "ladder.label_twice"),
    ],
)
def test_a_table_that_is_no_tree_is_refused(rows: Rows, code: str) -> None:
    levels = ("value", "group", "top")[: len(rows[0])]
    with pytest.raises(AgreementError) as refused:
        from_table("own", levels, rows)
    assert set(refused.value.codes) == {code}


def test_everything_wrong_with_a_table_is_said_at_once() -> None:
    rows = [("a", "x", "p"), ("b",), ("c", "x", "q"), ("x", "y", "p")]
    with pytest.raises(AgreementError) as refused:
        from_table("own", ("value", "group", "top"), rows)
    assert set(refused.value.codes) == {"ladder.ragged", "ladder.two_parents", "ladder.label_twice"}


LABELS = st.sampled_from("abcdef")


@given(st.lists(st.tuples(LABELS, LABELS, LABELS), max_size=6))
def test_a_table_that_is_taken_is_a_tree(rows: Rows) -> None:
    try:
        tree = from_table("own", ("value", "group", "top"), rows)
    except AgreementError:
        return
    for value, group, top in rows:
        assert (tree.at(value, "group"), tree.at(value, "top")) == (group, top)
        assert (tree.at(group, "group"), tree.at(group, "top"), tree.at(top, "top")) == (group, top, top)


def test_a_label_may_be_its_own_parent() -> None:
    tree = from_table("own", ("value", "group"), [("a", "a"), ("b", "a"), ("c", "c")])
    assert [tree.at(value, "group") for value in "abc"] == ["a", "a", "c"]
