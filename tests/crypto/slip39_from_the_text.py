"""A second reader of SLIP-39 shares, written from the standard's text: slow, plain, with nothing of the library's but
the list of words. One group only, as our shares are."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from shamir_mnemonic.wordlist import WORDLIST  # type: ignore[import-untyped]

_SECRET, _DIGEST = 255, 254
_GENERATOR = (
    0xE0E040, 0x1C1C080, 0x3838100, 0x7070200, 0xE0E0009, 0x1C0C2412, 0x38086C24, 0x3090FC48, 0x21B1F890, 0x3F3F120,
)  # fmt: skip


def combined(shares: Sequence[str], passphrase: bytes = b"") -> bytes:
    """The master secret. AssertionError for whatever the standard does not allow."""
    read = [_fields(share) for share in shares]
    heads = {head for head, _index, _value in read}
    assert len(heads) == 1
    identifier, extendable, exponent, threshold = heads.pop()
    points = {index: value for _head, index, value in read}
    assert len(points) == len(shares) == threshold
    secret, digest = _at(points, _SECRET), _at(points, _DIGEST)
    if threshold == 1:
        secret = next(iter(points.values()))
    else:
        assert digest[:4] == hmac.digest(digest[4:], secret, "sha256")[:4]
    return _decrypted(secret, passphrase, exponent, b"" if extendable else b"shamir" + identifier.to_bytes(2, "big"))


def _fields(share: str) -> tuple[tuple[int, bool, int, int], int, bytes]:
    words = [WORDLIST.index(word) for word in share.split()]
    bits = "".join(f"{word:010b}" for word in words)
    extendable = bits[15] == "1"
    assert _polymod([*(b"shamir_extendable" if extendable else b"shamir"), *words]) == 1
    group_index, group_threshold, groups, index, threshold = (int(bits[at : at + 4], 2) for at in range(20, 40, 4))
    assert (group_index, group_threshold, groups) == (0, 0, 0)
    value = bits[40:-30]
    padding = len(value) % 16
    assert padding <= 8
    assert "1" not in value[:padding]
    number = int(value, 2).to_bytes((len(value) - padding) // 8, "big")
    return (int(bits[:15], 2), extendable, int(bits[16:20], 2), threshold + 1), index, number


def _polymod(values: Sequence[int]) -> int:
    check = 1
    for value in values:
        top = check >> 20
        check = (check & 0xFFFFF) << 10 ^ value
        for bit in range(10):
            check ^= _GENERATOR[bit] if top >> bit & 1 else 0
    return check


def _times(one: int, other: int) -> int:
    """In the field of AES."""
    product = 0
    for _bit in range(8):
        product ^= one if other & 1 else 0
        one, other = (one << 1) ^ (0x11B if one & 0x80 else 0), other >> 1
    return product


def _over(one: int, other: int) -> int:
    return next(each for each in range(256) if _times(each, other) == one)


def _at(points: dict[int, bytes], x: int) -> bytes:
    """Lagrange's polynomial through the points."""
    length = len(next(iter(points.values())))
    total = [0] * length
    for one, value in points.items():
        factor = 1
        for other in points:
            if other != one:
                factor = _times(factor, _over(x ^ other, one ^ other))
        total = [sofar ^ _times(byte, factor) for sofar, byte in zip(total, value, strict=True)]
    return bytes(total)


def _decrypted(secret: bytes, passphrase: bytes, exponent: int, salt: bytes) -> bytes:
    half = len(secret) // 2
    left, right = secret[:half], secret[half:]
    for turn in (3, 2, 1, 0):
        key = bytes([turn]) + passphrase
        made = hashlib.pbkdf2_hmac("sha256", key, salt + right, 2500 << exponent, half)
        left, right = right, bytes(a ^ b for a, b in zip(left, made, strict=True))
    return right + left
