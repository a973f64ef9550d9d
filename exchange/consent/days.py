"""Days as numbers (`date.toordinal`), many at a time, some of them unknown; and validity in calendar months."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

UNKNOWN = -1  # the day, or the age, is not known
_EPOCH = dt.date(1970, 1, 1).toordinal()


def whole_years(born: Numbers, on: Numbers) -> Numbers:
    """Ages in whole years on the days `on`; `UNKNOWN` where a day is, or where birth comes after.

    Born on 29 February, one is older on 1 March. Where only the year of birth is known, the dictionary has 1 July.
    """
    import numpy as np

    (born_year, born_day), (year, day) = _year_and_day(born), _year_and_day(on)
    ages = year - born_year - (day < born_day)
    known = (born != UNKNOWN) & (on != UNKNOWN) & (born <= on)
    return np.where(known, ages, UNKNOWN)


def months_before(day: dt.date, months: int) -> dt.date:
    """The day `months` calendar months before `day`; the last of its month where that month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _year_and_day(days: Numbers) -> tuple[Numbers, Numbers]:
    """The year of each day, and a number that grows with its month and day."""
    dates = (days - _EPOCH).astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    return dates.astype("datetime64[Y]").astype(int), months.astype(int) % 12 * 31 + (dates - months).astype(int)
