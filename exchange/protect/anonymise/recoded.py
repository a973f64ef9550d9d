"""What a method found: for each combination the labels that its rows are released with, or that they are suppressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exchange.protect.anonymise.coded import Numbers, QuasiIdentifier

STAR = "*"


@dataclass(frozen=True, slots=True)
class Label:
    """`text` as written; `covers`: int32, ascending, the values that it may stand for."""

    text: str
    covers: Numbers


@dataclass(frozen=True, slots=True)
class Recoded:
    """`labels[q]`: the labels of a quasi-identifier, each text once. `numbers`: int32, a row per combination, a column
    per quasi-identifier, places in `labels[q]`. `kept`: per combination; where False its rows are suppressed, and its
    numbers say nothing. `levels`: of a full-domain generalisation, the level of each quasi-identifier."""

    labels: tuple[tuple[Label, ...], ...]
    numbers: Numbers
    kept: NDArray[np.bool_]
    levels: tuple[int, ...] | None = None


def ladder_labels(quasi: QuasiIdentifier, level: int) -> tuple[Label, ...]:
    """The labels of a level of the ladder, by node."""
    order = np.argsort(quasi.nodes[level], kind="stable").astype(np.int32)
    covered = np.split(order, np.cumsum(quasi.leaves(level))[:-1])
    return tuple(Label(text, covers) for text, covers in zip(quasi.labels[level], covered, strict=True))


def tells_nothing(recoded: Recoded, quasi: Sequence[QuasiIdentifier]) -> tuple[str, ...]:
    """The quasi-identifiers that are "*" in every row that is released."""
    used = (np.unique(column) for column in recoded.numbers[recoded.kept].T)
    labels = zip(quasi, recoded.labels, used, strict=True)
    return tuple(each.name for each, of, numbers in labels if {of[number].text for number in numbers} == {STAR})
