"""What the reports tell of one field, as numbers: equal where the values are equal, -1 where nothing is said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Coded:
    """A column: for each row the place of its value in `values`, -1 where it has none."""

    numbers: Places
    values: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, rows: Places) -> Coded:
        return Coded(self.numbers[rows], self.values)

    def silent_where(self, where: NDArray[np.bool_]) -> Coded:
        return Coded(np.where(where, -1, self.numbers), self.values)


def coded(column: pa.ChunkedArray, silent: Collection[str] = ()) -> Coded:
    """A column of text; a null, and a value that is `silent`, is -1. Values stand in their order as text, each once."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    encoded = column.unify_dictionaries().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0) if encoded.num_chunks else pa.array([], column.type)
    written: list[str | None] = encoded.dictionary.to_pylist()
    values = tuple(sorted({each for each in written if each is not None and each not in silent}))
    place = {value: number for number, value in enumerate(values)}
    translated = np.array([place.get(value, -1) if value is not None else -1 for value in written] + [-1], np.int64)
    numbers = encoded.indices.fill_null(len(written)).to_numpy(zero_copy_only=False).astype(np.int64)
    return Coded(translated[numbers], values)


def first_of_each(sorted_keys: Sequence[Places]) -> NDArray[np.bool_]:
    """Of rows sorted by these keys, which begin a new combination."""
    rows = len(sorted_keys[0])
    new = np.ones(rows, dtype=np.bool_)
    if rows:
        new[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in sorted_keys])
    return new
