"""Nobody is misled: every clause is obeyed by some part of the house."""

from __future__ import annotations

from pathlib import Path

import pytest

import exchange
from exchange.agreements.agreement import Agreement
from exchange.agreements.obeyed import OBEYED, obeyed_by
from exchange.agreements.shape import leaves

HOUSE = Path(exchange.__file__).parent


@pytest.mark.parametrize("leaf", leaves(Agreement))
def test_every_leaf_of_the_format_is_obeyed(leaf: str) -> None:
    assert obeyed_by(leaf) is not None


def test_a_leaf_that_the_format_does_not_have_is_obeyed_by_nobody() -> None:
    assert obeyed_by("parts.*.key") is None


@pytest.mark.parametrize("clause", OBEYED)
def test_every_entry_is_a_clause_of_the_format(clause: str) -> None:
    assert any(leaf == clause or leaf.startswith(f"{clause}.") for leaf in leaves(Agreement))


@pytest.mark.parametrize("place", sorted(set(OBEYED.values())))
def test_what_obeys_exists(place: str) -> None:
    assert (HOUSE / place).is_dir() or (HOUSE / f"{place}.py").is_file()
