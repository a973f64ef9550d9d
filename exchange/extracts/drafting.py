"""A first mapping for a workbook, for a person to confirm: which column is which field, and why it is thought so.

What is sure enough becomes a line; what is not, a line that is commented out. Nobody but a person decides that a column
stays here. The draft holds labels of columns, and no value of a cell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from exchange.agreements.dictionary import Data, Field
from exchange.codes.tables import spelling
from exchange.extracts.likeness import (
    Likeness,
    address_part,
    address_part_meant,
    by_label,
    by_values,
    is_field_name,
    is_telling,
)
from exchange.extracts.mapping import PLACE_LISTS, Lists, Mapping
from exchange.extracts.sheet import Sheet, letter, refusal
from exchange.extracts.values import Terms
from exchange.extracts.workbook import content_of, read_sheet
from exchange.extracts.xlsx import archive_of, sheet_parts
from exchange.locale import _

if TYPE_CHECKING:
    import datetime as dt

Why = Literal[
    "label",  # the label is the field's
    "label_and_values",  # and the values are such as the field takes
    "values",  # only the values say so, and they fit no other field
    "confirmed",  # a person said so
    "unsure_label",  # the label is much like the field's
    "unsure_values",  # the values fit this field, and perhaps others
    "unsure_twice",  # another column fits the field as well
    "disagree",  # the label says so, but the values do not
    "shifted",  # name and label are two fields, and the values fit the name
    "unknown",  # like nothing in the dictionary
]
SURE: frozenset[Why] = frozenset({"label", "label_and_values", "values", "confirmed"})
_HEADER_WITHIN = 10  # rows from the top
_ENOUGH = 0.9  # share of the distinct values that a field must take
_FEWEST = 3  # distinct values that can say anything by themselves
_MOST = 500  # distinct values that are looked at


@dataclass(frozen=True, slots=True)
class Line:
    """One column: its label, the field that it may be (None: no idea), why. `stays`: a person said that it stays."""

    letter: str
    label: str
    field: str | None
    why: Why
    stays: bool = False

    @property
    def sure(self) -> bool:
        return self.why in SURE


@dataclass(frozen=True, slots=True)
class Draft:
    """All that a mapping needs. `words`: words in cells whose code is known, by field; `unread`: how many distinct
    words of a column no list has, by field; `nameless`: columns that hold something and have no label."""

    sheet: str
    header_rows: tuple[int, ...]
    row_numbers: str | None
    separator: str | None
    lines: tuple[Line, ...]
    words: dict[str, dict[str, str]]
    unread: dict[str, int]
    places: tuple[str, ...]
    nameless: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Column:
    letter: str
    name: str  # in the header row above the label, or ""
    label: str
    texts: tuple[str, ...]  # distinct, cleaned, not empty


def draft(path: Path, data: Data, *, on: dt.date, sheet: str | None = None) -> Draft:
    """A draft for the workbook at `path`. ExtractError: mapping.no_header, or as `workbook.read_sheet`."""
    table, header_rows = _table(path, data, sheet)
    columns = _columns_of(table, header_rows)
    separator = _separator(columns, data, on)
    terms = Terms(_bare(data, table.source.sheet, header_rows, separator), data, on)
    labelled = [column for column in columns if column.label]
    lines = _none_twice([_line(column, data, terms) for column in labelled])
    mapped = {line.field: column for line, column in zip(lines, labelled, strict=True) if line.field}
    fields = [field for field in data.fields if field.name in mapped]
    words = {field.name: _words(mapped[field.name].texts, field) for field in fields}
    unread = {field.name: _unread(mapped[field.name].texts, field, words[field.name], terms) for field in fields}
    nameless = [column for column in columns if not column.label and column.texts]
    numbers = next((each.letter for each in nameless if _counts(each.texts)), None)
    return Draft(
        sheet=table.source.sheet,
        header_rows=header_rows,
        row_numbers=numbers,
        separator=separator,
        lines=tuple(lines),
        words={name: found for name, found in words.items() if found},
        unread={name: count for name, count in unread.items() if count},
        places=tuple(field.name for field in fields if field.codes in PLACE_LISTS),
        nameless=tuple(each.letter for each in nameless if each.letter != numbers),
    )


# --- the table in the workbook ---


def _table(path: Path, data: Data, wanted: str | None) -> tuple[Sheet, tuple[int, ...]]:
    """The sheet with the most headers that we know, and where they stand."""
    names: Sequence[str | None] = [wanted] if wanted else _sheet_names(path)
    best: tuple[int, Sheet, tuple[int, ...]] | None = None
    for name in names:
        sheet = read_sheet(path, _bare(data, name, (1,)))
        known, rows = _headers(sheet, data)
        if best is None or known > best[0]:
            best = known, sheet, rows
    if best is None or best[0] < 2:
        hint = _("the labels stand in one row near the top, each over its column; is it the right sheet?")
        raise refusal("mapping.no_header", _("no row of labels was found"), path.name, hint)
    return best[1], best[2]


def _sheet_names(path: Path) -> Sequence[str | None]:
    content = content_of(path)
    return tuple(sheet_parts(archive_of(content, path.name), path.name)) if content.startswith(b"PK") else (None,)


def _headers(sheet: Sheet, data: Data) -> tuple[int, tuple[int, ...]]:
    """How many headers of the best row are known, and the header rows."""
    rows = [[_cell(sheet, row, index) for index in range(len(sheet.columns))] for row in range(1, _HEADER_WITHIN + 1)]
    known = [sum(_is_known(cell, data) for cell in row) for row in rows]
    top = max(range(len(rows)), key=known.__getitem__)
    named = [sum(map(is_field_name, row)) for row in rows]
    if named[top] > 1 and top + 1 < len(rows) and known[top + 1] > 1:
        return known[top], (top + 1, top + 2)
    if top and named[top - 1] > 1:
        return known[top], (top, top + 1)
    return known[top], (top + 1,)


def _is_known(cell: str, data: Data) -> bool:
    return bool(cell) and any(by_label(cell, field) for field in data.fields)


def _cell(sheet: Sheet, row: int, index: int) -> str:
    """A cell by its row in the sheet; the first stands in the headers, since the sheet was read so."""
    if row == 1:
        return sheet.headers[0][index].strip() if index < len(sheet.headers[0]) else ""
    column = sheet.columns[index]
    return (column[row - 2].as_py() or "").strip() if row - 2 < len(column) else ""


def _columns_of(sheet: Sheet, header_rows: tuple[int, ...]) -> list[_Column]:
    found = []
    for index, column in enumerate(sheet.columns):
        body = column.slice(header_rows[-1] - 1).unique().to_pylist()
        texts = tuple(dict.fromkeys(text.strip() for text in body[:_MOST] if text and text.strip()))
        above = [_cell(sheet, row, index) for row in header_rows]
        found.append(_Column(letter(index), above[0] if len(above) > 1 else "", above[-1], texts))
    return found


def _counts(texts: Sequence[str]) -> bool:
    """Whether a column numbers its rows."""
    return [text for text in texts if text.isdecimal()] == [str(each) for each in range(1, len(texts) + 1)]


def _bare(data: Data, sheet: str | None, header_rows: tuple[int, ...], separator: str | None = None) -> Mapping:
    """A mapping that knows nothing yet but how places and lists are written."""
    by_name = {field.name: "name" for field in data.fields if field.codes in PLACE_LISTS}
    words = {field.name: _known_words(field) for field in data.fields}
    return Mapping.model_validate(
        {
            "mapping": 1,
            "sheet": sheet or None,
            "header_rows": header_rows,
            "lists": Lists(separator=separator) if separator else None,
            "columns": dict({spelling(field.label): (field.label, field.name) for field in data.fields}.values()),
            "values": {name: known for name, known in words.items() if known},
            "places": by_name,
        }
    )


def _separator(columns: Sequence[_Column], data: Data, on: dt.date) -> str | None:
    """What stands between the codes of list fields, where any cell holds several."""
    lists = [field for field in data.fields if field.type == "list"]
    best: Counter[str] = Counter()
    for sign in (";", ",", "|"):
        terms = Terms(_bare(data, None, (1,), sign), data, on)
        for column in columns:
            several = [text for text in column.texts if sign in text]
            best[sign] += sum((by_values(several, field, terms) or 0) >= _ENOUGH for field in lists)
    (sign, count), *_others = best.most_common()
    return sign if count else None


# --- which field a column is ---


def _line(column: _Column, data: Data, terms: Terms) -> Line:
    field, why = _meant(column, data, terms)
    return Line(column.letter, column.label, field.name if field else None, why)


def _meant(column: _Column, data: Data, terms: Terms) -> tuple[Field | None, Why]:
    near = {field.name: by_label(column.label, field) for field in data.fields}
    same = [field for field in data.fields if near[field.name] == Likeness.SAME]
    named = next((field for field in data.fields if spelling(field.name) == spelling(column.name)), None)
    if named and named not in same:
        return _by_name_or_label(column, named, same, near[named.name], terms)
    if len(same) == 1:
        return same[0], _how_sure(column, same[0], terms)
    partly = same or [field for field in data.fields if near[field.name] == Likeness.PARTLY]
    if partly:
        return _partly(column, partly, data, terms)
    return _only_by_values(column, data, terms)


def _how_sure(column: _Column, field: Field, terms: Terms) -> Why:
    """The label is the field's: what do the values say?"""
    share = by_values(column.texts, field, terms)
    meant, looks = address_part_meant(field.name), None
    if meant and not is_telling(field):
        looks = address_part(column.texts)
    if looks not in (None, meant) or (share is not None and share < 0.5):
        return "disagree"
    return "label" if share is None else "label_and_values"


