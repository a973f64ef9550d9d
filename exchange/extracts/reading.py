"""From a workbook to an `Extract`: sheet, columns, values, checks; or a refusal that lists every reason."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from exchange.agreements.dictionary import Data, Field
from exchange.errors import ExtractError
from exchange.extracts import arrow
from exchange.extracts.checks import check_rows
from exchange.extracts.columns import Column, Position, read_column
from exchange.extracts.extract import Extract, Finding, Source
from exchange.extracts.findings import Fault, findings_of, problem_of
from exchange.extracts.headers import Layout, lay_out
from exchange.extracts.mapping import Mapping, check_mapping
from exchange.extracts.sheet import Marks, Sheet, letter
from exchange.extracts.values import Terms
from exchange.extracts.workbook import read_sheet

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from exchange.extracts.columns import Rows


@dataclass(frozen=True, slots=True)
class Examined:
    """A workbook as read, before anything of it is refused: all that was found wrong, whatever its weight."""

    source: Source
    findings: tuple[Finding, ...]
    table: pa.Table
    rows: pa.Int32Array


def read_extract(path: Path, mapping: Mapping, data: Data, *, on: dt.date) -> Extract:
    """The extract in the .xlsx or .csv file at `path`, read on the day `on` (a later date in a cell is in the future).

    It is refused, with every refusing finding at once, or given with the others. ExtractError: those, and as `examine`.
    """
    read = examine(path, mapping, data, on=on)
    ExtractError.raise_all(problem_of(finding) for finding in read.findings if finding.weight == "refuse")
    return Extract(read.table, read.rows, read.source, read.findings)


def examine(path: Path, mapping: Mapping, data: Data, *, on: dt.date) -> Examined:
    """Everything that is wrong with the file at `path`.

    1. refuse a mapping that does not fit the dictionary (`check_mapping`);
    2. read the sheet as text (`workbook.read_sheet`);
    3. account for every column by its label (`headers.lay_out`);
    4. leave out rows that hold nothing beside their number;
    5. read each column's distinct values (`columns.read_column`), provinces before regencies;
    6. check across cells and rows (`checks.check_rows`).

    ExtractError where no sheet can be read. A month without cases has no rows, and that is no error.
    """
    ExtractError.raise_all(check_mapping(mapping, data))
    sheet = read_sheet(path, mapping)
    layout = lay_out(sheet, mapping, data)
    kept = _rows_with_something(sheet, mapping)
    rows = _row_numbers(sheet, kept)
    terms = Terms(mapping, data, on)
    columns = _columns(sheet, layout, kept, rows, terms)
    faults = [*layout.faults, *_hidden(sheet.marks, rows), *check_rows(columns, terms, rows)]
    faults += [fault for column in columns.values() for fault in column.faults]
    faults += _shifted(sheet, layout, kept, rows, terms, columns)
    findings = findings_of(faults, sheet.source.sheet)
    return Examined(sheet.source, findings, _table(columns, layout, data), arrow.int32s(rows))


def _rows_with_something(sheet: Sheet, mapping: Mapping) -> NDArray[np.bool_]:
    """Which rows below the header hold more than their number."""
    import numpy as np
    import pyarrow.compute as pc

    height = len(sheet.columns[0]) if sheet.columns else 0
    kept, nothing = np.zeros(height, bool), arrow.text("")
    for index, column in enumerate(sheet.columns):
        if not kept.all() and letter(index) != mapping.row_number_column:
            filled = pc.not_equal(pc.utf8_trim_whitespace(pc.fill_null(column, nothing)), nothing)
            kept |= arrow.bools_of(filled)
    return kept


def _row_numbers(sheet: Sheet, kept: NDArray[np.bool_]) -> Rows:
    import numpy as np

    return (np.flatnonzero(kept) + sheet.first_row).astype(np.int32)


def _columns(sheet: Sheet, layout: Layout, kept: NDArray[np.bool_], rows: Rows, terms: Terms) -> dict[str, Column]:
    """Each mapped column, by its field."""
    columns: dict[str, Column] = {}
    regencies_last = sorted(layout.positions, key=lambda each: each.field.codes == "kemendagri-regency")
    for position in regencies_last:
        province = _province_of(position.field, terms)
        within = columns.get(province) if province else None
        columns[position.field.name] = read_column(
            position, _texts(sheet, position, kept), rows, sheet.marks, terms, within
        )
    return columns


def _texts(sheet: Sheet, position: Position, kept: NDArray[np.bool_]) -> pa.StringArray:

    column = sheet.columns[position.index]
    return column if kept.all() else column.filter(arrow.bools(kept))


def _province_of(field: Field, terms: Terms) -> str | None:
    """The field with the province of a regency that is written by name: that whose name begins most like its own."""
    if field.codes != "kemendagri-regency" or terms.mapping.places.get(field.name) != "name":
        return None
    provinces = [each.name for each in terms.data.fields if each.codes == "kemendagri-province"]
    return max(provinces, key=lambda name: _shared_beginning(name, field.name), default=None)


def _shared_beginning(one: str, other: str) -> int:
    return sum(1 for _pair in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _hidden(marks: Marks, rows: Rows) -> Iterator[Fault]:
    hidden = tuple(row for row in rows.tolist() if row in marks.hidden)
    if hidden:
        yield Fault("extract.hidden_row", hidden)


def _shifted(
    sheet: Sheet,
    layout: Layout,
    kept: NDArray[np.bool_],
    rows: Rows,
    terms: Terms,
    columns: dict[str, Column],
) -> Iterator[Fault]:
    """Where name and label of a column are two fields: the values tell which it is.

    Refused where more of them fit the name than the label; otherwise the label counts, and the difference is said.
    """
    for name, other in layout.named_otherwise.items():
        position = columns[name].position
        as_other = Position(terms.data.field(other), position.index, position.letter)
        read = read_column(as_other, _texts(sheet, position, kept), rows, sheet.marks, terms)
        shifted = _rows_wrong(read) < _rows_wrong(columns[name])
        yield Fault("extract.column_shifted" if shifted else "extract.name_and_label", (), position.letter, name)


def _rows_wrong(column: Column) -> int:
    return len({row for fault in column.faults for row in fault.rows})


def _table(columns: dict[str, Column], layout: Layout, data: Data) -> pa.Table:
    import pyarrow as pa

    names = [position.field.name for position in layout.positions]
    return pa.table([columns[name].array() for name in names], names=names)
