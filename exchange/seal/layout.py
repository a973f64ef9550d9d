"""What is inside the age file: a tar of exactly four members, in this order (FORMAT.md, "The outer tar").

    SHA256SUMS   SHA256SUMS.sig   envelope.json   payload.tar

SHA256SUMS names the last two and nothing else, so no unsigned member can ride along; the first three come first and
are small, so that a foreign or misdirected file is refused before its body is read. Only bytes: no keys, no policy.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from exchange.bundle.parcel import AnyMember
from exchange.crypto.sshsig import MAX_TEXT
from exchange.errors import Problem, SealError
from exchange.locale import _
from exchange.seal import ustar
from exchange.seal.envelope import MAX_ENVELOPE
from exchange.seal.refusals import refused
from exchange.seal.ustar import END, Entry, Source, TarError

SUMS, SIGNATURE, ENVELOPE, PAYLOAD = "SHA256SUMS", "SHA256SUMS.sig", "envelope.json", "payload.tar"
MAX_PAYLOAD = 2 * 1024**3
"""Bytes of `payload.tar`, written or read."""
MAX_MEMBERS = 1000

_SUMS = re.compile(rb"([0-9a-f]{64})  envelope\.json\n([0-9a-f]{64})  payload\.tar\n")
_SUMS_SIZE = 158


@dataclass(frozen=True, slots=True)
class Front:
    """The first three members, as bytes, and what the headers say of the fourth and of the time."""

    sums: bytes
    signature: bytes
    envelope: bytes
    payload_size: int
    mtime: int


class Sink(Protocol):
    """Takes the members of a payload, one after the other; a block is good until `write` returns."""

    def begin(self, path: str, size: int) -> None: ...

    def write(self, block: memoryview) -> None: ...


# --- writing ---


def check_members(members: Iterable[AnyMember]) -> None:
    """SealError, every reason at once: seal.member for a path that cannot travel, seal.too_large."""
    chosen = list(members)
    names = [member.path for member in chosen]
    seen = ustar.Names()
    hint = _("names are letters, digits, '_', '.' and '-', at most 100 in all")
    problems = [
        Problem("seal.member", _("a file of the parcel has a name that cannot travel"), where=ascii(name), hint=hint)
        for name in names
        if not ustar.is_path(name)
    ]
    if not 1 <= len(names) <= MAX_MEMBERS or any(seen.clashes(name) for name in names):
        problems.append(Problem("seal.member", _("a parcel holds between 1 and 1000 files, each under its own name")))
    if payload_size(chosen) > MAX_PAYLOAD:
        problems.append(Problem("seal.too_large", _("the parcel is larger than a sealed file may be")))
    SealError.raise_all(problems)


def payload_size(members: Iterable[AnyMember]) -> int:
    """The size of `payload.tar` without padding."""
    return sum(_spread(member.size) for member in members) + len(END)


def front_size(envelope: bytes, signature: str) -> int:
    """The size of all that stands around the content of `payload.tar`."""
    return _spread(_SUMS_SIZE) + _spread(len(signature)) + _spread(len(envelope)) + ustar.BLOCK + len(END)


def payload_blocks(members: Iterable[AnyMember], mtime: int, size: int) -> Generator[bytes]:
    """The content of `payload.tar`, filled with zeros up to `size` bytes. It may be made twice: it is the same, unless
    a file of the parcel changes."""
    left = size
    for member in members:
        for block in _whole(member.path, member.size, member.blocks(), mtime):
            left -= len(block)
            yield block
    while left:
        zeros = bytes(min(left, 1024 * 1024))
        left -= len(zeros)
        yield zeros


def sums(envelope: bytes, payload: Iterable[bytes]) -> bytes:
    """The content of SHA256SUMS, as `sha256sum` writes it."""
    running = hashlib.sha256()
    for block in payload:
        running.update(block)
    lines = (hashlib.sha256(envelope).hexdigest(), ENVELOPE), (running.hexdigest(), PAYLOAD)
    return "".join(f"{digest}  {name}\n" for digest, name in lines).encode("ascii")


def archive_blocks(front: Front, payload: Iterable[bytes]) -> Iterator[bytes]:
    """The whole outer tar."""
    for name, content in ((SUMS, front.sums), (SIGNATURE, front.signature), (ENVELOPE, front.envelope)):
        yield from _whole(name, len(content), [content], front.mtime)
    yield ustar.encode(Entry(PAYLOAD, front.payload_size, front.mtime))
    yield from payload
    yield END


def _whole(name: str, size: int, content: Iterable[bytes], mtime: int) -> Iterator[bytes]:
    yield ustar.encode(Entry(name, size, mtime))
    yield from content
    yield bytes(ustar.filling(size))


def _spread(size: int) -> int:
    return ustar.BLOCK + size + ustar.filling(size)


# --- reading ---


def read_front(source: Source) -> Front:
    """Everything before the body. OpeningError: seal.layout, seal.too_large."""
    try:
        time, sums_bytes = _small(source, SUMS, _SUMS_SIZE, None)
        _time, signature = _small(source, SIGNATURE, MAX_TEXT, time)
        _time, envelope = _small(source, ENVELOPE, MAX_ENVELOPE, time)
        payload = _entry(source, PAYLOAD, time)
    except TarError as error:
        raise refused("seal.layout", str(error)) from None
    if payload.size > MAX_PAYLOAD:
        raise refused("seal.too_large", _("the sealed file is larger than one may be"))
    if payload.size % ustar.BLOCK:
        raise refused("seal.layout", _("the payload is not a whole number of blocks"))
    return Front(sums_bytes, signature, envelope, payload.size, time)


def payload_sum(front: Front) -> str:
    """The payload's SHA-256 as SHA256SUMS has it, in hexadecimal. OpeningError: seal.sums, also where the envelope's
    is not that of the envelope."""
    found = _SUMS.fullmatch(front.sums)
    if not found:
        raise refused("seal.sums", _("the list of checksums does not name exactly the envelope and the payload"))
    if hashlib.sha256(front.envelope).hexdigest() != found[1].decode():
        raise refused("seal.sums", _("the envelope is not the one that was signed"))
    return found[2].decode()


class Payload:
    """The body of `payload.tar` as it is read: no byte beyond it, and hashed."""

    def __init__(self, source: Source, size: int) -> None:
        self._source = source
        self._left = size
        self._hash = hashlib.sha256()

    def read(self, size: int, /) -> bytes:
        block = self._source.read(min(size, self._left))
        self._left -= len(block)
        self._hash.update(block)
        return block

    def readinto(self, buffer: memoryview, /) -> int:
        size = self._source.readinto(buffer[: self._left])
        self._left -= size
        self._hash.update(buffer[:size])
        return size

    def drain(self) -> str:
        """Read what is left; the hash of the whole, in hexadecimal."""
        while self.read(1024 * 1024):
            pass
        return self._hash.hexdigest()


def read_members(payload: Payload, mtime: int, sink: Sink) -> None:
    """Give each member to `sink`, and check that nothing but zeros follows. TarError if anything else is there."""
    names = ustar.Names()
    while entry := ustar.read_entry(payload):
        if names.clashes(entry.name):
            raise TarError(_("two members have names that could be one file"))
        if entry.mtime != mtime or len(names) > MAX_MEMBERS:
            raise TarError(_("a member's time is another one, or there are too many"))
        sink.begin(entry.name, entry.size)
        for block in ustar.content_of(payload, entry):
            sink.write(block)
    _check_zeros(payload, at_least=len(END) - ustar.BLOCK)
    if not len(names):
        raise TarError(_("the payload is empty"))


def read_end(source: Source) -> None:
    """The outer tar ends here, and so does the file. OpeningError: seal.layout."""
    if source.read(len(END) + 1) != END:
        raise refused("seal.layout", _("something follows the four members"))


def _small(source: Source, name: str, limit: int, mtime: int | None) -> tuple[int, bytes]:
    entry = _entry(source, name, mtime)
    if entry.size > limit:
        raise TarError(_("a member at the front is too large"))
    return entry.mtime, b"".join(map(bytes, ustar.content_of(source, entry)))


def _entry(source: Source, name: str, mtime: int | None) -> Entry:
    entry = ustar.read_entry(source)
    if entry is None or entry.name != name or entry.mtime != (entry.mtime if mtime is None else mtime):
        raise TarError(_("the file does not hold its four members in their order"))
    return entry


def _check_zeros(payload: Payload, *, at_least: int) -> None:
    seen = 0
    while block := payload.read(64 * 1024):
        seen += len(block)
        if block != bytes(len(block)):  # `any` looks at each byte on its own
            raise TarError(_("the padding holds something"))
    if seen < at_least:
        raise TarError(_("the archive ends early"))
