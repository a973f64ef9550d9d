"""Signed notes: a text of lines with Ed25519 signatures under it, as C2SP signed-note v1.0.0 has them.

    text line
    …

    — key name base64(key id || signature)

A key is known by its name and its id together; a signature by a key that nobody asked about is carried along and
ignored, one by a known key must verify. Policy (which keys, which texts) is for `checkpoint.py`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Final

from exchange.crypto import b64
from exchange.errors import AuditError, Problem
from exchange.locale import _

ED25519: Final = b"\x01"
"""Signature type: Ed25519 over the text."""
COSIGNATURE_V1: Final = b"\x04"
"""Signature type: timestamped Ed25519 cosignature of a checkpoint (C2SP tlog-cosignature)."""

MAX_NOTE_BYTES: Final = 64 * 1024
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_KEY_NAME = re.compile(r"[^\s+]+")
_DASH = "— "


def key_id(name: str, kind: bytes, public_key: bytes) -> bytes:
    """SHA-256(name || LF || type || key)[:4]."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public_key).digest()[:4]


def verifier_key(name: str, kind: bytes, public_key: bytes) -> str:
    """The key as stock tools take it: `name+id+base64(type || key)`."""
    return f"{name}+{key_id(name, kind, public_key).hex()}+{b64.encode(kind + public_key)}"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line. `value` is what follows the key id: 64 bytes, or 8 of time before them."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        return f"{_DASH}{self.name} {b64.encode(self.key_id + self.value)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends in a newline, and the signatures under it. Nothing is verified by parsing."""

    text: str
    signatures: tuple[Signature, ...]

    @property
    def data(self) -> bytes:
        return (self.text + "\n" + "".join(each.line for each in self.signatures)).encode()

    def signed(self, *more: Signature) -> Note:
        """With `more` signatures; a newer one takes the place of an older one by the same key."""
        lines = {(each.name, each.key_id): each for each in (*self.signatures, *more)}
        return replace(self, signatures=tuple(lines.values()))

    def by(self, name: str, kind: bytes, public_key: bytes) -> tuple[bytes, ...]:
        """The unverified signature values under `name` and the id of this key."""
        wanted = key_id(name, kind, public_key)
        return tuple(each.value for each in self.signatures if (each.name, each.key_id) == (name, wanted))

    @classmethod
    def parse(cls, data: bytes) -> Note:
        """The note in `data`. Raises AuditError `audit.note_unreadable`."""
        if len(data) > MAX_NOTE_BYTES:
            raise _unreadable(_("the signed note is too long"))
        try:
            whole = data.decode("utf-8")
        except UnicodeDecodeError:
            raise _unreadable(_("the signed note is not UTF-8")) from None
        if _CONTROL.search(whole):
            raise _unreadable(_("the signed note holds control characters"))
        text, blank, block = whole.rpartition("\n\n")
        if not blank or not text or not block.endswith("\n"):
            raise _unreadable(_("the signed note has no text or no signatures"))
        return cls(text + "\n", tuple(_signature(line) for line in block.removesuffix("\n").split("\n")))


def _signature(line: str) -> Signature:
    name, _space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not _KEY_NAME.fullmatch(name):
        raise _unreadable(_("a signature line of the note is malformed"))
    try:
        value = b64.decode(encoded)
    except ValueError:
        raise _unreadable(_("a signature line of the note is malformed")) from None
    if len(value) <= 4:
        raise _unreadable(_("a signature line of the note is malformed"))
    return Signature(name, value[:4], value[4:])


def _unreadable(what: str) -> AuditError:
    return AuditError(Problem("audit.note_unreadable", what))
