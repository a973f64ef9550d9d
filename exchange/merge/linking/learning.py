"""How often two people agree by chance, learned from a store's own reports, and how many pairs are of one person.

Expectation-maximisation over patterns of levels, with `m` held fast (months are far too small to learn it) and `u` held
near where it started by the weight of `PRIOR_PAIRS` imagined pairs: a small month keeps the model's values, a large
store has its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exchange.merge.linking.model import Witness

PRIOR_PAIRS = 1e6
ROUNDS = 20

Pattern = tuple[int, ...]
"""For each witness the place of its level, -1 where it is silent."""


@dataclass(frozen=True, slots=True)
class Learned:
    """`matching`: the probability that two reports drawn by chance are of one person."""

    matching: float
    witnesses: tuple[Witness, ...]


def learn(witnesses: Sequence[Witness], patterns: dict[Pattern, int], pairs: float) -> Learned:
    """`patterns`: how many of the pairs that share a token show each. `pairs`: all pairs there are, blocked or not."""
    learned = Learned(_start(patterns, pairs), tuple(witnesses))
    for _round in range(ROUNDS):
        learned = _again(learned, tuple(witnesses), patterns, pairs)
    return learned


def _start(patterns: dict[Pattern, int], pairs: float) -> float:
    return min(0.5, (1 + sum(patterns.values()) / 2) / max(pairs, 2.0))


def _again(learned: Learned, prior: tuple[Witness, ...], patterns: dict[Pattern, int], pairs: float) -> Learned:
    one_person = {each: _posterior(learned, each) for each in patterns}
    matched = sum(number * one_person[each] for each, number in patterns.items())
    by_chance = {each: number * (1 - one_person[each]) for each, number in patterns.items()}
    witnesses = tuple(
        _with_chances(witness, place, by_chance, pairs) if witness.learns else witness
        for place, witness in enumerate(prior)
    )
    return Learned(min(0.5, (matched + 1) / max(pairs, 2.0)), witnesses)


def _with_chances(witness: Witness, place: int, by_chance: dict[Pattern, float], pairs: float) -> Witness:
    seen = dict.fromkeys(range(len(witness.levels)), 0.0)
    for pattern, number in by_chance.items():
        if pattern[place] >= 0:
            seen[pattern[place]] += number
    return witness.with_u(
        {
            level.name: (level.u * PRIOR_PAIRS + seen[at]) / (PRIOR_PAIRS + pairs)
            for at, level in enumerate(witness.levels[:-1])
        }
    )


def _posterior(learned: Learned, pattern: Pattern) -> float:
    odds = learned.matching / (1 - learned.matching)
    for witness, at in zip(learned.witnesses, pattern, strict=True):
        if at >= 0:
            odds *= witness.levels[at].m / witness.levels[at].u
    return odds / (1 + odds)
