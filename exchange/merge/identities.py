"""What reports are known by, numbered: two reports under one identity are the same one, sent again (see `records`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from exchange.merge.places import Places
from exchange.merge.records import Records

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

IDENTITY_BYTES = 16


@dataclass(frozen=True)
class Identities:
    """`names`: each identity once, 16 bytes. `of`: for each report the number of its identity, its place in `names`."""

    names: pa.FixedSizeBinaryArray
    of: NDArray[np.int64]

    @classmethod
    def of_reports(cls, records: Records) -> Identities:
        """The identities of all reports, numbered in the order in which they are first met."""
        import numpy as np

        column = records.reports.column("identity").combine_chunks().dictionary_encode()
        return cls(column.dictionary, column.indices.to_numpy(zero_copy_only=False).astype(np.int64))

    @classmethod
    def none(cls) -> Identities:
        import numpy as np
        import pyarrow as pa

        return cls(pa.array([], pa.binary(IDENTITY_BYTES)), np.zeros(0, np.int64))

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """For each identity the first of its reports."""
        import numpy as np

        return np.unique(self.of, return_index=True)[1].astype(np.int64)

    def numbers(self, names: Sequence[str]) -> NDArray[np.int64]:
        """For each name (hexadecimal) its number, -1 where no report here is known by it."""
        import pyarrow as pa
        import pyarrow.compute as pc

        wanted = pa.array([bytes.fromhex(name) for name in names], pa.binary(IDENTITY_BYTES))
        found = pc.index_in(wanted, value_set=self.names).fill_null(-1)
        return found.to_numpy(zero_copy_only=False).astype("int64")  # type: ignore[no-any-return]  # pyarrow has no types

    def among(self, names: Collection[str]) -> frozenset[str]:
        """Those of `names` by which a report here is known."""
        asked = sorted(names)
        return frozenset(name for name, at in zip(asked, self.numbers(asked).tolist(), strict=True) if at >= 0)

    def name(self, number: int) -> str:
        """Hexadecimal."""
        return bytes(self.names[number].as_py()).hex()

    def all_names(self) -> list[str]:
        """Hexadecimal."""
        return [name.hex() for name in self.names.to_pylist()]

    def reports(self, number: int) -> NDArray[np.int64]:
        """The reports under one identity."""
        return self._places.of(number)

    def of_each(self, told: NDArray[np.int64], number: int) -> set[int]:
        """What `told`, a number for each report, says of the reports under one identity."""
        return set(told[self.reports(number)].tolist())

    @cached_property
    def _places(self) -> Places:
        return Places.in_(self.of)
