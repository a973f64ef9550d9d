"""What happened when, beside what is sent every month: the time line of the audit page."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from exchange.audit.entries import Entry, Kind
from exchange.audit.history import History
from exchange.locale import Said, later


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to an agreement on one day at several parties, each with a copy, is one event. `entries`: of each
    party's log the numbers that tell of it."""

    at: dt.datetime
    what: Said
    agreement: str
    counterparts: tuple[str, ...]
    entries: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def is_single(self) -> bool:
        """Whether one entry tells of it: then `at` is its time, else only its day means something."""
        return len(self.entries) == 1 and len(self.entries[0][1]) == 1


@dataclass(frozen=True, slots=True)
class _Noted:
    party: str
    number: int
    entry: Entry

    @property
    def agreement(self) -> str:
        ref = self.entry.agreement
        return f"{ref.id} {ref.version}" if ref else ""

    @property
    def event(self) -> tuple[object, ...]:
        """Entries of one event have the same."""
        if self.entry.kind.startswith("agreement."):
            return self.entry.happened.date(), self.entry.kind, self.entry.agreement
        return self.party, self.number, self.entry


def time_line(histories: Sequence[History]) -> tuple[Event, ...]:
    """Of every log what does not happen every month, oldest first."""
    told = _told()
    events = defaultdict[tuple[object, ...], list[_Noted]](list)
    for log in histories:
        for number, entry in log.entries.items():
            if entry.kind in told:
                noted = _Noted(log.party, number, entry)
                events[noted.event].append(noted)
    found = (_event(those, told[those[0].entry.kind]) for those in events.values())
    return tuple(sorted(found, key=lambda each: (each.at, each.entries)))


def _event(those: Sequence[_Noted], what: Said) -> Event:
    parties = sorted({each.party for each in those})
    return Event(
        min(each.entry.happened for each in those),
        what,
        those[0].agreement,
        tuple(sorted({each.entry.counterpart for each in those if each.entry.counterpart})),
        tuple((party, tuple(each.number for each in those if each.party == party)) for party in parties),
    )


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
