"""What a recipient reads is what was released: the same rows, tables and tokens, whatever stands in them."""

from __future__ import annotations

import pytest
from bundle.months import FREE, TIERS, ByHand, by_hand, counts, described, hostile, released, spread
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from exchange.bundle.contents import read_contents
from exchange.matching.tokens import TOKEN_KINDS
from exchange.protect.protected import Protected, RowToken

NASTY = st.one_of(
    st.sampled_from(
        [
            "=1+1", "+62 811-000", "-8.65", "@x", "\tx", "'", "''=", '"', 'a"b', "a\r\nb", "\n", "a,b", "a;=b",
            "<script>alert(1)</script>", "\u202egnirts", "\u200f", "\ufeff", "NA", "null", "x" * 40_000, "é" * 20_000,
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
)  # fmt: skip


def assert_comes_back(protected: Protected) -> None:
    bundle, metadata = described(protected)
    found = read_contents(bundle)
    assert found.metadata == metadata
    assert found.tables == protected.tables
    assert found.tokens == protected.tokens
    assert (found.rows is None) == ("rows" not in protected.permit.tier.protect.output)
    if protected.rows is None:  # a month in which no rows leave has their file all the same
        assert found.rows is None or found.rows.num_rows == 0
    if found.rows is not None and protected.rows is not None:
        assert found.rows.column_names == protected.rows.column_names
        assert found.rows.to_pylist() == protected.rows.to_pylist()


@pytest.mark.parametrize("recipient", TIERS)
@pytest.mark.parametrize(
    ("cso", "name", "take"),
    [("yks", "2026-09", None), ("jkm", "2026-10", None), ("yks", "2026-10", 6), ("yks", "2026-10", 40)],
    ids=["month", "nil", "tiny", "small"],
)
def test_every_tier_of_every_kind_of_month_comes_back(recipient: str, cso: str, name: str, take: int | None) -> None:
    assert_comes_back(released(recipient, cso, name, take))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(NASTY, min_size=1, max_size=5))
@example(["\r"])
@example(["", "SUPPRESSED", "UNKNOWN"])
def test_hostile_values_come_back(values: list[str]) -> None:
    assert_comes_back(hostile(values))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(NASTY, st.none() | st.integers(0, 10**9 - 1)), max_size=5, unique_by=lambda cell: cell[0]))
def test_hostile_tables_come_back(cells: list[tuple[str, int | None]]) -> None:
    table = counts(("x_OriginRegency",), *(((value,), count) for value, count in cells))
    assert_comes_back(by_hand(ByHand(FREE, "dinas-p3a", None, (table,)), gate="no_rows_agreed"))


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from(TOKEN_KINDS), min_size=1, max_size=4))
def test_tokens_come_back_in_their_order(kinds: list) -> None:
    rows = spread("io-id", ["a", "b"], FREE)
    tokens = tuple(RowToken(rows["x_CaseRef"][1], kind, f"-{n:021d}") for n, kind in enumerate(kinds))
    assert_comes_back(by_hand(ByHand(FREE, "io-id", rows, tokens=tokens)))
