"""What we have seen of the logs of others, so that none of them can be rewritten behind our back.

For every log the witness holds the longest checkpoint it has seen. A new one must continue it, proved; then it is
**stored first and cosigned after** (C2SP tlog-cosignature), so that a crash never leaves a cosignature that we forget.
What contradicts is kept as evidence: two checkpoints that one key has signed and that cannot both be true. An older one
that comes late or twice contradicts nothing: we hold it already, or what came later had the way from it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from exchange.audit import unproved
from exchange.audit.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    bare,
    cosign,
    cosignatures,
    open_checkpoint,
    witness_name,
)
from exchange.audit.database import connect, create_private, transaction, translated
from exchange.audit.notes import COSIGNATURE_V1, ED25519, Note, key_id
from exchange.audit.proofs import Showing
from exchange.audit.tree import HASH_BYTES, verify_consistency
from exchange.audit.unproved import Unproved
from exchange.crypto.signing import SigningKey, VerifyKey
from exchange.errors import AuditError, Problem
from exchange.locale import _

_FILE = "witness.sqlite"
_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS held (origin TEXT NOT NULL, size INTEGER NOT NULL, seen INTEGER NOT NULL,
        note BLOB NOT NULL, PRIMARY KEY (origin, size)) STRICT""",
    """CREATE TABLE IF NOT EXISTS contradiction (origin TEXT NOT NULL, seen INTEGER NOT NULL, code TEXT NOT NULL,
        held BLOB NOT NULL, shown BLOB NOT NULL, noted INTEGER NOT NULL, settled INTEGER NOT NULL,
        PRIMARY KEY (origin, code, shown)) STRICT""",
    """CREATE TABLE IF NOT EXISTS way (origin TEXT NOT NULL, first INTEGER NOT NULL, second INTEGER NOT NULL,
        path BLOB NOT NULL, PRIMARY KEY (origin, first, second)) STRICT""",
    unproved.SCHEMA,
)
_MOST_EVIDENCE = 100
"""Of one log: one contradiction is enough, and nobody shall fill our disk with them."""
_MOST_WAYS = 64
_NO_PROOF = ("audit.proof_missing",)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What a log has shown against what we held of it: both notes are signed with the key of that log. `noted`: our own
    log tells of it."""

    origin: str
    seen: datetime
    code: str
    held: bytes
    shown: bytes
    noted: bool = False


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
        with translated(_FILE):
            size: int | None = self._db.execute("SELECT max(size) FROM held WHERE origin = ?", (origin,)).fetchone()[0]
        return size or 0

    def see(
        self,
        shown: Showing,
        key: VerifyKey,
        *,
        signer: SigningKey,
        at: datetime,
        witnesses: Sequence[tuple[str, VerifyKey]] = (),
    ) -> SignedCheckpoint:
        """Verify that what is shown continues what we hold of its log, store it, then cosign it.

        `key` is the log's, from the card of its party; `signer` is ours, `at` our clock. Of the cosignatures of others
        those of `witnesses` (name, key) are kept, of strangers none. An older one that the log has grown from since is
        kept as it is: we cosign the longest only.

        Raises AuditError: as `open_checkpoint` and `cosignatures`; `audit.rolled_back` for a log shorter than what we
        hold, `audit.forked` for another root at the same size, `audit.inconsistent` for a proof that fails: this
        contradiction is kept. `audit.proof_missing` when there is no proof from the size that we hold (`size_of`): it
        waits for one (`unproved`). What we hold stays in every case.
        """
        signed = _only_known(open_checkpoint(shown.note, key), key, (*witnesses, (self.name, signer.verify_key)))
        head = signed.checkpoint
        with self._writing():
            longest = self._row(head.origin)
            before = self._at(head.origin, head.size) or longest
            failure = None if before is None else self._contradiction(open_checkpoint(before, key), signed, shown)
            if failure is None:
                kept = self._store(signed, at)
                self._keep_ways(shown, head)
                self._prove_what_waits(shown, signed, key, at)
            elif failure.codes == _NO_PROOF:
                unproved.keep(self._db, head.origin, bare(signed, key).data, at)
            elif before is not None:
                self._keep_evidence(failure.codes[0], head.origin, before, signed.data, at)
        if failure is not None:
            raise failure
        if longest is not None and head.size < open_checkpoint(longest, key).checkpoint.size:
            return SignedCheckpoint(head, kept)
        cosigned = cosign(SignedCheckpoint(head, kept), signer, name=self.name, at=at)
        with self._writing():
            self._store(cosigned, at)
        return cosigned

    def accuse(self, code: str, origin: str, held: bytes, shown: bytes, at: datetime) -> None:
        """Keep two notes that cannot both be true, of a log that we know from elsewhere: our own."""
        with self._writing():
            self._keep_evidence(code, origin, held, shown, at)

    def cosigned(self, origin: str) -> bytes:
        """The longest checkpoint of the log as we have cosigned it, for its party to keep: without the cosignatures of
        others. Empty where there is none; where we stopped between storing and cosigning it waits to be shown again."""
        row = self._row(origin)
        note = Note.parse(row) if row else None
        if note is None or not any(each.name == self.name for each in note.signatures):
            return b""
        return Note(note.text, tuple(each for each in note.signatures if each.name in {origin, self.name})).data

    def held(self) -> tuple[bytes, ...]:
        """Every checkpoint seen of every log, as notes with our cosignatures: what we bring to an audit."""
        with translated(_FILE):
            return tuple(note for (note,) in self._db.execute("SELECT note FROM held ORDER BY origin, size"))

    def contradictions(self) -> tuple[Contradiction, ...]:
        """What logs have shown against what we held, and nobody has settled; oldest first."""
        query = "SELECT origin, seen, code, held, shown, noted FROM contradiction WHERE NOT settled ORDER BY rowid"
        with translated(_FILE):
            rows = self._db.execute(query).fetchall()
        return tuple(
            Contradiction(origin, datetime.fromtimestamp(seen, UTC), code, held, shown, bool(noted))
            for origin, seen, code, held, shown, noted in rows
        )

    def unproved(self) -> tuple[Unproved, ...]:
        """Of which logs longer heads have come that nothing has proved yet."""
        with translated(_FILE):
            return unproved.waiting(self._db)

    def note(self, contradiction: Contradiction, *, settled: bool = False) -> None:
        """Our own log tells of it; `settled`: and that a person has accepted it. It stays as evidence."""
        those = (settled, contradiction.origin, contradiction.code, contradiction.shown)
        with self._writing():
            self._db.execute(
                "UPDATE contradiction SET noted = TRUE, settled = ? WHERE origin = ? AND code = ? AND shown = ?", those
            )

    def forget(self, origin: str, keep: Callable[[bytes], None]) -> None:
        """From now on a log may begin anew. What we held of it, and what waited for its proof, is first given to
        `keep`: a crash between the two leaves both."""
        with self._writing():
            held = self._db.execute("DELETE FROM held WHERE origin = ? RETURNING note", (origin,)).fetchall()
            waited = self._db.execute("DELETE FROM unproved WHERE origin = ? RETURNING note", (origin,)).fetchall()
            self._db.execute("DELETE FROM way WHERE origin = ?", (origin,))
            for (note,) in (*held, *waited):
                keep(note)

    def silent(self, *, at: datetime, longer_than: timedelta) -> tuple[tuple[str, datetime], ...]:
        """The logs that have shown us no new checkpoint for `longer_than`, and when they last did: when the longest
        first came. An older one that comes late is nothing new."""
        query = "SELECT origin, seen, max(size) FROM held GROUP BY origin ORDER BY origin"  # `seen` of the longest
        with translated(_FILE):
            rows = self._db.execute(query).fetchall()
        seen = ((origin, datetime.fromtimestamp(moment, UTC)) for origin, moment, _size in rows)
        return tuple((origin, moment) for origin, moment in seen if at - moment > longer_than)

    def _row(self, origin: str) -> bytes | None:
        """The longest note."""
        return self._found("SELECT note FROM held WHERE origin = ? ORDER BY size DESC LIMIT 1", origin)

    def _at(self, origin: str, size: int) -> bytes | None:
        return self._found("SELECT note FROM held WHERE origin = ? AND size = ?", origin, size)

    def _found(self, query: str, *values: str | int) -> bytes | None:
        with translated(_FILE):
            row: tuple[bytes] | None = self._db.execute(query, values).fetchone()
        return None if row is None else row[0]

    def _store(self, signed: SignedCheckpoint, at: datetime) -> Note:
        """Keep it with all cosignatures; when it first came stays."""
        head = signed.checkpoint
        before = self._at(head.origin, head.size)
        note = (Note.parse(before) if before else signed.note).signed(*signed.note.signatures)
        self._db.execute(
            "INSERT INTO held VALUES (?, ?, ?, ?) ON CONFLICT (origin, size) DO UPDATE SET note = excluded.note",
            (head.origin, head.size, int(at.timestamp()), note.data),
        )
        return note

    def _keep_evidence(self, code: str, origin: str, held: bytes, shown: bytes, at: datetime) -> None:
        query = "SELECT count(*) FROM contradiction WHERE origin = ? AND NOT settled"
        count: int = self._db.execute(query, (origin,)).fetchone()[0]
        if count < _MOST_EVIDENCE:
            self._db.execute(
                "INSERT OR IGNORE INTO contradiction VALUES (?, ?, ?, ?, ?, FALSE, FALSE)",
                (origin, int(at.timestamp()), code, held, shown),
            )

    def _keep_ways(self, shown: Showing, head: Checkpoint) -> None:
        """How the log came here from before: a head that is still on its way is proved with it when it comes."""
        ways = ((head.origin, each.size, head.size, b"".join(each.path)) for each in shown.continues)
        self._db.executemany("INSERT OR IGNORE INTO way VALUES (?, ?, ?, ?)", (each for each in ways if each[1] > 0))
        self._db.execute(
            "DELETE FROM way WHERE origin = ?1 AND rowid NOT IN"
            " (SELECT rowid FROM way WHERE origin = ?1 ORDER BY rowid DESC LIMIT ?2)",
            (head.origin, _MOST_WAYS),
        )

    def _prove_what_waits(self, shown: Showing, signed: SignedCheckpoint, key: VerifyKey, at: datetime) -> None:
        """Of what came without a proof, `signed` continues it, or contradicts it, or says nothing: then it waits on."""
        origin = signed.checkpoint.origin
        for note in unproved.notes_of(self._db, origin):
            earlier = open_checkpoint(note, key)
            if earlier.checkpoint.size > signed.checkpoint.size:
                continue
            failure = self._contradiction(earlier, signed, shown)
            if failure is not None and failure.codes == _NO_PROOF:
                continue
            if failure is not None:
                self._keep_evidence(failure.codes[0], origin, note, signed.data, at)
            unproved.drop(self._db, origin, note)

    def _contradiction(self, held: SignedCheckpoint, signed: SignedCheckpoint, shown: Showing) -> AuditError | None:
        before, after = held.checkpoint, signed.checkpoint
        if after.size == before.size:
            if after.root == before.root:
                return None
            return _refused("audit.forked", _("the log shows us another history than before"), after.origin)
        if after.size < before.size:
            if self._grew_from(after):
                return None
            return _refused("audit.rolled_back", _("the log is shorter than what we have seen of it"), after.origin)
        if before.size == 0:
            return None
        path = shown.path_from(before.size)
        if path is None:
            return _refused(
                "audit.proof_missing", _("there is no proof from what we have seen of the log"), after.origin
            )
        if _continues(before, after, path):
            return None
        return _refused("audit.inconsistent", _("the log does not continue what we have seen of it"), after.origin)

    def _grew_from(self, earlier: Checkpoint) -> bool:
        """Whether some checkpoint that we hold continues this one, by a way that came with it."""
        query = (
            "SELECT path, note FROM way JOIN held ON held.origin = way.origin AND size = second"
            " WHERE way.origin = ? AND first = ?"
        )
        with translated(_FILE):
            rows = self._db.execute(query, (earlier.origin, earlier.size)).fetchall()
        return any(_continues(earlier, Checkpoint.parse(Note.parse(note).text), _cut(path)) for path, note in rows)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with translated(_FILE), transaction(self._db):
            yield


def _only_known(
    signed: SignedCheckpoint, key: VerifyKey, witnesses: Iterable[tuple[str, VerifyKey]]
) -> SignedCheckpoint:
    """Without the signatures of strangers, with which anybody could fill a note. Raises AuditError as
    `cosignatures`."""
    known, origin = tuple(witnesses), signed.checkpoint.origin
    cosignatures(signed, known)
    ids = {(name, key_id(name, COSIGNATURE_V1, each.raw)) for name, each in known}
    ids.add((origin, key_id(origin, ED25519, key.raw)))
    signatures = (each for each in signed.note.signatures if (each.name, each.key_id) in ids)
    return SignedCheckpoint(signed.checkpoint, Note(signed.note.text, ()).signed(*signatures))


def _continues(before: Checkpoint, after: Checkpoint, path: Sequence[bytes]) -> bool:
    try:
        verify_consistency(before.size, after.size, path, before.root, after.root)
    except AuditError:
        return False
    return True


def _cut(path: bytes) -> list[bytes]:
    return [path[at : at + HASH_BYTES] for at in range(0, len(path), HASH_BYTES)]


def _refused(code: str, what: str, origin: str) -> AuditError:
    hint = _("nothing was cosigned; ask the party for its log, and tell the auditor")
    return AuditError(Problem(code, what, where=origin, hint=hint))
