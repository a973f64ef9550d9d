"""What happened when, beside what is sent every month: the time line of the audit page."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from exchange.asking.noted import Noted
from exchange.audit.entries import Kind
from exchange.audit.history import History
from exchange.audit.wording import happened
from exchange.locale import Said

_SELDOM: frozenset[Kind] = frozenset(
    {
        "agreement.made",
        "agreement.signed",
        "agreement.amended",
        "agreement.suspended",
        "agreement.resumed",
        "agreement.ended",
        "agreement.reviewed",
        "card.rotated",
        "card.revoked",
        "person.dismissed",
        "release.rejected",
        "release.given_up",
        "bundle.refused",
        "bundle.quarantined",
        "consent.withdrawn",
        "erasure.certified",
        "disposal.certified",
        "disclosure.urgent",
        "disclosure.reviewed",
        "disclosure.compelled",
        "breach.noticed",
        "breach.told",
        "breach.reported",
        "rights.requested",
        "opening.erased",
        "log.contradicted",
    }
)
"""Kinds of entries that no log has every month."""


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


def time_line(histories: Sequence[History]) -> tuple[Event, ...]:
    """Of every log what does not happen every month, oldest first."""
    events = defaultdict[tuple[object, ...], list[Noted]](list)
    for log in histories:
        for noted in Noted.of(log, *_SELDOM):
            events[_same(noted)].append(noted)
    found = (_event(those) for those in events.values())
    return tuple(sorted(found, key=lambda each: (each.at, each.entries)))


def _same(noted: Noted) -> tuple[object, ...]:
    """Entries of one event have the same."""
    entry = noted.entry
    if entry.kind.startswith("agreement."):
        return entry.happened.date(), entry.kind, entry.agreement
    return noted.history.party, noted.number, entry


def _event(those: Sequence[Noted]) -> Event:
    about = those[0].entry.agreement
    parties = sorted({each.history.party for each in those})
    return Event(
        min(each.entry.happened for each in those),
        happened(those[0].entry.kind),
        f"{about.id} {about.version}" if about else "",
        tuple(sorted({each.entry.counterpart for each in those if each.entry.counterpart})),
        tuple((party, tuple(each.number for each in those if each.history.party == party)) for party in parties),
    )
