"""The chunks of an age v1 payload, batch by batch: nothing here depends on the batch before, so batches may be worked
on side by side."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from exchange.crypto.age_failure import payload_failure
from exchange.crypto.hashing import hkdf
from exchange.crypto.stages import Buffers
from exchange.errors import CryptoError
from exchange.locale import _

CHUNK = 64 * 1024
TAG = 16
SEALED = CHUNK + TAG
BATCH = 16
"""Chunks that are worked on together, at most."""
PLAIN_BATCH, SEALED_BATCH = BATCH * CHUNK, BATCH * SEALED


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive chunks, sealed or to be sealed: the number of the first, and whether the payload ends with them
    (where that is known)."""

    first: int
    content: memoryview
    last: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """What the chunks of a batch hold, up to the first that is not authentic, and why that one is not; `last`: one of
    them was marked as the last."""

    content: memoryview
    last: bool
    failure: CryptoError | None


class Chunks:
    """The cipher of one payload. Buffers come from `plain` and `sealed`; a batch's own is given back there."""

    def __init__(self, file_key: bytes, nonce: bytes) -> None:
        self._key = hkdf(file_key, salt=nonce, info=b"payload")
        self.plain, self.sealed = Buffers(PLAIN_BATCH), Buffers(SEALED_BATCH)

    def seal(self, batch: Batch) -> memoryview:
        """The chunks that hold `batch.content`; an empty payload has an empty one."""
        cipher, into, size = self._cipher(), self.sealed.take(), 0
        starts = range(0, max(1, len(batch.content)), CHUNK)
        for number, start in enumerate(starts, batch.first):
            chunk = batch.content[start : start + CHUNK]
            nonce = _nonce(number, last=batch.last and start == starts[-1])
            size += cipher.encrypt_into(nonce, chunk, None, into[size : size + len(chunk) + TAG])
        self.plain.give(batch.content)
        return into[:size]

    def open(self, batch: Batch) -> Opened:
        """What the chunks of `batch` hold."""
        cipher, into, size, last, failure = self._cipher(), self.plain.take(), 0, False, None
        starts = range(0, len(batch.content), SEALED)
        for number, start in enumerate(starts, batch.first):
            chunk = batch.content[start : start + SEALED]
            try:
                if last:
                    raise after_end()
                last = _open_chunk(cipher, number, chunk, into[size : size + len(chunk) - TAG])
            except CryptoError as error:
                failure = error
                break
            size += len(chunk) - TAG
        self.sealed.give(batch.content)
        return Opened(into[:size], last, failure)  # what lies behind it in the buffer is not authentic

    def _cipher(self) -> ChaCha20Poly1305:
        return ChaCha20Poly1305(self._key)  # one for each batch: two threads at one would wait for each other


def _open_chunk(cipher: ChaCha20Poly1305, number: int, chunk: memoryview, into: memoryview) -> bool:
    """Decrypt `chunk`; whether it is marked as the last. What `into` holds after a failure is worth nothing."""
    if len(chunk) < TAG or (len(chunk) == TAG and number):
        raise cut_short()
    if len(chunk) == SEALED and _fits(cipher, _nonce(number, last=False), chunk, into):
        return False
    if not _fits(cipher, _nonce(number, last=True), chunk, into):  # a full one may be the last one too
        raise payload_failure(_("the encrypted file has been altered or cut short"))
    return True


def _fits(cipher: ChaCha20Poly1305, nonce: bytes, chunk: memoryview, into: memoryview) -> bool:
    try:
        cipher.decrypt_into(nonce, chunk, None, into)
    except InvalidTag:
        return False
    return True


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def cut_short() -> CryptoError:
    return payload_failure(_("the encrypted file is cut short"))


def after_end() -> CryptoError:
    return payload_failure(_("the encrypted file goes on after its end"))
