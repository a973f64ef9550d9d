"""A CSV table, column by column: each distinct text once, and a number per row. No column of class direct is kept."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np

from exchange.errors import DisclosureError, Problem
from exchange.locale import _
from exchange.protect.anonymise.coded import Numbers
from exchange.protect.anonymise.plan import Plan

_ROWS_AT_ONCE = 1 << 16


@dataclass(frozen=True, slots=True)
class Texts:
    """A column: `values`, each once, in the order in which they were met; `numbers`: int32, for each row its value."""

    name: str
    values: tuple[str, ...]
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class Source:
    """The columns of a table that may be looked at, in its order; those of class direct were not read."""

    columns: tuple[Texts, ...]
    rows: int

    def __getitem__(self, name: str) -> Texts:
        return next(each for each in self.columns if each.name == name)

    def take(self, rows: Numbers) -> Source:
        """These rows, in this order, as often as they are named."""
        return Source(tuple(Texts(each.name, each.values, each.numbers[rows]) for each in self.columns), len(rows))


class _Numbering(dict[str, int]):
    """Numbers texts from 0 in the order in which they are asked for."""

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self)
        return number


def read_table(file: Path, plan: Plan) -> Source:
    """The table that a plan is for.

    DisclosureError: `table.missing_file`, `table.not_text`, `table.ragged`, `table.blank_row`, `table.empty`,
    `table.sep_line`, `table.column_twice`, `table.unknown_columns`, `table.no_column`. No message holds a value.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            return _read(opened, file.name, plan)
    except OSError:
        raise DisclosureError(Problem("table.missing_file", _("the file cannot be opened"), where=file.name)) from None
    except (UnicodeDecodeError, csv.Error):
        hint = _("save it as CSV UTF-8, and name its separator in input.separator")
        raise DisclosureError(Problem("table.not_text", _("this is no CSV table"), file.name, hint)) from None


def _read(opened: TextIO, file: str, plan: Plan) -> Source:
    if any(column.class_ == "direct" for column in plan.fields.values()):  # a line with a name in it has few equals
        return _parsed(opened, file, plan)
    return _by_distinct_lines(opened, file, plan) or _parsed(opened, file, plan)


def _by_distinct_lines(opened: TextIO, file: str, plan: Plan) -> Source | None:
    """The table where each line is a row: equal lines are parsed once, and of a million rows few are different.

    None, and `opened` at its beginning again, where some value goes over several lines, some line holds nothing or is
    the head once more, or something is wrong, which is better said by who counts every row.
    """
    lines = _Numbering()
    of_row = np.fromiter(map(lines.__getitem__, opened), dtype=np.int32)[1:] - 1
    try:
        parsed = _parsed(lines, file, plan)
    except (DisclosureError, csv.Error):
        parsed = None
    if parsed is not None and parsed.rows == len(lines) - 1 and of_row.min(initial=0) == 0:
        return parsed.take(of_row)
    opened.seek(0)
    return None


def _parsed(lines: Iterable[str], file: str, plan: Plan) -> Source:
    reader = filter(None, csv.reader(lines, delimiter=plan.input.separator, strict=True))
    head = [name.strip() for name in next(reader, [])]
    DisclosureError.raise_all(head_problems(head, file, plan))
    wanted = [place for place, name in enumerate(head) if plan.fields[name].class_ != "direct"]
    numberings = [_Numbering() for _place in wanted]
    parts: list[list[Numbers]] = [[] for _place in wanted]
    rows = 0
    while chunk := list(islice(reader, _ROWS_AT_ONCE)):
        _refuse_ragged(chunk, len(head), file, rows)
        _refuse_blank(chunk, file, rows)
        across = list(zip(*chunk, strict=True))
        for place, numbering, part in zip(wanted, numberings, parts, strict=True):
            part.append(np.fromiter(map(numbering.__getitem__, across[place]), dtype=np.int32, count=len(chunk)))
        rows += len(chunk)
    if not rows:
        raise DisclosureError(Problem("table.empty", _("the table has no row"), where=file))
    columns = zip((head[place] for place in wanted), numberings, parts, strict=True)
    return Source(tuple(stripped(name, texts, np.concatenate(part)) for name, texts, part in columns), rows)


def stripped(name: str, texts: Iterable[str], numbers: Numbers) -> Texts:
    """A column, `numbers` being places in `texts`. Spaces around a value are no part of it."""
    numbering = _Numbering()
    merged = np.fromiter((numbering[text.strip()] for text in texts), dtype=np.int32)
    return Texts(name, tuple(numbering), merged[numbers])


def head_problems(head: Sequence[str], file: str, plan: Plan) -> Iterator[Problem]:
    """How a table's columns are not those of the plan."""
    if head and head[0].lower().startswith("sep="):
        what, hint = _("its first line tells a spreadsheet the separator"), _("delete the line that begins with sep=")
        yield Problem("table.sep_line", what, file, hint)
        return
    if len(set(head)) != len(head):
        yield Problem("table.column_twice", _("two columns have the same name"), where=file)
    unknown = [str(place) for place, name in enumerate(head, start=1) if name not in plan.fields]
    if unknown:  # by their places: in a table without a head these are the values of a person
        what = _("the plan does not name the columns at these places: {places}").format(places=", ".join(unknown))
        hint = _("give each a class; the class direct leaves a column out")
        yield Problem("table.unknown_columns", what, where=file, hint=hint)
    absent = [name for name in plan.fields if name not in head]
    if absent:
        what = _("the table has no column {names}").format(names=", ".join(absent))
        hint = _("its columns are separated by what input.separator says")
        yield Problem("table.no_column", what, where=file, hint=hint)


def _refuse_ragged(chunk: Sequence[Sequence[str]], width: int, file: str, before: int) -> None:
    if {*map(len, chunk)} == {width}:
        return
    number = next(number for number, row in enumerate(chunk) if len(row) != width)
    what = _("a row has not one value for each column")
    where = _("{name}, row {number}").format(name=file, number=before + number + 2)
    raise DisclosureError(Problem("table.ragged", what, where=where))


def _refuse_blank(chunk: Sequence[Sequence[str]], file: str, before: int) -> None:
    """A spreadsheet may write rows of separators below its last one: each would count as a person."""
    for number, row in enumerate(chunk):
        if not "".join(row).strip():
            raise DisclosureError(blank_row(_("{name}, row {number}").format(name=file, number=before + number + 2)))


def blank_row(where: str) -> Problem:
    hint = _("delete it: a spreadsheet may have written it below its last row")
    return Problem("table.blank_row", _("a row has no value in any column"), where, hint)
