"""What no single cell tells: values that must differ, ages that cannot be, a NIK that disagrees, other periods.

Every check works on the distinct values of a column and on their numbers, row by row only where something is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from exchange.agreements.dictionary import Data, parse_date
from exchange.agreements.period import Period
from exchange.extracts import arrow
from exchange.extracts.columns import Column, Position
from exchange.extracts.extract import Extract, Finding
from exchange.extracts.findings import Fault, findings_of
from exchange.extracts.niks import FEMALE, MALE, NONE, birth_number, read_niks
from exchange.extracts.references import all_as_compared
from exchange.extracts.values import Terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from exchange.extracts.columns import Rows

    Numbers = NDArray[np.int64]

_OLDEST_DAYS = 120 * 366  # nobody on record lived longer by more than two years
_GENDER = "prs_Gender"  # HTCDS 2.0's name
_SEX = {"Feminine": FEMALE, "Masculine": MALE}  # other genders say nothing of the sex that a NIK was issued with


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
    days = days_of(column.dictionary.to_pylist())[arrow.numbers_of(column.indices)]
    rows = arrow.numbers_of(extract.rows)
    first, last = period.first.toordinal(), period.last.toordinal()
    late = (days < first) & (days >= first - data.period.late_entries_days)
    outside = (days != NONE) & ~late & ((days < first) | (days > last))
    at = Position(data.field(data.period.field), 0, "")
    faults = [*at.fault("extract.late_entry", rows, late), *at.fault("extract.outside_period", rows, outside)]
    return findings_of(faults, extract.source.sheet) if np.any(late | outside) else ()


def days_of(texts: Sequence[str]) -> Numbers:
    """Each ISO date as a day number (`date.toordinal`), -1 for any other text."""
    import numpy as np

    dates = map(parse_date, texts)
    return np.fromiter((NONE if day is None else day.toordinal() for day in dates), np.int64, len(texts))


def _repeated(column: Column, rows: Rows, missing: frozenset[str]) -> Iterator[Fault]:
    """Values that stand in two rows, be it in two spellings."""
    import numpy as np
    import pyarrow.compute as pc

    same = arrow.numbers_of(all_as_compared(column.distinct).dictionary_encode().indices)
    counts = np.bincount(same[column.codes], minlength=len(same))
    value = ~arrow.bools_of(pc.is_in(column.distinct, arrow.texts(missing)))
    yield from column.position.fault("extract.duplicate", rows, ((counts[same] > 1) & value)[column.codes])


def _impossible_ages(born: Column, on: Column, rows: Rows) -> Iterator[Fault]:
    births, days = days_of(born.texts())[born.codes], days_of(on.texts())[on.codes]
    lived = days - births
    wrong = (births != NONE) & (days != NONE) & ((lived < 0) | (lived > _OLDEST_DAYS))
    yield from born.position.fault("extract.impossible_age", rows, wrong)


def _disagreeing(
    numbers: Column, born: Column | None, gender: Column | None, terms: Terms, rows: Rows
) -> Iterator[Fault]:
    """A NIK carries a birth date and a sex. Whether they fit is said, and nothing more follows from it."""
    import numpy as np

    niks = read_niks(numbers.distinct, terms)
    if born is not None:
        days = (parse_date(text) for text in born.texts())
        said = [NONE if day is None else birth_number(day.day, day.month, day.year) for day in days]
        wrong = _differ(niks.born[numbers.codes], np.array(said, np.int64)[born.codes])
        yield from numbers.position.fault("extract.nik_birthdate", rows, wrong)
    if gender is not None:
        known = np.array([_SEX.get(text, NONE) for text in gender.texts()], np.int64)
        wrong = _differ(niks.sex[numbers.codes], known[gender.codes])
        yield from numbers.position.fault("extract.nik_gender", rows, wrong)


def _differ(ours: Numbers, theirs: Numbers) -> NDArray[np.bool_]:
    """Where both columns say something, and not the same."""
    differ: NDArray[np.bool_] = (ours != NONE) & (theirs != NONE) & (ours != theirs)
    return differ
