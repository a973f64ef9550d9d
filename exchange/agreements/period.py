"""A month or a quarter: "2026-10", "2026-Q3"."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

from exchange.errors import Problem, UsageError
from exchange.locale import _

_WRITTEN = re.compile(r"(20\d\d)-(?:(0[1-9]|1[0-2])|Q([1-4]))", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A period of whole months, from `first` to `last` inclusive.

    >>> Period.read("2026-Q3").last
    datetime.date(2026, 9, 30)
    """

    first: dt.date
    last: dt.date

    @classmethod
    def read(cls, text: str) -> Period:
        """The period that `text` names; UsageError if it is neither YYYY-MM nor YYYY-Qn."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise UsageError(
                Problem(
                    "period.unreadable",
                    _("not a period"),
                    hint=_("write a month as 2026-10 or a quarter as 2026-Q3"),
                )
            )
        year, month, quarter = found.groups()
        start, end = (int(month), int(month)) if month else (3 * int(quarter) - 2, 3 * int(quarter))
        return cls(dt.date(int(year), start, 1), dt.date(int(year), end, calendar.monthrange(int(year), end)[1]))

    @property
    def every(self) -> Literal["month", "quarter"]:
        return "month" if self.first.month == self.last.month else "quarter"

    def months(self) -> tuple[Period, ...]:
        """Its months, in order; a month is its own."""
        starts = (self.first.replace(day=1, month=number) for number in range(self.first.month, self.last.month + 1))
        return tuple(Period(day, day.replace(day=calendar.monthrange(day.year, day.month)[1])) for day in starts)

    def __contains__(self, day: dt.date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        if self.every == "month":
            return f"{self.first:%Y-%m}"
        return f"{self.first.year}-Q{self.last.month // 3}"
