"""Whether probabilities are right, asked of reports that nobody has labelled.

The number on a paper is left out, and what is left says how probable each pair is. Then the number is looked at, where
both reports have one: of pairs that are one person it agrees as often as `m` says, of others hardly ever, and so the
share in which it agrees tells how many of them are one person. What is said and what is seen should be near each other.
It is a check and no proof: who has a number need not be like who has none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exchange.merge.linking.learning import Learned, Patterns, Witness
from exchange.merge.linking.model import ASK, LINK

NUMBER = "number"
FEWEST = 20
"""Of fewer pairs with two numbers nothing is said."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Pairs that without the number have a probability from `least` up to the next: how many had a number on both
    sides, which share of them is one person as was `said`, and as the numbers have `seen`."""

    least: float
    pairs: int
    said: float
    seen: float


def calibration(learned: Learned, number: Witness, patterns: Patterns) -> tuple[Checked, ...]:
    """From `ASK` to `LINK`, and from `LINK` up; what cannot be checked is left out. `learned`: without the number, so
    that it stands apart from what it checks; `number`: as the model has it before anything is learned here."""
    said = learned.probabilities(patterns)
    level = patterns.heard(number)
    same, chance = float(number.m[0] / number.m.sum()), float(number.u[0])
    found = []
    for least, most in ((ASK, LINK), (LINK, np.inf)):
        those = (said >= least) & (said < most) & (level >= 0)
        pairs = float(patterns.pairs[those].sum())
        if pairs >= FEWEST and same > chance:
            agree = float(patterns.pairs[those & (level == 0)].sum()) / pairs
            seen = min(1.0, max(0.0, (agree - chance) / (same - chance)))
            mean = float((patterns.pairs * said)[those].sum()) / pairs
            found.append(Checked(least, round(pairs), round(mean, 4), round(seen, 4)))
    return tuple(found)
