"""One field of the rows on its way through a rule: its distinct values once, and a number per row.

A rule works on the distinct values. The kinds of missing are no values: they pass every rule as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from exchange.agreements.dictionary import Field

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa


@dataclass(frozen=True, slots=True, repr=False)
class Column:
    """`values` are sorted, distinct, each used in some row: what no row has any more is not carried along, nor the
    order in which values stood in the sheet. `codes`: int32 per row, the place of its value in `values`.
    """

    field: Field
    missing: frozenset[str]
    values: tuple[str, ...]
    codes: npt.NDArray[np.int32]

    @classmethod
    def read(cls, field: Field, missing: frozenset[str], column: pa.ChunkedArray) -> Column:
        """From a column of the road's tables (`dictionary<int32, string>` without nulls)."""
        whole = column.unify_dictionaries().combine_chunks()
        return cls(field, missing, (), whole.indices.to_numpy()).with_values(whole.dictionary.to_pylist())

    @classmethod
    def of(cls, field: Field, missing: frozenset[str], texts: Sequence[str]) -> Column:
        """From one text per row."""
        import pyarrow as pa

        encoded = pa.chunked_array([pa.array(texts, pa.string())]).dictionary_encode()
        return cls.read(field, missing, encoded)

    def __len__(self) -> int:
        return len(self.codes)

    def with_values(self, values: Sequence[str]) -> Column:
        """The same rows with other values for the same codes, equal ones put together, unused ones left out."""
        import numpy as np

        used = np.flatnonzero(np.bincount(self.codes, minlength=len(values))).tolist()
        distinct = sorted({values[code] for code in used})
        place = {value: number for number, value in enumerate(distinct)}
        moved = np.zeros(len(values), dtype=np.int32)
        moved[used] = [place[values[code]] for code in used]
        return Column(self.field, self.missing, tuple(distinct), moved[self.codes])

    def rewritten(self, change: Callable[[str], str]) -> Column:
        """Every value through `change`, once for each distinct one."""
        return self.with_values([value if value in self.missing else change(value) for value in self.values])

    def rewritten_by_code(self, change: Callable[[str], str]) -> Column:
        """As `rewritten`; in a list field each code of the list by itself, the list sorted and without repeats."""
        if self.field.type != "list":
            return self.rewritten(change)
        return self.rewritten(lambda codes: ";".join(sorted({change(code) for code in codes.split(";")})))

    def texts(self) -> list[str]:
        """The text of each row."""
        return [self.values[code] for code in self.codes]

    def present(self) -> int:
        """How many rows have a value that is not missing."""
        return sum(count for value, count in zip(self.values, self._counts(), strict=True) if value not in self.missing)

    def differing(self, other: Column) -> int:
        """How many rows have another text in `other`."""
        import numpy as np

        pairs = self.codes.astype(np.int64) * len(other.values) + other.codes
        distinct, counts = np.unique(pairs, return_counts=True)
        ours, theirs = np.divmod(distinct, max(1, len(other.values)))
        pair_counts = zip(ours.tolist(), theirs.tolist(), counts.tolist(), strict=True)
        return sum(count for our, their, count in pair_counts if self.values[our] != other.values[their])

    def to_arrow(self) -> pa.DictionaryArray:
        """`dictionary<int32, string>`."""
        import pyarrow as pa

        return pa.DictionaryArray.from_arrays(pa.array(self.codes, pa.int32()), pa.array(self.values, pa.string()))

    def _counts(self) -> list[Any]:
        import numpy as np

        return list(np.bincount(self.codes, minlength=len(self.values)).tolist())
