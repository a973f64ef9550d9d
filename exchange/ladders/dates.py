"""Dates and the months, quarters and years they are in. Written as ISO 8601; a quarter as "2026-Q3"."""

from __future__ import annotations

import re
from datetime import date

from exchange.ladders.types import Chain, Ladder

_WRITTEN = re.compile(r"(?P<year>[0-9]{4})(-Q(?P<quarter>[1-4])|-(?P<month>[0-9]{2})(-(?P<day>[0-9]{2}))?)?")


def _climb(text: str) -> Chain | None:
    found = _WRITTEN.fullmatch(text)
    if found is None or not _exists(found):
        return None
    year, month, quarter = found["year"], found["month"], found["quarter"]
    if month:
        quarter = str((int(month) + 2) // 3)
    return (
        text if found["day"] else None,
        f"{year}-{month}" if month else None,
        f"{year}-Q{quarter}" if quarter else None,
        year,
    )


def _exists(found: re.Match[str]) -> bool:
    try:
        date(int(found["year"]), int(found["month"] or 1), int(found["day"] or 1))
    except ValueError:
        return False
    return True


DATES = Ladder("date", ("date", "month", "quarter", "year"), _climb)
