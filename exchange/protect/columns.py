"""Columns of text as numbers, and back: numbers to compute with, Arrow to hand on.

Numbers follow the order of the values as text, so nothing made from them depends on the order of the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

Numbers = NDArray[np.int32]
Rows = NDArray[np.int64]  # places of rows in a table


@dataclass(frozen=True, slots=True)
class Column:
    """`values`, ascending and each once; `numbers`: for each row the place of its value."""

    name: str
    values: tuple[str, ...]
    numbers: Numbers

    @classmethod
    def of(cls, table: pa.Table, name: str) -> Column:
        """The column `name` of a table of dictionary-encoded text without nulls."""
        encoded = table[name].unify_dictionaries().combine_chunks()
        if hasattr(encoded, "chunks"):
            encoded = encoded.chunk(0)
        written: list[str] = encoded.dictionary.to_pylist()
        numbers: Numbers = np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int32)
        values = tuple(sorted(set(written)))
        place = {value: number for number, value in enumerate(values)}
        return cls(name, values, np.array([place[value] for value in written], dtype=np.int32)[numbers])

    @classmethod
    def of_texts(cls, name: str, texts: Sequence[str]) -> Column:
        values = tuple(sorted(set(texts)))
        place = {value: number for number, value in enumerate(values)}
        return cls(name, values, np.array([place[text] for text in texts], dtype=np.int32))

    def take(self, rows: Rows) -> Column:
        return Column(self.name, self.values, self.numbers[rows])

    def withhold(self, where: NDArray[np.bool_], suppressed: str) -> Column:
        """`suppressed` in the rows `where`."""
        if suppressed not in self.values:
            return Column(self.name, (*self.values, suppressed), self.numbers).withhold(where, suppressed)
        numbers = np.where(where, np.int32(self.values.index(suppressed)), self.numbers)
        return Column(self.name, self.values, numbers)

    def texts(self) -> list[str]:
        return [self.values[number] for number in self.numbers]

    def to_arrow(self) -> pa.DictionaryArray:
        """`dictionary<int32, string>`, holding only values that occur, in the order of the text."""
        import pyarrow as pa

        used, numbers = np.unique(self.numbers, return_inverse=True)
        order = sorted(range(len(used)), key=lambda n: self.values[used[n]])
        rank = np.empty(len(used), dtype=np.int32)
        rank[order] = np.arange(len(used), dtype=np.int32)
        values = pa.array([self.values[used[n]] for n in order], pa.string())
        return pa.DictionaryArray.from_arrays(pa.array(rank[numbers], pa.int32()), values)


def columns(table: pa.Table, names: Iterable[str]) -> tuple[Column, ...]:
    return tuple(Column.of(table, name) for name in names)


def to_table(those: Sequence[Column]) -> pa.Table:
    """A table of `those`, under their names, in their order."""
    import pyarrow as pa

    return pa.table({each.name: each.to_arrow() for each in those})


def matrix(those: Sequence[Column], rows: int) -> Numbers:
    """The numbers of `those` side by side: `rows` rows, one column each."""
    if not those:
        return np.zeros((rows, 0), dtype=np.int32)
    return np.stack([each.numbers for each in those], axis=1)
