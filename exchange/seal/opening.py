"""Opening: two passes over the ciphertext. The first verifies everything and writes nothing; the second decrypts
again, each block only after it proved to be the one that the first saw, and gives out the members.

    opened = open_sealed(file, identity, cards, OpeningFacts(now, agreements, ledger))
    ledger.took(opened.envelope, opened.ciphertext_sha256, "accepted")      # once it is kept durably

Either a parcel comes out, or an OpeningError says why not and what the file deserves (`answer`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from exchange.bundle.parcel import Bundle, Letter, Member, Parcel
from exchange.crypto.age import ChunkReader, open_decrypted
from exchange.crypto.age_header import read_header
from exchange.errors import CryptoError, Problem
from exchange.keyring.card_book import CardBook
from exchange.keyring.identity import Identity
from exchange.locale import _
from exchange.seal import layout
from exchange.seal.checks import check_front
from exchange.seal.envelope import Envelope
from exchange.seal.facts import OpeningFacts
from exchange.seal.layout import Front, Payload, Sink
from exchange.seal.refusals import OpeningError, refused
from exchange.seal.sinks import FolderSink, MemorySink, NoSink, OneMemberSink
from exchange.seal.twice import Reading
from exchange.seal.ustar import TarError

STANZA = "mlkem768x25519"
"""The one kind of key for which bundles are encrypted."""

MAX_IN_MEMORY = 256 * 1024**2
"""Bytes of a payload that `open_sealed` holds; a larger one is opened into a folder."""


def _anything(_envelope: Envelope) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Opened:
    """What came out of a sealed file; `ciphertext_sha256` in hexadecimal, over the whole file; `front`: what was signed
    of it, and the signature. Made only here."""

    envelope: Envelope
    front: Front
    parcel: Parcel
    ciphertext_sha256: str

    @property
    def ciphertext(self) -> str:
        """`sha256:` and the hash, as receipts and the log name the file."""
        return f"sha256:{self.ciphertext_sha256}"


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What was written to a folder: the members' paths in it, in their order."""

    envelope: Envelope
    paths: tuple[str, ...]
    ciphertext_sha256: str


@dataclass(frozen=True, slots=True)
class ReadMember:
    """One member of a parcel."""

    envelope: Envelope
    content: bytes
    ciphertext_sha256: str

    @property
    def ciphertext(self) -> str:
        return f"sha256:{self.ciphertext_sha256}"


@dataclass(frozen=True, slots=True)
class _Verified:
    envelope: Envelope
    front: Front
    ciphertext_sha256: str
    blocks: tuple[bytes, ...]


def seems_for_us(source: BinaryIO, identity: Identity) -> bool:
    """Whether the head of `source` holds a key that one of ours unwraps. Nothing of it is believed: whoever has our
    card can write such a head. What was damaged there seems to be somebody else's."""
    try:
        stanzas = read_header(source).stanzas
        return any(key.unwrap(stanzas) is not None for key in identity.opening_keys)
    except CryptoError:
        return False


def open_sealed(source: BinaryIO, identity: Identity, cards: CardBook, facts: OpeningFacts) -> Opened:
    """The parcel in `source`, a seekable file. OpeningError; see FORMAT.md for every code."""
    verified = _first_pass(source, identity, cards, facts)
    if verified.front.payload_size > MAX_IN_MEMORY:
        hint = _("open it into a folder: exchange open FILE --out DIR")
        raise refused("seal.too_large", _("the parcel is too large to be held in memory"), hint=hint)
    sink = MemorySink()
    _second_pass(source, identity, verified, sink)
    parcel = _parcel(verified.envelope, sink.members())
    return Opened(verified.envelope, verified.front, parcel, verified.ciphertext_sha256)


def read_member(source: BinaryIO, identity: Identity, cards: CardBook, facts: OpeningFacts, path: str) -> ReadMember:
    """One member of what is in `source`, b"" where it has none of this path; for parcels too large to be held. It is
    itself no larger than `MAX_IN_MEMORY`. OpeningError as `open_sealed`."""
    verified = _first_pass(source, identity, cards, facts)
    sink = OneMemberSink(path, MAX_IN_MEMORY)
    _second_pass(source, identity, verified, sink)
    return ReadMember(verified.envelope, sink.content, verified.ciphertext_sha256)


