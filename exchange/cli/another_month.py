"""Somebody took another month's workbook: it has rows, and none of them is of the period."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.errors import Problem
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.agreements.period import Period


def another_month(period: Period, rows: int, of_the_period: int) -> list[Problem]:
    """A warning, or none. A workbook without rows says that there were no cases, and is no mistake."""
    if not rows or of_the_period:
        return []
    what = _("the workbook has {rows} rows, and none of them is of {period}").format(rows=rows, period=period)
    hint = _("was another month's workbook taken? then pack the right one with --corrects before anything is delivered")
    return [Problem("extract.another_month", what, hint=hint)]
