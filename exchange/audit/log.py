"""One organisation's log: append-only, in SQLite (write-ahead log, full sync), entry and tree in one transaction.

Several processes may append at once; each append reads the size under the write lock. Every reader sees a whole state.
Checkpoints are no part of an append: `heads.py` makes and shows them; here they are kept.

The file alone proves nothing: whoever can write it can rewrite it. `history.py`, `pack.py` and `verify.py` compute the
whole tree.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from exchange.audit.checkpoint import Checkpoint, party_of
from exchange.audit.database import connect, create_private, transaction, translated, unusable
from exchange.audit.entries import MAX_OPENING, Counts, Entry, Kind, Opening
from exchange.audit.tree import (
    Tree,
    consistency_path,
    grown,
    inclusion_path,
    inclusion_paths,
    leaf_hash,
    root_at,
)
from exchange.errors import AuditError, Problem
from exchange.locale import _

_FORMAT = 1
# An opening is NULL once it was erased; a checkpoint is kept with the cosignatures known. Which sizes a witness was
# shown since it last cosigned is remembered, since a proof must start from the one that it has. What a timestamp
# authority was asked is kept with its answer, which is NULL until it comes.
_SCHEMA = (
    "CREATE TABLE log (origin TEXT NOT NULL) STRICT",
    "CREATE TABLE entry (number INTEGER PRIMARY KEY, opening BLOB) STRICT",
    "CREATE TABLE node (level INTEGER, place INTEGER, hash BLOB NOT NULL, PRIMARY KEY (level, place)) STRICT",
    "CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note BLOB NOT NULL) STRICT",
)
_SHOWN = """CREATE TABLE IF NOT EXISTS shown (witness TEXT NOT NULL, size INTEGER NOT NULL,
    PRIMARY KEY (witness, size)) STRICT"""
# An empty answer is the question; several authorities may answer one.
_STAMP = """CREATE TABLE IF NOT EXISTS stamp (nonce TEXT NOT NULL, size INTEGER NOT NULL, answer BLOB NOT NULL,
    PRIMARY KEY (nonce, answer)) STRICT"""
_LATER = (_SHOWN, _STAMP)  # not in a log that an earlier version has made


@dataclass(frozen=True, slots=True)
class Record:
    """What lies in the log at one number: the leaf hash, and the opening unless it was erased."""

    number: int
    leaf: bytes
    opening: Opening | None


class Log:
    """An open log. Close it, or use it in a `with`."""

    def __init__(self, connection: sqlite3.Connection, origin: str, randomness: Callable[[int], bytes]) -> None:
        self._db = connection
        self._randomness = randomness
        self._lent = False
        self.origin = origin

    @classmethod
    def create(cls, path: Path, origin: str, *, randomness: Callable[[int], bytes] = os.urandom) -> Self:
        """A new log at `path`, readable by its owner alone. Raises AuditError `audit.log_exists`, `audit.origin`."""
        party_of(origin)
        # Made aside and linked into its place: nobody ever opens a log that is half made, or makes one over another.
        part = path.with_name(f"{path.name}.{randomness(8).hex()}.part")
        create_private(part)
        try:
            with translated(path.name):
                _make(part, origin)
            os.link(part, path)
        except FileExistsError:
            raise AuditError(Problem("audit.log_exists", _("there is a log already"), where=path.name)) from None
        except OSError:
            raise unusable(path.name) from None
        finally:
            part.unlink(missing_ok=True)
        return cls.open(path, randomness=randomness)

    @classmethod
    def open(cls, path: Path, *, randomness: Callable[[int], bytes] = os.urandom) -> Self:
        """The log at `path`. Raises AuditError `audit.log_missing`, `audit.log_unusable`, `audit.log_future`."""
        if not path.is_file():
            raise AuditError(Problem("audit.log_missing", _("there is no log here"), where=path.name))
        with translated(path.name):
            connection = connect(path)
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > _FORMAT:
                connection.close()
                raise AuditError(
                    Problem("audit.log_future", _("a later version has written this log"), where=path.name)
                )
            rows = connection.execute("SELECT origin FROM log").fetchall()
            for statement in _LATER:
                connection.execute(statement)
        if len(rows) != 1:
            connection.close()
            raise unusable(path.name)
        return cls(connection, rows[0][0], randomness)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        if not self._lent:
            self._db.close()

    def lent(self) -> Log:
        """The same open log, for somebody whose closing it leaves it open."""
        other = Log(self._db, self.origin, self._randomness)
        other._lent = True
        return other

    # --- writing -------------------------------------------------------------------------------------------------

    def append(self, *entries: Entry) -> range:
        """Write `entries` in this order, durably, in one transaction; return their numbers.

        Raises AuditError `audit.foreign_entry` for an entry of another party, `audit.entry_too_long` for one of more
        than 64 KiB, `audit.log_unusable` for a full disk, a damaged file or a lock held too long; then nothing was
        written.
        """
        party = party_of(self.origin)
        if any(entry.party != party for entry in entries):
            raise AuditError(
                Problem("audit.foreign_entry", _("an entry belongs in the log of another party"), where=self.origin)
            )
        openings = [Opening.of(entry, self._randomness) for entry in entries]
        with self.turn():
            return self._write(openings)

    def erase(self, number: int, *, at: datetime) -> int:
        """Destroy the opening of entry `number`, keeping its leaf, and write an entry that says so; return its number.

        Raises AuditError `audit.proof_out_of_range` when there is no such entry.
        """
        erasure = Entry(time=at, kind="opening.erased", party=party_of(self.origin), counts=Counts(entry=number))
        with self.turn():
            if not 0 <= number < self.size:
                raise _no_such_entry()
            self._db.execute("UPDATE entry SET opening = NULL WHERE number = ?", (number,))
            written = self._write([Opening.of(erasure, self._randomness)])[0]
        with translated(self.origin):  # the write-ahead log still holds the old page
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return written

    def pad(self, end: int, at: datetime) -> None:
        """Fill the log with entries of padding up to `end` entries. In a `turn`."""
        padding = Entry(time=at, kind="log.padding", party=party_of(self.origin))
        self._write([Opening.of(padding, self._randomness) for _each in range(self.size, end)])

    def keep_note(self, size: int, note: bytes) -> None:
        """Keep the checkpoint of this size, in the place of what was kept of it. In a `turn`."""
        query = "INSERT INTO checkpoint VALUES (?, ?) ON CONFLICT (size) DO UPDATE SET note = excluded.note"
        self._db.execute(query, (size, note))

    def remember_shown(self, witness: str, sizes: Iterable[int]) -> None:
        """That the witness was shown these sizes, and no others. In a `turn`."""
        self._db.execute("DELETE FROM shown WHERE witness = ?", (witness,))
        self._db.executemany("INSERT INTO shown VALUES (?, ?)", ((witness, each) for each in sizes))

    def ask_stamp(self, nonce: str, size: int) -> None:
        """Remember that an authority was asked to stamp the checkpoint of this size. In a `turn`."""
        self._db.execute("INSERT INTO stamp VALUES (?, ?, x'')", (nonce, size))

    def keep_stamp(self, nonce: str, answer: bytes) -> None:
        """Keep what an authority answered, beside what others did. In a `turn`."""
        kept = "INSERT OR IGNORE INTO stamp SELECT nonce, size, ? FROM stamp WHERE nonce = ? AND answer = x''"
        self._db.execute(kept, (answer, nonce))

    def _write(self, openings: Sequence[Opening]) -> range:
        first = self.size
        data = [opening.data for opening in openings]
        if max(map(len, data), default=0) > MAX_OPENING:
            raise AuditError(Problem("audit.entry_too_long", _("an entry is too long for a log"), where=self.origin))
        self._db.executemany("INSERT INTO entry VALUES (?, ?)", enumerate(data, first))
        for level, start, hashes in grown(first, self.node, [leaf_hash(each) for each in data]):
            nodes = ((level, place, each) for place, each in enumerate(hashes, start))
            self._db.executemany("INSERT INTO node VALUES (?, ?, ?)", nodes)
        return range(first, first + len(data))

    # --- reading -------------------------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        with translated(self.origin):
            last: int | None = self._db.execute("SELECT max(number) FROM entry").fetchone()[0]
        return 0 if last is None else last + 1

    def root(self, size: int | None = None) -> bytes:
        """The root over the first `size` entries, or over all."""
        return root_at(self.size if size is None else size, self.node)

    def records(self, start: int = 0, end: int | None = None) -> Iterator[Record]:
        """What lies in [start, end), read as it comes. Raises AuditError for an entry that cannot be read."""
        for number, leaf, data in self.raw_records(start, end):
            yield Record(number, leaf, None if data is None else Opening.read(data))

    def raw_records(self, start: int = 0, end: int | None = None) -> Iterator[tuple[int, bytes, bytes | None]]:
        """(number, leaf hash, opening's bytes or None) in [start, end), not interpreted."""
        with translated(self.origin):
            yield from self._db.execute(
                "SELECT number, hash, opening FROM entry LEFT JOIN node ON level = 0 AND place = number"
                " WHERE number >= ? AND number < ? ORDER BY number",
                (start, self.size if end is None else end),
            )

    def openings_with(self, *words: bytes) -> Iterator[bytes]:
        """The openings' bytes in which any of these words stands, in their order. SQLite looks for them: a log grows
        for years, and is asked often."""
        there = " OR ".join("instr(opening, ?)" for _word in words) or "FALSE"
        with translated(self.origin):
            query = f"SELECT opening FROM entry WHERE opening IS NOT NULL AND ({there}) ORDER BY number"  # noqa: S608  # ours
            for (data,) in self._db.execute(query, words):
                yield data

    def told(self, field: str, besides: Iterable[Kind] = ()) -> tuple[str, ...]:
        """What entries say as `field`, each value once, oldest first, but for entries of the kinds `besides`; of an
        object its JSON. SQLite looks for them."""
        query = (
            "SELECT json_extract(text, ?) AS value, json_extract(text, '$.entry.kind') AS kind FROM"
            " (SELECT number, CAST(opening AS TEXT) AS text FROM entry WHERE opening IS NOT NULL)"
            " WHERE value IS NOT NULL GROUP BY value, kind ORDER BY min(number)"
        )
        left_out = set(besides)
        with translated(self.origin):
            rows = self._db.execute(query, (f"$.entry.{field}",))
            return tuple(dict.fromkeys(value for value, kind in rows if kind not in left_out))

    def notes(self) -> list[bytes]:
        """The checkpoints that were kept, largest first, as signed notes; `exchange.audit.heads` reads them."""
        with translated(self.origin):
            return [note for (note,) in self._db.execute("SELECT note FROM checkpoint ORDER BY size DESC")]

    def shown_to(self, witness: str) -> list[int]:
        """The sizes that the witness was shown, as far as they are remembered, smallest first."""
        with translated(self.origin):
            query = "SELECT size FROM shown WHERE witness = ? ORDER BY size"
            return [size for (size,) in self._db.execute(query, (witness,))]

    def stamp_asked(self, nonce: str) -> int | None:
        """The size of the checkpoint that an authority was asked to stamp with this nonce; None where none was."""
        with translated(self.origin):
            row = self._db.execute("SELECT size FROM stamp WHERE nonce = ? AND answer = x''", (nonce,)).fetchone()
        return None if row is None else int(row[0])

    def stamps(self) -> list[tuple[int, bytes]]:
        """The size of each checkpoint that was stamped, smallest first, and the authority's answer as it came."""
        with translated(self.origin):
            query = "SELECT size, answer FROM stamp WHERE answer != x'' ORDER BY size, rowid"
            return [(size, answer) for size, answer in self._db.execute(query)]

    def newest(self, size: int) -> datetime | None:
        """The latest date among the first `size` entries; None where all of them were erased. SQLite looks for it."""
        query = (
            "SELECT opening FROM entry WHERE opening IS NOT NULL AND number < ?"
            " ORDER BY json_extract(CAST(opening AS TEXT), '$.entry.time') DESC LIMIT 1"
        )
        with translated(self.origin):
            row = self._db.execute(query, (size,)).fetchone()
        return None if row is None else Opening.read(row[0]).entry.time

    def continues(self, earlier: Checkpoint) -> bool:
        """Whether the tree still has that root, and what was added since is what stands in the tree."""
        if earlier.size > self.size or earlier.root != self.root(earlier.size):
            return False
        records = self.raw_records(earlier.size)
        leaves = [(leaf or b"") if opening is None else leaf_hash(opening) for _number, leaf, opening in records]
        levels = grown(earlier.size, self.node, leaves)
        anew = {(level, index): each for level, first, those in levels for index, each in enumerate(those, first)}
        size = earlier.size + len(leaves)
        return root_at(size, lambda level, index: anew.get((level, index)) or self.node(level, index)) == self.root()

    def inclusion(self, number: int, size: int | None = None) -> list[bytes]:
        """The proof that entry `number` is in the log of `size` entries."""
        return inclusion_path(number, self._within(size), self.node)

    def inclusions(self, numbers: Iterable[int], size: int | None = None) -> Iterator[list[bytes]]:
        """As `inclusion`, for many entries: the tree is read into memory once, 64 bytes an entry."""
        within = self._within(size)
        return inclusion_paths(numbers, within, self.tree(within).node)

    def tree(self, size: int | None = None) -> Tree:
        """The tree over the first `size` entries, or over all, computed anew from its leaves."""
        within = self._within(size)
        with translated(self.origin):
            rows = self._db.execute("SELECT hash FROM node WHERE level = 0 AND place < ? ORDER BY place", (within,))
            tree = Tree.over(bytearray().join(leaf for (leaf,) in rows))
        if tree.size != within:
            raise unusable(self.origin)
        return tree

    def consistency(self, first: int, second: int | None = None) -> list[bytes]:
        """The proof that the log of `second` entries continues the log of `first`."""
        return consistency_path(first, self._within(second), self.node)

    def _within(self, size: int | None) -> int:
        whole = self.size
        if size is not None and size > whole:
            raise _no_such_entry()
        return whole if size is None else size

    def node(self, level: int, index: int) -> bytes:
        with translated(self.origin):
            row = self._db.execute("SELECT hash FROM node WHERE level = ? AND place = ?", (level, index)).fetchone()
        if row is None:
            raise unusable(self.origin)
        found: bytes = row[0]
        return found

    @contextmanager
    def turn(self) -> Iterator[None]:
        """All that is written inside, together or not at all; nobody else writes meanwhile."""
        with translated(self.origin), transaction(self._db):
            yield


def _make(path: Path, origin: str) -> None:
    connection = connect(path)
    try:
        with transaction(connection):
            for statement in (*_SCHEMA, *_LATER):
                connection.execute(statement)
            connection.execute("INSERT INTO log VALUES (?)", (origin,))
            connection.execute(f"PRAGMA user_version = {_FORMAT}")
    finally:
        connection.close()


def _no_such_entry() -> AuditError:
    return AuditError(Problem("audit.proof_out_of_range", _("there is no such entry in a log of this size")))
