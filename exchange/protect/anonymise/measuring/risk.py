"""How easily a person is found in a table, before and after: by the sizes of groups of look-alikes.

Three attackers (El Emam, Guide to the De-Identification of Personal Health Information, 2013, chapter 16): the
prosecutor knows that the person is in the table; the journalist knows only that the person is in the population, and
wants to be right once; the marketer wants to be right as often as can be. A suppressed row is in no group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from exchange.errors import DisclosureError, Problem
from exchange.locale import _
from exchange.protect.anonymise.alike import distinct, keys
from exchange.protect.anonymise.coded import Coded, Counts, Numbers
from exchange.protect.anonymise.measuring.population import Chances, Unique, chances, unique
from exchange.protect.anonymise.recoded import Recoded
from exchange.protect.risk import Risk

_BANDS = (1, 2, 3, 5, 10, 20, 50, 100, 1000)


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups of look-alikes: `labels`, a row each, a column per quasi-identifier, numbers below `domains`; `sizes` in
    rows of the table."""

    labels: Numbers
    domains: tuple[int, ...]
    sizes: Counts

    def seen_by(self, places: Sequence[int]) -> Counts:
        """The sizes of the groups for one who knows only the quasi-identifiers at `places`."""
        if not places or not len(self.sizes):
            return np.array([self.sizes.sum()][: len(self.sizes)], dtype=np.int64)
        key = keys([self.labels[:, place] for place in places], [self.domains[place] for place in places])
        if key.max() < 4 * len(key):  # as small as the table itself: counting is quicker than sorting
            counted = np.bincount(key, weights=self.sizes).astype(np.int64)
            return counted[counted > 0]
        order = np.argsort(key)
        first = np.flatnonzero(np.diff(key[order], prepend=-1))
        return np.asarray(np.add.reduceat(self.sizes[order], first))


@dataclass(frozen=True, slots=True)
class Attack:
    """Chances that a row is rightly said to be its person's: the `highest`, the `average` of all rows, and the share of
    rows whose chance is above 1 / k."""

    highest: float
    average: float
    rows_above: float


@dataclass(frozen=True, slots=True)
class Look:
    """What one who knows some of the quasi-identifiers sees."""

    rows_below_k: int
    unique_rows: int
    average: float


@dataclass(frozen=True, slots=True)
class Driver:
    """A quasi-identifier's part in the risk: what one sees who knows it `alone`, and who knows all `without` it."""

    field: str
    alone: Look
    without: Look


@dataclass(frozen=True, slots=True)
class Band:
    """Groups of `at_least` to `at_most` rows (None: any more), and the rows in them."""

    at_least: int
    at_most: int | None
    groups: int
    rows: int


@dataclass(frozen=True, slots=True)
class Exposure:
    """The risk of one side. Without a population the journalist is the prosecutor, and `population_unique` is None."""

    rows: int
    groups: int
    smallest: int
    average_group: float
    unique_rows: int
    rows_below_k: int
    prosecutor: Attack
    journalist: Attack
    marketer: float
    population_unique: Unique | None
    sizes: tuple[Band, ...]
    fields: tuple[Driver, ...]


def before(coded: Coded) -> Groups:
    """The groups of the table as it is: its combinations."""
    return Groups(coded.combinations, tuple(each.domain for each in coded.quasi), coded.counts)


def after(coded: Coded, recoded: Recoded) -> Groups:
    """The groups that are released: the combinations that got the same labels."""
    numbers, counts = recoded.numbers[recoded.kept], coded.counts[recoded.kept]
    domains = tuple(len(each) for each in recoded.labels)
    looks, group = distinct(tuple(numbers.T), domains)
    sizes = np.bincount(group, weights=counts, minlength=len(looks)).astype(np.int64)
    return Groups(looks, domains, sizes)


def exposure(groups: Groups, names: Sequence[str], k: int, population: int | None) -> Exposure:
    """DisclosureError `population.too_small`: there are more rows than people in the population."""
    sizes = groups.sizes
    risk = Risk.of(sizes)
    if population is not None and population < risk.rows:
        what = _("the table has more rows than the population has people")
        hint = _("population.size counts all people of whom the rows are a sample")
        raise DisclosureError(Problem("population.too_small", what, where="population.size", hint=hint))
    journalist = _attack(sizes, chances(sizes, 1.0 if population is None else risk.rows / population), k)
    return Exposure(
        rows=risk.rows,
        groups=risk.groups,
        smallest=risk.smallest,
        average_group=risk.average_group,
        unique_rows=risk.unique_rows,
        rows_below_k=_below(sizes, k),
        prosecutor=Attack(risk.highest, risk.average, _below(sizes, k) / max(1, risk.rows)),
        journalist=journalist,
        marketer=journalist.average,
        population_unique=None if population is None else unique(sizes, population),
        sizes=_bands(sizes),
        fields=tuple(_driver(groups, place, name, k) for place, name in enumerate(names)),
    )


def _attack(sizes: Counts, chance: Chances, k: int) -> Attack:
    rows = max(1, int(sizes.sum()))
    above = int(sizes[chance * k > 1].sum())
    return Attack(float(chance.max(initial=0.0)), float((sizes * chance).sum()) / rows, above / rows)


def _driver(groups: Groups, place: int, name: str, k: int) -> Driver:
    others = [other for other in range(len(groups.domains)) if other != place]
    return Driver(name, _look(groups.seen_by([place]), k), _look(groups.seen_by(others), k))


def _look(sizes: Counts, k: int) -> Look:
    risk = Risk.of(sizes)
    return Look(_below(sizes, k), risk.unique_rows, risk.average)


def _below(sizes: Counts, k: int) -> int:
    return int(sizes[sizes < k].sum())


def _bands(sizes: Counts) -> tuple[Band, ...]:
    band = np.searchsorted(_BANDS, sizes, side="right") - 1
    groups = np.bincount(band, minlength=len(_BANDS))
    rows = np.bincount(band, weights=sizes, minlength=len(_BANDS))
    most = (*(least - 1 for least in _BANDS[1:]), None)
    return tuple(
        Band(least, end, int(count), int(inside))
        for least, end, count, inside in zip(_BANDS, most, groups, rows, strict=True)
    )
