"""What no single cell tells: values that must differ, ages that cannot be, a NIK that disagrees, other periods.

Every check works on the distinct values of a column and on their numbers, row by row only where something is wrong.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from exchange.agreements.dictionary import Data, parse_date
from exchange.agreements.period import Period
from exchange.extracts.columns import Column, Position
from exchange.extracts.extract import Extract, Finding
from exchange.extracts.findings import Fault, findings_of
from exchange.extracts.references import as_compared
from exchange.extracts.values import Terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from exchange.extracts.columns import Rows

    Numbers = NDArray[np.int64]

_OLDEST_DAYS = 120 * 366  # nobody on record lived longer by more than two years
_GENDER = "prs_Gender"  # HTCDS 2.0's name
_SEX = {"Feminine": "female", "Masculine": "male"}  # other genders say nothing of the sex that a NIK was issued with
_NONE = -1


def check_rows(columns: Mapping[str, Column], terms: Terms, rows: Rows) -> Iterator[Fault]:
    """Faults between the cells of a row, and between rows."""
    data = terms.data
    for field in data.fields:
        if field.name in columns and (field.constraints.unique or field.name == data.key):
            yield from _repeated(columns[field.name], rows, terms.missing)
    born, on = columns.get(data.age.birthdate), columns.get(data.age.on)
    if born is not None and on is not None:
        yield from _impossible_ages(born, on, rows)
    for field in data.fields:
        if field.name in columns and "nik" in field.formats:
            yield from _disagreeing(columns[field.name], born, columns.get(_GENDER), terms, rows)


def check_period(extract: Extract, data: Data, period: Period) -> tuple[Finding, ...]:
    """Warnings about rows that are late for `period` or belong to another one; which rows go, `consent` decides."""
    import numpy as np

    column = extract.table.column(data.period.field).combine_chunks()
    days = days_of(column.dictionary.to_pylist())[column.indices.to_numpy()]
    rows = extract.rows.to_numpy()
    first, last = period.first.toordinal(), period.last.toordinal()
    late = (days < first) & (days >= first - data.period.late_entries_days)
    outside = (days != _NONE) & ~late & ((days < first) | (days > last))
    at = Position(data.field(data.period.field), 0, "")
    faults = [*at.fault("extract.late_entry", rows, late), *at.fault("extract.outside_period", rows, outside)]
    return findings_of(faults, extract.source.sheet) if np.any(late | outside) else ()


def days_of(texts: Sequence[str]) -> Numbers:
    """Each ISO date as a day number (`date.toordinal`), -1 for any other text."""
    import numpy as np

    dates = map(parse_date, texts)
    return np.fromiter((_NONE if day is None else day.toordinal() for day in dates), np.int64, len(texts))


def _repeated(column: Column, rows: Rows, missing: frozenset[str]) -> Iterator[Fault]:
    """Values that stand in two rows, be it in two spellings."""
    import numpy as np

    numbers: dict[str, int] = {}
    same = np.array([numbers.setdefault(as_compared(text), len(numbers)) for text in column.distinct], np.int64)
    counts = np.bincount(same[column.codes], minlength=len(numbers))
    value = np.array([text not in missing for text in column.distinct], bool)
    yield from column.position.fault("extract.duplicate", rows, ((counts[same] > 1) & value)[column.codes])


def _impossible_ages(born: Column, on: Column, rows: Rows) -> Iterator[Fault]:
    births, days = days_of(born.distinct)[born.codes], days_of(on.distinct)[on.codes]
    lived = days - births
    wrong = (births != _NONE) & (days != _NONE) & ((lived < 0) | (lived > _OLDEST_DAYS))
    yield from born.position.fault("extract.impossible_age", rows, wrong)


def _disagreeing(
    numbers: Column, born: Column | None, gender: Column | None, terms: Terms, rows: Rows
) -> Iterator[Fault]:
    """A NIK carries a birth date and a sex. Whether they fit is said, and nothing more follows from it."""
    read = [terms.nik(text) for text in numbers.distinct]
    if born is not None:
        said = [_day_of(parse_date(text)) for text in born.distinct]
        meant = [None if each is None else (each.day, each.month, each.year_of_century) for each in read]
        yield from numbers.position.fault("extract.nik_birthdate", rows, _differ(meant, numbers, said, born))
    if gender is not None:
        sexes = [None if each is None else each.sex for each in read]
        known = [_SEX.get(text) for text in gender.distinct]
        yield from numbers.position.fault("extract.nik_gender", rows, _differ(sexes, numbers, known, gender))


def _day_of(day: dt.date | None) -> tuple[int, int, int] | None:
    return None if day is None else (day.day, day.month, day.year % 100)


def _differ(left: Sequence[object], of: Column, right: Sequence[object], beside: Column) -> NDArray[np.bool_]:
    """Where both columns say something, and not the same."""
    import numpy as np

    numbers: dict[object, int] = {None: _NONE}
    ours = np.array([numbers.setdefault(each, len(numbers)) for each in left], np.int64)[of.codes]
    theirs = np.array([numbers.setdefault(each, len(numbers)) for each in right], np.int64)[beside.codes]
    differ: NDArray[np.bool_] = (ours != _NONE) & (theirs != _NONE) & (ours != theirs)
    return differ
