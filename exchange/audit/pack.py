"""The evidence pack: what one organisation hands an auditor, and nothing personal.

    pack.json             whose log, its public key, when the pack was made, for whom, and of which agreements
    checkpoint            the newest checkpoint of the log, signed, with the cosignatures known
    checkpoints/SIZE      the earlier ones
    timestamps/SIZE-N.tsr what timestamp authorities answered about the head of that size (RFC 3161)
    tile/…                the tree and its entries (C2SP tlog-tiles), so that stock tools check every proof
    vkeys                 the keys of this log, and of those whose cosignatures it carries, as stock tools take them
    entries.jsonl         one opening a line, byte for byte what its leaf commits to; {"erased":"leaf"} where it is gone
                          and {"withheld":"leaf"} where it lies outside of the pack's scope
    scope                 where the pack is of some agreements only: the log's signature that it withholds the others
    held/N                what this organisation has seen of the logs of others, with its cosignatures
    cards/… agreements/…  documents as the caller gave them
    receipts/…            the receipts and certificates that came, as who gave them signed them, each by the digest
    certificates/…        under which the log names it

A pack is a folder, or a tar of the same when the target's name ends in `.tar`. It appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from exchange.audit.checkpoint import SignedCheckpoint, log_verifier_key, witness_verifier_key
from exchange.audit.entries import Fingerprint, Moment, Opening, PartyId
from exchange.audit.heads import Heads
from exchange.audit.log import Log
from exchange.audit.scope import Scope, sign_scope
from exchange.audit.tiles import entry_bundles, tiles
from exchange.crypto.signing import SigningKey, VerifyKey
from exchange.errors import AuditError, Problem
from exchange.locale import _

MANIFEST, HEAD, ENTRIES, VKEYS, SCOPE = "pack.json", "checkpoint", "entries.jsonl", "vkeys", "scope"
STAMPS = "timestamps"
DOCUMENTS = ("cards", "agreements", "receipts", "certificates")
"""Folders of documents that other parts of the house can read."""
_DOCUMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class Reader(_Told):
    """Whom a pack was made for: `keys` are the fingerprints by which the agreements know that party or auditor. What is
    said here is not signed: it binds whoever hands the pack over."""

    party: PartyId
    name: Annotated[str, StringConstraints(max_length=400)]
    keys: Annotated[tuple[Fingerprint, ...], Field(max_length=100)]


class Manifest(_Told):
    """pack.json."""

    pack: Literal[1] = 1
    origin: Annotated[str, StringConstraints(max_length=200)]
    key: Annotated[str, StringConstraints(max_length=200)]
    """The public key of the log, as in an `id_ed25519.pub`."""
    made: Moment
    made_for: Reader | None = None
    scope: Scope | None = None
    """Of which entries are shown; None where all are."""


@dataclass(frozen=True, slots=True)
class Enclosures:
    """What goes along, by file name: public documents only. `papers`: receipts and certificates, by their path
    (`exchange.audit.papers`)."""

    cards: Mapping[str, bytes] = field(default_factory=dict)
    agreements: Mapping[str, bytes] = field(default_factory=dict)
    papers: Mapping[str, bytes] = field(default_factory=dict)

    def documents(self) -> dict[str, bytes]:
        """The documents by their path in the pack."""
        rooms = {"cards": self.cards, "agreements": self.agreements}
        named = {f"{room}/{name}": content for room, those in rooms.items() for name, content in those.items()}
        return {**named, **self.papers}


def export(
    log: Log,
    key: SigningKey,
    target: Path,
    *,
    at: datetime,
    made_for: Reader | None = None,
    scope: Scope | None = None,
    held: Sequence[bytes] = (),
    enclosures: Enclosures | None = None,
    witnesses: Iterable[tuple[str, VerifyKey]] = (),
) -> SignedCheckpoint:
    """Write the pack of `log` up to its last checkpoint, which is returned.

    Of entries outside of `scope` only the leaf goes along, and `key`, which is the log's, signs that it is so; `held`
    are the checkpoints seen of others (`Witness.held`); `witnesses` are those (log's origin, key) who may have
    cosigned: their keys go along for tools; whom to believe, the reader knows from elsewhere. Make a checkpoint first:
    what lies behind the last one stays out. Raises AuditError: `audit.log_unsigned` without any checkpoint,
    `audit.pack_exists`, `audit.pack_document` for an enclosure that cannot be named so, `audit.pack_unwritable`.
    """
    enclosures = enclosures or Enclosures()
    checkpoints = Heads(log).checkpoints(key.verify_key)
    if not checkpoints:
        raise AuditError(
            Problem(
                "audit.log_unsigned", _("the log has no checkpoint yet"), where=log.origin, hint=_("make one first")
            )
        )
    _check_enclosures(enclosures)
    if target.exists():
        raise AuditError(Problem("audit.pack_exists", _("there is a pack already"), where=target.name))
    part = target.with_name(target.name + ".part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        manifest = Manifest(origin=log.origin, key=key.verify_key.openssh(), made=at, made_for=made_for, scope=scope)
        _write_log(part, log, manifest, checkpoints)
        if scope is not None:
            _put(part, SCOPE, sign_scope(log.origin, (part / MANIFEST).read_bytes(), _digest(part / ENTRIES), key))
        _write_witnessed(part, held, enclosures)
        _put(part, VKEYS, _vkeys(log.origin, key.verify_key, witnesses))
        _publish(part, target)
    except OSError:
        shutil.rmtree(part, ignore_errors=True)
        raise AuditError(Problem("audit.pack_unwritable", _("the pack cannot be written"), where=target.name)) from None
    return checkpoints[-1]


def erased_line(leaf: bytes) -> bytes:
    """What stands in entries.jsonl for an opening that is gone."""
    return json.dumps({"erased": leaf.hex()}, separators=(",", ":")).encode()


def withheld_line(leaf: bytes) -> bytes:
    """What stands there for an opening that the reader may not see."""
    return json.dumps({"withheld": leaf.hex()}, separators=(",", ":")).encode()


def _write_log(folder: Path, log: Log, manifest: Manifest, checkpoints: Sequence[SignedCheckpoint]) -> None:
    _put(folder, MANIFEST, manifest.model_dump_json(indent=2, exclude_none=True).encode() + b"\n")
    head = checkpoints[-1]
    _put(folder, HEAD, head.data)
    for earlier in checkpoints[:-1]:
        _put(folder, f"checkpoints/{earlier.checkpoint.size}", earlier.data)
    for number, (stamped, answer) in enumerate(log.stamps(), 1):
        _put(folder, f"{STAMPS}/{stamped}-{number}.tsr", answer)
    size = head.checkpoint.size
    for name, content in tiles(size, log.tree(size).node):
        _put(folder, name, content)
    for name, content in entry_bundles(_write_entries(folder / ENTRIES, log, size, manifest.scope)):
        _put(folder, name, content)


def _write_entries(path: Path, log: Log, size: int, scope: Scope | None) -> Iterator[bytes]:
    """Write the lines, and hand out each opening that is shown, nothing for another."""
    with path.open("wb") as target:
        for _number, leaf, opening in log.raw_records(0, size):
            shown = b"" if opening is None or (scope and not _covers(scope, opening)) else opening
            hidden = erased_line(leaf) if opening is None else withheld_line(leaf)
            target.write((shown or hidden) + b"\n")
            yield shown


def _covers(scope: Scope, opening: bytes) -> bool:
    """What cannot be read is not known to lie in any scope."""
    try:
        return scope.covers(Opening.read(opening).entry)
    except AuditError:
        return False


def _vkeys(origin: str, key: VerifyKey, witnesses: Iterable[tuple[str, VerifyKey]]) -> bytes:
    cosigners = {witness_verifier_key(name, each): None for name, each in ((origin, key), *witnesses)}
    return "".join(f"{each}\n" for each in (log_verifier_key(origin, key), *cosigners)).encode()


def _write_witnessed(folder: Path, held: Sequence[bytes], enclosures: Enclosures) -> None:
    for number, note in enumerate(held):
        _put(folder, f"held/{number:06d}", note)
    for path, content in enclosures.documents().items():
        _put(folder, path, content)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def _put(folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _publish(part: Path, target: Path) -> None:
    if target.suffix != ".tar":
        part.rename(target)
        return
    whole = part.with_name(part.name + ".tar")
    with tarfile.open(whole, "w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(each for each in part.rglob("*") if each.is_file()):
            tar.add(path, path.relative_to(part).as_posix(), filter=_anonymous)
    whole.rename(target)
    shutil.rmtree(part)


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the owner's name and the file's time: neither is the auditor's business."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _check_enclosures(enclosures: Enclosures) -> None:
    paths = (path.partition("/") for path in enclosures.documents())
    plain = (room in DOCUMENTS and _DOCUMENT.fullmatch(name) for room, _slash, name in paths)
    wrong = [_("a document's file name is not plain")] * (not all(plain))
    AuditError.raise_all(Problem("audit.pack_document", what) for what in wrong)