def unpack_sealed(
    source: BinaryIO,
    identity: Identity,
    cards: CardBook,
    facts: OpeningFacts,
    folder: Path,
    *,
    allow: Callable[[Envelope], None] = _anything,
    known_as: str = "",
) -> Unpacked:
    """Write the members into `folder`, which must not exist yet: files 0600, folders 0700; there whole or not at all.

    `allow` sees the verified envelope before anything is written, and raises what shall keep it closed. `known_as`: the
    "sha256:…" of the sealed file of which a person has read the notices; another one is refused, "" takes any.
    OpeningError as `open_sealed`; SealError: seal.out_exists, seal.not_written.
    """
    verified = _first_pass(source, identity, cards, facts)
    if known_as and known_as != f"sha256:{verified.ciphertext_sha256}":
        raise _changed()
    allow(verified.envelope)
    with FolderSink(folder) as sink:
        _second_pass(source, identity, verified, sink)
        paths = sink.finish()
    return Unpacked(verified.envelope, paths, verified.ciphertext_sha256)


def _first_pass(source: BinaryIO, identity: Identity, cards: CardBook, facts: OpeningFacts) -> _Verified:
    with _age_refusals(), Reading(source) as reading:
        _check_stanza(reading.buffered())
    with (
        _age_refusals(),
        Reading(source) as reading,
        open_decrypted(reading.buffered(), identity.opening_keys) as plain,
    ):
        front = layout.read_front(plain)
        envelope = check_front(front, identity, cards, facts)
        _read_body(plain, front, envelope)
    return _Verified(envelope, front, reading.sha256, reading.digests)


def _read_body(plain: ChunkReader, front: Front, envelope: Envelope) -> None:
    """Hash the payload to its end before saying anything of what it holds: only then it is known to be the sender's."""
    payload = Payload(plain, front.payload_size)
    wrong = ""
    try:
        layout.read_members(payload, front.mtime, NoSink())
    except TarError as error:
        wrong = str(error)
    if payload.drain() != layout.payload_sum(front):
        raise refused("seal.altered", _("the payload is not the one that was signed"), where=envelope.sender)
    layout.read_end(plain)
    if wrong:
        raise OpeningError(Problem("seal.payload", wrong, where=envelope.sender), answer="refusal", envelope=envelope)


def _second_pass(source: BinaryIO, identity: Identity, verified: _Verified, sink: Sink) -> None:
    with (
        _age_refusals(),
        Reading(source, verified.blocks) as reading,
        open_decrypted(reading.buffered(), identity.opening_keys) as plain,
    ):
        front = layout.read_front(plain)
        layout.read_members(Payload(plain, front.payload_size), front.mtime, sink)
        layout.read_end(plain)
    if reading.sha256 != verified.ciphertext_sha256:
        raise _changed()


def _changed() -> OpeningError:
    return refused("seal.changed", _("the sealed file changed while it was being opened"))


def _check_stanza(source: BinaryIO) -> None:
    # Another stanza would be another way in: for somebody else, or for whoever breaks X25519 one day.
    kinds = [stanza.args[0] for stanza in read_header(source).stanzas]
    if kinds != [STANZA]:
        raise refused("seal.downgraded", _("the file is not encrypted for exactly one hybrid key"))


@contextmanager
def _age_refusals() -> Iterator[None]:
    """What fails below the seal is refused in silence."""
    try:
        yield
    except CryptoError as error:
        if error.codes == ("age.no_match",):
            raise refused("seal.not_for_us", _("the file is not encrypted for any of our keys")) from None
        raise refused("seal.damaged", str(error)) from None
    except TarError as error:  # in the second pass, which reads what the first has read
        raise refused("seal.changed", str(error)) from None


def _parcel(envelope: Envelope, members: tuple[Member, ...]) -> Parcel:
    if envelope.kind != "bundle":
        return Letter(envelope.id, envelope.kind, envelope.sender, envelope.recipient, envelope.agreement, members)
    assert envelope.agreement is not None and envelope.period is not None  # noqa: S101, PT018  # Envelope's own rule
    return Bundle(
        envelope.id,
        envelope.sender,
        envelope.recipient,
        envelope.agreement,
        envelope.period,
        envelope.replaces,
        members,
    )
