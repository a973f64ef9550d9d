"""Invented names, and the spellings of one name beside each other."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from exchange.demo.names import FLORES, JAVA, MUSLIM, SPELLINGS, SUMBA, TIMOR, Name, as_written_elsewhere, make_name

POOLS = (TIMOR, FLORES, SUMBA, MUSLIM, JAVA)


@given(st.integers(), st.sampled_from(POOLS), st.booleans())
def test_a_name_has_a_first_word_and_no_stray_space(seed: int, pool: object, woman: bool) -> None:
    assert pool in POOLS
    name = make_name(random.Random(seed), pool, woman=woman)  # type: ignore[arg-type]  # drawn from POOLS
    written = as_written_elsewhere(random.Random(seed), name)
    for each in (name, written):
        assert each.first
        assert each.full == " ".join(each.full.split())


def test_many_java_names_are_one_word() -> None:
    rng = random.Random(1)
    names = [make_name(rng, JAVA, woman=True) for _ in range(400)]
    assert 0.3 < sum(not name.second for name in names) / 400 < 0.6


def test_a_household_shares_its_second_name() -> None:
    assert make_name(random.Random(3), TIMOR, woman=False, family="Nahak").second == "Nahak"


def test_another_organisation_often_spells_a_name_differently() -> None:
    rng = random.Random(5)
    name = Name("Muhammad", "Yusuf")
    written = [as_written_elsewhere(rng, name) for _ in range(200)]
    assert all(each != name for each in written)
    assert {each.first for each in written} >= set(SPELLINGS["Muhammad"])
