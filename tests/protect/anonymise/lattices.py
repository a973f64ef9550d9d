"""Small random tables with ladders, plans that ask for any mix of models, and every node of the lattice counted anew.

Nothing here but `hypothesis` draws and plain counting: no array, no floating point where the loss has none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property, partial
from itertools import product
from math import log2

import numpy as np
from hypothesis import strategies as st

from exchange.protect.anonymise.coded import Coded
from exchange.protect.anonymise.plan import LossName, Plan
from exchange.protect.anonymise.table.coding import coded
from exchange.protect.anonymise.table.ladders import Row
from exchange.protect.anonymise.table.reading import Source, Texts

_NAMES = ("age", "place", "job", "sex")


@dataclass(frozen=True)
class Case:
    """`rows`: the quasi-identifiers, in the order of `ladders`. `illness`, `house`: of each row, in the same order."""

    ladders: Mapping[str, tuple[Row, ...]]
    weights: tuple[float, ...]
    rows: tuple[tuple[str, ...], ...]
    illness: tuple[str, ...]
    house: tuple[str, ...]
    protect: Mapping[str, object]
    most_suppressed: int

    @cached_property
    def plan(self) -> Plan:
        fields: dict[str, object] = {
            name: {"class": "quasi", "weight": weight} for name, weight in zip(self.ladders, self.weights, strict=True)
        }
        if "l_diversity" in self.protect or "t_closeness" in self.protect:
            fields["illness"] = {"class": "sensitive"}
        if "households" in self.protect:
            fields["house"] = {"class": "household"}
        return Plan.model_validate({"plan": 1, "fields": fields, "protect": self.protect})

    @cached_property
    def coded(self) -> Coded:
        columns = [*zip(*self.rows, strict=True), self.illness, self.house]
        source = Source(tuple(map(_texts, (*self.ladders, "illness", "house"), columns)), len(self.rows))
        return coded(source, self.plan, self.ladders)[0]


def _texts(name: str, column: Sequence[str]) -> Texts:
    values = tuple(dict.fromkeys(column))
    return Texts(name, values, np.array([values.index(value) for value in column], dtype=np.int32))


@st.composite
def ladders(draw: st.DrawFn) -> tuple[Row, ...]:
    """Up to five values, each level merging some labels of the one below; the last is "*"."""
    size = draw(st.integers(1, 5))
    rows = [[f"v{value}"] for value in range(size)]
    for level in range(draw(st.integers(0, 2))):
        below = sorted({row[-1] for row in rows})
        above = {label: f"l{level}-{draw(st.integers(0, max(0, len(below) - 2)))}" for label in below}
        for row in rows:
            row.append(above[row[-1]])
    return tuple((*row, "*") for row in rows)


_DIVERSITY = st.sampled_from(
    [{"distinct": 2}, {"entropy": 1.5}, {"recursive": {"c": 1.5, "l": 2}}, {"no_code_above_percent": 70}]
)
_CLOSENESS = st.builds(
    lambda most, distance: {"max": most, "distance": distance},
    st.sampled_from([0.2, 0.4]),
    st.sampled_from(["equal", "ordered"]),
)


@st.composite
def protections(draw: st.DrawFn, loss: LossName, only_k: bool) -> dict[str, object]:
    asked: dict[str, object] = {"k": draw(st.integers(1, 4)), "method": "full_domain", "loss": loss}
    if only_k:
        return asked
    if draw(st.booleans()):
        asked["l_diversity"] = {"illness": draw(_DIVERSITY)}
    if draw(st.booleans()):
        asked["t_closeness"] = {"illness": draw(_CLOSENESS)}
    if draw(st.booleans()):
        asked["households"] = {"at_least": 2, "none_above_percent": 60}
    return asked


@st.composite
def cases(draw: st.DrawFn, loss: LossName, *, only_k: bool = False) -> Case:
    drawn = {name: draw(ladders()) for name in _NAMES[: draw(st.integers(1, 4))]}
    row = st.tuples(*(st.sampled_from([values[0] for values in ladder]) for ladder in drawn.values()))
    rows = draw(st.lists(row, min_size=1, max_size=24))
    size = len(rows)
    return Case(
        drawn,
        tuple(draw(st.sampled_from([1.0, 0.5, 3.0])) for _name in drawn),
        tuple(rows),
        tuple(draw(st.lists(st.sampled_from("abc"), min_size=size, max_size=size))),
        tuple(draw(st.lists(st.sampled_from("123456"), min_size=size, max_size=size))),
        draw(protections(loss, only_k)),
        draw(st.integers(0, size)),
    )


Node = tuple[int, ...]
Group = tuple[str, ...]


def nodes(case: Case) -> Iterator[Node]:
    return product(*(range(len(ladder[0])) for ladder in case.ladders.values()))


def groups(case: Case, node: Node) -> list[Group]:
    """Of each row the labels that it has on a node."""
    above = [
        {values[0]: values[level] for values in ladder}
        for ladder, level in zip(case.ladders.values(), node, strict=True)
    ]
    return [tuple(labels[value] for labels, value in zip(above, row, strict=True)) for row in case.rows]


def lost(case: Case, of_row: Sequence[Group], held: set[Group], node: Node) -> Fraction | float:
    """What a release loses in which all groups but those of `held` are suppressed, by the definition of the loss."""
    sizes = Counter(group for group in of_row if group in held)
    rows, kept = len(of_row), sum(sizes.values())
    k = int(str(case.protect["k"]))
    if case.protect["loss"] == "discernibility":
        return Fraction(sum(size**2 for size in sizes.values()) + (rows - kept) * rows, rows**2)
    if case.protect["loss"] == "average_group_size":
        return Fraction(kept, len(sizes) * k) if sizes else Fraction(rows, k)
    total: Fraction | float = Fraction(0)
    whole: Fraction | float = Fraction(0)
    for place, (ladder, level) in enumerate(zip(case.ladders.values(), node, strict=True)):
        weight = Fraction(case.weights[place])
        of_all, column = len(ladder[0]) - 1, [row[place] for row in case.rows]
        in_bits = case.protect["loss"] != "ncp"
        cost = cache(partial(_bits if in_bits else _penalty, ladder, column))
        for row, group in zip(case.rows, of_row, strict=True):
            total += weight * cost(row[place], level if group in held else of_all)
            whole += weight * (cost(row[place], of_all) if in_bits else 1)
    return total / whole if whole else Fraction(0)


def _penalty(ladder: Sequence[Row], _column: Sequence[str], value: str, level: int) -> Fraction:
    covered = sum(values[level] == _row(ladder, value)[level] for values in ladder)
    return Fraction(covered - 1, max(1, len(ladder) - 1))


def _bits(ladder: Sequence[Row], column: Sequence[str], value: str, level: int) -> float:
    label = _row(ladder, value)[level]
    covered = sum(_row(ladder, each)[level] == label for each in column)
    return log2(covered / column.count(value))


def _row(ladder: Sequence[Row], value: str) -> Row:
    return next(values for values in ladder if values[0] == value)
