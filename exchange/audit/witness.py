"""What we have seen of the logs of others, so that none of them can be rewritten behind our back.

For every log the witness holds the longest checkpoint it has seen. A new one must continue it, proved; then it is
**stored first and cosigned after** (C2SP tlog-cosignature), so that a crash never leaves a cosignature that we forget.
What contradicts is kept as evidence: two checkpoints that one key has signed and that cannot both be true.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from exchange.audit.checkpoint import SignedCheckpoint, cosign, open_checkpoint, witness_name
from exchange.audit.database import connect, create_private, transaction, translated
from exchange.audit.notes import Note
from exchange.audit.proofs import Showing
from exchange.audit.tree import verify_consistency
from exchange.crypto.signing import SigningKey, VerifyKey
from exchange.errors import AuditError, Problem
from exchange.locale import _

_FILE = "witness.sqlite"
_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS held (origin TEXT NOT NULL, size INTEGER NOT NULL, seen INTEGER NOT NULL,
        note BLOB NOT NULL, PRIMARY KEY (origin, size)) STRICT""",
    """CREATE TABLE IF NOT EXISTS evidence (origin TEXT NOT NULL, seen INTEGER NOT NULL, code TEXT NOT NULL,
        held BLOB NOT NULL, shown BLOB NOT NULL) STRICT""",
)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What a log has shown against what we held of it: both notes are signed with the key of that log."""

    origin: str
    seen: datetime
    code: str
    held: bytes
    shown: bytes


class Witness:
    """The memory of one organisation, or of an auditor, that watches logs. `origin` names its own log."""

    def __init__(self, connection: sqlite3.Connection, origin: str) -> None:
        self._db = connection
        self.name = witness_name(origin)

    @classmethod
    def open(cls, folder: Path, origin: str) -> Self:
        """The memory in `folder`, begun where there is none. Raises AuditError `audit.log_unusable`."""
        path = folder / _FILE
        create_private(path)
        with translated(_FILE):
            connection = connect(path)
            with transaction(connection):
                for statement in _SCHEMA:
                    connection.execute(statement)
        return cls(connection, origin)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    def size_of(self, origin: str) -> int:
        """How much of the log we have seen; a proof that continues from here is what its party must send us."""
        held = self._row(origin)
        return 0 if held is None else held[0]

    def see(self, shown: Showing, key: VerifyKey, *, signer: SigningKey, at: datetime) -> SignedCheckpoint:
        """Verify that what is shown continues what we hold of its log, store it, then cosign it.

        `key` is the log's, from the card of its party; `signer` is ours, `at` our clock.

        Raises AuditError: as `open_checkpoint`; `audit.rolled_back` for a log shorter than what we hold,
        `audit.forked` for another root at the same size, `audit.inconsistent` for a proof that fails: this
        contradiction is kept. `audit.proof_missing` when there is no proof from the size that we hold (`size_of`).
        What we hold stays in every case.
        """
        signed = open_checkpoint(shown.note, key)
        with self._writing():
            row = self._row(signed.checkpoint.origin)
            failure = None if row is None else _contradiction(open_checkpoint(row[1], key), signed, shown)
            if failure is None:
                self._store(signed, at)
            elif row is not None and failure.codes != ("audit.proof_missing",):
                self._db.execute(
                    "INSERT INTO evidence VALUES (?, ?, ?, ?, ?)",
                    (signed.checkpoint.origin, int(at.timestamp()), failure.codes[0], row[1], signed.data),
                )
        if failure is not None:
            raise failure
        cosigned = cosign(signed, signer, name=self.name, at=at)
        with self._writing():
            self._store(cosigned, at)
        return cosigned

    def held(self) -> tuple[bytes, ...]:
        """Every checkpoint seen of every log, as notes with our cosignatures: what we bring to an audit."""
        with translated(_FILE):
            return tuple(note for (note,) in self._db.execute("SELECT note FROM held ORDER BY origin, size"))

    def contradictions(self) -> tuple[Contradiction, ...]:
        """What logs have shown against what we held, oldest first."""
        with translated(_FILE):
            rows = self._db.execute("SELECT origin, seen, code, held, shown FROM evidence ORDER BY rowid").fetchall()
        return tuple(Contradiction(row[0], datetime.fromtimestamp(row[1], UTC), *row[2:]) for row in rows)

    def silent(self, *, at: datetime, longer_than: timedelta) -> tuple[tuple[str, datetime], ...]:
        """The logs that have shown us no checkpoint for `longer_than`, and when they last did."""
        with translated(_FILE):
            rows = self._db.execute("SELECT origin, max(seen) FROM held GROUP BY origin ORDER BY origin").fetchall()
        seen = ((origin, datetime.fromtimestamp(moment, UTC)) for origin, moment in rows)
        return tuple((origin, moment) for origin, moment in seen if at - moment > longer_than)

    def _row(self, origin: str) -> tuple[int, bytes] | None:
        with translated(_FILE):
            row: tuple[int, bytes] | None = self._db.execute(
                "SELECT size, note FROM held WHERE origin = ? ORDER BY size DESC LIMIT 1", (origin,)
            ).fetchone()
        return row

    def _store(self, signed: SignedCheckpoint, at: datetime) -> None:
        head = signed.checkpoint
        row = self._db.execute(
            "SELECT note FROM held WHERE origin = ? AND size = ?", (head.origin, head.size)
        ).fetchone()
        known = Note.parse(row[0]) if row else signed.note
        self._db.execute(
            "INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?)",
            (head.origin, head.size, int(at.timestamp()), known.signed(*signed.note.signatures).data),
        )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with translated(_FILE), transaction(self._db):
            yield


def _contradiction(held: SignedCheckpoint, signed: SignedCheckpoint, shown: Showing) -> AuditError | None:
    before, after = held.checkpoint, signed.checkpoint
    if after.size < before.size:
        return _refused("audit.rolled_back", _("the log is shorter than what we have seen of it"), after.origin)
    if after.size == before.size:
        if after.root == before.root:
            return None
        return _refused("audit.forked", _("the log shows us another history than before"), after.origin)
    if before.size == 0:
        return None
    path = shown.path_from(before.size)
    if path is None:
        return _refused("audit.proof_missing", _("there is no proof from what we have seen of the log"), after.origin)
    try:
        verify_consistency(before.size, after.size, path, before.root, after.root)
    except AuditError:
        return _refused("audit.inconsistent", _("the log does not continue what we have seen of it"), after.origin)
    return None


def _refused(code: str, what: str, origin: str) -> AuditError:
    hint = _("nothing was cosigned; ask the party for its log, and tell the auditor")
    return AuditError(Problem(code, what, where=origin, hint=hint))
