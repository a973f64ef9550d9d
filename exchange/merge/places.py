"""Where each number stands in a long column of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Places:
    """`order`: the rows of a column sorted by what stands there (`values`)."""

    order: NDArray[np.int64]
    values: NDArray[Any]

    @classmethod
    def in_(cls, column: NDArray[Any]) -> Places:
        import numpy as np

        order = np.argsort(column, kind="stable")
        return cls(order, column[order])

    def of(self, number: int) -> NDArray[np.int64]:
        """The rows where `number` stands, in their order."""
        import numpy as np

        both = np.array((number, number + 1), self.values.dtype)  # of another type all values would be copied
        first, after = np.searchsorted(self.values, both)
        return self.order[first:after]
