"""How easily somebody who knows a person's quasi-identifiers finds that person's row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from exchange.protect.columns import Column


@dataclass(frozen=True, slots=True)
class Risk:
    """Groups of look-alikes among `rows` rows. `smallest` and `average_group` are sizes, 0 where there are no rows.

    Risks are the prosecutor's, who knows that the person is among the rows: `highest` is 1 / smallest, `average` is
    groups / rows (El Emam, Guide to the De-Identification of Personal Health Information, 2013, chapter 16).
    """

    rows: int
    groups: int
    smallest: int
    unique_rows: int
    average_group: float
    highest: float
    average: float

    @classmethod
    def of(cls, sizes: NDArray[np.int64]) -> Risk:
        """The risk in groups of these sizes, each above 0."""
        if len(sizes) == 0:
            return cls(0, 0, 0, 0, 0.0, 0.0, 0.0)
        rows, groups, smallest = int(sizes.sum()), len(sizes), int(sizes.min())
        return cls(rows, groups, smallest, int((sizes == 1).sum()), rows / groups, 1 / smallest, groups / rows)


def measure(over: Sequence[Column], rows: int) -> Risk:
    """The risk in `rows` rows for one who knows the columns `over`."""
    import numpy as np  # here: the types of a release are read by commands that must start fast

    from exchange.protect.columns import matrix
    from exchange.protect.rows.suppression import alike

    return Risk.of(np.bincount(alike(matrix(over, rows), 0)) if rows else np.zeros(0, dtype=np.int64))