def _by_name_or_label(
    column: _Column, named: Field, same: Sequence[Field], near: Likeness, terms: Terms
) -> tuple[Field, Why]:
    """The name above the label is another field's: in IOM's template some labels are shifted against the names."""
    if not same:
        sure = near == Likeness.PARTLY or (by_values(column.texts, named, terms) or 0) >= _ENOUGH
        why = _how_sure(column, named, terms)
        return named, why if sure else "disagree" if why == "disagree" else "unsure_label"
    if _fits_better(column, named, same[0], terms):
        return named, "shifted"
    return same[0], _how_sure(column, same[0], terms) if column.texts else "unsure_label"


def _fits_better(column: _Column, named: Field, labelled: Field, terms: Terms) -> bool:
    looks = address_part(column.texts)
    if looks and looks in (address_part_meant(named.name), address_part_meant(labelled.name)):
        return looks == address_part_meant(named.name)
    by_name, by_its_label = (by_values(column.texts, field, terms) or 0 for field in (named, labelled))
    return by_name > by_its_label


def _partly(column: _Column, fields: Sequence[Field], data: Data, terms: Terms) -> tuple[Field, Why]:
    shares = {field.name: by_values(column.texts, field, terms) or 0 for field in fields}
    best = max(fields, key=lambda field: shares[field.name])
    rivals = [field for field in fields if field is not best and shares[field.name] >= shares[best.name]]
    is_key = best.name == data.key and len(column.texts) >= _FEWEST
    if not rivals and (shares[best.name] >= _ENOUGH or is_key):
        return best, "label_and_values"
    return best, "unsure_label"


