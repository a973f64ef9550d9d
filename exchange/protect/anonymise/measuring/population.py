"""What groups in a table say about the people outside it, where its rows are a random sample of a population.

All of it are estimates, each under the model of its source: nobody counted the population. `sizes` are the sizes of
the groups of look-alikes in the table, each above 0; `population` is how many people there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from exchange.protect.anonymise.coded import Counts

Chances = NDArray[np.float64]
_LARGE = 1000  # from here on the approximation of `chances` is right to a millionth
_SMALL_SAMPLE = 0.1
_ROUNDS = 100
_NEAR = 1e-9


@dataclass(frozen=True, slots=True)
class Unique:
    """How many rows of the table are the only ones of their kind in the population, estimated.

    `zayatz`: Zayatz, Estimation of the percent of unique population elements on a microdata file using the sample,
    US Census Bureau 1991. `pitman`: Hoshino, Applying Pitman's sampling formula to microdata disclosure risk
    assessment, Journal of Official Statistics 17 (2001); None where its likelihood has no top. `rows` is the one that
    is to be believed, `by` its name: Pitman's where at most a tenth of the population is in the table, as Dankar et al.
    found (Estimating the re-identification risk of clinical data sets, BMC Medical Informatics 12 (2012)), else
    Zayatz's. There they take the slide negative binomial estimate where that is smaller: we stay on the safe side.
    """

    zayatz: float
    pitman: float | None
    rows: float
    by: Literal["zayatz", "pitman"]


def unique(sizes: Counts, population: int) -> Unique:
    share = int(sizes.sum()) / population
    ours, theirs = zayatz(sizes, population), pitman(sizes, population)
    if share <= _SMALL_SAMPLE and theirs is not None:
        return Unique(ours, theirs, theirs, "pitman")
    return Unique(ours, theirs, ours, "zayatz")


def chances(sizes: Counts, share: float) -> Chances:
    """For each group of the table, the chance of finding one's person among those in the population who look alike.

    That is the mean of 1 / F, the size in the population, given the size f in the table, where F - f is negative
    binomial (Benedetti and Franconi 1998; Franconi and Polettini, Individual risk estimation in mu-Argus, PSD 2004);
    it is 1 / f where the table is the population. Writing it as an integral gives a step from size to size,
    (1 - share) chance(f + 1) = share (1 / f - chance(f)), which is taken in the direction in which errors shrink.
    """
    if share >= 1 or len(sizes) == 0:
        return 1 / sizes
    rest = 1 - share
    most = min(int(sizes.max(initial=1)), _LARGE)
    table = np.zeros(most + 1)
    if share <= 0.5:
        table[1] = share / rest * -np.log(share)
        for size in range(1, most):
            table[size + 1] = share / rest * (1 / size - table[size])
    else:
        chance = share / (most + 100 - rest)
        for size in range(most + 99, 0, -1):
            chance = 1 / size - rest / share * chance
            if size <= most:
                table[size] = chance
    return np.where(sizes <= most, table[np.minimum(sizes, most)], share / (sizes - rest))


def zayatz(sizes: Counts, population: int) -> float:
    """Rows that are unique in the table, times the chance that a unique one is unique in the population: by Bayes, if
    sizes there were spread as they are in the table, with a draw without replacement."""
    found, groups = np.unique(sizes, return_counts=True)
    if len(found) == 0 or found[0] != 1:
        return 0.0
    rows = int(sizes.sum())
    once = np.array([_drawn_once(int(size), rows, population) for size in found])
    return float(groups[0] * groups[0] * once[0] / (groups * once).sum())


def _drawn_once(size: int, rows: int, population: int) -> float:
    """The chance that exactly one of `size` people is among `rows` drawn from the population."""
    if rows - 1 > population - size:
        return 0.0
    return exp(_ways(population - size, rows - 1) - _ways(population, rows)) * size


def _ways(many: int, few: int) -> float:
    return lgamma(many + 1) - lgamma(few + 1) - lgamma(many - few + 1)


def pitman(sizes: Counts, population: int) -> float | None:
    """Population uniques that are in the table, under Pitman's formula with its most likely parameters."""
    if not (sizes == 1).any():
        return 0.0
    fitted = _fit(sizes)
    if fitted is None:
        return None
    theta, alpha = fitted
    alone = lgamma(theta + alpha + population - 1) - lgamma(theta + alpha) + lgamma(theta + 1)
    return int(sizes.sum()) * exp(alone - lgamma(theta + population))


def _fit(sizes: Counts) -> tuple[float, float] | None:
    """The parameters theta and alpha for which these sizes are most likely, by Newton's method from Hoshino's first
    guess; None where no top is found with 0 < alpha < 1."""
    likelihood = _Likelihood(sizes)
    at = np.array(_guess(sizes))
    height = likelihood.height(at)
    for _round in range(_ROUNDS):
        slope, bend = likelihood.slopes(at)
        if abs(np.linalg.det(bend)) < np.finfo(float).tiny:
            return None
        step = -np.linalg.solve(bend, slope)
        if slope @ step < 0:  # the way to a saddle: climb instead
            step = slope / np.abs(np.diag(bend))
        while not (higher := likelihood.height(at + step)) >= height - _NEAR:
            step = step / 2
            if np.abs(step).max() < _NEAR:
                return None
        at, height = at + step, higher
        if (np.abs(step) <= _NEAR * (1 + np.abs(at))).all():
            return float(at[0]), float(at[1])
    return None


def _guess(sizes: Counts) -> tuple[float, float]:
    rows, groups = int(sizes.sum()), len(sizes)
    ones, twos = int((sizes == 1).sum()), max(1, int((sizes == 2).sum()))
    c = ones * (ones - 1) / twos
    below = 2 * ones * groups + ones * c - rows * c
    theta = (rows * groups * c - ones * (rows - 1) * (2 * groups + c)) / below if below else 1.0
    alpha = (theta * (ones - rows) + (rows - 1) * ones) / (rows * groups)
    return max(theta, 0.1), min(max(alpha, 0.05), 0.95)


class _Likelihood:
    """Of theta and alpha, as a logarithm, less what does not depend on them."""

    def __init__(self, sizes: Counts) -> None:
        self._groups = np.arange(1, len(sizes), dtype=np.float64)
        self._rows = np.arange(1, int(sizes.sum()), dtype=np.float64)
        larger = len(sizes) - np.cumsum(np.bincount(sizes))[1:]  # groups with more than 1, 2, … rows
        self._larger = larger[:-1].astype(np.float64)
        self._within = np.arange(1, len(larger), dtype=np.float64)

    def height(self, at: Chances) -> float:
        theta, alpha = at
        if not (0 < alpha < 1 and theta > -alpha):
            return -np.inf
        new = np.log(theta + alpha * self._groups).sum() - np.log(theta + self._rows).sum()
        return float(new + (self._larger * np.log(self._within - alpha)).sum())

    def slopes(self, at: Chances) -> tuple[Chances, Chances]:
        """The first and the second derivatives."""
        theta, alpha = at
        group, row, within = (
            1 / (theta + alpha * self._groups),
            1 / (theta + self._rows),
            1 / (self._within - alpha),
        )
        slope = np.array([group.sum() - row.sum(), (self._groups * group).sum() - (self._larger * within).sum()])
        both = -(self._groups * group**2).sum()
        alphas = -((self._groups * group) ** 2).sum() - (self._larger * within**2).sum()
        return slope, np.array([[(row**2).sum() - (group**2).sum(), both], [both, alphas]])
