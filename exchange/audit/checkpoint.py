"""Checkpoints: what a log was at one size, signed by its party and cosigned by those who watch it.

C2SP tlog-checkpoint (a signed note of origin, size and root) and tlog-cosignature (Ed25519, `cosignature/v1`), so that
stock verifiers read them. A party's log is called `<party>.<network>/exchange-log`; what it says about the logs of
others it signs as `<party>.<network>/exchange-witness`. Time and keys are arguments; nothing here touches a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from exchange.audit.notes import COSIGNATURE_V1, ED25519, Note, Signature, key_id, verifier_key
from exchange.audit.tree import HASH_BYTES
from exchange.crypto import b64
from exchange.crypto.signing import SIGNATURE, SigningKey, VerifyKey
from exchange.errors import AuditError, CryptoError, Problem
from exchange.locale import _

_PARTY = r"[a-z0-9][a-z0-9-]{0,62}"
_ORIGIN = re.compile(rf"({_PARTY})\.({_PARTY})/exchange-log")
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")
_TIME_BYTES = 8


def log_origin(party: str, network: str) -> str:
    """The name of a party's log: the origin line, and the key name under it."""
    origin = f"{party}.{network}/exchange-log"
    if not _ORIGIN.fullmatch(origin):
        raise AuditError(Problem("audit.origin", _("a log cannot be named for this party and network")))
    return origin


def party_of(origin: str) -> str:
    """The party whose log `origin` names. Raises AuditError `audit.origin`."""
    return _match_origin(origin)[1]


def network_of(origin: str) -> str:
    """The network of the log that `origin` names. Raises AuditError `audit.origin`."""
    return _match_origin(origin)[2]


def witness_name(origin: str) -> str:
    """The name under which the party of the log `origin` cosigns the logs of others."""
    return origin.removesuffix("/exchange-log") + "/exchange-witness"


def log_verifier_key(origin: str, key: VerifyKey) -> str:
    """The key of a log as stock tools take it (C2SP vkey)."""
    return verifier_key(origin, ED25519, key.raw)


def witness_verifier_key(origin: str, key: VerifyKey) -> str:
    """The key of the witness that belongs to the log `origin`, as stock tools take it (C2SP vkey)."""
    return verifier_key(witness_name(origin), COSIGNATURE_V1, key.raw)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a tree: the log's origin, how many entries, the root over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{b64.encode(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises AuditError `audit.checkpoint_unreadable`, also for extension lines: nobody could judge them."""
        lines = text.removesuffix("\n").split("\n")
        if len(lines) != 3 or not _ORIGIN.fullmatch(lines[0]) or not _SIZE.fullmatch(lines[1]):
            raise _unreadable()
        try:
            root = b64.decode(lines[2])
        except ValueError:
            raise _unreadable() from None
        if len(root) != HASH_BYTES:
            raise _unreadable()
        return cls(lines[0], int(lines[1]), root)


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint whose log signature has been verified. `note` may carry cosignatures, verified or not."""

    checkpoint: Checkpoint
    note: Note

    @property
    def data(self) -> bytes:
        return self.note.data


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A verified statement: at `time` this checkpoint was the longest that the witness had seen of the log."""

    witness: str
    time: datetime


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey) -> SignedCheckpoint:
    """`checkpoint` signed with the key of its log."""
    identity = key_id(checkpoint.origin, ED25519, key.verify_key.raw)
    signature = Signature(checkpoint.origin, identity, key.sign(checkpoint.text.encode()))
    return SignedCheckpoint(checkpoint, Note(checkpoint.text, (signature,)))


def open_checkpoint(data: bytes, key: VerifyKey) -> SignedCheckpoint:
    """The checkpoint in a signed note, verified with the log's `key`.

    Raises AuditError: `audit.note_unreadable`, `audit.checkpoint_unreadable`, `audit.checkpoint_unsigned` when the
    key has not signed, `audit.checkpoint_forged` when what stands under its name is not its signature.
    """
    note = Note.parse(data)
    checkpoint = Checkpoint.parse(note.text)
    values = note.by(checkpoint.origin, ED25519, key.raw)
    if not values:
        raise AuditError(
            Problem(
                "audit.checkpoint_unsigned",
                _("the checkpoint is not signed with the key of its log"),
                where=checkpoint.origin,
                hint=_("compare the fingerprint of the log's key with the one on its party's card"),
            )
        )
    if not all(_verifies(key, note.text.encode(), value) for value in values):
        raise AuditError(
            Problem(
                "audit.checkpoint_forged", _("the signature on the checkpoint is not genuine"), where=checkpoint.origin
            )
        )
    return SignedCheckpoint(checkpoint, note)


def cosign(signed: SignedCheckpoint, key: SigningKey, *, name: str, at: datetime) -> SignedCheckpoint:
    """`signed` with a cosignature of the witness `name` at `at` (to the second).

    Only for a witness that has verified consistency and stored the checkpoint first: see `witness.py`.
    """
    seconds = int(at.timestamp())
    stamped = seconds.to_bytes(_TIME_BYTES, "big") + key.sign(_cosigned(signed.note.text, seconds))
    line = Signature(name, key_id(name, COSIGNATURE_V1, key.verify_key.raw), stamped)
    return SignedCheckpoint(signed.checkpoint, signed.note.signed(line))


def bare(signed: SignedCheckpoint, key: VerifyKey) -> Note:
    """The note with the signature of its log's `key` alone."""
    identity = key_id(signed.checkpoint.origin, ED25519, key.raw)
    ours = (each for each in signed.note.signatures if (each.name, each.key_id) == (signed.checkpoint.origin, identity))
    return Note(signed.note.text, ()).signed(*ours)


def cosignatures(signed: SignedCheckpoint, witnesses: Iterable[tuple[str, VerifyKey]]) -> tuple[Cosignature, ...]:
    """The cosignatures of the `witnesses` (name, key), each verified; of strangers nothing is said.

    Raises AuditError `audit.cosignature_forged` where the line of a known witness is not its signature.
    """
    return tuple(
        _read_cosignature(signed, value, key, name)
        for name, key in witnesses
        for value in signed.note.by(name, COSIGNATURE_V1, key.raw)
    )


def _read_cosignature(signed: SignedCheckpoint, value: bytes, key: VerifyKey, name: str) -> Cosignature:
    forged = AuditError(Problem("audit.cosignature_forged", _("a cosignature is not genuine"), where=name))
    if len(value) != _TIME_BYTES + SIGNATURE:
        raise forged
    seconds = int.from_bytes(value[:_TIME_BYTES], "big")
    if not _verifies(key, _cosigned(signed.note.text, seconds), value[_TIME_BYTES:]):
        raise forged
    try:
        return Cosignature(name, datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):  # a genuine signature over a year that no calendar has
        raise forged from None


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _verifies(key: VerifyKey, message: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, message)
    except CryptoError:
        return False
    return True


def _match_origin(origin: str) -> re.Match[str]:
    found = _ORIGIN.fullmatch(origin)
    if not found:
        raise AuditError(Problem("audit.origin", _("this is not the name of a log")))
    return found


def _unreadable() -> AuditError:
    return AuditError(Problem("audit.checkpoint_unreadable", _("this is not a checkpoint of a log")))
