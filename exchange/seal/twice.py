"""Reading a file twice so that the second reading gives nothing that the first did not see.

The first reading notes, after every block, the digest of all that was read until then; in the second, a block is passed
on only after that digest agreed. So what was verified in the first is what is decrypted in the second, even where
somebody changes the file in between.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Generator
from itertools import chain, repeat
from typing import BinaryIO, cast

from exchange.crypto.age_stream import fill
from exchange.crypto.stages import Buffers, ahead
from exchange.locale import _
from exchange.seal.refusals import refused

_SMALL = 64 * 1024
_BLOCK = 1024 * 1024
"""1 GiB has 32 KiB of digests."""
_ALONE = 4
"""Small blocks at the beginning, so that a file that is refused by its front costs little to read."""
_NOTHING = memoryview(b"")


class Reading(io.RawIOBase):
    """One reading of `source` from its beginning; `known` are the digests of the first one.

    A long file is read and hashed in a thread; whoever does not read to the end closes the reading. Reading raises
    OpeningError: seal.unreadable, seal.changed.
    """

    def __init__(self, source: BinaryIO, known: tuple[bytes, ...] | None = None) -> None:
        self._source = source
        self._known = known
        self._digests: list[bytes] = []
        self._whole = hashlib.sha256()
        self._held = _NOTHING
        self._failure: BaseException | None = None
        self._buffers = Buffers(_BLOCK)
        self._blocks = ahead(self._checked(), after=2 * _ALONE)
        try:
            source.seek(0)
        except OSError:
            raise _unreadable() from None

    @property
    def digests(self) -> tuple[bytes, ...]:
        """After each block, of all until there."""
        return tuple(self._digests)

    @property
    def sha256(self) -> str:
        """Of all that was read, in hexadecimal."""
        return self._whole.hexdigest()

    def buffered(self) -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(self, _SMALL))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # Buffer is 3.12's
        if not self._held:
            done, self._held = self._held, _NOTHING
            if done.obj:  # not before the first block, nor after the last
                self._buffers.give(done)
            self._held = self._next()
        taken, self._held = self._held[: len(buffer)], self._held[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)

    def close(self) -> None:
        try:
            self._blocks.close()
        finally:
            super().close()

    def _next(self) -> memoryview:
        """The next block. A failure is remembered: it must never look like an end."""
        if self._failure:
            raise self._failure
        try:
            return next(self._blocks, _NOTHING)
        except BaseException as failure:
            self._failure = failure
            raise

    def _checked(self) -> Generator[memoryview]:
        """Every block, once it is known to be the one that the first reading saw."""
        for size in chain(repeat(_SMALL, _ALONE), repeat(_BLOCK)):
            block = self._read(size)
            if block:
                self._whole.update(block)
                self._digests.append(self._whole.copy().digest())
            if self._known is not None and not self._as_known(self._known, ended=not block):
                raise refused("seal.changed", _("the sealed file changed while it was being opened"))
            if not block:
                return
            yield block

    def _read(self, size: int) -> memoryview:
        buffer = self._buffers.take()
        try:
            return buffer[: fill(self._source, buffer[:size])]
        except OSError:
            raise _unreadable() from None

    def _as_known(self, known: tuple[bytes, ...], *, ended: bool) -> bool:
        if ended:
            return known == self.digests
        seen = len(self._digests)
        return known[seen - 1 : seen] == (self._digests[-1],)


def _unreadable() -> Exception:
    return refused("seal.unreadable", _("the sealed file cannot be read"), hint=_("check the disk, then try again"))
