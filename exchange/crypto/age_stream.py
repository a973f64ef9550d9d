"""The payload of an age v1 file (C2SP age, "Payload"): chunks of 64 KiB, each authenticated, the last one marked.

The reader releases a chunk only after its tag has verified, and ends only at a chunk that was marked as the last:
what was truncated, extended or reordered raises CryptoError (age.payload).
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from types import TracebackType
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from exchange.crypto.age_failure import header_failure, payload_failure
from exchange.crypto.hashing import hkdf
from exchange.errors import CryptoError
from exchange.locale import _

CHUNK = 64 * 1024
_TAG = 16
_NONCE = 16


class ChunkWriter:
    """A file that encrypts what is written to it. `close` writes the last chunk; leaving a `with` by an exception does
    not, so that a file cut short by a fault never opens as a whole one. The target stays open."""

    def __init__(self, target: BinaryIO, file_key: bytes) -> None:
        nonce = secrets.token_bytes(_NONCE)
        target.write(nonce)
        self._target = target
        self._cipher = _cipher(file_key, nonce)
        self._held = bytearray()
        self._count = 0
        self._closed = False

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Take all of `data`. A full chunk is held until more comes, for it may be the last."""
        if self._closed:
            raise ValueError("write to a closed file")
        view = memoryview(data).cast("B")
        start = 0
        while len(self._held) + len(view) - start > CHUNK:
            take = CHUNK - len(self._held)
            self._held += view[start : start + take]
            start += take
            self._put(last=False)
        self._held += view[start:]
        return len(view)

    def close(self) -> None:
        """Write the last chunk. Once closed, closing again does nothing."""
        if not self._closed:
            self._put(last=True)
            self._closed = True

    def _put(self, *, last: bool) -> None:
        self._target.write(self._cipher.encrypt(_chunk_nonce(self._count, last=last), self._held, None))
        self._count += 1
        self._held.clear()

    def __enter__(self) -> ChunkWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.close()
        self._closed = True


class ChunkReader(io.BufferedIOBase):
    """A readable file over the payload of an age file; not seekable. The source stays open."""

    def __init__(self, source: BinaryIO, file_key: bytes) -> None:
        nonce = read_exactly(source, _NONCE)
        if len(nonce) < _NONCE:
            raise header_failure(_("the encrypted file ends inside its header"))
        self._source = source
        self._cipher = _cipher(file_key, nonce)
        self._held = memoryview(b"")
        self._count = 0
        self._past_last = False
        self._ended = False
        self._failure: CryptoError | None = None

    def chunks(self) -> Iterator[bytes]:
        """What is left, authenticated chunk by chunk."""
        if self._held:
            held, self._held = self._held, memoryview(b"")
            yield bytes(held)
        while chunk := self._next():
            yield chunk

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """`size` bytes, fewer only at the end; all that is left if `size` is negative or None."""
        if size is None or size < 0:
            return b"".join(self.chunks())
        parts: list[memoryview] = []
        missing = size
        while missing and (part := self._take(missing)):
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def read1(self, size: int = -1, /) -> bytes:
        """At most one chunk."""
        return bytes(self._take(CHUNK if size < 0 else size))

    def _take(self, size: int) -> memoryview:
        if not self._held:
            self._held = memoryview(self._next())
        taken, self._held = self._held[:size], self._held[size:]
        return taken

    def _next(self) -> bytes:
        """The next chunk's plaintext; empty at the end. A failure is remembered: it must never look like an end."""
        if self._failure:
            raise self._failure
        if self._ended:
            return b""
        try:
            return self._decrypted()
        except CryptoError as failure:
            self._failure = failure
            raise

    def _decrypted(self) -> bytes:
        if self._past_last:
            if self._source.read(1):
                raise payload_failure(_("the encrypted file goes on after its end"))
            self._ended = True
            return b""
        plain, self._past_last = self._open(read_exactly(self._source, CHUNK + _TAG), self._count)
        self._count += 1
        return plain or self._decrypted()  # only an empty payload has an empty chunk

    def _open(self, chunk: bytes, count: int) -> tuple[bytes, bool]:
        """The plaintext, and whether the chunk is marked as the last."""
        if len(chunk) <= _TAG and (count or len(chunk) < _TAG):
            raise payload_failure(_("the encrypted file is cut short"))
        if len(chunk) == CHUNK + _TAG:
            try:
                return self._cipher.decrypt(_chunk_nonce(count, last=False), chunk, None), False
            except InvalidTag:
                pass  # a full chunk may yet be the last one
        try:
            return self._cipher.decrypt(_chunk_nonce(count, last=True), chunk, None), True
        except InvalidTag:
            raise payload_failure(_("the encrypted file has been altered or cut short")) from None


def read_exactly(source: BinaryIO, size: int) -> bytes:
    """`size` bytes, fewer only at the end of `source`, also where a source returns less than was asked for."""
    data = source.read(size)
    while 0 < len(data) < size and (more := source.read(size - len(data))):
        data += more
    return data


def _cipher(file_key: bytes, nonce: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(hkdf(file_key, salt=nonce, info=b"payload"))


def _chunk_nonce(count: int, *, last: bool) -> bytes:
    return count.to_bytes(11, "big") + (b"\x01" if last else b"\x00")
