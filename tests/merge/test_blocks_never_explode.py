"""Pairs that are worth comparing grow like the reports, whoever fills a block."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.engines.duckdb import Engine
from exchange.merge.linking.blocking import FEWEST, WHOLE, block


def blocked(keys: Iterable[tuple[int, int]], since: int = 0) -> set[tuple[int, int]]:
    rows = list(keys)
    table = pa.table(
        {
            "key": pa.array([key for key, _node in rows], pa.int64()),
            "unique_id": pa.array([node for _key, node in rows], pa.int32()),
        }
    )
    with Engine.open() as engine:
        engine.add("keys", table)
        block(engine, "keys", "pairs", since)
        found = engine.run("SELECT l, r FROM pairs")
    pairs = list(zip(*(found.column(name).to_pylist() for name in "lr"), strict=True))
    assert len(pairs) == len(set(pairs))
    return set(pairs)


def test_in_a_small_block_everybody_is_compared_with_everybody() -> None:
    assert len(blocked((1, node) for node in range(WHOLE))) == WHOLE * (WHOLE - 1) // 2


@pytest.mark.parametrize("size", [100, 1000, 10_000])
def test_a_block_adds_pairs_like_its_size(size: int) -> None:
    pairs = blocked((1, node) for node in range(size))
    assert len(pairs) <= size * WHOLE
    last = [left for left, right in pairs if right == size - 1]
    assert len(last) >= FEWEST
    if size >= 10_000:
        assert len(pairs) < 6 * size


def test_first_ones_of_a_block_meet_everybody() -> None:
    pairs = blocked((1, node) for node in range(2000))
    assert all((0, node) in pairs for node in range(1, 2000))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40)), max_size=120), st.integers(0, 40))
def test_what_was_compared_once_is_not_compared_again_and_nothing_is_forgotten(
    keys: list[tuple[int, int]], since: int
) -> None:
    every = blocked(set(keys))
    before = blocked({(key, node) for key, node in keys if node < since})
    added = blocked(set(keys), since)
    assert all(left < right for left, right in every)
    assert before | added == every
    assert not before & added
