"""Two years of releases by three organisations, and an attacker who holds them all.

Where releases are compared with what the tier holds, nobody is left among fewer than k, nobody's code is pinned, and no
group or cell differs by a few people. Where they are not, the same attack succeeds: each release kept its promise.
"""

from __future__ import annotations

from functools import cache

import pytest
from protect.attacker import intersect, isolated_changes
from protect.chains import few_by_rows
from protect.years import CODES, QUASI, Organisation, bundles, years

from exchange.protect.rows import least

K, PERCENT = 5, 80
PRICE = 60  # percent of cells that may be withheld: so that most months have rows to attack


@pytest.fixture(autouse=True)
def no_program_for_small_releases(monkeypatch: pytest.MonkeyPatch) -> None:
    """It finds the least to withhold from the rows of a small release, and takes most of the time."""
    monkeypatch.setattr(least, "MOST_CHOICES", 0)


@cache
def held(remembers: bool) -> tuple[Organisation, ...]:
    return tuple(years(remembers, max_suppressed_cells_percent=PRICE))


def test_there_is_something_to_attack() -> None:
    for remembers in (True, False):
        periods = [[period for period, _sent in one.kept] for one in held(remembers)]
        for those in periods:
            assert sum(period.every == "quarter" for period in those) == 8
            assert len({period for period in those if period.every == "month"}) == 24
        assert sum(map(len, periods)) > 3 * 32 + 2  # some were corrected


@pytest.mark.parametrize("knows_the_group", [False, True])
def test_two_years_together_leave_nobody_among_fewer_than_k_and_pin_no_code(knows_the_group: bool) -> None:
    found = intersect(held(True), K, PERCENT, knows_the_group)
    assert found.people > 500
    assert (found.below_k, found.alone, found.pinned) == (0, 0, 0)


def test_no_group_and_no_cell_of_two_years_differs_by_few() -> None:
    few, asked = isolated_changes(held(True), K)
    assert few == 0
    assert asked > 1000


def test_the_same_attack_succeeds_without_a_memory() -> None:
    outside, inside = (intersect(held(False), K, PERCENT, knows) for knows in (False, True))
    assert outside.below_k > 0.05 * outside.people
    assert outside.pinned > 0.05 * outside.people
    assert inside.below_k > 0.2 * inside.people
    assert inside.alone > 0
    few, asked = isolated_changes(held(False), K)
    assert few > 0.05 * asked


def test_the_promise_leaves_most_rows_and_most_of_what_they_tell() -> None:
    rows, told = ([_rows(held(remembers)), _codes(held(remembers))] for remembers in (False, True))
    assert told[0] > 0.6 * rows[0]
    assert told[1] > 0.4 * rows[1]


def test_rows_that_tokens_join_over_months_point_at_nobody() -> None:
    (one,) = years(True, number_of_months=5, organisations=1, tokens=True, max_suppressed_cells_percent=PRICE)
    shown = [sent.shown for sent in bundles([one])]
    assert sum(bool(each.rows) for each in shown) > 1
    assert few_by_rows(shown, K, QUASI) == []
    (alone,) = years(False, number_of_months=3, organisations=1, tokens=True, max_suppressed_cells_percent=PRICE)
    assert few_by_rows([sent.shown for sent in bundles([alone])], K, QUASI)


def _rows(of: tuple[Organisation, ...]) -> int:
    return sum(sent.protected.account.rows_out for sent in bundles(of))


def _codes(of: tuple[Organisation, ...]) -> int:
    rows = [sent.protected.rows for sent in bundles(of)]
    return sum(value != "SUPPRESSED" for table in rows if table is not None for value in table[CODES].to_pylist())
