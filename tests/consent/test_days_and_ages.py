"""Ages in whole years and validity in calendar months, compared with how a person counts them."""

from __future__ import annotations

import datetime as dt

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from exchange.consent.days import UNKNOWN, months_before, whole_years

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))


def birthdays(born: dt.date, on: dt.date) -> int:
    """Counted one by one; a birthday on 29 February falls on 1 March in other years."""
    years = 0
    while True:
        year = born.year + years + 1
        leap = (
            born.replace(day=28, year=year) + dt.timedelta(1)
            if (born.month, born.day) == (2, 29)
            else born.replace(year=year)
        )
        if leap > on:
            return years
        years += 1


def ages(born: list[dt.date | None], on: list[dt.date | None]) -> list[int]:
    numbers = [np.array([UNKNOWN if day is None else day.toordinal() for day in days], np.int64) for days in (born, on)]
    return [int(age) for age in whole_years(*numbers)]


@given(DAYS, DAYS)
def test_an_age_counts_birthdays(one: dt.date, other: dt.date) -> None:
    born, on = sorted((one, other))
    assert ages([born], [on]) == [birthdays(born, on)]


def test_month_ends_are_not_mixed_up() -> None:
    assert ages([dt.date(2000, 2, 1)], [dt.date(2018, 1, 31)]) == [17]
    assert ages([dt.date(2000, 1, 31)], [dt.date(2018, 2, 1)]) == [18]


def test_an_age_that_cannot_be_is_unknown() -> None:
    day = dt.date(2020, 5, 5)
    assert ages([None, day, None, day], [day, None, None, day - dt.timedelta(2000)]) == [UNKNOWN] * 4


@given(DAYS, st.integers(0, 600))
def test_months_before_keep_the_day_where_the_month_has_it(day: dt.date, months: int) -> None:
    before = months_before(day, months)
    assert (day.year - before.year) * 12 + day.month - before.month == months
    last = (before + dt.timedelta(1)).month != before.month
    assert before.day == day.day or (last and before.day < day.day)
