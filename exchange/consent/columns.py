"""The columns that consent turns on, each question asked once per distinct value and answered for every row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exchange.agreements.dictionary import parse_date
from exchange.consent.days import UNKNOWN
from exchange.extracts import arrow
from exchange.extracts.references import all_as_compared, as_compared

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
    _days: dict[str, Numbers] = field(default_factory=dict, repr=False, compare=False)  # each column's, once read

    def which(self, name: str, fits: Callable[[str], bool]) -> Which:
        """The rows whose value in column `name` is there and fits; none where there is no such column."""
        import numpy as np

        if name not in self.table.column_names:
            return np.zeros(self.table.num_rows, bool)
        texts, codes = self._distinct(name)
        return np.array([text not in self.missing and fits(text) for text in texts], bool)[codes]

    def said(self, name: str) -> Which:
        """The rows with any answer in column `name`."""
        import numpy as np

        if name not in self.table.column_names:
            return np.zeros(self.table.num_rows, bool)
        distinct, codes = self._encoded(name)
        said: Which = ~_among(distinct, self.missing)[codes]
        return said

    def refers(self, name: str, to: frozenset[str]) -> Which:
        """The rows whose case number in column `name` is one of `to`, in whichever spelling."""
        import numpy as np

        if not to or name not in self.table.column_names:
            return np.zeros(self.table.num_rows, bool)
        distinct, codes = self._encoded(name)
        meant = _among(all_as_compared(distinct), frozenset(map(as_compared, to)))
        return self.said(name) & meant[codes]

    def holds(self, name: str, codes: frozenset[str]) -> Which:
        """The rows in which column `name`, a list or a single code, holds one of `codes`."""
        return self.which(name, lambda text: not codes.isdisjoint(text.split(";")))

    def days(self, name: str) -> Numbers:
        """The day of each row's date in column `name`; `UNKNOWN` where there is none."""
        import numpy as np

        if name not in self.table.column_names:
            return np.full(self.table.num_rows, UNKNOWN, np.int64)
        if name not in self._days:
            texts, codes = self._distinct(name)
            self._days[name] = np.array([self._day(text) for text in texts], np.int64)[codes]
        return self._days[name]

    def _distinct(self, name: str) -> tuple[list[str], NDArray[np.int32]]:
        distinct, codes = self._encoded(name)
        return distinct.to_pylist(), codes

    def _encoded(self, name: str) -> tuple[pa.StringArray, NDArray[np.int32]]:
        column = self.table.column(name).combine_chunks()
        return column.dictionary, arrow.numbers_of(column.indices)

    def _day(self, text: str) -> int:
        date = None if text in self.missing else parse_date(text)
        return UNKNOWN if date is None else date.toordinal()


def _among(texts: pa.StringArray, those: frozenset[str]) -> Which:
    import pyarrow.compute as pc

    return arrow.bools_of(pc.is_in(texts, arrow.texts(those)))
