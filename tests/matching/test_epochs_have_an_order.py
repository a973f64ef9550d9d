"""Everybody knows which epoch is later, from its name alone, whatever somebody calls one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exchange.matching.epochs import follows, rank

IN_ORDER = ("9", "2025", "2025-b", "2026", "2026-9", "2026-10", "2026-10-a", "2027", "a", "b")


def test_names_that_people_would_choose_come_in_their_order() -> None:
    assert sorted(IN_ORDER[::-1], key=rank) == list(IN_ORDER)


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_two_names_have_one_order(one: str, other: str) -> None:
    assert not (follows(one, other) and follows(other, one))


def test_a_name_of_ten_thousand_digits_stops_nothing() -> None:
    assert follows("9" * 10_000, "2026")
