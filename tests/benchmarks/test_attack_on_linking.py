"""The attack of `make bench-linking-attack` breaks what is known to break, or what withstands it would say nothing."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import linking_attack, linking_people
from benchmarks.linking_attack import Public

ROWS = 4000  # of fewer reports it depends on the crowd whether the attack finds a foothold


@pytest.fixture(scope="module")
def crowds() -> linking_attack.Target:
    made = (linking_people.generate(ROWS, seed, linking_people.MIDDLE)[:ROWS] for seed in (41, 42))
    return linking_attack.Target("made", *made)


def test_filters_of_words_fall(crowds: linking_attack.Target) -> None:
    names = linking_attack._names(crowds.reports)
    plain = {kind: linking_attack._spoken(crowds.others, "fields")[kind] for kind in ("name", "sex")}
    seen = {kind: linking_attack._opaque(crowds.reports, "fields")[kind] for kind in ("name", "sex")}
    guessed = linking_attack.attack(seen, Public(linking_attack._names(crowds.others), plain))
    assert linking_attack._share(guessed.by_kind["name"], names) > 0.6


def test_a_token_of_sex_alone_falls_to_counting() -> None:
    seen = [[b"x"]] * 70 + [[b"y"]] * 30
    assert linking_attack.by_rank(seen, [["M"]] * 2 + [["F"]] * 8) == {b"x": "F", b"y": "M"}


def test_where_rows_stand_helps_nobody() -> None:
    values = [[str(row).encode()] for row in range(500)]
    guessed = linking_attack.by_rank(values, [[str(row)] for row in range(500)])
    right = np.mean([guessed[value] == value.decode() for [value] in values])
    assert right < 0.05
