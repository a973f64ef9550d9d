"""How much each level weighs, and how many pairs are of one person, learned from the reports themselves.

Expectation-maximisation over patterns, that is, over how many pairs stand at the same levels in all comparisons
(I. P. Fellegi, A. B. Sunter, "A Theory for Record Linkage", JASA 64:1183, 1969; T. Enamorado, B. Fifield, K. Imai, APSR
113:2, 2019). Nobody labels a pair. Both probabilities of a level start from the model and are held near it by imagined
pairs, so that a small month keeps the model's values and a large store has its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from exchange.merge.linking.comparing import Comparison

if TYPE_CHECKING:
    import pyarrow as pa

ROUNDS = 40
M_PAIRS = 5000.0
HELD, HELD_AT_LEAST = 30.0, 1e6
"""A table's imagined pairs of two people are at most so many times those that there are here, for it was counted over a
whole country: where all come from a few places, names and places that are shared say less than it does."""
FEW_PAIRS = 1_000.0
"""So many pairs are imagined, of which one is of one person."""
LEAST = 0.3
"""So many pairs of two people are imagined at every level that was not seen."""

_PART = 2**16
"""Rows that are numbered at a time: all at once, what is worked out on the way takes more time than the work."""

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Counted = Literal["by chance", "in blocks"]


@dataclass(frozen=True, slots=True)
class Witness:
    """Comparisons that are weighed as one, because what agrees in one of them agrees in the others too.

    `m`, `u`: how often, before anything is learned, two reports of one person, and of two people, are at each level
    (`level_of`); `m_pairs`, `u_pairs`: how many imagined pairs hold on to that. `counted`: where it is seen how often
    two people agree. "by chance": over pairs drawn by chance, in which every level is seen. "in blocks": over the pairs
    that met in a block; whatever agrees is in one, and all others agree in nothing.
    """

    name: str
    comparisons: tuple[Comparison, ...]
    m: Floats
    u: Floats
    m_pairs: float
    u_pairs: float
    counted: Counted

    def level_of(self, places: Places) -> Places:
        """For each row of `places` (a column for each comparison, -1 for silence) its level.

        Of one comparison it is the place; of several a number for each combination, silence being one more place of
        each, and after them one number for "nothing agrees". -1 where all are silent.
        """
        return level_of(self.comparisons, places)


def plain_witness(comparison: Comparison, m: Sequence[float]) -> Witness:
    """One comparison, and how often two reports of one person are at each of its levels; chance says the rest."""
    return Witness(comparison.name, (comparison,), np.array(m), np.zeros(len(m)), M_PAIRS, 0.0, "by chance")


def tabled(
    file: str,
    comparisons: Sequence[Comparison],
    learned: Mapping[str, tuple[str, ...]],
    m_pairs: float,
    u_pairs: float,
    counted: Counted,
) -> tuple[Witness, ...]:
    """Witnesses that begin with what a table beside this module counted; `learned`: of which comparisons each is."""
    table = json.loads(resources.files("exchange.merge.linking").joinpath(file).read_text("utf-8"))
    named = {each.name: each for each in comparisons}
    made = []
    for name, those in learned.items():
        compared = tuple(named[each] for each in those)
        one, two = (_told(table[name], compared, side) for side in ("one", "two"))
        u = (two + LEAST) / table["pairs"]
        u[-1] = max(1 - u[:-1].sum(), 1e-9)
        made.append(Witness(name, compared, (one + LEAST) / (one + LEAST).sum(), u, m_pairs, u_pairs, counted))
    return tuple(made)


def _told(rows: Sequence[Any], comparisons: Sequence[Comparison], side: str) -> Floats:
    level = level_of(comparisons, np.array([row["places"] for row in rows], dtype=np.int64))
    return _seen(level, np.array([row[side] for row in rows], dtype=np.float64), levels(comparisons))


def levels(comparisons: Sequence[Comparison]) -> int:
    """How many levels a witness of these comparisons has."""
    if len(comparisons) == 1:
        return len(comparisons[0].levels)
    return int(np.prod([len(each.levels) + 1 for each in comparisons])) + 1


def level_of(comparisons: Sequence[Comparison], places: Places) -> Places:
    """See `Witness.level_of`."""
    if len(comparisons) == 1:
        return places[:, 0]
    sizes = tuple(len(each.levels) + 1 for each in comparisons)
    full = np.where(places < 0, np.array(sizes) - 1, places)
    agrees = np.zeros(len(places), dtype=np.bool_)
    for column, each in enumerate(comparisons):
        agrees |= np.array([*(level.agrees for level in each.levels), False])[full[:, column]]
    level = np.where(agrees, np.ravel_multi_index(tuple(full.T), sizes), np.prod(sizes))
    return np.where((places < 0).all(axis=1), -1, level)


@dataclass(frozen=True, slots=True)
class Patterns:
    """`places`: patterns × comparisons, the place of each level, -1 for silence. `pairs`: how many stand so."""

    comparisons: tuple[Comparison, ...]
    places: Places
    pairs: Floats

    @classmethod
    def among(
        cls, compared: pa.Table, comparisons: Sequence[Comparison], times: Floats | None = None
    ) -> tuple[Patterns, NDArray[np.int32]]:
        """Each pattern of a table that has a column for each comparison, once, and for each of its rows the place of
        its own. They stand in order: sums over them hang on it, to the last digit. `times`: how many pairs a row is."""
        import pyarrow as pa

        sizes = tuple(len(each.levels) + 1 for each in comparisons)
        parts = (_numbers(part, comparisons, sizes) for part in compared.to_batches(max_chunksize=_PART))
        coded = pa.chunked_array(parts, pa.int64()).combine_chunks().dictionary_encode()
        met = np.asarray(coded.dictionary, dtype=np.int64)
        order = np.argsort(met)
        rank = np.empty(len(order), dtype=np.int32)
        rank[order] = np.arange(len(order))
        place = rank[np.asarray(coded.indices)]
        places = np.stack(np.unravel_index(met[order], sizes), axis=1) - 1
        pairs = np.bincount(place, times, minlength=len(order)).astype(np.float64)
        return cls(tuple(comparisons), places, pairs), place

    def table(self, place: NDArray[np.int32]) -> pa.Table:
        """How many `pairs` there are of each pattern, if any, of pairs that are at these places."""
        import pyarrow as pa

        pairs = np.bincount(place, minlength=len(self.pairs))
        places = self.places[pairs > 0]
        told = {each.name: pa.array(places[:, at], pa.int8()) for at, each in enumerate(self.comparisons)}
        return pa.table(told | {"pairs": pa.array(pairs[pairs > 0], pa.int64())})

    def where(self, kept: NDArray[np.bool_]) -> Patterns:
        """Some of them."""
        return Patterns(self.comparisons, self.places[kept], self.pairs[kept])

    def heard(self, witness: Witness) -> Places:
        """For each pattern the witness's level."""
        names = [each.name for each in self.comparisons]
        return witness.level_of(self.places[:, [names.index(each.name) for each in witness.comparisons]])


