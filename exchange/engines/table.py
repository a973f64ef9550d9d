"""The one small face of every engine: a table that is larger than memory, counted and released where it lies.

Rows never come to us. What comes are distinct combinations of texts with their counts, and what goes back is a small
mapping from such a combination to the labels that its rows are released with.

    with opened("duckdb", file, ",", out) as table:
        found = table.counted(("age", "sex"))            # pyarrow: age, sex, rows

All values are text; a null is the empty text. Texts are as the table has them: spaces around a value are part of it,
except in the columns that a release takes over, where they are cut off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from exchange.errors import DisclosureError, Problem
from exchange.locale import _

if TYPE_CHECKING:
    import pyarrow as pa

STAR = "*"
SPACES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
"""What `str.strip` cuts off."""


@dataclass(frozen=True, slots=True)
class Looks:
    """How rows look in `columns`: `texts`, a column for each of these, every combination once; `numbers`: int32, one
    for each combination. Several may have the same."""

    columns: tuple[str, ...]
    texts: pa.Table
    numbers: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Release:
    """How rows leave. The number of a row's look is a place in `labels`, which has a text for each of `looks.columns`;
    a row whose look is not there is left out. `starred`: for each place whether every other column is a star as well.
    `columns`: what is written, in this order; what is not among `looks.columns` is taken over as it is."""

    looks: Looks
    labels: pa.Table
    starred: NDArray[np.bool_]
    columns: tuple[str, ...]


class Table(Protocol):
    """A table that an engine reads. DisclosureError `engine.memory`, `engine.failed` of every question."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns, in its order."""

    @property
    def file(self) -> Path:
        """Where it lies: a file, or a folder of them."""

    def counted(self, columns: Sequence[str]) -> pa.Table:
        """Every combination of texts that rows have in these columns, once, and as the last column how many have it."""

    def blank_rows(self) -> int:
        """How many rows have no value in any column, spaces being none."""

    def spread(self, looks: Looks, column: str) -> pa.Table:
        """For each number of `looks` which texts its rows have in `column`: number, text, rows; each pair once."""

    def release(self, release: Release, secret: bytes) -> Table:
        """A new table beside the place where it is to go, in an order drawn by `secret` (16 bytes, never used twice),
        which tells nothing of the order of this one."""


def kind_of(file: Path) -> str:
    """How a table is written, by its name: "csv" or "parquet". DisclosureError `engine.unknown_kind`."""
    kind = file.suffix.lower().removeprefix(".")
    if kind not in ("csv", "parquet"):
        what = _("an engine reads and writes .csv and .parquet")
        raise DisclosureError(Problem("engine.unknown_kind", what, where=file.name))
    return kind


def not_plain(column: str) -> Problem:
    """Numbers with a fraction, times, lists and the like: each engine writes them in its own way."""
    what = _("only texts, whole numbers, dates, and true or false can be taken from a Parquet table")
    return Problem("table.not_plain", what, where=column, hint=_("write the column as text"))
