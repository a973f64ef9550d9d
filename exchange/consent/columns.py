"""The columns that consent turns on, each question asked once per distinct value and answered for every row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.agreements.dictionary import parse_date
from exchange.consent.days import UNKNOWN

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from exchange.consent.days import Numbers

    Which = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rows:
    """The columns of an extract. `missing`: the written forms of the kinds of missing, none of which is an answer."""

    table: pa.Table
    missing: frozenset[str]

    def which(self, name: str, fits: Callable[[str], bool]) -> Which:
        """The rows whose value in column `name` is there and fits; none where there is no such column."""
        import numpy as np

        if name not in self.table.column_names:
            return np.zeros(self.table.num_rows, bool)
        texts, codes = self._distinct(name)
        return np.array([text not in self.missing and fits(text) for text in texts], bool)[codes]

    def said(self, name: str) -> Which:
        """The rows with any answer in column `name`."""
        return self.which(name, lambda _text: True)

    def holds(self, name: str, codes: frozenset[str]) -> Which:
        """The rows in which column `name`, a list or a single code, holds one of `codes`."""
        return self.which(name, lambda text: not codes.isdisjoint(text.split(";")))

    def days(self, name: str) -> Numbers:
        """The day of each row's date in column `name`; `UNKNOWN` where there is none."""
        import numpy as np

        if name not in self.table.column_names:
            return np.full(self.table.num_rows, UNKNOWN, np.int64)
        texts, codes = self._distinct(name)
        return np.array([self._day(text) for text in texts], np.int64)[codes]

    def _distinct(self, name: str) -> tuple[list[str], Numbers]:
        column = self.table.column(name).combine_chunks()
        return column.dictionary.to_pylist(), column.indices.to_numpy()

    def _day(self, text: str) -> int:
        date = None if text in self.missing else parse_date(text)
        return UNKNOWN if date is None else date.toordinal()
