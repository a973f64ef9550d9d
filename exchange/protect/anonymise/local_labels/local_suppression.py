"""Cell suppression: a cell stays as it is or becomes "*". It is local recoding with nothing between the two."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from exchange.protect.anonymise.coded import Coded, QuasiIdentifier
from exchange.protect.anonymise.recoded import STAR


def only_star(coded: Coded) -> Coded:
    """The same table with ladders of two levels: the values, and "*". A loss for it is made of it."""
    return replace(coded, quasi=tuple(map(_only_star, coded.quasi)))


def _only_star(quasi: QuasiIdentifier) -> QuasiIdentifier:
    if quasi.values == (STAR,):
        return replace(quasi, nodes=quasi.nodes[:1], labels=quasi.labels[:1])
    top = np.zeros(quasi.domain, dtype=np.int32)
    return replace(quasi, nodes=(quasi.nodes[0], top), labels=(quasi.values, (STAR,)))
