"""People by the period in which they were first reported: what stands out, and where a source is missing.

What stands out is judged against the periods before, by the modified z-score: the distance from their median in units
of 1.4826 × the median absolute deviation, above 3.5 (Iglewicz and Hoaglin, How to Detect and Handle Outliers, ASQC
1993, section 3.3). The unit is never below the square root of the median, which chance alone brings to a count of
independent events; so a quiet series does not cry at every change. With fewer than `FEWEST` earlier counts nothing is
judged. Only counts that are shown are used: what is withheld leaves no trace here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median
from typing import Literal

from exchange.agreements.period import Period
from exchange.merge.counting.coverage import Covered

FEWEST = 6
TOO_FAR = 3.5
PER_SIGMA = 1.4826
Outlier = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Point:
    """`people`: None where withheld, or none. `outlier`: against the periods before; None where it does not stand out,
    or cannot be judged (`judged`). `gaps`: the sources of which nothing came in this period, or no rows."""

    period: str
    people: int | None
    judged: bool
    outlier: Outlier | None
    gaps: tuple[str, ...]


def trends(shown: Mapping[str, int], covered: Sequence[Covered]) -> tuple[Point, ...]:
    """The series of `shown` (period → people), months and quarters each for themselves, in the order of time."""
    named = {*shown, *(each.period for each in covered if each.state != "not_due")}
    found: list[Point] = []
    for every in ("month", "quarter"):
        periods = sorted(Period.read(each) for each in named if each)
        found += _series([str(each) for each in periods if each.every == every], shown, covered)
    return tuple(found)


def _series(periods: Sequence[str], shown: Mapping[str, int], covered: Sequence[Covered]) -> list[Point]:
    points: list[Point] = []
    for period in periods:
        before = [each.people for each in points if each.people is not None]
        people = shown.get(period)
        judged = people is not None and len(before) >= FEWEST
        outlier = stands_out(people, before) if people is not None and judged else None
        gaps = sorted({each.source for each in covered if each.period == period and each.is_gap})
        points.append(Point(period, people, judged, outlier, tuple(gaps)))
    return points


def stands_out(people: int, before: Sequence[int]) -> Outlier | None:
    """Whether a count is too far from those before."""
    middle = median(before)
    deviation = median(abs(each - middle) for each in before)
    unit = max(PER_SIGMA * deviation, sqrt(middle), 1.0)
    distance = (people - middle) / unit
    if abs(distance) <= TOO_FAR:
        return None
    return "higher" if distance > 0 else "lower"
