"""One field of the rows on its way through a rule: its distinct values once, and a number per row.

A rule works on the distinct values. The kinds of missing are no values: they pass every rule as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.agreements.dictionary import Field
from exchange.extracts import arrow

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Column:
    """`distinct`: texts, each once and each used in some row: what no row has any more is not carried along.
    `codes`: int32 per row, the place of its value in `distinct`.
    """

    field: Field
    missing: frozenset[str]
    distinct: pa.StringArray
    codes: NDArray[np.int32]

    @classmethod
    def read(cls, field: Field, missing: frozenset[str], column: pa.ChunkedArray) -> Column:
        """From a column of the road's tables (`dictionary<int32, string>` without nulls)."""
        whole = column.unify_dictionaries().combine_chunks()
        codes = arrow.numbers_of(whole.indices)
        return cls(field, missing, whole.dictionary, codes).with_codes(whole.dictionary, codes)

    @classmethod
    def of(cls, field: Field, missing: frozenset[str], texts: Iterable[str]) -> Column:
        """From one text per row."""
        return cls.of_array(field, missing, arrow.texts(texts))

    @classmethod
    def of_array(cls, field: Field, missing: frozenset[str], texts: pa.StringArray) -> Column:
        """From one text per row, as an array."""
        encoded = texts.dictionary_encode()
        return cls(field, missing, encoded.dictionary, arrow.numbers_of(encoded.indices))

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def values(self) -> list[str]:
        """The distinct values, in no order."""
        values: list[str] = self.distinct.to_pylist()
        return values

    def with_distinct(self, values: pa.StringArray) -> Column:
        """The same rows with another value for each distinct one; equal ones are put together."""
        encoded = values.dictionary_encode()
        if len(encoded.dictionary) == len(values):
            return Column(self.field, self.missing, values, self.codes)
        return Column(self.field, self.missing, encoded.dictionary, arrow.numbers_of(encoded.indices)[self.codes])

    def with_codes(self, values: pa.StringArray, codes: NDArray[np.int32]) -> Column:
        """The same field with other rows: of `values`, equal ones are put together and unused ones left out."""
        import numpy as np

        used = np.bincount(codes, minlength=len(values)) > 0
        if not used.all():
            place = np.cumsum(used, dtype=np.int32) - np.int32(1)
            values, codes = values.filter(arrow.bools(used)), place[codes]
        return Column(self.field, self.missing, values, codes).with_distinct(values)

    def rewritten(self, change: Callable[[str], str]) -> Column:
        """Every value through `change`, once for each distinct one."""
        changed = (value if value in self.missing else change(value) for value in self.values)
        return self.with_distinct(arrow.texts(changed))

    def rewritten_by_code(self, change: Callable[[str], str]) -> Column:
        """As `rewritten`; in a list field each code of the list by itself, the list sorted and without repeats."""
        if self.field.type != "list":
            return self.rewritten(change)
        return self.rewritten(lambda codes: ";".join(sorted({change(code) for code in codes.split(";")})))

    def rewritten_at_once(self, change: Callable[[pa.StringArray], pa.StringArray]) -> Column:
        """As `rewritten`, by a change that takes all distinct values together."""
        import pyarrow.compute as pc

        return self.with_distinct(pc.if_else(self._absent(), self.distinct, change(self.distinct)))

    def texts(self) -> list[str]:
        """The text of each row."""
        values = self.values
        return [values[code] for code in self.codes.tolist()]

    def has_value(self) -> NDArray[np.bool_]:
        """For each row, whether its value is not missing."""
        there: NDArray[np.bool_] = ~arrow.bools_of(self._absent())[self.codes]
        return there

    def present(self) -> int:
        """How many rows have a value that is not missing."""
        return int(self.has_value().sum())

    def differing(self, other: Column) -> int:
        """How many rows have another text in `other`."""
        import pyarrow.compute as pc

        if other is self:
            return 0
        same = pc.index_in(self.distinct, value_set=other.distinct).fill_null(-1)
        return int((arrow.numbers_of(same)[self.codes] != other.codes).sum())

    def to_arrow(self) -> pa.DictionaryArray:
        """`dictionary<int32, string>`, its values sorted: the order in which they stood in the sheet is gone."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        order = pc.sort_indices(self.distinct)
        rank = np.empty(len(order), np.int32)
        rank[arrow.places_in(order)] = np.arange(len(order), dtype=np.int32)
        return pa.DictionaryArray.from_arrays(arrow.int32s(rank[self.codes]), self.distinct.take(order))

    def _absent(self) -> pa.BooleanArray:
        import pyarrow.compute as pc

        return pc.is_in(self.distinct, value_set=arrow.texts(self.missing))