def _numbers(compared: pa.RecordBatch, comparisons: Sequence[Comparison], sizes: Sequence[int]) -> pa.Array:
    """For each row one number for its pattern."""
    import pyarrow as pa

    number = np.zeros(compared.num_rows, dtype=np.int64)
    for each, size in zip(comparisons, sizes, strict=True):
        number *= size
        number += np.asarray(compared.column(each.name))
        number += 1
    return pa.array(number)


@dataclass(frozen=True, slots=True)
class Learned:
    """`matching`: the probability that two reports drawn by chance are of one person; `witnesses`: with the `m` and `u`
    that were learned."""

    witnesses: tuple[Witness, ...]
    matching: float

    @property
    def prior_bits(self) -> float:
        return float(np.log2(self.matching / (1 - self.matching)))

    def bits(self, patterns: Patterns) -> Floats:
        """patterns × witnesses: log2 of m / u; NaN where a witness is silent."""
        return _bits(self.witnesses, [patterns.heard(each) for each in self.witnesses])

    def probabilities(self, patterns: Patterns) -> Floats:
        """That a pair of each pattern is of one person."""
        return self._probable([patterns.heard(each) for each in self.witnesses])

    def _probable(self, heard: Sequence[Places]) -> Floats:
        bits = np.nansum(_bits(self.witnesses, heard), axis=1) + self.prior_bits
        found: Floats = 1 / (1 + np.exp2(-np.clip(bits, -500, 500)))
        return found


