"""Two clocks that contradict each other: something came before it left, by the logs of both sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exchange.asking.noted import Noted
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

    at: Noted
    said: Said


def apart(shown: Shown) -> Iterator[Apart]:
    """Of each file once; what differs by a few minutes is how clocks are."""
    first = _first(shown)
    told: set[tuple[str, str | None]] = set()
    for history, number, entry in shown.entries():
        before = _left(first, history, entry)
        if before is None or entry.time >= before.time - CLOCK_SLACK:
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
            yield Apart(Noted(history, number, entry), what)


def _left(first: Mapping[_File, Sequence[Entry]], history: History, entry: Entry) -> Entry | None:
    """When it left first, as whoever sent it to this party says."""
    if entry.kind not in _BEFORE:
        return None
    about = first.get((history.network, _BEFORE[entry.kind], entry.ciphertext or ""), ())
    towards = [
        each
        for each in about
        if each.counterpart == entry.party != each.party and entry.counterpart in (each.party, None)
    ]
    return min(towards, key=lambda each: (each.time, each.party), default=None)


def _first(shown: Shown) -> dict[_File, list[Entry]]:
    """The entries of each kind about each file, of each log the first."""
    found: dict[_File, dict[str, Entry]] = {}
    for history, _number, entry in shown.entries():
        if entry.ciphertext and entry.kind in _BEFORE.values():
            found.setdefault((history.network, entry.kind, entry.ciphertext), {}).setdefault(history.origin, entry)
    return {file: list(of.values()) for file, of in found.items()}
