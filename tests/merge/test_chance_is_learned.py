"""What two people have in common by chance is read off a store's own reports, with caution."""

from __future__ import annotations

from exchange.merge.linking.learning import Learned, Pattern, learn
from exchange.merge.linking.model import WITNESSES

PERSON = 2
NAMES_ONLY = next(
    at for at, level in enumerate(WITNESSES[PERSON].levels) if level.name.startswith("two names, regency; an")
)


def pattern(person: int, number: int = -1) -> Pattern:
    return (number, -1, person, -1, -1)


def chance(learned: Learned) -> float:
    return learned.witnesses[PERSON].levels[NAMES_ONLY].u


def test_small_month_keeps_the_weights_of_the_model() -> None:
    learned = learn(WITNESSES, {pattern(NAMES_ONLY): 5, pattern(0, number=0): 100}, pairs=250_000)
    assert 0.7 < chance(learned) / WITNESSES[PERSON].levels[NAMES_ONLY].u < 1.3


def test_large_store_where_names_are_shared_by_many_learns_it() -> None:
    many = learn(WITNESSES, {pattern(NAMES_ONLY): 100_000, pattern(0, number=0): 5_000}, pairs=2e8)
    few = learn(WITNESSES, {pattern(NAMES_ONLY): 100, pattern(0, number=0): 5_000}, pairs=2e8)
    assert chance(many) > 3e-4
    assert chance(few) < 1e-6


def test_share_of_matching_pairs_is_learned() -> None:
    learned = learn(WITNESSES, {pattern(0, number=0): 5_000}, pairs=2e8)
    assert 2e-5 < learned.matching < 3e-5


def test_levels_of_every_witness_sum_to_one() -> None:
    learned = learn(WITNESSES, {pattern(NAMES_ONLY): 100_000}, pairs=2e8)
    for witness in (*WITNESSES, *learned.witnesses):
        assert abs(sum(level.m for level in witness.levels) - 1) < 1e-9
        assert abs(sum(level.u for level in witness.levels) - 1) < 1e-4


def test_store_without_pairs_learns_nothing() -> None:
    assert 0 < learn(WITNESSES, {}, pairs=0).matching <= 0.5
