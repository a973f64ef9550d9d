"""One column: its texts cleaned, each distinct text read once, its faults laid on the rows that hold it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.agreements.dictionary import Field
from exchange.codes import nik
from exchange.extracts.dates import maybe_swapped
from exchange.extracts.findings import Fault
from exchange.extracts.sheet import Cell, Marks
from exchange.extracts.values import Terms, Value, read_values

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Rows = NDArray[np.int32]
    Which = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Position:
    """Which column of the sheet holds which field. `index` counts from 0, `letter` is Excel's."""

    field: Field
    index: int
    letter: str

    def fault(self, code: str, rows: Rows, wrong: Which) -> Iterator[Fault]:
        """The fault `code` in the rows of the sheet that `wrong` marks, if any."""
        if wrong.any():
            yield Fault(code, tuple(rows[wrong].tolist()), self.letter, self.field.name)


@dataclass(frozen=True, slots=True)
class Column:
    """A column as read. `distinct`: each value once; `codes`: per row, the place of its value in `distinct`."""

    position: Position
    distinct: tuple[str, ...]
    codes: Rows
    faults: tuple[Fault, ...]

    def array(self) -> pa.DictionaryArray:
        import pyarrow as pa

        return pa.DictionaryArray.from_arrays(pa.array(self.codes, pa.int32()), pa.array(self.distinct, pa.string()))


def read_column(
    position: Position,
    texts: pa.StringArray,
    rows: Rows,
    marks: Marks,
    terms: Terms,
    within: Column | None = None,
) -> Column:
    """The values of one column. `texts` and `rows` (of the sheet) are those of the rows that are kept.

    `within`: for a regency, the column of its province, since a name may be that of several regencies.
    """
    empty = _rows_marked(marks.errors | marks.merged, position, rows)
    cells, broken = _without_broken_numbers(texts, rows, position, marks)
    encoded = _clean(cells).dictionary_encode()
    said, codes = encoded.dictionary.to_pylist(), encoded.indices.to_numpy()
    provinces = None
    if within is not None:
        said, provinces, codes = _pairs(said, codes, within)
    values = read_values(said, position.field, terms, provinces)
    faults = [
        *position.fault("extract.error_cell", rows, _rows_marked(marks.errors, position, rows)),
        *position.fault("extract.merged_cell", rows, _rows_marked(marks.merged, position, rows)),
        *position.fault("extract.nik_broken", rows, broken),
        *_faults_of(values, codes, position, rows, empty),
    ]
    if position.field.type == "date" and maybe_swapped(said):
        faults.append(Fault("extract.dates_swapped", (), position.letter, position.field.name))
    return _column(position, values, codes, faults)


def _clean(texts: pa.StringArray) -> pa.StringArray:
    """Trimmed, in Unicode's composed form (NFC), lines ended by a line feed, "" for an empty cell."""
    import pyarrow.compute as pc

    lines = pc.replace_substring(pc.fill_null(texts, ""), "\r\n", "\n")
    return pc.utf8_trim_whitespace(pc.utf8_normalize(lines, "NFC"))


def _pairs(said: list[str], codes: Rows, within: Column) -> tuple[list[str], list[str], Rows]:
    """The distinct pairs of a text and its row's value in `within`, and the number of its pair for each row."""
    import numpy as np

    both = within.codes.astype(np.int64) * len(said) + codes
    pairs, numbers = np.unique(both, return_inverse=True)
    texts = [said[pair % len(said)] for pair in pairs.tolist()]
    return texts, [within.distinct[pair // len(said)] for pair in pairs.tolist()], numbers


def _column(position: Position, values: list[Value], codes: Rows, faults: list[Fault]) -> Column:
    """Texts that mean the same value become one."""
    import numpy as np

    numbers: dict[str, int] = {}
    again = np.fromiter((numbers.setdefault(value.text, len(numbers)) for value in values), np.int32, len(values))
    return Column(position, tuple(numbers), again[codes], tuple(faults))


def _faults_of(values: list[Value], codes: Rows, position: Position, rows: Rows, empty: Which) -> Iterator[Fault]:
    """Faults of values on their rows. A cell that an error or a merge has emptied is not also said to be missing."""
    import numpy as np

    wrong: defaultdict[str, list[int]] = defaultdict(list)
    for number, value in enumerate(values):
        if value.fault:
            wrong[value.fault].append(number)
    for code, numbers in wrong.items():
        there = np.isin(codes, numbers)
        yield from position.fault(
            code, rows, there & ~empty if code in ("extract.required", "extract.no_key") else there
        )


def _rows_marked(cells: frozenset[Cell], position: Position, rows: Rows) -> Which:
    import numpy as np

    return np.isin(rows, [row for row, column in cells if column == position.index])


def _without_broken_numbers(
    texts: pa.StringArray, rows: Rows, position: Position, marks: Marks
) -> tuple[pa.StringArray, Which]:
    """The texts without the NIKs of which Excel has kept only fifteen digits, and the rows in which they stood.

    Only here is it known that the cell held a number: as text, the same sixteen digits may be whole.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    suspects = _rows_marked(marks.long_numbers, position, rows)
    if "nik" not in position.field.formats or not suspects.any():
        return texts, np.zeros(len(rows), bool)
    for offset in np.flatnonzero(suspects).tolist():
        suspects[offset] = nik.damage(texts[offset].as_py() or "", from_number=True) is not None
    return pc.if_else(pa.array(suspects), pa.scalar(None, pa.string()), texts), suspects
