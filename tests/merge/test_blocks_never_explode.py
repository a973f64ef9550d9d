"""Pairs that are worth comparing grow like the reports, whoever fills a block; and filters are linked like tokens."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.engines.duckdb import Engine
from exchange.merge.linking.blocking import FEWEST, WHOLE, block
from exchange.merge.linking.filtering import link_filters, score_filters

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))  # last: it has a module `redact` of its own
import linking_ours
import linking_people

ROLES = {"name": "full_name", "birth": "dob", "year": "birth_year", "place": "regency", "sex": "sex",
         "number": "nik", "phone": "phone"}  # fmt: skip


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


# --- through filters ---


@pytest.fixture(scope="module")
def people() -> tuple[pa.Table, np.ndarray]:
    table = linking_people.generate(1500, 51, linking_people.MIDDLE)
    truth = np.unique(table["cluster"].to_numpy(), return_inverse=True)[1]
    return linking_ours.filters_of_table(table.drop(columns="cluster"), ROLES), truth


def test_probabilities_of_filters_are_honest(people: tuple[pa.Table, np.ndarray]) -> None:
    """In every bin the share of pairs that truly are of one person is near what is said."""
    rows, truth = people
    found, _learned = score_filters(rows, 0.05)
    left, right, said = (np.asarray(found.column(name)) for name in ("l", "r", "probability"))
    really = truth[left] == truth[right]
    for low, high in ((0.05, 0.5), (0.5, 0.9), (0.9, 0.995)):
        inside = (said >= low) & (said < high)
        assert inside.sum() > 20
        assert really[inside].mean() >= said[inside].mean() - 0.2, (low, high)
    assert really[said >= 0.995].mean() > 0.99
    assert abs(said.sum() - really.sum()) < 0.15 * really.sum()


def test_links_through_filters_are_the_same_whatever_the_order_of_rows(people: tuple[pa.Table, np.ndarray]) -> None:
    rows, _truth = people
    order = np.random.default_rng(3).permutation(rows.num_rows)
    there, moved = link_filters(rows), link_filters(rows.take(order))
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.asarray(moved)
    groups = np.unique(np.stack([np.asarray(there), back]), axis=1).shape[1]
    persons = len(np.unique(np.asarray(there)))
    assert abs(groups - persons) <= 0.005 * persons


def test_rows_of_which_nothing_is_known_are_persons_of_their_own(people: tuple[pa.Table, np.ndarray]) -> None:
    rows, _truth = people
    nothing = pa.table({name: pa.nulls(3, rows.schema.field(name).type) for name in rows.column_names})
    persons = np.asarray(link_filters(pa.concat_tables([rows.slice(0, 300), nothing])))
    assert len(np.unique(persons[-3:])) == 3
    assert not set(persons[-3:].tolist()) & set(persons[:-3].tolist())
