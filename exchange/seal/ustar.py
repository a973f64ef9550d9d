"""Tar archives of plain files, in exactly one form (POSIX ustar), so that strictness needs no list of tricks.

A header has one right form for a name, a size and a time: it is read by taking these three, building that form, and
comparing. Links, devices, long names, pax records, owners and other modes are all simply not it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from exchange.crypto.age_stream import read_exactly
from exchange.locale import _

BLOCK = 512
END = bytes(2 * BLOCK)
"""What ends an archive."""
MAX_NAME = 100
_READ = 1024 * 1024

_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
_OCTAL = re.compile(rb"[0-7]{11}\0")
# Names that Windows takes for devices, with whatever ending.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


class TarError(Exception):
    """This is not an archive of the one form; the argument is a translated sentence."""


class Source(Protocol):
    def read(self, size: int, /) -> bytes: ...

    def readinto(self, buffer: memoryview, /) -> int: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """What a header says. `mtime` in seconds since 1970."""

    name: str
    size: int
    mtime: int


def is_path(name: str) -> bool:
    """Whether `name` may be a member: relative, no `..`, nothing that a file system reads in its own way."""
    return (
        len(name) <= MAX_NAME
        and _PATH.fullmatch(name) is not None
        and not any(step.endswith(".") or _DEVICES.fullmatch(step) for step in name.split("/"))
    )


class Names:
    """The names of one archive, as they come."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def __len__(self) -> int:
        return len(self._files)

    def clashes(self, name: str) -> bool:
        """Take in `name`. Whether it could be the same file as one before, also where case does not count, or the
        folder of one, or lie in one."""
        low = name.lower()
        steps = low.split("/")
        above = {"/".join(steps[:end]) for end in range(1, len(steps))}
        clash = low in self._files or low in self._folders or not above.isdisjoint(self._files)
        self._files.add(low)
        self._folders |= above
        return clash


def encode(entry: Entry) -> bytes:
    """The 512 bytes before a member's content."""
    block = bytearray(
        entry.name.encode("ascii").ljust(100, b"\0")
        + b"0000600\0"  # mode
        + b"0000000\0" * 2  # owner, group
        + b"%011o\0%011o\0" % (entry.size, entry.mtime)
        + b" " * 8  # counts as spaces in its own sum
        + b"0"  # a plain file
        + bytes(100)
        + b"ustar\x0000"
        + bytes(64)
        + b"0000000\0" * 2
        + bytes(155 + 12)
    )
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def decode(block: bytes) -> Entry:
    """The entry of a header. TarError for all that `encode` would not write."""
    name = block[:100].rstrip(b"\0").decode("latin-1")
    size, mtime = block[124:136], block[136:148]
    if len(block) != BLOCK or not is_path(name) or not (_OCTAL.fullmatch(size) and _OCTAL.fullmatch(mtime)):
        raise TarError(_("a member's name or header is not of the one form that is allowed"))
    entry = Entry(name, int(size[:11], 8), int(mtime[:11], 8))
    if encode(entry) != block:
        raise TarError(_("a member is not a plain file of the one form that is allowed"))
    return entry


def filling(size: int) -> int:
    """Zero bytes that follow a content of `size` bytes, up to the next block."""
    return -size % BLOCK


def content_of(source: Source, entry: Entry) -> Iterator[memoryview]:
    """The member's content, in blocks, each good until the next; its filling is read and checked after the last one."""
    left = entry.size
    buffer = memoryview(bytearray(min(left, _READ)))
    while left:
        filled = source.readinto(buffer[:left])
        if not filled:
            raise _ends_early()
        left -= filled
        yield buffer[:filled]
    if any(_exactly(source, filling(entry.size))):
        raise TarError(_("the archive holds bytes outside its members"))


def read_entry(source: Source) -> Entry | None:
    """The next entry; None where one block of zeros stands instead, which begins the archive's end."""
    block = _exactly(source, BLOCK)
    return decode(block) if any(block) else None


def _exactly(source: Source, size: int) -> bytes:
    block = read_exactly(source, size)  # type: ignore[arg-type]  # it only reads
    if len(block) < size:
        raise _ends_early()
    return block


def _ends_early() -> TarError:
    return TarError(_("the archive ends early"))
