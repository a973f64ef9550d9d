"""What can happen between organisations, as the entries to be: a bundle, a withdrawal, an urgent disclosure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from exchange.audit.entries import Entry


@dataclass(slots=True, eq=False)
class Event:
    """One entry to be. `written`: when it is written, where its own time says otherwise. `number`: its place in its
    log, once that is written."""

    entry: Entry
    written: dt.datetime | None = None
    number: int = -1

    @property
    def party(self) -> str:
        return self.entry.party

    @property
    def at(self) -> dt.datetime:
        return self.written or self.entry.time


@dataclass(slots=True)
class Disposal:
    """What a recipient destroys, and certifies."""

    due: Event
    done: Event
    certified: Event
    letter: Event
    came: Event

    @property
    def events(self) -> tuple[Event, ...]:
        return (self.due, self.done, self.certified, self.letter, self.came)


@dataclass(slots=True)
class Sent:
    """One bundle, every event about it from packing to destruction."""

    packed: Event
    approved: Event
    approved_too: Event
    queued: Event
    delivered: Event
    received: Event
    opened: Event
    accepted: Event
    receipt: Event
    read: Event
    notices: Event
    second_receipt: Event
    acknowledged: Event
    noticed: Event
    disposal: Disposal | None = None

    @property
    def there(self) -> tuple[Event, ...]:
        """What its recipient did when it came."""
        came = (self.received, self.opened, self.accepted, self.receipt)
        return (*came, self.read, self.notices, self.second_receipt)

    @property
    def back(self) -> tuple[Event, ...]:
        return (self.acknowledged, self.noticed)

    @property
    def prepared(self) -> tuple[Event, ...]:
        return (self.packed, self.approved, self.approved_too, self.queued)

    @property
    def events(self) -> tuple[Event, ...]:
        destroyed = self.disposal.events if self.disposal else ()
        return (*self.prepared, self.delivered, *self.there, *self.back, *destroyed)


@dataclass(slots=True)
class Withdrawal:
    withdrawn: Event
    asked: Event
    sent: Event
    received: Event
    erased: Event
    certificate: Event
    certified: Event


@dataclass(slots=True)
class Urgent:
    disclosed: Event
    sent: Event
    received: Event
    reviewed: Event


@dataclass(slots=True)
class Breach:
    """A breach of which a sender tells everybody. `told`, `sent`, `received`: by who is told; whoever keeps no log
    notes nothing."""

    noticed: Event
    told: dict[str, Event]
    sent: dict[str, Event]
    received: dict[str, Event]
    reported: Event
