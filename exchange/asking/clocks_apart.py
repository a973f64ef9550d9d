"""Two clocks that contradict each other: something came before it left, by the logs of both sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exchange.asking.shown import Shown
from exchange.audit.entries import Entry, Kind
from exchange.audit.history import History
from exchange.audit.reading import CLOCK_SLACK
from exchange.locale import Said, later

# What must have been at one side, before it could be at the other.
_BEFORE: dict[Kind, Kind] = {
    "bundle.received": "bundle.delivered",
    "bundle.accepted": "bundle.delivered",
    "bundle.acknowledged": "bundle.accepted",
    "letter.received": "letter.sent",
}
_File = tuple[str, Kind, str]


@dataclass(frozen=True, slots=True)
class Apart:
    """The entry that came too early, and what is said of it."""

    history: History
    number: int
    entry: Entry
    said: Said


def apart(shown: Shown) -> Iterator[Apart]:
    """Of each file once; what differs by a few minutes is how clocks are."""
    first = _first(shown)
    told: set[tuple[str, str | None]] = set()
    for history, number, entry in shown.entries():
        before = (
            first.get((history.network, _BEFORE[entry.kind], entry.ciphertext or "")) if entry.kind in _BEFORE else None
        )
        if before is None or before.party == entry.party or entry.time >= before.time - CLOCK_SLACK:
            continue
        if (history.network, entry.ciphertext) not in told:
            told.add((history.network, entry.ciphertext))
            minutes = int((before.time - entry.time).total_seconds() // 60)
            what = later(
                "{party} has this {minutes} minutes before {other} says that it left",
                party=entry.party,
                minutes=minutes,
                other=before.party,
            )
            yield Apart(history, number, entry, what)


def _first(shown: Shown) -> dict[_File, Entry]:
    """The first entry of each kind about each file."""
    found: dict[_File, Entry] = {}
    for history, _number, entry in shown.entries():
        if entry.ciphertext and entry.kind in _BEFORE.values():
            found.setdefault((history.network, entry.kind, entry.ciphertext), entry)
    return found
