"""What the dates of entries are held against: others who had the log at a known time, with so many entries and no more.

What lay before them was written by then; and what stands behind was not written long before, for they would have had
the log with it. The second is no proof: an old head may have been long on its way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from exchange.audit.entries import FIRST_MOMENT, LAST_MOMENT
from exchange.audit.lines import Entries, as_text
from exchange.audit.matches import ON_ITS_WAY

SHOWN_LATE = 3 * ON_ITS_WAY
"""How old a head may be when it is cosigned or stamped: it is the one of the week, waits with its parcel for an
approval, and is on its way. What was noted meanwhile stands behind it, and is honestly older than the cosignature."""
CLOCKS_APART = timedelta(days=1)
"""Two organisations' clocks: a zone that is set wrongly makes them differ by hours, and accuses nobody."""


@dataclass(frozen=True, slots=True)
class Seen:
    """`by` had this log with so many entries at that time, and with no more."""

    size: int
    time: datetime
    by: str

    @property
    def at(self) -> str:
        """`time` as entries have theirs."""
        return as_text(self.time).decode()


@dataclass(frozen=True, slots=True)
class Contradicted:
    """Entries, ascending, by what they contradict: `behind` it and dated long before, or `under` it and dated after."""

    behind: dict[Seen, list[int]]
    under: dict[Seen, list[int]]


def contradicted(entries: Entries, several: Iterable[Seen]) -> Contradicted:
    """The entries whose dates do not fit with what was seen. Each is held against the latest of what it stands behind,
    and the earliest of what it stands under."""
    seen = sorted(several, key=lambda each: (each.size, each.time))
    latest = [*accumulate(seen, _later)]
    earliest = [*accumulate(reversed(seen), _earlier)][::-1]
    old, new = defaultdict[Seen, list[int]](list), defaultdict[Seen, list[int]](list)
    least = [as_text(max(each.time, FIRST_MOMENT) - SHOWN_LATE) for each in latest]
    most = [as_text(min(each.time, LAST_MOMENT) + CLOCKS_APART) for each in earliest]
    place = 0
    for number, time in entries.times() if seen else ():
        while place < len(seen) and seen[place].size <= number:
            place += 1
        if place and time < least[place - 1]:
            old[latest[place - 1]].append(number)
        if place < len(seen) and time > most[place]:
            new[earliest[place]].append(number)
    return Contradicted(old, new)


def _later(one: Seen, other: Seen) -> Seen:
    return max(one, other, key=lambda each: each.time)


def _earlier(one: Seen, other: Seen) -> Seen:
    return min(one, other, key=lambda each: each.time)
