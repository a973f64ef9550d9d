"""SHA-256 of bytes and streams, keyed hashes of several parts, and keys derived from keys."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from typing import BinaryIO

BLOCK = 1024 * 1024
"""Bytes read at a time from a stream that is hashed."""


def sha256(data: bytes) -> bytes:
    """32 bytes (FIPS 180-4)."""
    return hashlib.sha256(data).digest()


def hash_stream(algorithm: str, source: BinaryIO) -> bytes:
    """The hash of all that is left in `source` by a hash that hashlib knows, read in blocks."""
    running = hashlib.new(algorithm)
    while block := source.read(BLOCK):
        running.update(block)
    return running.digest()


def keyed(key: bytes, *parts: bytes | str) -> bytes:
    """HMAC-SHA-256 over `parts`, 32 bytes; texts count as UTF-8.

    Each part is preceded by its length, so that ("ab", "c") and ("a", "bc") differ. The first part should name what
    the hash is for, or the key should be derived for it: see `derive`.
    """
    running = hmac.new(key, digestmod="sha256")
    for part in parts:
        running.update(_measured(part))
    return running.digest()


def all_keyed(key: bytes, first: str, parts: Iterable[str]) -> Iterator[bytes]:
    """`keyed(key, first, part)` for each part, the beginning hashed once: twice as fast for a whole column."""
    begun = hmac.new(key, digestmod="sha256")
    begun.update(_measured(first))
    for part in parts:
        running = begun.copy()
        running.update(_measured(part))
        yield running.digest()


def _measured(part: bytes | str) -> bytes:
    data = part.encode("utf-8") if isinstance(part, str) else part
    return len(data).to_bytes(8, "big") + data


def derive(key: bytes, purpose: str, length: int = 32) -> bytes:
    """A key of its own for `purpose`, from a key that is already random (HKDF-SHA-256, RFC 5869).

    A passphrase is not such a key: see `Passphrase` in `exchange.crypto.age`.
    """
    return hkdf(key, salt=b"", info=purpose.encode("utf-8"), length=length)


def stretch(data: bytes, purpose: str, length: int = 32) -> bytes:
    """A hash that is slow and needs 32 MiB (scrypt 2^15, RFC 7914), for values so short that many inputs could be
    tried until two agree. About a tenth of a second."""
    return hashlib.scrypt(data, salt=purpose.encode("utf-8"), n=2**15, r=8, p=1, maxmem=2**26, dklen=length)


def hkdf(secret: bytes, *, salt: bytes, info: bytes, length: int = 32) -> bytes:
    """HKDF-SHA-256 (RFC 5869): extract, then expand to `length` bytes, at most 8160."""
    extracted = hmac.digest(salt or bytes(32), secret, "sha256")
    block, expanded = b"", b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.digest(extracted, block + info + bytes([counter]), "sha256")
        expanded += block
    return expanded[:length]
