"""The store's table of keys: which file holds what under which key, and what must never come back.

SQLite holds random file names, locked entries and keyed hashes, nothing that can be read without the key. A seal over
all of it, renewed with every change, shows when somebody has removed, added or put back a line. Its own key is another
one from each destroyed key on (`store_key`): a copy of the table from before opens no more. Putting back a whole store
with the file of that key cannot be seen from inside: `generation` counts the changes, for whoever keeps it elsewhere.
"""

from __future__ import annotations

import datetime as dt
import hmac
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from exchange.crypto.box import lock, new_key, unlock
from exchange.crypto.hashing import derive, keyed
from exchange.errors import CryptoError
from exchange.merge.refusals import altered, translated, wrong_key
from exchange.merge.store_key import StoreKey

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
    secret the tokens of a bundle were made. `after`: the file that a further part of a document goes on from."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")

    file: str
    key: Annotated[bytes, Field(repr=False)]
    what: Literal["bundle", "people", "decisions", "compared", "filters"]
    sender: str = ""
    agreement: str = ""
    bundle: str = ""
    period: str = ""
    recipient: str = ""
    network: str = ""
    epoch: str = ""
    after: str = ""
    received: dt.datetime | None = None


class KeyTable:
    """The open table; every use of it is inside `changing()` or `reading()`."""

    def __init__(self, path: Path, key: StoreKey, *, may_begin: bool) -> None:
        """The table at `path`. Where none stands it is made, if it `may_begin`: only where nothing was kept yet."""
        self._file = key
        self._hash_key = derive(key.own, f"{_PURPOSE}tombstones")  # what it hashed nobody knows: it cannot be renewed
        self._key, self._destroyed = b"", False
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
            if not self._opens_with(self._key):  # another process has renewed it
                self._settle()
            self._check_seal()
            yield

    @contextmanager
    def changing(self) -> Iterator[None]:
        """All or nothing, and on the disk when it ends. MergeError `store.altered`, `store.unusable`."""
        with self.reading():
            before, self._destroyed = self._db.total_changes, False
            yield
            if self._db.total_changes == before:
                return
            if self._destroyed:
                self._renew()
            self._db.execute("UPDATE state SET generation = generation + 1")
            self._db.execute("UPDATE state SET seal = ?", (self._seal(),))
        with translated():  # the write-ahead log still holds pages with destroyed keys
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            with self._transaction():
                self._settle()

    def held(self) -> tuple[Held, ...]:
        """Everything that lies in files, in a fixed order."""
        rows = self._db.execute("SELECT file, locked FROM entry").fetchall()
        held = [Held.model_validate_json(self._unlocked(file, locked)) for file, locked in rows]
        return tuple(sorted(held, key=lambda each: (each.what, each.sender, each.agreement, each.period, each.bundle)))

    def add(self, held: Held) -> None:
        locked = lock(self._entries, held.model_dump_json().encode(), context=held.file.encode())
        self._db.execute("INSERT INTO entry VALUES (?, ?)", (held.file, locked))

    def remove(self, held: Held) -> None:
        self._db.execute("DELETE FROM entry WHERE file = ?", (held.file,))
        self._destroyed = True

    def bury(self, *named: str, cause: str) -> None:
        """Remember for ever that what is `named` so must not come back; the first cause stays."""
        self._db.execute(
            "INSERT OR IGNORE INTO tombstone VALUES (?, ?)", (self._hash(*named), self._hash("cause", cause))
        )

    def buried(self, *named: str) -> bool:
        return self._db.execute("SELECT 1 FROM tombstone WHERE hash = ?", (self._hash(*named),)).fetchone() is not None

    def buried_among(self, those: Iterable[str], named: Callable[[str], tuple[str, ...]]) -> frozenset[str]:
        """Which of `those` are buried, each under the name that `named` gives it."""
        buried = {each for (each,) in self._db.execute("SELECT hash FROM tombstone")}
        return frozenset(each for each in those if buried and self._hash(*named(each)) in buried)

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
                self._key = new_key()
                self._file.write(self._key)
                self._db.execute("INSERT INTO state VALUES (1, ?, 0, ?)", (self._probe(), b""))
                self._db.execute("UPDATE state SET seal = ?", (self._seal(),))
            else:
                self._settle()

    def _has_lines(self) -> bool:
        found = self._db.execute("SELECT EXISTS (SELECT 1 FROM entry) OR EXISTS (SELECT 1 FROM tombstone)").fetchone()
        return bool(found[0])

    # --- its own key ---

    @property
    def _entries(self) -> bytes:
        return derive(self._key, f"{_PURPOSE}entries")

    def _probe(self) -> bytes:
        return lock(self._entries, _PROBE, context=b"probe")

    def _opens_with(self, key: bytes) -> bool:
        row = self._db.execute("SELECT probe FROM state").fetchone()
        if row is None:
            raise altered()
        try:
            unlock(derive(key, f"{_PURPOSE}entries"), row[0], context=b"probe")
        except CryptoError:
            return False
        return True

    def _renew(self) -> None:
        """Every line anew under a new key. The file has both until the table is on the disk: see `_settle`."""
        held, fresh = self.held(), new_key()
        self._file.write(self._key, fresh)
        self._key = fresh
        self._db.execute("DELETE FROM entry")
        for each in held:
            self.add(each)
        self._db.execute("UPDATE state SET probe = ?", (self._probe(),))

    def _settle(self) -> None:
        """Of the keys in the file take the one that the table has, and keep no other."""
        keys = self._file.read()
        found = next((each for each in keys if self._opens_with(each)), None)
        if found is None:
            raise wrong_key()
        self._key = found
        if len(keys) > 1:
            self._file.write(found)

    def _unlocked(self, file: str, locked: bytes) -> bytes:
        try:
            return unlock(self._entries, locked, context=file.encode())
        except CryptoError:
            raise altered() from None

    def _seal(self) -> bytes:
        entries = self._db.execute("SELECT file, locked FROM entry ORDER BY file").fetchall()
        tombstones = self._db.execute("SELECT hash, cause FROM tombstone ORDER BY hash").fetchall()
        parts = (part for row in (*entries, *tombstones) for part in row)
        return keyed(
            derive(self._key, f"{_PURPOSE}seal"), str(self.generation), str(len(entries)), str(len(tombstones)), *parts
        )

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
