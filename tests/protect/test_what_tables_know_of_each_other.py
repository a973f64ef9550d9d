"""Breakdowns that go round in a circle are seen as such; where the search gives up, nothing is published."""

from __future__ import annotations

import pytest
from protect.people import column

from exchange.protect.tables.counting import count
from exchange.protect.tables.kinds import Asked, Breakdown, circle
from exchange.protect.tables.program import Program
from exchange.protect.tables.withholding import withhold


@pytest.mark.parametrize(
    ("breakdowns", "round_about"),
    [
        ([("a", "b"), ("b", "c"), ("c", "a")], ("a", "b", "c")),
        ([("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")], ("a", "b", "c", "d")),
        ([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")], ("a", "b", "c")),
        ([("a", "b"), ("b", "c"), ("c", "d")], ()),
        ([("a", "b"), ("b", "c"), ("c", "a"), ("a", "b", "c")], ()),
        ([("a",), ("b",), ("a", "b"), ("a", "b")], ()),
        ([], ()),
    ],
)
def test_a_circle_is_found(breakdowns: list[Breakdown], round_about: Breakdown) -> None:
    assert circle(breakdowns) == round_about


def test_where_the_search_gives_up_nothing_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    people = (column("sex", ["f"] * 30 + ["m"] * 20 + ["x"] * 2),)
    counts = count(people, 52, Asked.of([("sex",)]))
    assert withhold(counts, 5) < counts.visible()
    monkeypatch.setattr(Program, "nearest", lambda *_args: None)
    monkeypatch.setattr(Program, "farthest", lambda *_args: None)
    assert withhold(counts, 5) == counts.visible()
