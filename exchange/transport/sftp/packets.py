"""The packets of SFTP version 3 (draft-ietf-secsh-filexfer-02): bytes only, no connection and no decisions.

Why not paramiko's own SFTP client: its pipelined writes drop statuses, so that `put()` can report success over wrong
bytes; it reads in small steps; and it has no deadline of its own. Here every request has a number, and its answer is
looked at.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

OPEN_READ, OPEN_WRITE, OPEN_CREATE, OPEN_NEW = 0x01, 0x02, 0x08, 0x08 | 0x20  # pflags of section 6.3
# The largest packet that is believed: OpenSSH's own bound.
LARGEST = 256 * 1024


class Kind(IntEnum):
    """Packet types, section 3."""

    INIT = 1
    VERSION = 2
    OPEN = 3
    CLOSE = 4
    READ = 5
    WRITE = 6
    LSTAT = 7
    FSTAT = 8
    OPENDIR = 11
    READDIR = 12
    REMOVE = 13
    STAT = 17
    RENAME = 18
    STATUS = 101
    HANDLE = 102
    DATA = 103
    NAME = 104
    ATTRS = 105
    EXTENDED = 200
    EXTENDED_REPLY = 201


class Code(IntEnum):
    """Status codes, section 7."""

    OK = 0
    EOF = 1
    NO_SUCH_FILE = 2
    PERMISSION_DENIED = 3
    FAILURE = 4
    BAD_MESSAGE = 5
    NO_CONNECTION = 6
    CONNECTION_LOST = 7
    UNSUPPORTED = 8


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a server says of a file, section 5; None where it says nothing."""

    size: int | None
    mode: int | None
    mtime: int | None


class Fields:
    """Reads the fields of one packet from left to right. Raises ValueError where they end too soon."""

    def __init__(self, data: bytes | memoryview, at: int = 0) -> None:
        self._data = data
        self._at = at

    def u32(self) -> int:
        return int.from_bytes(self._take(4), "big")

    def u64(self) -> int:
        return int.from_bytes(self._take(8), "big")

    def string(self) -> bytes:
        return self._take(self.u32())

    def view(self) -> memoryview:
        """A string, as a view of the packet."""
        count = self.u32()
        begin = self._past(count)
        return memoryview(self._data)[begin : begin + count]

    def attributes(self) -> Attributes:
        flags = self.u32()
        size = self.u64() if flags & 0x01 else None
        if flags & 0x02:
            self._take(8)  # uid, gid
        mode = self.u32() if flags & 0x04 else None
        mtime = (self.u32(), self.u32())[1] if flags & 0x08 else None  # atime, mtime
        if flags & 0x80000000:
            for _pair in range(self.u32()):
                self.string()
                self.string()
        return Attributes(size, mode, mtime)

    def left(self) -> int:
        """How many bytes are not read yet."""
        return len(self._data) - self._at

    def more(self) -> bool:
        return self._at < len(self._data)

    def _take(self, count: int) -> bytes:
        begin = self._past(count)
        return bytes(self._data[begin : begin + count])

    def _past(self, count: int) -> int:
        """Where the next `count` bytes begin, which are then read."""
        begin, end = self._at, self._at + count
        if end > len(self._data):
            raise ValueError("the packet ends too soon")
        self._at = end
        return begin


def u32(number: int) -> bytes:
    return struct.pack(">I", number)


def u64(number: int) -> bytes:
    return struct.pack(">Q", number)


def string(value: bytes) -> bytes:
    return u32(len(value)) + value


def head(kind: Kind, length: int) -> bytes:
    """What a packet begins with, before its `length` bytes of fields (section 3)."""
    return struct.pack(">IB", length + 1, kind)


def packet(kind: Kind, *parts: bytes) -> bytes:
    """One packet: its length, its kind, its fields."""
    body = b"".join(parts)
    return head(kind, len(body)) + body
