"""An SFTP conversation over any stream: every request has a number, and every answer is read and judged.

Many requests are in the air at once, of one file and of several: what is done at the server is written as coroutines
(`remote_folder.py`), each of which waits for its own answers only, and `together` lets several go on side by side.
Answers may come in any order. What the server refuses is raised as a TransportError where it was asked; an answer that
nobody asked for, or that cannot be read, ends the conversation.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn, Protocol, TypeVar

from exchange.errors import TransportError
from exchange.transport import refusals
from exchange.transport.sftp.pace import Pace
from exchange.transport.sftp.packets import LARGEST, Attributes, Code, Fields, Kind, head, packet, string, u32, u64

T = TypeVar("T")
Work = Coroutine["Asked", None, T]

VERSION = 3
ALWAYS_TAKEN = 32 * 1024  # bytes in one request that every server must take (section 3 of the draft)
MOST_LISTED = 200_000  # a server that lists for ever is stopped
LISTING = 600  # seconds in which a list must be whole
LONGEST_NAME = 255  # bytes, as file systems have it
LONGEST_HANDLE = 256  # bytes (section 6.2 of the draft); each request carries it
DRIP = 1024  # bytes; what answers with less than this, and than was asked for, is not heard as an answer
SENT_TOGETHER = 32 * 1024  # bytes; small requests leave in one piece
FSYNC, LIMITS = b"fsync@openssh.com", b"limits@openssh.com"
POSIX_RENAME, STATVFS = b"posix-rename@openssh.com", b"statvfs@openssh.com"


class Stream(Protocol):
    """Bytes to and from an SFTP server. Both verbs raise TransportError when the link is gone."""

    def send(self, data: bytes) -> None: ...

    def receive(self) -> bytes: ...

    def answered(self) -> None:
        """A whole answer has come."""
        ...


class Asked:
    """A request in the air; awaiting it gives its answer. `size`: how many bytes of a file it carries or asks for."""

    __slots__ = ("fields", "kind", "number", "offset", "since", "size")

    def __init__(self, number: int, size: int = 0, offset: int = 0) -> None:
        self.number, self.size, self.offset = number, size, offset
        self.since = time.monotonic()
        self.kind: Kind | None = None
        self.fields = Fields(b"")

    def __await__(self) -> Generator[Asked, None, tuple[Kind, Fields]]:
        while self.kind is None:
            yield self
        return self.kind, self.fields


def _told(work: Work[T], error: TransportError) -> Iterator[T]:
    """That the conversation has ended: whatever `work` asks now is refused, so that it ends as well."""
    try:
        work.throw(error)
    except StopIteration as done:
        yield done.value


class Conversation:
    """One SFTP session. `where` names the place in errors. Raises TransportError throughout."""

    def __init__(self, stream: Stream, where: str) -> None:
        self._stream = stream
        self._where = where
        self._received = memoryview(b"")
        self._number = 0
        self._to_send: list[bytes] = []
        self._to_send_size = 0
        self._in_air: dict[int, Asked] = {}
        self._ended: TransportError | None = None
        self.pace = Pace()
        self._extensions = self._greet()
        self.pace.block = min(self.pace.block, self.run(self._largest_block()))

    def offers(self, extension: bytes) -> bool:
        return extension in self._extensions

    # --- letting coroutines go on ---

    def run(self, work: Work[T]) -> T:
        """What `work` returns or raises."""
        try:
            (result,) = self.together((work,))
        finally:
            work.close()  # it was not begun where the conversation has ended
        return result

    def together(self, works: Iterable[Work[T]]) -> Iterator[T]:
        """What each of `works` returns, in the order in which they end; what one raises is raised. The next is pulled
        as soon as there is room in the air. When the conversation ends, each of those begun is told, and no further one
        is pulled."""
        self._check_going_on()
        more, waiting = iter(works), dict[int, Work[T]]()
        try:
            while True:
                while self._ended is None and len(waiting) < self.pace.files():
                    work = next(more, None)
                    if work is None:
                        break
                    yield from self._go_on(work, waiting)
                if not waiting:
                    return
                try:
                    number = self._next()
                except TransportError as error:
                    for work in list(waiting.values()):
                        yield from _told(work, error)
                    return
                if number in waiting:  # or it is one of several requests of a work that waits for another
                    yield from self._go_on(waiting.pop(number), waiting)
        finally:
            for work in waiting.values():
                work.close()

    def _go_on(self, work: Work[T], waiting: dict[int, Work[T]]) -> Iterator[T]:
        try:
            asked = work.send(None)
        except StopIteration as done:
            yield done.value
        else:
            waiting[asked.number] = work

    def _next(self) -> int:
        """Take one answer; the number of its request. Raises TransportError, then and from then on, when none comes."""
        self._check_going_on()
        kind, fields = self._packet()
        with self._readable():
            number = fields.u32()
        asked = self._in_air.pop(number, None)
        if asked is None:
            self._garbled()
        # A server that gives a file byte by byte would else begin the time for an answer anew with each of them.
        if kind is not Kind.DATA or fields.left() - 4 >= min(asked.size, DRIP):  # a length stands before the data
            self._stream.answered()
        asked.kind, asked.fields = kind, fields
        return number

    # --- files and folders: one request, one answer ---

    async def open(self, path: str, flags: int) -> bytes:
        """A handle. The rights of a file that this makes are the server's to decide: its owner will read it."""
        return await self._handle(self._ask(Kind.OPEN, string(path.encode()), u32(flags), u32(0)), path)

    async def close(self, handle: bytes, path: str) -> None:
        await self._ok(self._ask(Kind.CLOSE, string(handle)), path)

    @contextmanager
    def holding(self, handle: bytes) -> Iterator[None]:
        """A block that works with an open file or folder, and does not close it. Where it fails, the server is told to
        let go: what is removed there takes room until nobody has it open, and servers bound how many one session has.
        """
        try:
            yield
        except BaseException:
            with suppress(TransportError):  # the conversation has ended, and with it the handle
                self._ask(Kind.CLOSE, string(handle))  # nobody waits for the answer: what failed is known
            raise

    async def attributes(self, handle: bytes, path: str) -> Attributes:
        """What the server says of an open file."""
        found = await self._attributes(self._ask(Kind.FSTAT, string(handle)), path)
        if found is None:
            raise TransportError(refusals.refused(Code.NO_SUCH_FILE, self._at(path)))
        return found

    async def stat(self, path: str, *, follow: bool = False) -> Attributes | None:
        """What stands at `path`; None if nothing does."""
        return await self._attributes(self._ask(Kind.STAT if follow else Kind.LSTAT, string(path.encode())), path)

    async def finish(self, handle: bytes, path: str) -> int | None:
        """Make a written file durable, where the server offers it, and close it; the size that it says it has.

        Three requests at once: a server must process those of one file in their order (section 4.1 of the draft).
        """
        synced = self._ask(Kind.EXTENDED, string(FSYNC), string(handle)) if self.offers(FSYNC) else None
        looked = self._ask(Kind.FSTAT, string(handle))
        closed = self._ask(Kind.CLOSE, string(handle))
        try:
            if synced is not None:
                await self._ok(synced, path)
            found = await self._attributes(looked, path)
            await self._ok(closed, path)
        finally:
            for asked in filter(None, (synced, looked, closed)):
                self._let_go(asked)
        return None if found is None else found.size

    async def remove(self, path: str) -> None:
        """Remove `path`; that it is gone already is no error."""
        await self._ok(self._ask(Kind.REMOVE, string(path.encode())), path, fine=(Code.OK, Code.NO_SUCH_FILE))

    async def rename(self, old: str, new: str) -> None:
        """The rename of the draft, section 6.5, which never replaces: OpenSSH makes it of link(2) and unlink(2)."""
        await self._ok(self._ask(Kind.RENAME, string(old.encode()), string(new.encode())), new)

    async def posix_rename(self, old: str, new: str) -> None:
        """OpenSSH's rename(2), which replaces."""
        asked = self._ask(Kind.EXTENDED, string(POSIX_RENAME), string(old.encode()), string(new.encode()))
        await self._ok(asked, new)

    async def free_space(self, path: str) -> int | None:
        """Bytes that may still be written at `path`; None if the server does not tell."""
        if not self.offers(STATVFS):
            return None
        kind, fields = await self._ask(Kind.EXTENDED, string(STATVFS), string(path.encode()))
        if kind is not Kind.EXTENDED_REPLY:
            return None
        with self._readable():
            _block, fragment, _blocks, _free, available = (fields.u64() for _value in range(5))
        return fragment * available

    async def names(self, path: str) -> list[tuple[str, Attributes]]:
        """What stands in the folder `path`; names that are not ASCII, or too long for one, are left out, none of them
        can be ours."""
        found: list[tuple[str, Attributes]] = []
        listed, until = 0, time.monotonic() + LISTING
        handle = await self._handle(self._ask(Kind.OPENDIR, string(path.encode())), path)
        with self.holding(handle):
            while True:
                kind, fields = await self._ask(Kind.READDIR, string(handle))
                if kind is Kind.STATUS:
                    self._judge(fields, path, fine=(Code.EOF,))
                    break
                self._expect(kind, Kind.NAME)
                count, page = self._page(fields)
                found += page
                listed += max(1, count)  # a page of nothing counts as well: there is no end to such pages
                if listed > MOST_LISTED or time.monotonic() > until:
                    self._garbled()
        await self.close(handle, path)
        return found

    async def look_into(self, path: str) -> None:
        """Whether the names in a folder may be asked for; none is."""
        await self.close(await self._handle(self._ask(Kind.OPENDIR, string(path.encode())), path), path)

    # --- transfers: many requests in the air ---

    async def write(
        self, handle: bytes, path: str, offset: int, content: Callable[[int], bytes], moved: Callable[[int], None]
    ) -> int:
        """Write what `content(size)` gives, block by block, until it gives nothing; the offset after the last byte.

        The status of every WRITE is read before this returns; the first that is not OK is raised. `moved` is told the
        size of each block that the server has.
        """
        in_air: deque[Asked] = deque()
        try:
            while block := content(self.pace.step()):
                while in_air and not self.pace.fits(len(block)):
                    moved(await self._written(in_air, path))
                in_air.append(
                    self._ask(Kind.WRITE, string(handle), u64(offset), u32(len(block)), block, size=len(block))
                )
                offset += len(block)
            while in_air:
                moved(await self._written(in_air, path))
        finally:
            for asked in in_air:
                self._let_go(asked)
        return offset

    async def read(self, handle: bytes, path: str, start: int, end: int, take: Callable[[memoryview], object]) -> None:
        """Give `take` the bytes from `start` to `end`, in order. A short answer is asked again for the rest; an early
        end is raised."""
        in_air: deque[Asked] = deque()
        try:
            while start < end or in_air:
                while start < end and (not in_air or self.pace.fits(self.pace.step())):
                    in_air.append(self._ask_read(handle, start, min(self.pace.step(), end - start)))
                    start += in_air[-1].size
                data = await self._data(in_air[0], path)
                first = in_air.popleft()
                missing = first.size - len(data)
                self._let_go(first)
                if missing:
                    in_air.appendleft(self._ask_read(handle, first.offset + len(data), missing))
                take(data)
        finally:
            for asked in in_air:
                self._let_go(asked)

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

    async def _largest_block(self) -> int:
        """How much the server reads or writes at once: it tells, or it is what every server must take."""
        if not self.offers(LIMITS):
            return ALWAYS_TAKEN
        kind, fields = await self._ask(Kind.EXTENDED, string(LIMITS))
        if kind is not Kind.EXTENDED_REPLY:
            return ALWAYS_TAKEN
        with self._readable():
            _packet, reads, writes = fields.u64(), fields.u64(), fields.u64()
        return max(ALWAYS_TAKEN, min(reads, writes))  # 0 means that it does not tell

    def _ask(self, kind: Kind, *parts: bytes, size: int = 0, offset: int = 0) -> Asked:
        """Send a request. `size`: the bytes of a file that it carries or asks for; `let_go` ends their flight."""
        self._check_going_on()
        self._number = (self._number + 1) % 2**32
        asked = Asked(self._number, size, offset)
        self._in_air[asked.number] = asked
        self.pace.flying += size
        length = 4 + sum(map(len, parts))
        self._to_send += (head(kind, length), u32(asked.number), *parts)
        self._to_send_size += length
        if self._to_send_size >= SENT_TOGETHER:
            self._flush()
        return asked

    def _ask_read(self, handle: bytes, offset: int, length: int) -> Asked:
        return self._ask(Kind.READ, string(handle), u64(offset), u32(length), size=length, offset=offset)

    def _check_going_on(self) -> None:
        if self._ended is not None:
            raise TransportError(*self._ended.problems)

    def _let_go(self, asked: Asked) -> None:
        """Its bytes do not count any more; its answer, if it comes yet, is of no interest."""
        self.pace.flying -= asked.size
        asked.size = 0

    def _flush(self) -> None:
        if self._to_send:
            data = b"".join(self._to_send)
            self._to_send.clear()
            self._to_send_size = 0
            with self._ending():
                self._stream.send(data)

    def _packet(self) -> tuple[Kind, Fields]:
        length = int.from_bytes(self._take(4), "big")
        if not 1 <= length <= LARGEST:
            self._garbled()
        body = self._take(length)
        with self._readable():
            return Kind(body[0]), Fields(body, 1)

    def _take(self, count: int) -> memoryview:
        """The next `count` bytes; views of what was received, since a download is copied often enough below us."""
        if len(self._received) < count:
            pieces, size = [self._received], len(self._received)
            while size < count:
                self._flush()  # only now: what was asked while earlier answers were taken leaves in one piece
                with self._ending():
                    pieces.append(memoryview(self._stream.receive()))
                size += len(pieces[-1])
            self._received = memoryview(b"".join(pieces))
        piece, self._received = self._received[:count], self._received[count:]
        return piece

    # --- judging ---

    async def _ok(self, asked: Asked, path: str, fine: tuple[Code, ...] = (Code.OK,)) -> None:
        kind, fields = await asked
        self._expect(kind, Kind.STATUS)
        self._judge(fields, path, fine)

    async def _written(self, in_air: deque[Asked], path: str) -> int:
        """How many bytes the oldest WRITE in the air brought."""
        oldest = in_air[0]
        await self._ok(oldest, path)
        in_air.popleft()
        self.pace.answered(time.monotonic() - oldest.since)
        size = oldest.size
        self._let_go(oldest)
        return size

    async def _data(self, asked: Asked, path: str) -> memoryview:
        kind, fields = await asked
        if kind is Kind.STATUS:
            self._judge(fields, path, fine=(Code.EOF,))
            raise TransportError(refusals.short_read(self._at(path)))
        self._expect(kind, Kind.DATA)
        with self._readable():
            data = fields.view()
        if not 1 <= len(data) <= asked.size:
            self._garbled()
        self.pace.answered(time.monotonic() - asked.since)
        return data

    async def _handle(self, asked: Asked, path: str) -> bytes:
        kind, fields = await asked
        if kind is Kind.STATUS:
            self._judge(fields, path, fine=())
        self._expect(kind, Kind.HANDLE)
        with self._readable():
            handle = fields.string()
        if len(handle) > LONGEST_HANDLE:
            self._garbled()
        return handle

    async def _attributes(self, asked: Asked, path: str) -> Attributes | None:
        kind, fields = await asked
        if kind is Kind.STATUS:
            self._judge(fields, path, fine=(Code.NO_SUCH_FILE,))
            return None
        self._expect(kind, Kind.ATTRS)
        with self._readable():
            return fields.attributes()

    def _page(self, fields: Fields) -> tuple[int, list[tuple[str, Attributes]]]:
        """How many names it has, and those that may be ours."""
        page = []
        with self._readable():
            count = fields.u32()
            for _entry in range(count):
                name, _long, attributes = fields.string(), fields.string(), fields.attributes()
                if name.isascii() and len(name) <= LONGEST_NAME:
                    page.append((name.decode("ascii"), attributes))
        return count, page

    def _judge(self, fields: Fields, path: str, fine: tuple[Code, ...]) -> None:
        with self._readable():
            code = fields.u32()
        if code in fine:
            return
        if code in {Code.OK, Code.EOF}:  # said where it makes no sense
            self._garbled()
        raise TransportError(refusals.refused(code, self._at(path)))

    def _expect(self, kind: Kind, wanted: Kind) -> None:
        if kind is not wanted:
            self._garbled()

    def _garbled(self) -> NoReturn:
        with self._ending():
            raise TransportError(refusals.garbled(self._where))

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """A block that reads fields: a packet that cannot be read ends the conversation."""
        try:
            yield
        except ValueError:
            self._garbled()

    @contextmanager
    def _ending(self) -> Iterator[None]:
        """What is raised in the block ends the conversation: it is raised again wherever something is asked."""
        try:
            yield
        except TransportError as error:
            self._ended = error
            raise

    def _at(self, path: str) -> str:
        return f"{self._where}/{path.rpartition('/')[2]}"
