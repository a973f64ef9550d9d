"""The payload of an age v1 file (C2SP age, "Payload") as two files: one encrypts what is written to it, one gives what
another holds.

The reader releases a chunk only after its tag has verified, and ends only at a chunk that was marked as the last:
what was truncated, extended or reordered raises CryptoError (age.payload).

Long payloads are read, worked on and written by several threads (`stages`), in batches of chunks; the bytes are the
same. Who leaves a reader before its end closes it.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Generator, Iterator
from contextlib import closing
from types import TracebackType
from typing import BinaryIO

from exchange.crypto.age_chunks import CHUNK, PLAIN_BATCH, SEALED, SEALED_BATCH, Batch, Chunks, after_end, cut_short
from exchange.crypto.age_failure import header_failure
from exchange.crypto.stages import Behind, ahead, mapped
from exchange.locale import _

__all__ = ["CHUNK", "ChunkReader", "ChunkWriter", "fill", "read_exactly"]

_NONCE = 16
_ALONE = 2
"""Batches that are worked on without threads: nearly all files have no more."""
_NOTHING = memoryview(b"")


class ChunkWriter:
    """A file that encrypts what is written to it. `close` writes the last chunk; leaving a `with` by an exception does
    not, so that a file cut short by a fault never opens as a whole one. The target stays open; what it raises may come
    out of a later `write`, or of `close`. What it writes is a view of a buffer that is used again once the target's
    `write` has returned."""

    def __init__(self, target: BinaryIO, file_key: bytes) -> None:
        nonce = secrets.token_bytes(_NONCE)
        target.write(nonce)
        self._target = target
        self._chunks = Chunks(file_key, nonce)
        self._batch, self._filled = self._chunks.plain.take(), 0
        self._count = 0
        self._before: Batch | None = None  # it waits until it is known whether it is the last one
        self._sealing = Behind(self._chunks.seal, self._write, after=_ALONE)
        self._closed = False

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Take all of `data`."""
        view = memoryview(data).cast("B")
        start = 0
        while start < len(view):
            room = self._room()
            piece = view[start : start + len(room)]
            room[: len(piece)] = piece
            self._filled += len(piece)
            start += len(piece)
        return len(view)

    def copy_from(self, source: BinaryIO) -> None:
        """Take all that is left in `source`."""
        while taken := fill(source, self._room()):
            self._filled += taken

    def close(self) -> None:
        """Write the last chunk. Once closed, closing again does nothing."""
        if self._closed:
            return
        try:
            if self._filled or self._before is None:
                self._pass_on()
            assert self._before  # noqa: S101  # the line above
            self._sealing.put(Batch(self._before.first, self._before.content, last=True))
            self._sealing.close()
        finally:
            self._abandon()

    def _room(self) -> memoryview:
        """Where the next bytes go; never empty."""
        if self._closed:
            raise ValueError("write to a closed file")
        if self._filled == len(self._batch):
            self._pass_on()
        return self._batch[self._filled :]

    def _pass_on(self) -> None:
        if self._before:
            self._sealing.put(self._before)
        self._before = Batch(self._count, self._batch[: self._filled])
        self._count += -(-self._filled // CHUNK)
        self._batch, self._filled = self._chunks.plain.take(), 0

    def _write(self, sealed: memoryview) -> None:
        self._target.write(sealed)
        self._chunks.sealed.give(sealed)

    def _abandon(self) -> None:
        self._closed = True
        self._sealing.abandon()

    def __enter__(self) -> ChunkWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.close()
        self._abandon()


class ChunkReader(io.BufferedIOBase):
    """A readable file over the payload of an age file; not seekable. The source stays open; it may have been read
    further than what was given out."""

    _pieces: Generator[memoryview] | None = None

    def __init__(self, source: BinaryIO, file_key: bytes) -> None:
        nonce = read_exactly(source, _NONCE)
        if len(nonce) < _NONCE:
            raise header_failure(_("the encrypted file ends inside its header"))
        self._chunks = Chunks(file_key, nonce)
        self._pieces = _opened(source, self._chunks)
        self._held = _NOTHING
        self._failure: BaseException | None = None

    def chunks(self) -> Iterator[bytes]:
        """What is left, piece by piece, each authenticated."""
        while piece := self._take(CHUNK):
            yield bytes(piece)

    def copy_to(self, target: BinaryIO) -> None:
        """Write what is left into `target`: views of a buffer that is used again once its `write` has returned."""
        while piece := self._take(PLAIN_BATCH):
            target.write(piece)

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """`size` bytes, fewer only at the end; all that is left if `size` is negative or None."""
        if size is None or size < 0:
            return b"".join(self.chunks())
        first = bytes(self._take(size))
        if len(first) in {0, size}:
            return first
        parts, missing = [first], size - len(first)
        while missing and (part := self._take(missing)):
            parts.append(bytes(part))
            missing -= len(part)
        return b"".join(parts)

    def read1(self, size: int = -1, /) -> bytes:
        """At most one chunk."""
        return bytes(self._take(CHUNK if size < 0 else size))

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # Buffer is 3.12's
        """Fill the buffer with what is at hand, or comes next; 0 at the end."""
        view = memoryview(buffer).cast("B")
        taken = self._take(len(view))
        view[: len(taken)] = taken
        return len(taken)

    def close(self) -> None:
        """Read no more; return once every thread has ended."""
        self._held = _NOTHING
        try:
            if self._pieces:
                self._pieces.close()
        finally:
            super().close()

    def _take(self, size: int) -> memoryview:
        """At most `size` bytes, to be copied before more are taken; none at the end."""
        if not size:
            return _NOTHING
        if not self._held:
            done, self._held = self._held, _NOTHING
            if done.obj:  # not before the first piece, nor after the last
                self._chunks.plain.give(done)
            self._held = self._next()
        taken, self._held = self._held[:size], self._held[size:]
        return taken

    def _next(self) -> memoryview:
        """What comes next. A failure is remembered: it must never look like an end."""
        if self.closed or self._pieces is None:
            raise ValueError("read of a closed file")
        if self._failure:
            raise self._failure
        try:
            return next(self._pieces, _NOTHING)
        except BaseException as failure:
            self._failure = failure
            raise


def _opened(source: BinaryIO, chunks: Chunks) -> Generator[memoryview]:
    """What the payload holds, never empty. Where a chunk fails, those before it are given out first."""
    batches = ahead(_batches(source, chunks), after=_ALONE)
    past_last = False
    with closing(mapped(chunks.open, batches, after=_ALONE)) as all_opened:
        for opened in all_opened:
            if past_last:
                raise after_end()
            if opened.content:
                yield opened.content
            if opened.failure:
                raise opened.failure
            past_last = opened.last
    if not past_last:
        raise cut_short()


def _batches(source: BinaryIO, chunks: Chunks) -> Generator[Batch]:
    """The chunks as they lie in the file. The first comes alone: it may be all that is wanted."""
    first, size = 0, SEALED
    while filled := fill(source, (buffer := chunks.sealed.take()[:size])):
        yield Batch(first, buffer[:filled])
        first, size = first + size // SEALED, SEALED_BATCH


def read_exactly(source: BinaryIO, size: int) -> bytes:
    """`size` bytes, fewer only at the end of `source`, also where a source returns less than was asked for."""
    data = source.read(size)
    while 0 < len(data) < size and (more := source.read(size - len(data))):
        data += more
    return data


def fill(source: BinaryIO, buffer: memoryview) -> int:
    """How many bytes of `buffer` were filled from `source`: all, or fewer at its end."""
    size = 0
    while size < len(buffer) and (more := source.readinto(buffer[size:])):  # type: ignore[attr-defined]  # files have it
        size += more
    return size
