"""A file of ours while it passes: read or written block by block, hashed on the way, told to whoever watches."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import BinaryIO

from exchange.errors import TransportError
from exchange.transport.landing import altered, disk_errors
from exchange.transport.road import BLOCK, Outgoing, Watch, sha256_of

AT_ONCE = 1 << 20  # bytes that are hashed in one piece, beside what goes on
BEHIND = 8  # pieces by which hashing may lag


@cache
def _beside() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "hashing")


class _Digest:
    """SHA-256 in a thread beside: hashlib lets others work meanwhile, and a fast link would wait for it."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._gathered: list[bytes | memoryview] = []
        self._size = 0
        self._under_way: deque[Future[None]] = deque()

    def update(self, block: bytes | memoryview) -> None:
        self._gathered.append(block)
        self._size += len(block)
        if self._size >= AT_ONCE:
            self._under_way.append(_beside().submit(self._hash, self._gathered))
            self._gathered, self._size = [], 0
            if len(self._under_way) > BEHIND:
                self._under_way.popleft().result()

    def hexdigest(self) -> str:
        while self._under_way:
            self._under_way.popleft().result()
        self._hash(self._gathered)
        self._gathered, self._size = [], 0
        return self._sha256.hexdigest()

    def _hash(self, blocks: Iterable[bytes | memoryview]) -> None:
        for block in blocks:
            self._sha256.update(block)


class _Passing:
    def __init__(self, content: BinaryIO, name: str, size: int, watch: Watch) -> None:
        self.content, self.name, self.size = content, name, size
        self._digest = _Digest()
        self._watch = watch
        self._done = 0

    @property
    def sha256(self) -> str:
        """Of what has passed, in hexadecimal."""
        return self._digest.hexdigest()

    def go_on_from(self, held: int) -> None:
        """The first `held` bytes have passed, some time before."""
        self._digest, left = _Digest(), held
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
