"""Case notes as they are read: each beside its own row, whose names and numbers it may hold in any spelling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.agreements.clause import FieldName
from exchange.agreements.dictionary import Data, Field
from exchange.redact.notes.found import Found
from exchange.redact.notes.row_words import RowWords

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, repr=False)
class Note:
    """One case note and what was found in it. Never printed."""

    text: str
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Notes:
    """A field's notes, row for row; None where the row has none."""

    field: FieldName
    rows: tuple[Note | None, ...]

    def without(self, these: Sequence[bool]) -> Notes:
        """As if these rows had none."""
        both = zip(self.rows, these, strict=True)
        return Notes(self.field, tuple(None if absent else note for note, absent in both))

    @property
    def written(self) -> Iterator[Note]:
        return (note for note in self.rows if note is not None)


def read_notes(
    table: pa.Table, data: Data, fields: Iterable[FieldName], staff: frozenset[str] = frozenset()
) -> tuple[Notes, ...]:
    """The notes in `fields` of an extract's table, none in a field that it lacks. `staff`: names that count for every
    row."""
    named = tuple(fields)
    rows = _words_of_rows(table, data, staff) if named else []
    return tuple(_read(table, name, rows, frozenset(data.missing())) for name in named)


def staff_of(table: pa.Table, data: Data) -> frozenset[str]:
    """The names of all caseworkers."""
    fields = [field for field in _direct(table, data) if field.about == "staff" and not field.formats]
    names = {value for field in fields for value in table.column(field.name).unique().to_pylist()}
    return frozenset(name for name in names if name.strip() and name not in data.missing())


def _read(table: pa.Table, name: FieldName, rows: Sequence[RowWords], missing: frozenset[str]) -> Notes:
    if name not in table.column_names:
        return Notes(name, (None,) * len(rows))
    from exchange.redact.notes.recognise import recognise  # its patterns take a tenth of a second

    both = zip(table.column(name).to_pylist(), rows, strict=True)
    return Notes(name, tuple(None if text in missing else Note(text, recognise(text, row)) for text, row in both))


def _words_of_rows(table: pa.Table, data: Data, staff: frozenset[str]) -> list[RowWords]:
    """Every direct identifier of the row: numbers as numbers, all else as names; and the staff of all rows."""
    direct = _direct(table, data)
    numbers = {field.name for field in direct if field.formats or field.name in (data.key, data.household)}
    missing = frozenset(data.missing())
    columns = [(field.name in numbers, table.column(field.name).to_pylist()) for field in direct]
    of_staff, found = RowWords.of(staff, ()), []
    for row in range(table.num_rows):
        values = [(is_number, texts[row]) for is_number, texts in columns]
        said = [(is_number, text) for is_number, text in values if text.strip() and text not in missing]
        own = RowWords.of((text for number, text in said if not number), (text for number, text in said if number))
        found.append(own.joined(of_staff))
    return found


def _direct(table: pa.Table, data: Data) -> list[Field]:
    return [field for field in data.fields if field.kind == "direct" and field.name in table.column_names]
