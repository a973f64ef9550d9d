"""Nobody is misled: every clause is obeyed by some part of the house, or listed with the reason why not."""

from __future__ import annotations

from pathlib import Path

import pytest
from agreements.example import agreement

import exchange
from exchange.agreements.agreement import Agreement
from exchange.agreements.obeyed import OBEYED, clause_of, not_obeyed, unobeyed
from exchange.agreements.shape import leaves

HOUSE = Path(exchange.__file__).parent


@pytest.mark.parametrize("leaf", leaves(Agreement))
def test_every_leaf_of_the_format_is_classified(leaf: str) -> None:
    assert clause_of(tuple(leaf.split(".")), not_obeyed()) is not None


@pytest.mark.parametrize("clause", [*OBEYED, *not_obeyed()])
def test_every_entry_is_a_clause_of_the_format(clause: str) -> None:
    assert any(leaf == clause or leaf.startswith(f"{clause}.") for leaf in leaves(Agreement))


def test_no_clause_is_in_both_tables() -> None:
    assert not OBEYED.keys() & not_obeyed().keys()


@pytest.mark.parametrize("place", sorted(set(OBEYED.values())))
def test_what_obeys_exists(place: str) -> None:
    if place in {"sending", "receiving"} and not (HOUSE / f"{place}.py").exists():
        pytest.skip("the two halves of the road are not joined yet")
    assert (HOUSE / place).is_dir() or (HOUSE / f"{place}.py").is_file()


def test_the_example_says_what_is_not_obeyed_with_its_own_names() -> None:
    listed = {each.path: each.why for each in unobeyed(agreement())}
    assert listed["approval"] == "one person can send; nobody is asked to approve"
    assert "parties[3].cross_border" in listed
    assert not any(path.startswith(("consent.fields", "data.", "parties[0].key")) for path in listed)
