"""Heads of a log, longer than what we hold of it, that came without a proof that they continue it.

One is nothing: something was lost on the way, and what comes next brings the proof. But whoever shows us a history that
is for us alone will never prove it. So each is kept until a later head proves it, and people are told once it lasts.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SCHEMA = """CREATE TABLE IF NOT EXISTS unproved (origin TEXT NOT NULL, seen INTEGER NOT NULL, note BLOB NOT NULL,
    PRIMARY KEY (origin, note)) STRICT"""
_PATIENCE = timedelta(days=21)
_FEW = 3
"""Heads are made once a week: from three of them our answer has told the other side from where we need its proof."""
_MOST = 16  # of one log


@dataclass(frozen=True, slots=True)
class Unproved:
    """Of one log: since when, and the heads as notes that its key has signed, as they came."""

    origin: str
    since: datetime
    notes: tuple[bytes, ...]

    def lasts(self, at: datetime) -> bool:
        """Longer than what was lost on the way explains."""
        return at - self.since > _PATIENCE or len(self.notes) > _FEW


def keep(db: sqlite3.Connection, origin: str, note: bytes, at: datetime) -> None:
    if len(notes_of(db, origin)) < _MOST:
        db.execute("INSERT OR IGNORE INTO unproved VALUES (?, ?, ?)", (origin, int(at.timestamp()), note))


def notes_of(db: sqlite3.Connection, origin: str) -> tuple[bytes, ...]:
    return tuple(note for (note,) in db.execute("SELECT note FROM unproved WHERE origin = ? ORDER BY rowid", (origin,)))


def drop(db: sqlite3.Connection, origin: str, note: bytes) -> None:
    db.execute("DELETE FROM unproved WHERE origin = ? AND note = ?", (origin, note))


def waiting(db: sqlite3.Connection) -> tuple[Unproved, ...]:
    """That of every log of which something waits for its proof."""
    rows = db.execute("SELECT origin, min(seen) FROM unproved GROUP BY origin ORDER BY origin").fetchall()
    return tuple(Unproved(origin, datetime.fromtimestamp(seen, UTC), notes_of(db, origin)) for origin, seen in rows)
