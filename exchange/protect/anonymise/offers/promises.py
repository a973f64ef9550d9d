"""What a table has, taken as one group: the most that any promise of a plan can ask without suppressing a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, exp, floor

import numpy as np

from exchange.protect.anonymise.coded import Coded, Counts, Sensitive
from exchange.protect.anonymise.offers.changes import Change
from exchange.protect.anonymise.plan import Diversity, Plan, Recursive

_EXACT = 1e-9  # what floating point may lose, as in `models`


@dataclass(frozen=True, slots=True)
class Promise:
    """What is `asked` at a path, what the whole table `has`, and what would be `none` of a promise. Numbers go down to
    `none` or up to it, in steps of `step`. `field`: whose values it is about."""

    path: tuple[str, ...]
    asked: float
    has: float
    none: float
    step: float = 1.0
    field: str = ""

    @property
    def is_broken(self) -> bool:
        if self.asked == self.none:
            return False
        short = self.asked - self.has if self.none < self.asked else self.has - self.asked
        return short > _EXACT

    def at(self, further: float) -> Change:
        """The change to what the whole table has, and a share `further` of the way to none."""
        value = self.has + (self.none - self.has) * further
        rounded = (floor if self.none < self.asked else ceil)(round(value / self.step, 6)) * self.step
        exact = int(rounded) if self.step == 1 and isinstance(self.asked, int) else round(rounded, 2)
        return Change(self.path, exact, abs(exact - self.asked) / abs(self.none - self.asked))


def whole_table(coded: Coded, plan: Plan) -> Iterator[Promise]:
    """Each promise of the plan with what the whole table has; closeness, which it always keeps, left out."""
    asked = plan.protect
    yield Promise(("protect", "k"), asked.k, coded.rows, 1)
    if asked.households is not None and coded.households is not None:
        rows = np.bincount(coded.households.what, weights=coded.households.rows)
        path = ("protect", "households")
        yield Promise((*path, "at_least"), asked.households.at_least, int((rows > 0).sum()), 1)
        share = 100 * float(rows.max()) / coded.rows
        yield Promise((*path, "none_above_percent"), asked.households.none_above_percent, share, 100)
    for field in coded.sensitive:
        if field.name in asked.l_diversity:
            yield from _diversity(field, asked.l_diversity[field.name], coded.rows)


def _diversity(field: Sensitive, asked: Diversity, rows: int) -> Iterator[Promise]:
    falling = np.sort(field.total)[::-1]
    path = ("protect", "l_diversity", field.name)
    if asked.distinct is not None:
        yield Promise((*path, "distinct"), asked.distinct, int((falling > 0).sum()), 1, field=field.name)
    elif asked.entropy is not None:
        share = falling[falling > 0] / rows
        yield Promise(
            (*path, "entropy"), asked.entropy, exp(-float((share * np.log(share)).sum())), 1, 0.01, field.name
        )
    elif asked.no_code_above_percent is not None:
        most = np.delete(field.total, field.missing).max(initial=0)
        yield Promise(
            (*path, "no_code_above_percent"), asked.no_code_above_percent, 100 * most / rows, 100, 1, field.name
        )
    elif asked.recursive is not None:
        yield from _recursive((*path, "recursive"), falling, asked.recursive, field.name)


def _recursive(path: tuple[str, ...], falling: Counts, asked: Recursive, field: str) -> Iterator[Promise]:
    most, rest = int(falling[0]), int(falling[asked.l - 1 :].sum())
    if rest == 0:
        yield Promise((*path, "l"), asked.l, int((falling > 0).sum()), 1, field=field)
    elif most >= asked.c * rest:
        yield Promise((*path, "c"), asked.c, most / rest + 0.01, 1000, 0.01, field)  # less, not equal
