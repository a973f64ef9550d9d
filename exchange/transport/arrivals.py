"""What came, how it stands, how much of it may be kept, and the lines in which the inbox's book keeps all that."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from exchange.errors import Problem, TransportError
from exchange.locale import _
from exchange.transport.ledger import time_text
from exchange.transport.road import RemoteFile

ArrivalState = Literal["new", "opened", "held", "quarantined", "done"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS arrived (
  sha256 TEXT PRIMARY KEY, name TEXT NOT NULL, place TEXT NOT NULL, size INTEGER NOT NULL, arrived_at TEXT NOT NULL,
  state TEXT NOT NULL, since TEXT NOT NULL, code TEXT NOT NULL, kept INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS seen (
  place TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL, sha256 TEXT NOT NULL,
  PRIMARY KEY (place, name, size, mtime)) STRICT;
CREATE INDEX IF NOT EXISTS kept ON arrived (state, place, size, sha256) WHERE kept;
CREATE TABLE IF NOT EXISTS doubted (
  place TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL,
  PRIMARY KEY (place, name, size, mtime)) STRICT
"""


@dataclass(frozen=True, slots=True)
class Share:
    """In bytes: what may be kept of what came on one road, and in all."""

    road: int
    total: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """In bytes, but for `files`. `file`: the largest that is fetched. `round`, `files`: after how much of one road, and
    how many of its files, what came is judged before more is fetched. `spare`: what must stay free on the disk, a tenth
    of it where that is less. `quarantine`: beyond it what is put aside is noted and not kept. `held`: beyond it what
    must wait is not kept, and fetched again next time.
    """

    file: int = 4 << 30
    round: int = 1 << 30
    files: int = 1000
    spare: int = 256 << 20
    quarantine: Share = Share(256 << 20, 1 << 30)
    held: Share = Share(2 << 30, 8 << 30)


@dataclass(frozen=True, slots=True)
class Arrived:
    """One sealed file that came. `path` holds it (0600), None once it is no longer kept; `place` is its road's."""

    sha256: str
    name: str
    place: str
    size: int
    arrived_at: datetime
    state: ArrivalState
    since: datetime
    code: str
    path: Path | None

    @classmethod
    def of(cls, row: sqlite3.Row, files: Path) -> Self:
        """As a line of the book says; `files` is the folder of what is kept."""
        return cls(
            row["sha256"],
            row["name"],
            row["place"],
            row["size"],
            datetime.fromisoformat(row["arrived_at"]),
            row["state"],
            datetime.fromisoformat(row["since"]),
            row["code"],
            files / row["sha256"] if row["kept"] else None,
        )


# --- lines of the book ---


def every(book: sqlite3.Connection) -> list[sqlite3.Row]:
    """Of all that ever came, oldest first."""
    return book.execute("SELECT * FROM arrived ORDER BY arrived_at, name, sha256").fetchall()


def row(book: sqlite3.Connection, sha256: str) -> sqlite3.Row:
    """Of one file that came. TransportError: transport.not_now, where it never did."""
    found: sqlite3.Row | None = book.execute("SELECT * FROM arrived WHERE sha256 = ?", (sha256,)).fetchone()
    if found is None:
        raise TransportError(not_now(sha256[:12], "?"))
    return found


def seen(book: sqlite3.Connection, place: str) -> set[RemoteFile]:
    """What of one road was seen before."""
    rows = book.execute("SELECT name, size, mtime FROM seen WHERE place = ?", (place,)).fetchall()
    return {_file(each) for each in rows}


def done(book: sqlite3.Connection, place: str) -> set[RemoteFile]:
    """What of one road is done."""
    rows = book.execute(
        "SELECT seen.name, seen.size, seen.mtime FROM seen JOIN arrived USING (sha256)"
        " WHERE seen.place = ? AND state = 'done'",
        (place,),
    ).fetchall()
    return {_file(each) for each in rows}


def is_new(book: sqlite3.Connection, place: str, file: RemoteFile, digest: str) -> bool:
    """Whether the content never came, or was done and stands anew where it stood."""
    before = book.execute("SELECT * FROM arrived WHERE sha256 = ?", (digest,)).fetchone()
    return before is None or (before["place"], before["name"], before["state"]) == (place, file.name, "done")


def note(book: sqlite3.Connection, place: str, file: RemoteFile, digest: str, now: datetime) -> bool:
    """Write down that `file` was seen; whether it is new."""
    at, new = time_text(now), is_new(book, place, file, digest)
    book.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?, ?)", (place, file.name, file.size, file.mtime, digest))
    book.execute(
        "INSERT OR IGNORE INTO arrived VALUES (?, ?, ?, ?, ?, 'new', ?, '', 1)",
        (digest, file.name, place, file.size, at, at),
    )
    if new:
        book.execute("UPDATE arrived SET state = 'new', since = ?, kept = 1 WHERE sha256 = ?", (at, digest))
    return new


def move(
    book: sqlite3.Connection,
    sha256: str,
    state: ArrivalState,
    at: datetime,
    code: str,
    *,
    allowed: Collection[str],
    keep: bool,
) -> sqlite3.Row:
    """Into another state, from one of those `allowed`; the line as it was. `keep`: whether the file
    stays, if it is kept still. TransportError: transport.not_now."""
    before = row(book, sha256)
    if before["state"] not in allowed:
        raise TransportError(not_now(before["name"], before["state"]))
    book.execute(
        "UPDATE arrived SET state = ?, since = ?, code = ?, kept = kept AND ? WHERE sha256 = ?",
        (state, time_text(at), code, keep, sha256),
    )
    return before


def forget(book: sqlite3.Connection, sha256: str) -> None:
    """As if it had never come."""
    book.execute("DELETE FROM seen WHERE sha256 = ?", (sha256,))
    book.execute("DELETE FROM arrived WHERE sha256 = ?", (sha256,))


def unsee_once(book: sqlite3.Connection, sha256: str) -> None:
    """Its names were never seen; once, and not where that was done before."""
    columns = "place, name, size, mtime"
    new = book.execute(
        f"SELECT {columns} FROM seen WHERE sha256 = ? EXCEPT SELECT {columns} FROM doubted",  # noqa: S608  # ours
        (sha256,),
    ).fetchall()
    book.executemany("INSERT INTO doubted VALUES (?, ?, ?, ?)", new)
    book.executemany("DELETE FROM seen WHERE place = ? AND name = ? AND size = ? AND mtime = ?", new)


def has_room(book: sqlite3.Connection, arrived: Arrived, state: ArrivalState, share: Share) -> bool:
    """Whether it fits into the share of what is kept in this state."""
    query = (
        "SELECT coalesce(sum(size), 0) AS total, coalesce(sum(size) FILTER (WHERE place = ?), 0) AS road"
        " FROM arrived WHERE state = ? AND kept AND sha256 <> ?"
    )
    kept = book.execute(query, (arrived.place, state, arrived.sha256)).fetchone()
    return bool(kept["road"] + arrived.size <= share.road and kept["total"] + arrived.size <= share.total)


def _file(row: sqlite3.Row) -> RemoteFile:
    return RemoteFile(row["name"], row["size"], row["mtime"])


def not_now(name: str, state: str) -> Problem:
    """What is in this state does not become what was asked."""
    return Problem(
        "transport.not_now",
        _("this is not possible for what is '{state}'").format(state=state),
        where=name,
        hint=_("look at its state first; it may have been handled already"),
    )
