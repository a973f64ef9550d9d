"""Proofs that travel: one entry in a log (C2SP tlog-proof), and a log that continues what somebody saw before.

An entry's proof is offline-verifiable by anyone who has the entry's opening and the key of the log. A `Showing` is what
bundles and letters carry in `log/`: the sender's checkpoint with the cosignatures known, and the way to it from every
size that the other side may have seen last, since several may be under way at once; and, the other way, the newest
checkpoint of the other side's own log with the sender's cosignature.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from exchange.audit.checkpoint import SignedCheckpoint, open_checkpoint
from exchange.audit.entries import Opening
from exchange.audit.tree import HASH_BYTES, PerfectNode, inclusion_path, leaf_hash, verify_inclusion
from exchange.crypto import b64
from exchange.crypto.canonical import Json, canonical
from exchange.crypto.signing import VerifyKey
from exchange.errors import AuditError, Problem
from exchange.locale import _

MAX_CONTINUES = 8
"""From how many earlier sizes a showing starts. Of heads that are made once a week those of two months, which is how
long a parcel may be under way. With these a showing has some 20 KiB, far below the first step of a sealed file's size
(`seal.sizes`), whatever the log has."""
_MAX_READ = 64
_MAX_BYTES = 256 * 1024
_TITLE = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,15})")


def entry_proof(number: int, head: SignedCheckpoint, node: PerfectNode) -> bytes:
    """The proof that entry `number` is in the log whose `head` is given; save it as `.tlog-proof`."""
    path = inclusion_path(number, head.checkpoint.size, node)
    lines = [_TITLE, f"index {number}", *map(b64.encode, path), "", ""]
    return "\n".join(lines).encode() + head.data


def verify_entry_proof(proof: bytes, opening: bytes, key: VerifyKey) -> tuple[int, Opening, SignedCheckpoint]:
    """The entry's number, the entry, and the checkpoint that holds it.

    Raises AuditError: `audit.proof_unreadable`, `audit.inclusion_unproven`; else as `open_checkpoint`, `Opening.read`.
    """
    head, _blank, note = proof.partition(b"\n\n")
    title, *rest = head.decode("utf-8", "replace").split("\n")
    numbered = _INDEX.fullmatch(rest[0]) if rest else None
    if title != _TITLE or numbered is None:
        raise _unreadable()
    signed = open_checkpoint(note, key)
    number = int(numbered[1])
    verify_inclusion(leaf_hash(opening), number, signed.checkpoint.size, _hashes(rest[1:]), signed.checkpoint.root)
    return number, Opening.read(opening), signed


@dataclass(frozen=True, slots=True)
class Continuation:
    """The consistency path from an earlier size to that of the checkpoint it comes with."""

    size: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Showing:
    """A log's checkpoint, and how it continues its earlier ones. `seen`: the newest checkpoint that its party has of
    the log of whoever gets this, cosigned by it; empty where there is none. Nothing is verified by parsing:
    `Witness.see` and `Heads.add_cosignatures` do."""

    note: bytes
    continues: tuple[Continuation, ...] = ()
    seen: bytes = b""

    def path_from(self, size: int) -> tuple[bytes, ...] | None:
        """The way from `size`, where this showing has one."""
        return next((each.path for each in self.continues if each.size == size), None)

    @property
    def data(self) -> bytes:
        """Canonical JSON, for `log/` in a parcel."""
        continues: list[Json] = [{"path": [*map(b64.encode, each.path)], "size": each.size} for each in self.continues]
        seen: dict[str, Json] = {"seen": self.seen.decode()} if self.seen else {}
        return canonical({"checkpoint": self.note.decode(), "continues": continues, **seen})

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Raises AuditError `audit.proof_unreadable`, also for what is far longer than any of ours."""
        if len(data) > _MAX_BYTES:
            raise _unreadable()
        try:
            page = _ShowingPage.model_validate_json(data)
        except ValidationError:
            raise _unreadable() from None
        try:
            note, seen = page.checkpoint.encode(), page.seen.encode()
        except UnicodeEncodeError:  # half a character
            raise _unreadable() from None
        return cls(note, tuple(Continuation(each.size, _hashes(each.path)) for each in page.continues), seen)


class _ContinuationPage(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)
    size: Annotated[int, Field(ge=0, lt=2**53)]
    path: Annotated[tuple[Annotated[str, StringConstraints(max_length=44)], ...], Field(max_length=128)]


class _ShowingPage(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)
    checkpoint: Annotated[str, StringConstraints(max_length=64 * 1024)]
    continues: Annotated[tuple[_ContinuationPage, ...], Field(max_length=_MAX_READ)]
    seen: Annotated[str, StringConstraints(max_length=64 * 1024)] = ""


def _hashes(encoded: Sequence[str]) -> tuple[bytes, ...]:
    try:
        decoded = tuple(map(b64.decode, encoded))
    except ValueError:
        raise _unreadable() from None
    if any(len(each) != HASH_BYTES for each in decoded):
        raise _unreadable()
    return decoded


def _unreadable() -> AuditError:
    return AuditError(Problem("audit.proof_unreadable", _("this is not a proof of a log")))
