"""A ladder of one's own: a table with a row for each value, its labels from fine to coarse."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from functools import cache

from exchange.errors import AgreementError, Problem
from exchange.ladders.types import Ladder, from_table
from exchange.locale import _

MOST_ROWS = 499
MOST_LEVELS = 6
_LARGEST = 1 << 20  # bytes
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")  # as codes are written in an agreement

Row = tuple[str, ...]


def own_ladder(levels: Sequence[str], rows: Sequence[Sequence[str]]) -> Ladder:
    """The ladder of a table. AgreementError with every row at fault, as `from_table`."""
    return _built(tuple(levels), tuple(map(tuple, rows)))


@cache
def _built(levels: Row, rows: tuple[Row, ...]) -> Ladder:
    return from_table("own", levels, rows)


def read_own(content: bytes, file: str) -> tuple[Row, tuple[Row, ...]]:
    """The levels and rows of a CSV file: UTF-8, separated by commas or semicolons, the first row its head.

    AgreementError with everything that is wrong: `ladder.not_text`, `ladder.too_large`, `ladder.head`, `ladder.label`,
    and as `from_table`.
    """
    table = _table(content, file)
    head, rows = (table[0], table[1:]) if table else ((), [])
    problems = [*_head(head, file), *_labels(table, file)]
    if not 1 <= len(rows) <= MOST_ROWS:
        what = _("a ladder has between 1 and {most} rows below its head").format(most=MOST_ROWS)
        problems.append(Problem("ladder.too_large", what, where=file))
    try:
        from_table(file, head, rows)
    except AgreementError as error:
        problems.extend(dict.fromkeys(error.problems))
    AgreementError.raise_all(problems)
    return head, tuple(rows)


def _table(content: bytes, file: str) -> list[Row]:
    if len(content) > _LARGEST:
        raise AgreementError(Problem("ladder.too_large", _("the file is larger than 1 MiB"), where=file))
    try:
        lines = content.decode("utf-8-sig").splitlines()
        separator = ";" if ";" in "".join(lines[:1]) else ","
        found = [tuple(cell.strip() for cell in row) for row in csv.reader(lines, delimiter=separator, strict=True)]
    except (UnicodeDecodeError, csv.Error):
        hint = _("save it in Excel as .xlsx, or as CSV UTF-8")
        raise AgreementError(Problem("ladder.not_text", _("this is no CSV table"), where=file, hint=hint)) from None
    return [row for row in found if any(row)]


def _head(head: Row, file: str) -> Iterator[Problem]:
    if not 2 <= len(head) <= MOST_LEVELS or len(set(head)) != len(head):
        what = _("the first row names between 2 and {most} levels, each once").format(most=MOST_LEVELS)
        yield Problem("ladder.head", what, where=file, hint=_("e.g. state,phase"))


def _labels(table: Sequence[Row], file: str) -> Iterator[Problem]:
    """A label goes into an agreement as a code. Rows count as `from_table` counts them: the head is row 0."""
    for number, row in enumerate(table):
        if not all(_LABEL.fullmatch(label) for label in row):
            yield Problem(
                "ladder.label",
                _("a label is not written as codes are: letters, digits, _ . and -"),
                where=_("{name}, row {number}").format(name=file, number=number),
            )
