"""The store's table of keys: which file holds what under which key, and what must never come back.

SQLite holds random file names, locked entries and keyed hashes, nothing that can be read without the key. A seal over
all of it, renewed with every change, shows when somebody has removed, added or put back a line. Putting back the whole
store as it once was cannot be seen from inside: `generation` counts the changes, for whoever keeps it elsewhere.
"""

from __future__ import annotations

import datetime as dt
import hmac
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from exchange.crypto.box import lock, unlock
from exchange.crypto.hashing import derive, keyed
from exchange.errors import CryptoError
from exchange.merge.refusals import altered, translated, wrong_key

_WAIT_SECONDS = 60.0
_PURPOSE = "data-sharing-exchange/store/v1/"
_PROBE = b"this is the right key"
_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY CHECK (one = 1), probe BLOB NOT NULL,
    generation INTEGER NOT NULL, seal BLOB NOT NULL) STRICT""",
    "CREATE TABLE IF NOT EXISTS entry (file TEXT PRIMARY KEY, locked BLOB NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS tombstone (hash BLOB PRIMARY KEY, cause BLOB NOT NULL) STRICT",
)


class Held(BaseModel):
    """What one file holds, and its key. `what` is "bundle", or the name of a document of the store itself;
    "filters" of a linking agent, whose letter's id is `bundle`, for `recipient`. `network` and `epoch`: under whose
    secret the tokens of a bundle were made."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")

    file: str
    key: Annotated[bytes, Field(repr=False)]
    what: Literal["bundle", "people", "filters"]
    sender: str = ""
    agreement: str = ""
    bundle: str = ""
    period: str = ""
    recipient: str = ""
    network: str = ""
    epoch: str = ""
    received: dt.datetime | None = None


class KeyTable:
    """The open table; every use of it is inside `changing()` or `reading()`."""

    def __init__(self, path: Path, key: bytes, *, may_begin: bool) -> None:
        """The table at `path`. Where none stands it is made, if it `may_begin`: only where nothing was kept yet."""
        self._entry_key, self._hash_key, self._seal_key = (
            derive(key, _PURPOSE + use) for use in ("entries", "tombstones", "seal")
        )
        with translated():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA secure_delete = ON")  # a destroyed key leaves no copy in free pages
            self._begin(may_begin)

    def close(self) -> None:
        self._db.close()

    @property
    def generation(self) -> int:
        """How often the store has changed."""
        number: int = self._db.execute("SELECT generation FROM state").fetchone()[0]
        return number

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Nobody writes meanwhile, so that the files that the table names are there. MergeError `store.altered`."""
        with translated(), self._transaction():
            self._check_seal()
            yield

    @contextmanager
    def changing(self) -> Iterator[None]:
        """All or nothing, and on the disk when it ends. MergeError `store.altered`, `store.unusable`."""
        with self.reading():
            before = self._db.total_changes
            yield
            if self._db.total_changes == before:
                return
            self._db.execute("UPDATE state SET generation = generation + 1")
            self._db.execute("UPDATE state SET seal = ?", (self._seal(),))
        with translated():  # the write-ahead log still holds pages with destroyed keys
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def held(self) -> tuple[Held, ...]:
        """Everything that lies in files, in a fixed order."""
        rows = self._db.execute("SELECT file, locked FROM entry").fetchall()
        held = [Held.model_validate_json(self._unlocked(file, locked)) for file, locked in rows]
        return tuple(sorted(held, key=lambda each: (each.what, each.sender, each.agreement, each.period, each.bundle)))

    def add(self, held: Held) -> None:
        locked = lock(self._entry_key, held.model_dump_json().encode(), context=held.file.encode())
        self._db.execute("INSERT INTO entry VALUES (?, ?)", (held.file, locked))

    def remove(self, held: Held) -> None:
        self._db.execute("DELETE FROM entry WHERE file = ?", (held.file,))

    def bury(self, *named: str, cause: str) -> None:
        """Remember for ever that what is `named` so must not come back; the first cause stays."""
        self._db.execute(
            "INSERT OR IGNORE INTO tombstone VALUES (?, ?)", (self._hash(*named), self._hash("cause", cause))
        )

    def buried(self, *named: str) -> bool:
        return self._db.execute("SELECT 1 FROM tombstone WHERE hash = ?", (self._hash(*named),)).fetchone() is not None

    def buried_by_another(self, *named: str, cause: str) -> bool:
        """Whether it was buried, and for another cause than this."""
        row = self._db.execute("SELECT cause FROM tombstone WHERE hash = ?", (self._hash(*named),)).fetchone()
        return row is not None and row[0] != self._hash("cause", cause)

    def _hash(self, *parts: str) -> bytes:
        return keyed(self._hash_key, *parts)

    def _begin(self, may_begin: bool) -> None:
        with self._transaction():
            for statement in _SCHEMA:
                self._db.execute(statement)
            row = self._db.execute("SELECT probe FROM state").fetchone()
            if row is None:
                # Without its seal, a table with lines in it is one that somebody has changed: it is not sealed anew.
                if not may_begin or self._has_lines():
                    raise altered()
                probe = lock(self._entry_key, _PROBE, context=b"probe")
                self._db.execute("INSERT INTO state VALUES (1, ?, 0, ?)", (probe, b""))
                self._db.execute("UPDATE state SET seal = ?", (self._seal(),))
            else:
                self._try_key(row[0])

    def _has_lines(self) -> bool:
        found = self._db.execute("SELECT EXISTS (SELECT 1 FROM entry) OR EXISTS (SELECT 1 FROM tombstone)").fetchone()
        return bool(found[0])

    def _try_key(self, probe: bytes) -> None:
        try:
            unlock(self._entry_key, probe, context=b"probe")
        except CryptoError:
            raise wrong_key() from None

    def _unlocked(self, file: str, locked: bytes) -> bytes:
        try:
            return unlock(self._entry_key, locked, context=file.encode())
        except CryptoError:
            raise altered() from None

    def _seal(self) -> bytes:
        entries = self._db.execute("SELECT file, locked FROM entry ORDER BY file").fetchall()
        tombstones = self._db.execute("SELECT hash, cause FROM tombstone ORDER BY hash").fetchall()
        parts = (part for row in (*entries, *tombstones) for part in row)
        return keyed(self._seal_key, str(self.generation), str(len(entries)), str(len(tombstones)), *parts)

    def _check_seal(self) -> None:
        row = self._db.execute("SELECT seal FROM state").fetchone()
        if row is None or not hmac.compare_digest(row[0], self._seal()):
            raise altered()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """IMMEDIATE takes the write lock first, so that what is read inside is what is written upon."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
