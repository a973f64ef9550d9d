"""What happened when, beside what is sent every month: the time line of the audit page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from exchange.audit.entries import Entry, Kind
from exchange.audit.history import History
from exchange.locale import Said, later


@dataclass(frozen=True, slots=True)
class Event:
    at: dt.datetime
    party: str
    counterpart: str
    what: Said
    agreement: str
    number: int


def time_line(histories: Sequence[History]) -> tuple[Event, ...]:
    """Of every log what does not happen every month, oldest first."""
    told = _told()
    found = [
        _event(log, number, entry, told[entry.kind])
        for log in histories
        for number, entry in log.entries.items()
        if entry.kind in told
    ]
    return tuple(sorted(found, key=lambda each: (each.at, each.party, each.number)))


def _event(log: History, number: int, entry: Entry, what: Said) -> Event:
    agreement = f"{entry.agreement.id} {entry.agreement.version}" if entry.agreement else ""
    return Event(entry.happened, log.party, entry.counterpart or "", what, agreement, number)


def _told() -> dict[Kind, Said]:
    return {
        "agreement.made": later("an agreement was made"),
        "agreement.signed": later("an agreement was signed"),
        "agreement.amended": later("an agreement was amended"),
        "agreement.suspended": later("an agreement was suspended"),
        "agreement.resumed": later("an agreement was resumed"),
        "agreement.ended": later("an agreement was ended"),
        "agreement.reviewed": later("an agreement was looked at again"),
        "card.rotated": later("keys were renewed"),
        "card.revoked": later("a key was revoked"),
        "person.dismissed": later("a person's certification ended"),
        "release.rejected": later("a person decided that a bundle never leaves"),
        "release.given_up": later("a bundle that did not arrive was given up"),
        "bundle.refused": later("a bundle was refused"),
        "bundle.quarantined": later("a file was put aside unopened"),
        "consent.withdrawn": later("a person withdrew consent"),
        "erasure.certified": later("that a person was erased was certified"),
        "disposal.certified": later("that data were destroyed was certified"),
        "disclosure.urgent": later("data were given out because a life was at risk"),
        "disclosure.reviewed": later("somebody else looked at an urgent disclosure"),
        "disclosure.compelled": later("data were given out because the law compelled it"),
        "breach.noticed": later("a breach was noticed"),
        "breach.told": later("those who must know of a breach were told"),
        "breach.reported": later("a breach was reported to the authority"),
        "rights.requested": later("a person asked for her rights"),
        "opening.erased": later("the content of an entry was erased"),
        "log.contradicted": later("another log contradicted what it had shown before"),
    }
