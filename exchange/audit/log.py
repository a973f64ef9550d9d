"""One organisation's log: append-only, in SQLite (write-ahead log, full sync), entry and tree in one transaction.

Several processes may append at once; each append reads the size under the write lock. Every reader sees a whole state.
A checkpoint is no part of an append, since its size would tell everybody who sees it how much happened here: it is made
at a fixed time, in one transaction with the entries of padding before it (`checkpoint_due`).

The file alone proves nothing: whoever can write it can rewrite it. `checkpoint` hashes what was added since the last
one anew, so that nothing is signed but what lies here; `history.py`, `pack.py` and `verify.py` compute the whole tree.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from exchange.audit.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    cosignatures,
    open_checkpoint,
    party_of,
    sign_checkpoint,
)
from exchange.audit.database import connect, create_private, transaction, translated, unusable
from exchange.audit.entries import MAX_OPENING, Counts, Entry, Kind, Opening
from exchange.audit.notes import COSIGNATURE_V1, key_id
from exchange.audit.proofs import MAX_CONTINUES, Continuation, Showing
from exchange.audit.tree import (
    EMPTY_ROOT,
    Tree,
    consistency_path,
    grown,
    inclusion_path,
    inclusion_paths,
    leaf_hash,
    root_at,
)
from exchange.crypto.signing import SigningKey, VerifyKey
from exchange.errors import AuditError, Problem
from exchange.locale import _

STEP = 64
"""A log that is shown to others has a multiple of so many entries: it grows by one step a week, whatever happened."""
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
_MOST_WEEKS = 53  # a clock that was wrong once must not fill the disk
_FORMAT = 1
# An opening is NULL once it was erased; a checkpoint is kept with the cosignatures known. Which sizes a witness was
# shown since it last cosigned is remembered, since a proof must start from the one that it has.
_SCHEMA = (
    "CREATE TABLE log (origin TEXT NOT NULL) STRICT",
    "CREATE TABLE entry (number INTEGER PRIMARY KEY, opening BLOB) STRICT",
    "CREATE TABLE node (level INTEGER, place INTEGER, hash BLOB NOT NULL, PRIMARY KEY (level, place)) STRICT",
    "CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note BLOB NOT NULL) STRICT",
)
_SHOWN = """CREATE TABLE IF NOT EXISTS shown (witness TEXT NOT NULL, size INTEGER NOT NULL,
    PRIMARY KEY (witness, size)) STRICT"""


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
            connection.execute(_SHOWN)  # not in a log that an earlier version has made
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
        with self._writing():
            return self._write(openings)

    def erase(self, number: int, *, at: datetime) -> int:
        """Destroy the opening of entry `number`, keeping its leaf, and write an entry that says so; return its number.

        Raises AuditError `audit.proof_out_of_range` when there is no such entry.
        """
        erasure = Entry(time=at, kind="opening.erased", party=party_of(self.origin), counts=Counts(entry=number))
        with self._writing():
            if not 0 <= number < self.size:
                raise _no_such_entry()
            self._db.execute("UPDATE entry SET opening = NULL WHERE number = ?", (number,))
            written = self._write([Opening.of(erasure, self._randomness)])[0]
        with translated(self.origin):  # the write-ahead log still holds the old page
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return written

    def checkpoint(self, key: SigningKey) -> SignedCheckpoint:
        """Sign the log just as it is, and keep the checkpoint: for ourselves, and for an auditor who gets the log.

        C2SP: a log must not sign what contradicts an earlier checkpoint of its own. Raises AuditError
        `audit.log_altered` when the tree no longer has the root of the last one, or when what came since is not what
        stands in the tree: then somebody has changed the file.
        """
        with self._writing():
            return self._signed(key)

    def checkpoint_due(self, key: SigningKey, at: datetime, *, at_once: bool = False) -> SignedCheckpoint:
        """The checkpoint for others to see: the one of this week, made when it is first asked for (`at`, our clock).

        Weeks begin on Monday, 0:00 UTC. With each the log grows by `STEP` entries, some or all of them padding, so that
        its size is a matter of the calendar; where more has happened, by as many steps as that needs. What happens
        afterwards is behind it, and unwitnessed, until the next; `at_once` makes one now, a step further, as for an
        auditor's visit. Raises AuditError as `checkpoint`.
        """
        with self._writing():
            last = next((each for each in self._newest(key.verify_key) if each.checkpoint.size % STEP == 0), None)
            made = self._made(last.checkpoint.size) if last else None
            if last and made and not at_once and _is_of_this_week(made, at):
                return last
            size, weeks = self.size, 1 if made is None else min(max(_week(at) - _week(made), 1), _MOST_WEEKS)
            padded = max((last.checkpoint.size if last else 0) + STEP * weeks, (size // STEP + 1) * STEP)
            padding = Entry(time=at, kind="log.padding", party=party_of(self.origin))
            self._write([Opening.of(padding, self._randomness) for _each in range(size, padded)])
            return self._signed(key)

    def check(self, key: VerifyKey) -> None:
        """Raise AuditError `audit.log_altered` as `checkpoint` does, signing nothing."""
        self._last(key)

    def _last(self, key: VerifyKey) -> SignedCheckpoint | None:
        last = next(self._newest(key), None)
        if not self._continues(last.checkpoint if last else Checkpoint(self.origin, 0, EMPTY_ROOT)):
            raise AuditError(
                Problem(
                    "audit.log_altered",
                    _("the log no longer continues its last checkpoint: somebody has changed the file"),
                    where=self.origin,
                    hint=_("keep the file as it is and restore the log from a copy"),
                )
            )
        return last

    def _signed(self, key: SigningKey) -> SignedCheckpoint:
        last, size = self._last(key.verify_key), self.size
        if last and last.checkpoint.size == size:
            return last
        signed = sign_checkpoint(Checkpoint(self.origin, size, self.root()), key)
        self._db.execute("INSERT INTO checkpoint VALUES (?, ?)", (size, signed.data))
        return signed

    def _made(self, size: int) -> datetime | None:
        """When a padded checkpoint was made: the last entry under it says so. None where nothing is under it, or that
        is gone."""
        record = next(self.records(size - 1, size), None) if size else None
        return record.opening.entry.time if record and record.opening else None

    def add_cosignatures(self, note: bytes, key: VerifyKey, witnesses: Iterable[tuple[str, VerifyKey]]) -> None:
        """Keep the cosignatures of `witnesses` (name, key) that came back on a checkpoint of this log.

        Raises AuditError as `open_checkpoint` and `cosignatures` do, and `audit.checkpoint_unknown` when this log has
        never signed that checkpoint.
        """
        arrived = open_checkpoint(note, key)
        known = tuple(witnesses)
        cosignatures(arrived, known)
        ids = {(name, key_id(name, COSIGNATURE_V1, each.raw)) for name, each in known}
        with self._writing():
            kept = next((each for each in self._newest(key) if each.checkpoint == arrived.checkpoint), None)
            if kept is None:
                raise AuditError(
                    Problem("audit.checkpoint_unknown", _("this log has signed no such checkpoint"), where=self.origin)
                )
            merged = kept.note.signed(*(each for each in arrived.note.signatures if (each.name, each.key_id) in ids))
            self._db.execute("UPDATE checkpoint SET note = ? WHERE size = ?", (merged.data, arrived.checkpoint.size))

    def show(
        self,
        key: SigningKey,
        witness: str,
        witness_key: VerifyKey,
        at: datetime | None = None,
        *,
        at_once: bool = False,
    ) -> Showing:
        """A checkpoint for `witness` (its name and key), with the way from every size that it may have seen last.

        That is the last one that it has cosigned, as far as we know, and those that it was shown since, of which the
        newest and the oldest are remembered. `at`, `at_once`: as `checkpoint_due`; without `at` the log is shown just
        as it is, which is for a witness from whom nothing needs hiding.
        """
        head = self.checkpoint(key) if at is None else self.checkpoint_due(key, at, at_once=at_once)
        size, cosigned = head.checkpoint.size, self._cosigned(key.verify_key, witness, witness_key)
        with self._writing():
            shown = self._shown_since(cosigned, witness)
            since = [each for each in shown if each != size]
            first, rest = since[:1], since[1:]
            since = [*first, *rest[-(MAX_CONTINUES - 2) :]]
            self._db.execute("DELETE FROM shown WHERE witness = ?", (witness,))
            self._db.executemany("INSERT INTO shown VALUES (?, ?)", ((witness, each) for each in {*since, size}))
        sizes = [each for each in (*reversed(since), cosigned) if 0 < each < size]
        return Showing(head.data, tuple(Continuation(each, tuple(self.consistency(each, size))) for each in sizes))

    def unanswered(self, key: VerifyKey, witness: str, witness_key: VerifyKey) -> datetime | None:
        """Since when the witness owes us a cosignature: when the oldest checkpoint that it was shown since its last one
        was made. None where it owes none."""
        cosigned = self._cosigned(key, witness, witness_key)
        return next((self._made(each) for each in self._shown_since(cosigned, witness) if each > cosigned), None)

    def _cosigned(self, key: VerifyKey, witness: str, witness_key: VerifyKey) -> int:
        """The size of the last checkpoint that the witness has cosigned, as far as we know; 0 without one."""
        with translated(self.origin):
            known = [(witness, witness_key)]
            return next((each.checkpoint.size for each in self._newest(key) if cosignatures(each, known)), 0)

    def _shown_since(self, size: int, witness: str) -> list[int]:
        with translated(self.origin):
            query = "SELECT size FROM shown WHERE witness = ? AND size > ? ORDER BY size"
            return [shown for (shown,) in self._db.execute(query, (witness, size))]

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

    def checkpoints(self, key: VerifyKey) -> tuple[SignedCheckpoint, ...]:
        """The checkpoints that this log has signed, smallest first, each verified with its `key`."""
        with translated(self.origin):
            rows = self._db.execute("SELECT note FROM checkpoint ORDER BY size").fetchall()
        return tuple(open_checkpoint(note, key) for (note,) in rows)

    def _newest(self, key: VerifyKey) -> Iterator[SignedCheckpoint]:
        """The checkpoints, largest first, each opened when it is asked for."""
        with translated(self.origin):
            rows = self._db.execute("SELECT note FROM checkpoint ORDER BY size DESC").fetchall()
        return (open_checkpoint(note, key) for (note,) in rows)

    def _continues(self, earlier: Checkpoint) -> bool:
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
    def _writing(self) -> Iterator[None]:
        with translated(self.origin), transaction(self._db):
            yield


def _make(path: Path, origin: str) -> None:
    connection = connect(path)
    try:
        with transaction(connection):
            for statement in (*_SCHEMA, _SHOWN):
                connection.execute(statement)
            connection.execute("INSERT INTO log VALUES (?)", (origin,))
            connection.execute(f"PRAGMA user_version = {_FORMAT}")
    finally:
        connection.close()


def _week(moment: datetime) -> int:
    return (moment - _MONDAY) // _WEEK


def _is_of_this_week(made: datetime, at: datetime) -> bool:
    """Also where a clock was a little ahead; what was made by one that was far ahead keeps no other from being made."""
    return _week(made) == _week(at) or timedelta() < made - at <= _DAY


def _no_such_entry() -> AuditError:
    return AuditError(Problem("audit.proof_out_of_range", _("there is no such entry in a log of this size")))
