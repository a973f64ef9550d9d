"""Reading a file twice so that the second reading gives nothing that the first did not see.

The first reading notes a digest of every block; in the second, a block is passed on only after its digest agreed. So
what was verified in the first is what is decrypted in the second, even where somebody changes the file in between.
"""

from __future__ import annotations

import hashlib
import io
from typing import BinaryIO, cast

from exchange.crypto.age_stream import read_exactly
from exchange.crypto.hashing import sha256
from exchange.locale import _
from exchange.seal.refusals import refused

BLOCK = 64 * 1024
"""Small, so that a file that is refused by its front costs little to read; 1 GiB has 512 KiB of digests."""


class Reading(io.RawIOBase):
    """One reading of `source` from its beginning; `known` are the digests of the first one.

    Reading raises OpeningError: seal.unreadable, seal.changed.
    """

    def __init__(self, source: BinaryIO, known: tuple[bytes, ...] | None = None) -> None:
        self._source = source
        self._known = known
        self._digests: list[bytes] = []
        self._whole = hashlib.sha256()
        self._held = memoryview(b"")
        try:
            source.seek(0)
        except OSError:
            raise _unreadable() from None

    @property
    def digests(self) -> tuple[bytes, ...]:
        return tuple(self._digests)

    @property
    def sha256(self) -> str:
        """Of all that was read, in hexadecimal."""
        return self._whole.hexdigest()

    def buffered(self) -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(self, BLOCK))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # Buffer is 3.12's
        if not self._held:
            self._held = memoryview(self._next())
        taken, self._held = self._held[: len(buffer)], self._held[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)

    def _next(self) -> bytes:
        try:
            block = read_exactly(self._source, BLOCK)
        except OSError:
            raise _unreadable() from None
        if block:
            self._digests.append(sha256(block))
            self._whole.update(block)
        if self._known is not None and not self._as_known(ended=not block):
            raise refused("seal.changed", _("the sealed file changed while it was being opened"))
        return block

    def _as_known(self, *, ended: bool) -> bool:
        seen = len(self._digests)
        if ended:
            return self._known == self.digests
        return self._known is not None and self._known[seen - 1 : seen] == (self._digests[-1],)


def _unreadable() -> Exception:
    return refused("seal.unreadable", _("the sealed file cannot be read"), hint=_("check the disk, then try again"))
