"""Parcels, how they stand, what happened to them, and the lines in which the outbox's book keeps all that."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from exchange.errors import Problem
from exchange.transport.ledger import time_text

ParcelKind = Literal["bundle", "letter"]
State = Literal[
    "packed", "rejected", "queued", "sending", "delivered", "acknowledged", "refused", "overdue", "failed", "given_up"
]
FINISHED: tuple[State, ...] = ("acknowledged", "refused", "rejected")
NO_PROBLEM = Problem("", "")
_NOT_WHILE_PACKED: tuple[State, ...] = ("queued", "sending", "failed")  # or `retry` would release it
_ANSWERS: tuple[State, ...] = ("acknowledged", "refused")

SCHEMA = """
CREATE TABLE IF NOT EXISTS parcels (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, recipient TEXT NOT NULL, kind TEXT NOT NULL, period TEXT,
  size INTEGER NOT NULL, sha256 TEXT NOT NULL UNIQUE, queued_at TEXT NOT NULL, awaits_approval INTEGER NOT NULL,
  awaits_receipt INTEGER NOT NULL, state TEXT NOT NULL, since TEXT NOT NULL, attempts INTEGER NOT NULL,
  due TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL, maybe_there INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS events (
  number INTEGER PRIMARY KEY, parcel TEXT NOT NULL REFERENCES parcels (id), state TEXT NOT NULL, at TEXT NOT NULL,
  attempts INTEGER NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL) STRICT
"""


@dataclass(frozen=True, slots=True)
class Queued:
    """One sealed file and where it goes. `name` is the opaque one that the carrier sees; times carry their zone.
    `awaits_approval`: it does not leave before somebody releases it."""

    id: str
    name: str
    recipient: str
    kind: ParcelKind
    period: str | None
    size: int
    sha256: str
    queued_at: datetime
    awaits_approval: bool
    awaits_receipt: bool


@dataclass(frozen=True, slots=True)
class Event:
    """A parcel came into `state`. `code` and `reason` say why, where something went wrong."""

    parcel: Queued
    state: State
    at: datetime
    attempts: int
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a parcel stands. `due`: when it is tried next, for what is queued. `maybe_there`: the server may have it,
    whole and under its name; where it is false, nobody can take it."""

    parcel: Queued
    state: State
    since: datetime
    attempts: int
    due: datetime
    code: str = ""
    reason: str = ""
    maybe_there: bool = False

    @property
    def done(self) -> bool:
        """Nothing more will happen to it."""
        without_receipt = self.state == "delivered" and not self.parcel.awaits_receipt
        return self.state in FINISHED or self.state == "given_up" or without_receipt


@dataclass(frozen=True, slots=True)
class Patience:
    """`first` and `longest` pause between attempts; `receipt`: how long a receipt may take before it is overdue."""

    first: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(hours=6)
    receipt: timedelta = timedelta(days=7)

    def pause(self, attempts: int, chance: float) -> timedelta:
        """Half to all of a pause that doubles with each attempt; `chance` in [0, 1) keeps senders apart."""
        doubled: int = 2 ** min(attempts - 1, 30)
        return min(self.first * doubled, self.longest) * (0.5 + chance / 2)


# --- lines of the book ---


def insert(book: sqlite3.Connection, parcel: Queued) -> Event:
    queued_at = time_text(parcel.queued_at)
    state: State = "packed" if parcel.awaits_approval else "queued"
    book.execute(
        "INSERT INTO parcels VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, '', '', 0)",
        (
            parcel.id,
            parcel.name,
            parcel.recipient,
            parcel.kind,
            parcel.period,
            parcel.size,
            parcel.sha256,
            queued_at,
            parcel.awaits_approval,
            parcel.awaits_receipt,
            state,
            queued_at,
            queued_at,
        ),
    )
    event = Event(parcel, state, parcel.queued_at, 0)
    _add_event(book, event)
    return event


def record(book: sqlite3.Connection, event: Event, due: datetime, *, maybe_there: bool | None = None) -> bool:
    """Write `event` down, unless its parcel was finished meanwhile, or held back or given up while it was to be sent;
    whether it was written. `maybe_there`: as of `Standing`; None where that stays as it was."""
    standing = by_id(book, event.parcel.id)
    if (
        standing is None
        or standing.state in FINISHED
        or (standing.state == "packed" and event.state in _NOT_WHILE_PACKED)
    ):
        return False
    if standing.state == "given_up" and event.state not in _ANSWERS:
        return False
    there = standing.maybe_there if maybe_there is None else maybe_there
    book.execute(
        "UPDATE parcels SET state = ?, since = ?, attempts = ?, due = ?, code = ?, reason = ?, maybe_there = ?"
        " WHERE id = ?",
        (
            event.state,
            time_text(event.at),
            event.attempts,
            time_text(due),
            event.code,
            event.reason,
            there,
            event.parcel.id,
        ),
    )
    _add_event(book, event)
    return True


def release(book: sqlite3.Connection, standing: Standing, at: datetime) -> Event:
    """What was packed is queued: the one way out of that state towards leaving."""
    event = Event(standing.parcel, "queued", at, standing.attempts)
    changed = "UPDATE parcels SET state = 'queued', since = ?, due = ?, code = '', reason = '' WHERE id = ?"
    book.execute(changed, (time_text(at), time_text(at), standing.parcel.id))
    _add_event(book, event)
    return event


def change_id(book: sqlite3.Connection, parcel: Queued, new: str) -> None:
    book.execute("UPDATE parcels SET id = ? WHERE id = ?", (new, parcel.id))
    book.execute("UPDATE events SET parcel = ? WHERE parcel = ?", (new, parcel.id))


def first_there(book: sqlite3.Connection) -> dict[str, datetime]:
    """When the server had each parcel, by digest."""
    rows = book.execute(
        "SELECT sha256, MIN(at) AS at FROM events JOIN parcels ON parcels.id = parcel"
        " WHERE events.state IN ('delivered', 'acknowledged', 'refused') GROUP BY sha256"
    )
    return {row["sha256"]: _time(row["at"]) for row in rows}


def _add_event(book: sqlite3.Connection, event: Event) -> None:
    book.execute(
        "INSERT INTO events (parcel, state, at, attempts, code, reason) VALUES (?, ?, ?, ?, ?, ?)",
        (event.parcel.id, event.state, time_text(event.at), event.attempts, event.code, event.reason),
    )


def standings(book: sqlite3.Connection) -> tuple[Standing, ...]:
    # Two of the same second stand as they were queued: a correction comes after what it corrects.
    return tuple(_standing(row) for row in book.execute("SELECT * FROM parcels ORDER BY queued_at, rowid"))


def like(book: sqlite3.Connection, parcel: Queued) -> tuple[Queued, ...]:
    """The parcels that share an id, a name or a digest with this one."""
    rows = book.execute(
        "SELECT * FROM parcels WHERE id = ? OR name = ? OR sha256 = ?", (parcel.id, parcel.name, parcel.sha256)
    )
    return tuple(_standing(row).parcel for row in rows)


def by_id(book: sqlite3.Connection, parcel_id: str) -> Standing | None:
    row = book.execute("SELECT * FROM parcels WHERE id = ?", (parcel_id,)).fetchone()
    return None if row is None else _standing(row)


def by_digest(book: sqlite3.Connection, sha256: str) -> Standing | None:
    row = book.execute("SELECT * FROM parcels WHERE sha256 = ?", (sha256,)).fetchone()
    return None if row is None else _standing(row)


def _standing(row: sqlite3.Row) -> Standing:
    parcel = Queued(
        row["id"],
        row["name"],
        row["recipient"],
        row["kind"],
        row["period"],
        row["size"],
        row["sha256"],
        _time(row["queued_at"]),
        bool(row["awaits_approval"]),
        bool(row["awaits_receipt"]),
    )
    since, due = _time(row["since"]), _time(row["due"])
    there = bool(row["maybe_there"])
    return Standing(parcel, row["state"], since, row["attempts"], due, row["code"], row["reason"], there)


def _event(parcel: Queued, row: sqlite3.Row) -> Event:
    return Event(parcel, row["state"], _time(row["at"]), row["attempts"], row["code"], row["reason"])


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def history(book: sqlite3.Connection, parcel_id: str) -> tuple[Event, ...]:
    standing = by_id(book, parcel_id)
    rows = book.execute("SELECT * FROM events WHERE parcel = ? ORDER BY number", (parcel_id,))
    return () if standing is None else tuple(_event(standing.parcel, row) for row in rows)
