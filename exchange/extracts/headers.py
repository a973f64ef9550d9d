"""Which column of a sheet is which field: by its label, and every column accounted for.

No message repeats a header: in a sheet without the expected header rows, what stands there is the first person's data.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from exchange.agreements.dictionary import Data
from exchange.codes.tables import spelling
from exchange.extracts import arrow
from exchange.extracts.columns import Position
from exchange.extracts.findings import Fault
from exchange.extracts.mapping import Mapping
from exchange.extracts.sheet import Sheet, letter


@dataclass(frozen=True, slots=True)
class Layout:
    """The mapped columns, in the order of the dictionary, and what is wrong with the header.

    `named_otherwise`: for columns whose name (first header row) is that of another field than their label, that field.
    """

    positions: tuple[Position, ...]
    named_otherwise: dict[str, str]
    faults: tuple[Fault, ...]


def lay_out(sheet: Sheet, mapping: Mapping, data: Data) -> Layout:
    """Find the mapped columns; fault every column that is unknown, unlabelled, doubled or absent."""
    if not any(label.strip() for row in sheet.headers for label in row):
        return Layout((), {}, (Fault("extract.no_header"),))
    columns = _labelled(sheet)
    fields = {spelling(label): name for label, name in mapping.columns.items()}
    staying = {spelling(label) for label in mapping.stays_here}
    found: defaultdict[str, list[int]] = defaultdict(list)
    faults = []
    for index, label in columns.items():
        if label in fields:
            found[fields[label]].append(index)
        elif label == "" and letter(index) != mapping.row_number_column:
            faults += [Fault("extract.unlabelled_column", (), letter(index))] if _holds_something(sheet, index) else []
        elif label and label not in staying:
            faults.append(Fault("extract.unknown_column", (), letter(index)))
    faults += _absent_or_twice(mapping, found)
    positions = tuple(
        Position(field, found[field.name][0], letter(found[field.name][0]))
        for field in data.fields
        if field.name in found
    )
    return Layout(positions, _named_otherwise(sheet, positions, data), tuple(faults))


def _labelled(sheet: Sheet) -> dict[int, str]:
    width = max(len(sheet.columns), *map(len, sheet.headers))
    labels = sheet.headers[-1]
    return {index: spelling(labels[index]) if index < len(labels) else "" for index in range(width)}


def _holds_something(sheet: Sheet, index: int) -> bool:
    import pyarrow.compute as pc

    if any(row[index].strip() for row in sheet.headers if index < len(row)):
        return True
    cells = pc.utf8_trim_whitespace(pc.fill_null(sheet.columns[index], arrow.text("")))
    return bool(pc.any(pc.not_equal(cells, arrow.text(""))).as_py())


def _absent_or_twice(mapping: Mapping, found: dict[str, list[int]]) -> list[Fault]:
    faults = []
    for label, name in mapping.columns.items():
        if name not in found:
            faults.append(
                Fault("extract.column_absent", (), "", name, " ".join(label.split()))
            )  # the mapping's word, not the sheet's
        faults += [Fault("extract.column_twice", (), letter(index), name) for index in found.get(name, [])[1:]]
    return faults


def _named_otherwise(sheet: Sheet, positions: tuple[Position, ...], data: Data) -> dict[str, str]:
    """IOM's template misspells a name and shifts others against their labels: only a name of another field counts."""
    if len(sheet.headers) < 2:
        return {}
    names = {spelling(field.name): field.name for field in data.fields}
    above = {position.field.name: names.get(spelling(sheet.headers[0][position.index])) for position in positions}
    return {field: name for field, name in above.items() if name is not None and name != field}
