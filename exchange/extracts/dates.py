"""Dates as people and Excel write them, to ISO 8601 (YYYY-MM-DD).

A day stands before its month, as everywhere in Indonesia. But where any date of a column can only be read month first
(12/25/2026), those that could be either (3/4/2026) are not guessed. Years have four digits.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

_TIME = r"(?:[T ][0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2}(?:\.[0-9]+)?)?Z?)?"
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})" + _TIME)
_DAY_FIRST = re.compile(r"([0-9]{1,2})\s*([-/.])\s*([0-9]{1,2})\s*\2\s*([0-9]{4}|[0-9]{2})" + _TIME)
_DAY_WORD = re.compile(r"([0-9]{1,2})[\s.\-/]*([A-Za-z]{3,9})[\s.,\-/]*([0-9]{4}|[0-9]{2})" + _TIME)
_WORD_DAY = re.compile(r"([A-Za-z]{3,9})\.?\s*([0-9]{1,2})\s*,?\s+([0-9]{4}|[0-9]{2})" + _TIME)
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_DATE_CELL = re.compile(r"[0-9]{4}-[0-9]{2}-([0-9]{2}) [0-9]{2}:[0-9]{2}:[0-9]{2}.*")
_EARLIEST = 1900  # Excel counts days from 1900: an earlier year is an empty or broken date cell
_FEW = 3  # date cells below which nothing is said of swapped days and months

_MONTHS = {
    word: month
    for month, words in enumerate(
        (
            "jan januari january",
            "feb februari pebruari february peb",
            "mar maret march mrt",
            "apr april",
            "mei may",
            "jun juni june",
            "jul juli july",
            "agu ags agt agst agustus aug august",
            "sep sept september",
            "okt oktober oct october",
            "nov november nopember nop",
            "des desember dec december",
        ),
        1,
    )
    for word in words.split()
}


@dataclass(frozen=True, slots=True)
class DateRead:
    """What a text says: an ISO date in `text`, or "" and the code of what is wrong in `fault`."""

    text: str
    fault: str = ""


_NO_DATE = DateRead("", "extract.not_a_date")
_TWO_DIGITS = DateRead("", "extract.two_digit_year")


def read_dates(texts: Sequence[str], *, year_alone: bool = False) -> list[DateRead]:
    """The dates that the distinct texts of one column say, text by text; their order makes no difference.

    `year_alone`: a bare year is 1 July of that year, the convention for birth dates.
    """
    month_first = any(_only_month_first(text) for text in texts)
    return [_read(text, month_first, year_alone) for text in texts]


def maybe_swapped(texts: Sequence[str]) -> bool:
    """Whether a column looks as if typed day first into an Excel that reads month first.

    Such an Excel turns 3/4/2026 into the date cell of 4 March and leaves 25/4/2026 as text.
    """
    cells = [int(found[1]) for found in map(_DATE_CELL.fullmatch, texts) if found]
    typed = [int(found[1]) for found in map(_DAY_FIRST.fullmatch, texts) if found]
    return len(cells) >= _FEW and max(cells) <= 12 and bool(typed) and min(typed) > 12


def _read(text: str, month_first: bool, year_alone: bool) -> DateRead:
    if found := _YEAR_FIRST.fullmatch(text):
        return _date(found[1], int(found[3]), found[4])
    if found := _DAY_FIRST.fullmatch(text):
        day, month = int(found[1]), int(found[3])
        if month_first and month <= 12 and day <= 12 and day != month:
            return DateRead("", "extract.day_or_month")
        return _date(found[4], month, found[1])
    if found := _DAY_WORD.fullmatch(text):
        return _date(found[3], _MONTHS.get(found[2].casefold(), 0), found[1])
    if found := _WORD_DAY.fullmatch(text):
        return _date(found[3], _MONTHS.get(found[1].casefold(), 0), found[2])
    return DateRead(f"{text}-07-01") if year_alone and _YEAR.fullmatch(text) else _NO_DATE


def _only_month_first(text: str) -> bool:
    found = _DAY_FIRST.fullmatch(text)
    return found is not None and 12 < int(found[3]) <= 31 and 1 <= int(found[1]) <= 12


def _date(year: str, month: int, day: str) -> DateRead:
    if len(year) == 2:
        return _TWO_DIGITS
    try:
        date = dt.date(int(year), month, int(day))
    except ValueError:
        return _NO_DATE
    return DateRead(date.isoformat()) if date.year >= _EARLIEST else _NO_DATE
