"""Two plain methods: every level tried, and rows suppressed without generalising anything."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from exchange.protect.anonymise.coded import Coded
from exchange.protect.anonymise.loss import measured
from exchange.protect.anonymise.models import Judge
from exchange.protect.anonymise.plan import Plan
from exchange.protect.anonymise.recoded import Recoded, ladder_labels


def at_levels(coded: Coded, levels: Sequence[int], plan: Plan) -> Recoded:
    """Every quasi-identifier on one level; rows whose group does not hold are suppressed."""
    labels = tuple(ladder_labels(quasi, level) for quasi, level in zip(coded.quasi, levels, strict=True))
    columns = [
        quasi.nodes[level][column]
        for quasi, level, column in zip(coded.quasi, levels, coded.combinations.T, strict=True)
    ]
    numbers = np.stack(columns, axis=1).astype(np.int32)
    found, group = np.unique(numbers, axis=0, return_inverse=True)
    groups = group.ravel().astype(np.int32)
    return Recoded(labels, numbers, Judge(coded, plan.protect).holds(groups, len(found))[groups], tuple(levels))


def within_limit(coded: Coded, recoded: Recoded, plan: Plan) -> bool:
    suppressed = int(coded.counts[~recoded.kept].sum())
    return suppressed * 100 <= plan.protect.max_suppressed_rows_percent * coded.rows + 1e-6


def every_level(coded: Coded, plan: Plan) -> Recoded | None:
    """The full-domain generalisation with the least NCP."""
    tried = (at_levels(coded, levels, plan) for levels in product(*(range(each.levels) for each in coded.quasi)))
    held = [each for each in tried if within_limit(coded, each, plan)]
    return min(held, key=lambda each: measured(coded, each, plan.protect.k, "ncp"), default=None)


def rows_only(coded: Coded, plan: Plan) -> Recoded | None:
    recoded = at_levels(coded, [0] * len(coded.quasi), plan)
    return recoded if within_limit(coded, recoded, plan) else None
