"""The clocks of duties, read off what was shown: what one log tells of an agreement, or of one bundle or letter under
it, as of its pack.

Nothing is counted here: `exchange.duties` does, as it does for the parties themselves. A log does not tell when a
letter of its party was there; the log of the other side does, where it was shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from exchange.agreements.agreement import Agreement
from exchange.asking.shown import Shown
from exchange.audit.entries import Entry, Kind
from exchange.audit.history import History
from exchange.duties.clock import Clock, ClockState, Facts, about
from exchange.locale import Said, later

_THERE: tuple[Kind, ...] = ("letter.received", "bundle.delivered", "bundle.acknowledged")
There: TypeAlias = Mapping[str, Mapping[str, dt.datetime]]
"""By party and sealed file: by when the file was at its recipient at the latest."""


def there(shown: Shown) -> dict[str, dict[str, dt.datetime]]:
    """By each party's own log, and by the logs of those to whom it says that the file is between them."""
    between = {
        (log.party, file, each.counterpart)
        for log, _number, each in shown.entries()
        for file in (each.ciphertext, each.receipt)
        if file is not None and each.counterpart is not None
    }
    found: dict[str, dict[str, dt.datetime]] = {}
    for log, _number, each in shown.entries():
        file, other = each.receipt if each.kind == "bundle.acknowledged" else each.ciphertext, each.counterpart
        if file is not None and each.kind in _THERE:
            by = (log.party, other) if other is not None and (other, file, log.party) in between else (log.party,)
            for party in by:
                times = found.setdefault(party, {})
                times[file] = min(each.time, times.get(file, each.time))
    return found


def until(log: History, shown: Shown) -> dt.datetime:
    """Up to when a log tells anything: when its pack was made, not today."""
    return log.made or shown.now


def facts(shown: Shown, log: History, text: Agreement, came: There, entries: Iterable[Entry] | None = None) -> Facts:
    """What these entries of a log tell of an agreement; without any, all that are about it, in whatever version."""
    if entries is None:
        entries = (each for _number, each in sorted(log.entries.items()) if about(text, each))
    return Facts(text, log.party, until(log, shown), tuple(entries), came.get(log.party, {}))


def first(clocks: Iterable[Clock], code: str) -> Clock | None:
    """The first clock of a duty: of entries about one bundle or letter there is one, or none."""
    return next((each for each in clocks if each.code == code), None)


def in_time(clock: Clock, state: ClockState) -> Said:
    """How it stands with a clock."""
    day = f"{clock.ends:%Y-%m-%d}"
    words: dict[ClockState, Said] = {
        "running": later("still open until {day}", day=day),
        "overdue": later("not done by {day}", day=day),
        "met": later("in time"),
        "missed": later("late: it was due by {day}", day=day),
    }
    return words[state]
