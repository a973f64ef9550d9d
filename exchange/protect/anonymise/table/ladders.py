"""The ladder of a quasi-identifier as arrays, made of a file of one's own, or of nothing but the values and "*"."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from exchange.errors import AgreementError, DisclosureError, Problem
from exchange.ladders.numbers import number_of
from exchange.ladders.types import from_table
from exchange.locale import _
from exchange.protect.anonymise.coded import Numbers, QuasiIdentifier
from exchange.protect.anonymise.recoded import STAR

Row = tuple[str, ...]
_LARGEST = 1 << 26  # bytes: every village of a country, several times over


def read_ladder(file: Path, separator: str) -> tuple[Row, ...]:
    """A row for each value, its labels from fine to coarse.

    DisclosureError with everything that is wrong: `ladder.missing_file`, `ladder.not_text`, `ladder.too_large`,
    `ladder.empty`, `ladder.one_level`, `ladder.value_twice`, and `ladder.ragged`, `ladder.two_parents`,
    `ladder.label_twice` of `exchange.ladders.types.from_table`.
    """
    rows = _rows(file, separator)
    problems = [] if rows else [Problem("ladder.empty", _("a ladder has a row for each value"), where=file.name)]
    if rows and {*map(len, rows)} == {1}:  # nearly always a table in another separator
        what = _("a ladder has a column for each level, and this one has one")
        hint = _("separate its columns by what input.separator says, or leave the ladder out")
        problems.append(Problem("ladder.one_level", what, file.name, hint))
    if len({row[0] for row in rows}) != len(rows):
        problems.append(Problem("ladder.value_twice", _("a value stands on the ladder twice"), where=file.name))
    try:
        from_table(file.name, tuple(str(level) for level in range(len(rows[0]) if rows else 0)), rows)
    except AgreementError as error:
        problems.extend(error.problems)
    DisclosureError.raise_all(problems)
    return rows


def _rows(file: Path, separator: str) -> tuple[Row, ...]:
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
    except OSError:
        what = _("the file cannot be opened")
        raise DisclosureError(Problem("ladder.missing_file", what, where=file.name)) from None
    if len(content) > _LARGEST:
        raise DisclosureError(Problem("ladder.too_large", _("the file is larger than 64 MiB"), where=file.name))
    try:
        lines = io.StringIO(content.decode("utf-8-sig"), newline="")
        cells = csv.reader(lines, delimiter=separator, strict=True)
        return tuple(tuple(cell.strip() for cell in row) for row in cells if row)
    except (UnicodeDecodeError, csv.Error):
        raise DisclosureError(Problem("ladder.not_text", _("this is no CSV table"), where=file.name)) from None


def strange(ladder: Sequence[Row], found: Sequence[str], missing: Collection[str]) -> list[int]:
    """The places in `found` of values that a ladder should have and does not."""
    on_it = {row[0] for row in ladder}.union(missing)
    return [place for place, value in enumerate(found) if value not in on_it] if ladder else []


def quasi_identifier(
    name: str, weight: float, ladder: Sequence[Row], found: Collection[str], missing: Collection[str]
) -> QuasiIdentifier:
    """The quasi-identifier over a ladder's values; without a ladder, over those that were found.

    A value in `missing` that the ladder does not have stays itself on every level below "*". `strange` of what was
    found must be nothing.
    DisclosureError `ladder.missing_is_label`: a value in `missing` that the ladder does not have is also a coarser
    label, and would seem to be what the label covers.
    """
    on_it = {row[0] for row in ladder}
    known, numeric = _in_order(ladder or sorted((value,) for value in found), missing)
    height = len(ladder[0]) if ladder else 1
    absent = [(value,) * height for value in sorted(found) if value in missing and value not in on_it]
    if not {label for row in ladder for label in row}.isdisjoint(row[0] for row in absent):
        what = _("a text that stands for no value is a label of the ladder")
        hint = _("give it a row, or name it otherwise in input.missing")
        raise DisclosureError(Problem("ladder.missing_is_label", what, where=name, hint=hint))
    unknown = [*(row for row in ladder if row[0] in missing), *absent]
    rows = [*known, *unknown]
    levels = [[row[level] for row in rows] for level in range(height)]
    nodes, labels = zip(*map(_level, [*levels, *([[STAR] * len(rows)] * _unfinished(levels))]), strict=True)
    return QuasiIdentifier(name, tuple(labels[0]), numeric, len(unknown), tuple(nodes), tuple(labels), weight)


def _in_order(rows: Sequence[Row], missing: Collection[str]) -> tuple[Sequence[Row], bool]:
    """The rows whose value is known, and whether all of them are numbers: these rise, others stay as they are."""
    known = [row for row in rows if row[0] not in missing]
    numbers = [number for row in known if (number := number_of(row[0])) is not None]
    if not known or len(numbers) < len(known):
        return known, False
    return [known[place] for place in sorted(range(len(known)), key=numbers.__getitem__)], True


def _level(labels: Sequence[str]) -> tuple[Numbers, tuple[str, ...]]:
    place: dict[str, int] = {}
    nodes = np.array([place.setdefault(label, len(place)) for label in labels], dtype=np.int32)
    return nodes, tuple(place)


def _unfinished(levels: Sequence[Sequence[str]]) -> bool:
    """Whether a level "*" is still to be added above the last one."""
    return set(levels[-1]) != {STAR}