def _only_by_values(column: _Column, data: Data, terms: Terms) -> tuple[Field | None, Why]:
    if len(column.texts) < _FEWEST:
        return None, "unknown"
    fits = [field for field in data.fields if (by_values(column.texts, field, terms) or 0) >= _ENOUGH]
    if not fits:
        return None, "unknown"
    tells = "nik" in fits[0].formats or fits[0].codes == "htcds-2.0" or fits[0].categories is not None
    return fits[0], "values" if len(fits) == 1 and tells else "unsure_values"


def _none_twice(lines: list[Line]) -> list[Line]:
    """A field has one column: by its label before one that only looks like it; of equals, none is sure."""
    by_its_label = {line.field for line in lines if line.why in ("label", "label_and_values")}
    lines = [
        replace(line, why="unsure_twice") if line.why == "values" and line.field in by_its_label else line
        for line in lines
    ]
    counts = Counter(line.field for line in lines if line.sure)
    return [replace(line, why="unsure_twice") if line.sure and counts[line.field] > 1 else line for line in lines]


# --- the words in cells ---


def _known_words(field: Field) -> dict[str, str]:
    """What people write for codes that no list has a label for."""
    if field.type == "boolean":
        return {"ya": "true", "tidak": "false", "yes": "true", "no": "false", "y": "true", "t": "false"}
    if {"Feminine", "Masculine"} <= set(field.categories or ()):
        female = dict.fromkeys(("Perempuan", "Wanita", "Female", "P"), "Feminine")
        return female | dict.fromkeys(("Laki-laki", "Pria", "Male", "L"), "Masculine")
    return {}


def _words(texts: Sequence[str], field: Field) -> dict[str, str]:
    """The known words that stand in the column. A P beside a W is no Perempuan: then neither letter is read."""
    there = {spelling(text) for text in texts}
    known = {word: code for word, code in _known_words(field).items() if spelling(word) in there}
    if "w" in there:
        known.pop("P", None)
    return known


def _unread(texts: Sequence[str], field: Field, words: dict[str, str], terms: Terms) -> int:
    if field.categories is None and field.codes != "htcds-2.0" and field.type != "boolean":
        return 0
    said = {spelling(word) for word in words}
    rest = [text for text in texts if spelling(text) not in said]
    share = by_values(rest, field, terms)
    return 0 if share is None else round((1 - share) * len(rest))
