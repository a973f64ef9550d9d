"""One column: its texts cleaned, each distinct text read once, its faults laid on the rows that hold it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.agreements.dictionary import Field
from exchange.codes import nik
from exchange.extracts import arrow
from exchange.extracts.dates import maybe_swapped
from exchange.extracts.findings import Fault
from exchange.extracts.plain import plain
from exchange.extracts.sheet import Cell, Marks
from exchange.extracts.values import Terms, read_values

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
    distinct: pa.StringArray
    codes: Rows
    faults: tuple[Fault, ...]

    def array(self) -> pa.DictionaryArray:
        import pyarrow as pa

        return pa.DictionaryArray.from_arrays(arrow.int32s(self.codes), self.distinct)

    def texts(self) -> list[str]:
        """The distinct values, one by one."""
        texts: list[str] = self.distinct.to_pylist()
        return texts


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
    cells, broken = _without_broken_numbers(texts, rows, position, marks)
    said, codes = _distinct(cells)
    provinces = None
    if within is not None:
        said, provinces, codes = _pairs(said, codes, within)
    values = _read(said, position.field, terms, provinces)
    faults = [
        *position.fault("extract.error_cell", rows, _rows_marked(marks.errors, position, rows)),
        *position.fault("extract.merged_cell", rows, _rows_marked(marks.merged, position, rows)),
        *position.fault("extract.nik_broken", rows, broken),
        *_faults_of(values, codes, position, rows, _rows_marked(marks.errors | marks.merged, position, rows)),
    ]
    if position.field.type == "date" and maybe_swapped(said.to_pylist()):
        faults.append(Fault("extract.dates_swapped", (), position.letter, position.field.name))
    distinct, again = _encoded(values.texts)  # texts that mean the same value become one
    return Column(position, distinct, again[codes], tuple(faults))


def _distinct(texts: pa.StringArray) -> tuple[pa.StringArray, Rows]:
    """Each text once, cleaned, and the place of each row's text among them."""
    raw, codes = _encoded(texts)
    distinct, again = _encoded(_clean(raw))
    return distinct, again[codes]


def _encoded(texts: pa.StringArray) -> tuple[pa.StringArray, Rows]:
    """Each text once, in the order in which they appear, and their places; a null counts as a text."""
    encoded = texts.dictionary_encode("encode")
    return encoded.dictionary, arrow.numbers_of(encoded.indices)


def _clean(texts: pa.StringArray) -> pa.StringArray:
    """Trimmed, in Unicode's composed form (NFC), lines ended by a line feed, "" for an empty cell."""
    import pyarrow.compute as pc

    lines = pc.replace_substring(pc.fill_null(texts, arrow.text("")), "\r\n", "\n")
    return pc.utf8_trim_whitespace(pc.utf8_normalize(lines, "NFC"))


@dataclass(frozen=True, slots=True)
class _Values:
    """The value of each distinct text, and for each code of a fault the places of the texts that have it."""

    texts: pa.StringArray
    wrong: dict[str, list[int]]


def _read(said: pa.StringArray, of: Field, terms: Terms, provinces: list[str] | None) -> _Values:
    """What is plain as a whole column, the rest text by text."""
    import numpy as np
    import pyarrow.compute as pc

    odd = ~plain(said, of, terms) if provinces is None else np.ones(len(said), bool)
    places = np.flatnonzero(odd)
    values = read_values(said.take(arrow.int32s(places)).to_pylist(), of, terms, provinces)
    wrong: defaultdict[str, list[int]] = defaultdict(list)
    for place, value in zip(places.tolist(), values, strict=True):
        if value.fault:
            wrong[value.fault].append(place)
    read = arrow.texts(value.text for value in values)
    return _Values(pc.replace_with_mask(said, arrow.bools(odd), read), wrong)


def _pairs(said: pa.StringArray, codes: Rows, within: Column) -> tuple[pa.StringArray, list[str], Rows]:
    """The distinct pairs of a text and its row's value in `within`, and the number of its pair for each row."""
    import numpy as np

    both = within.codes.astype(np.int64) * len(said) + codes
    pairs, numbers = np.unique(both, return_inverse=True)
    provinces, texts = np.divmod(pairs, len(said) or 1)
    return said.take(arrow.int32s(texts)), within.distinct.take(arrow.int32s(provinces)).to_pylist(), numbers


def _faults_of(values: _Values, codes: Rows, position: Position, rows: Rows, empty: Which) -> Iterator[Fault]:
    """Faults of values on their rows. A cell that an error or a merge has emptied is not also said to be missing."""
    import numpy as np

    for code, places in values.wrong.items():
        there = np.isin(codes, places)
        yield from position.fault(
            code, rows, there & ~empty if code in ("extract.required", "extract.no_key") else there
        )


def _rows_marked(cells: frozenset[Cell], position: Position, rows: Rows) -> Which:
    import numpy as np

    if not cells:
        return np.zeros(len(rows), bool)
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
    return pc.if_else(arrow.bools(suspects), pa.nulls(1, pa.string())[0], texts), suspects
