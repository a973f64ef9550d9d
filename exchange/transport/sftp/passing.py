"""A file of ours while it passes: read or written block by block, hashed on the way, told to whoever watches."""

from __future__ import annotations

import hashlib
import os
from typing import BinaryIO

from exchange.errors import TransportError
from exchange.transport.landing import altered, disk_errors
from exchange.transport.road import BLOCK, Outgoing, Watch, sha256_of


class _Passing:
    def __init__(self, content: BinaryIO, name: str, size: int, watch: Watch) -> None:
        self.content, self.name, self.size = content, name, size
        self._digest = hashlib.sha256()
        self._watch = watch
        self._done = 0

    @property
    def sha256(self) -> str:
        """Of what has passed, in hexadecimal."""
        return self._digest.hexdigest()

    def go_on_from(self, held: int) -> None:
        """The first `held` bytes have passed, some time before."""
        self._digest, left = hashlib.sha256(), held
        self.content.seek(0)
        while left and (block := self.content.read(min(BLOCK, left))):
            self._digest.update(block)
            left -= len(block)
        self._done = 0
        self.moved(held)

    def moved(self, count: int) -> None:
        """The other side has `count` more bytes, or we have."""
        self._done += count
        self._watch(self.name, self._done, self.size)


class Leaving(_Passing):
    """A file that is put. `stem`: of the names of its parts at the server; it tells the file's name and content."""

    def __init__(self, content: BinaryIO, outgoing: Outgoing, watch: Watch) -> None:
        super().__init__(content, outgoing.name, os.fstat(content.fileno()).st_size, watch)
        self._wanted = outgoing.sha256 or sha256_of(outgoing.source)
        self.stem = f"{outgoing.name}.{self._wanted[:16]}"

    def read(self, count: int) -> bytes:
        with disk_errors(self.name):
            block = self.content.read(count)
        self._digest.update(block)
        return block

    def check(self) -> None:
        """Raises TransportError unless all of it has passed as it was when it began, and is what it must be."""
        if self.content.tell() != self.size or self.sha256 != self._wanted:
            raise TransportError(altered(self.name))

    def whole(self) -> str:
        """Its digest, when the other side has it already. Raises TransportError as `check`."""
        with disk_errors(self.name):
            self.go_on_from(self.size)
        self.check()
        return self.sha256


class Coming(_Passing):
    """A file that is fetched, into a part of ours."""

    def take(self, block: memoryview) -> None:
        with disk_errors(self.name):
            self.content.write(block)
        self._digest.update(block)
        self.moved(len(block))

    def go_on_from(self, held: int) -> None:
        with disk_errors(self.name):
            super().go_on_from(held)
            self.content.truncate(held)
