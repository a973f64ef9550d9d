"""An SFTP conversation over any stream: every request has a number, and every answer is read and judged.

Transfers keep many requests in the air (`Pace`); answers may come in any order. What the server refuses is raised as
a TransportError; an answer that nobody asked for, or that cannot be read, ends the conversation.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn, Protocol

from exchange.errors import Problem, TransportError
from exchange.transport import refusals
from exchange.transport.sftp.packets import LARGEST, Attributes, Code, Fields, Kind, packet, string, u32, u64

VERSION = 3
ALWAYS_TAKEN = 32 * 1024  # bytes in one request that every server must take (section 3 of the draft)
MOST_LISTED = 200_000  # a server that lists for ever is stopped


class Stream(Protocol):
    """Bytes to and from an SFTP server. Both verbs raise TransportError when the link is gone."""

    def send(self, data: bytes) -> None: ...

    def receive(self) -> bytes: ...

    def answered(self) -> None:
        """A whole answer has come."""
        ...


@dataclass(slots=True)
class Pace:
    """How many bytes may be in the air. It begins small and doubles while answers come soon.

    So a link of a few kilobytes a second still gets an answer every few seconds, by which a slow link is told from a
    dead one, and a fast link soon has 4 MiB in the air.
    """

    room: int = 32 * 1024
    most: int = 4 * 1024 * 1024
    block: int = 128 * 1024  # the largest request: measured, more brings nothing

    def step(self) -> int:
        """The size of the next request."""
        return min(self.room, self.block)

    def answered(self, seconds: float) -> None:
        if seconds < 1:
            self.room = min(self.room * 2, self.most)
        elif seconds > 5:
            self.room = max(self.room // 2, 8 * 1024)


@dataclass(slots=True)
class _Read:
    """A READ in the air."""

    number: int
    offset: int
    length: int
    since: float = field(default_factory=time.monotonic)


class Conversation:
    """One SFTP session. `where` names the place in errors. Raises TransportError throughout."""

    def __init__(self, stream: Stream, where: str) -> None:
        self._stream = stream
        self._where = where
        self._received = bytearray()
        self._number = 0
        self._awaited: set[int] = set()
        self._early: dict[int, tuple[Kind, Fields]] = {}
        self._pace = Pace()
        self._extensions = self._greet()
        self._pace.block = min(self._pace.block, self._largest_block())

    def offers(self, extension: bytes) -> bool:
        return extension in self._extensions

    # --- files and folders: one request, one answer ---

    def open(self, path: str, flags: int) -> bytes:
        """A handle. The rights of a file that this makes are the server's to decide: its owner will read it."""
        return self._handle(self._ask(Kind.OPEN, string(path.encode()), u32(flags), u32(0)), path)

    def close(self, handle: bytes, path: str) -> None:
        self._ok(self._ask(Kind.CLOSE, string(handle)), path)

    def size_of(self, handle: bytes, path: str) -> int | None:
        attributes = self._attributes(self._ask(Kind.FSTAT, string(handle)), path)
        if attributes is None:
            raise TransportError(refusals.refused(Code.NO_SUCH_FILE, self._at(path)))
        return attributes.size

    def stat(self, path: str, *, follow: bool = False) -> Attributes | None:
        """What stands at `path`; None if nothing does."""
        return self._attributes(self._ask(Kind.STAT if follow else Kind.LSTAT, string(path.encode())), path)

    def sync(self, handle: bytes, path: str) -> None:
        self._ok(self._ask(Kind.EXTENDED, string(b"fsync@openssh.com"), string(handle)), path)

    def remove(self, path: str) -> None:
        """Remove `path`; that it is gone already is no error."""
        self._ok(self._ask(Kind.REMOVE, string(path.encode())), path, fine=(Code.OK, Code.NO_SUCH_FILE))

    def rename(self, old: str, new: str) -> None:
        """The rename of the draft, section 6.5, which never replaces: OpenSSH makes it of link(2) and unlink(2)."""
        self._ok(self._ask(Kind.RENAME, string(old.encode()), string(new.encode())), new)

    def posix_rename(self, old: str, new: str) -> None:
        """OpenSSH's rename(2), which replaces."""
        number = self._ask(
            Kind.EXTENDED, string(b"posix-rename@openssh.com"), string(old.encode()), string(new.encode())
        )
        self._ok(number, new)

    def free_space(self, path: str) -> int | None:
        """Bytes that may still be written at `path`; None if the server does not tell."""
        if not self.offers(b"statvfs@openssh.com"):
            return None
        kind, fields = self._answer(self._ask(Kind.EXTENDED, string(b"statvfs@openssh.com"), string(path.encode())))
        if kind is not Kind.EXTENDED_REPLY:
            return None
        with self._readable():
            _block, fragment, _blocks, _free, available = (fields.u64() for _value in range(5))
        return fragment * available

    def names(self, path: str) -> Iterator[tuple[str, Attributes]]:
        """What stands in the folder `path`; names that are not ASCII are left out, none of them can be ours."""
        listed = 0
        handle = self._handle(self._ask(Kind.OPENDIR, string(path.encode())), path)
        while True:
            kind, fields = self._answer(self._ask(Kind.READDIR, string(handle)))
            if kind is Kind.STATUS:
                self._judge(fields, path, fine=(Code.EOF,))
                break
            self._expect(kind, Kind.NAME)
            page = tuple(self._page(fields))
            yield from page
            listed += max(1, len(page))  # a page of nothing counts as well: there is no end to such pages
            if listed > MOST_LISTED:
                self._garbled()
        self.close(handle, path)

    # --- transfers: many requests in the air ---

    def write(self, handle: bytes, path: str, offset: int, content: Callable[[int], bytes]) -> int:
        """Write what `content(size)` gives, block by block, until it gives nothing; the offset after the last byte.

        The status of every WRITE is read before this returns; the first that is not OK is raised.
        """
        in_air: deque[tuple[int, int, float]] = deque()
        flying = 0
        while block := content(self._pace.step()):
            while in_air and flying + len(block) > self._pace.room:
                flying -= self._written(in_air.popleft(), path)
            number = self._ask(Kind.WRITE, string(handle), u64(offset), string(block))
            in_air.append((number, len(block), time.monotonic()))
            offset += len(block)
            flying += len(block)
        for request in in_air:
            self._written(request, path)
        return offset

    def read(self, handle: bytes, path: str, size: int) -> Iterator[bytes]:
        """The first `size` bytes, in order. A short answer is asked again for the rest; an early end is raised."""
        in_air: deque[_Read] = deque()
        asked = flying = 0
        while asked < size or in_air:
            while asked < size and (not in_air or flying + self._pace.step() <= self._pace.room):
                length = min(self._pace.step(), size - asked)
                in_air.append(self._ask_read(handle, asked, length))
                asked += length
                flying += length
            request = in_air.popleft()
            data = self._data(request, path)
            flying -= len(data)
            if len(data) < request.length:
                in_air.appendleft(self._ask_read(handle, request.offset + len(data), request.length - len(data)))
            yield data

    # --- requests and answers ---

    def _greet(self) -> frozenset[bytes]:
        self._stream.send(packet(Kind.INIT, u32(VERSION)))
        kind, fields = self._packet()
        self._expect(kind, Kind.VERSION)
        with self._readable():
            if fields.u32() < VERSION:
                self._garbled()
            names = set()
            while fields.more():
                names.add(fields.string())
                fields.string()
        return frozenset(names)

    def _largest_block(self) -> int:
        """How much the server reads or writes at once: it tells, or it is what every server must take."""
        if not self.offers(b"limits@openssh.com"):
            return ALWAYS_TAKEN
        kind, fields = self._answer(self._ask(Kind.EXTENDED, string(b"limits@openssh.com")))
        if kind is not Kind.EXTENDED_REPLY:
            return ALWAYS_TAKEN
        with self._readable():
            _packet, reads, writes = fields.u64(), fields.u64(), fields.u64()
        return max(ALWAYS_TAKEN, min(reads, writes))  # 0 means that it does not tell

    def _ask(self, kind: Kind, *parts: bytes) -> int:
        self._number = (self._number + 1) % 2**32
        self._awaited.add(self._number)
        self._stream.send(packet(kind, u32(self._number), *parts))
        return self._number

    def _ask_read(self, handle: bytes, offset: int, length: int) -> _Read:
        return _Read(self._ask(Kind.READ, string(handle), u64(offset), u32(length)), offset, length)

    def _answer(self, number: int) -> tuple[Kind, Fields]:
        """The answer to request `number`; others that come before it are kept."""
        while number not in self._early:
            kind, fields = self._packet()
            with self._readable():
                other = fields.u32()
            if other not in self._awaited:
                self._garbled()
            self._awaited.remove(other)
            self._early[other] = (kind, fields)
        return self._early.pop(number)

    def _packet(self) -> tuple[Kind, Fields]:
        length = int.from_bytes(self._take(4), "big")
        if not 1 <= length <= LARGEST:
            self._garbled()
        body = self._take(length)
        self._stream.answered()
        with self._readable():
            return Kind(body[0]), Fields(body[1:])

    def _take(self, count: int) -> bytes:
        while len(self._received) < count:
            self._received += self._stream.receive()
        piece = bytes(self._received[:count])
        del self._received[:count]
        return piece

    # --- judging ---

    def _ok(self, number: int, path: str, fine: tuple[Code, ...] = (Code.OK,)) -> None:
        kind, fields = self._answer(number)
        self._expect(kind, Kind.STATUS)
        self._judge(fields, path, fine)

    def _written(self, request: tuple[int, int, float], path: str) -> int:
        """How many bytes are no longer in the air."""
        number, size, since = request
        self._ok(number, path)
        self._pace.answered(time.monotonic() - since)
        return size

    def _data(self, request: _Read, path: str) -> bytes:
        kind, fields = self._answer(request.number)
        if kind is Kind.STATUS:
            self._judge(fields, path, fine=(Code.EOF,))
            raise TransportError(refusals.short_read(self._at(path)))
        self._expect(kind, Kind.DATA)
        with self._readable():
            data = fields.string()
        if not 1 <= len(data) <= request.length:
            self._garbled()
        self._pace.answered(time.monotonic() - request.since)
        return data

    def _handle(self, number: int, path: str) -> bytes:
        kind, fields = self._answer(number)
        if kind is Kind.STATUS:
            self._judge(fields, path, fine=())
        self._expect(kind, Kind.HANDLE)
        with self._readable():
            return fields.string()

    def _attributes(self, number: int, path: str) -> Attributes | None:
        kind, fields = self._answer(number)
        if kind is Kind.STATUS:
            self._judge(fields, path, fine=(Code.NO_SUCH_FILE,))
            return None
        self._expect(kind, Kind.ATTRS)
        with self._readable():
            return fields.attributes()

    def _page(self, fields: Fields) -> Iterator[tuple[str, Attributes]]:
        with self._readable():
            for _entry in range(fields.u32()):
                name, _long, attributes = fields.string(), fields.string(), fields.attributes()
                if name.isascii():
                    yield name.decode("ascii"), attributes

    def _judge(self, fields: Fields, path: str, fine: tuple[Code, ...]) -> None:
        with self._readable():
            code = fields.u32()
        if code in fine:
            return
        if code in {Code.OK, Code.EOF}:  # said where it makes no sense
            self._garbled()
        raise TransportError(self._refused(code, path))

    def _refused(self, code: int, path: str) -> Problem:
        return refusals.refused(code, self._at(path))

    def _expect(self, kind: Kind, wanted: Kind) -> None:
        if kind is not wanted:
            self._garbled()

    def _readable(self) -> _Readable:
        return _Readable(self._where)

    def _garbled(self) -> NoReturn:
        raise TransportError(refusals.garbled(self._where))

    def _at(self, path: str) -> str:
        return f"{self._where}/{path.rpartition('/')[2]}"


@dataclass(frozen=True, slots=True)
class _Readable:
    """A block that reads fields: a packet that cannot be read is a refusal."""

    where: str

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ValueError):
            raise TransportError(refusals.garbled(self.where)) from error