def learn(witnesses: Sequence[Witness], blocked: Patterns, drawn: Patterns, pairs: float) -> Learned:
    """`blocked`: of the pairs that met in a block. `drawn`: of pairs drawn by chance, blocked or not. `pairs`: how many
    pairs there are at all."""
    held = max(HELD * pairs, HELD_AT_LEAST)
    witnesses = [replace(each, u_pairs=min(each.u_pairs, held)) for each in witnesses]
    met, chance = ([each.heard(witness) for witness in witnesses] for each in (blocked, drawn))
    begun = [
        replace(each, u=_u(each, _seen(heard, drawn.pairs, len(each.u)), 0)) if each.counted == "by chance" else each
        for each, heard in zip(witnesses, chance, strict=True)
    ]
    learned = Learned(tuple(begun), matching(blocked.pairs.sum() / 4, pairs))
    for _round in range(ROUNDS):
        one, by_chance = learned._probable(met), learned._probable(chance)
        matched = blocked.pairs * one
        of_two = {
            "in blocks": (met, blocked.pairs - matched),
            "by chance": (chance, drawn.pairs * (1 - by_chance)),
        }
        found = []
        for at, witness in enumerate(witnesses):
            heard, two = of_two[witness.counted]
            comparable = pairs * (drawn.pairs[chance[at] >= 0].sum() + 1) / (drawn.pairs.sum() + 1)
            m = _held(_seen(met[at], matched, len(witness.m)), witness.m, witness.m_pairs)
            u = _u(witness, _seen(heard[at], two, len(witness.u)), comparable)
            found.append(replace(witness, m=m, u=u))
        learned = Learned(tuple(found), matching(float(matched.sum()), pairs))
    return learned


def matching(matched: float, pairs: float) -> float:
    """The probability that two reports are of one person, where so many of `pairs` are. Held by `FEW_PAIRS` imagined
    pairs, one of them of one person: a handful of reports that look alike teach nothing of how often people come
    twice."""
    return float(min(0.5, (matched + 1) / (pairs + FEW_PAIRS)))


def _bits(witnesses: Sequence[Witness], heard: Sequence[Places]) -> Floats:
    weights = [np.log2(each.m / each.u) for each in witnesses]
    told = [np.where(level < 0, np.nan, bits[level]) for level, bits in zip(heard, weights, strict=True)]
    return np.stack(told, axis=1).astype(np.float64)


def _seen(level: Places, pairs: Floats, size: int) -> Floats:
    return np.bincount(level[level >= 0], pairs[level >= 0], minlength=size).astype(np.float64)


def _held(seen: Floats, prior: Floats, weight: float) -> Floats:
    found: Floats = (seen + weight * prior / prior.sum()) / (seen.sum() + weight)
    return found


def _u(witness: Witness, seen: Floats, comparable: float) -> Floats:
    found: Floats
    seen = seen + LEAST + witness.u_pairs * witness.u
    if witness.counted == "by chance":
        found = seen / seen.sum()
        return found
    found = seen / max(comparable + witness.u_pairs, seen.sum())
    found[-1] = max(1 - found[:-1].sum(), 1e-9)  # whoever did not meet in a block agrees in nothing
    return found
