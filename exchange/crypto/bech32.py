"""Bech32 (BIP 173) without its limit on length, as age writes its keys."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import xor

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
# By the five bits that leave the remainder: what they put back into it.
_FOLDED = [reduce(xor, (f for bit, f in enumerate(_GENERATOR) if top >> bit & 1), 0) for top in range(32)]
_CHECKSUM_LENGTH = 6


def encode(prefix: str, data: bytes) -> str:
    """`data` under a lower-case `prefix`: prefix, "1", data, checksum."""
    words = _regroup(data, 8, 5, pad=True)
    remainder = _polymod([*_expand(prefix), *words, *[0] * _CHECKSUM_LENGTH]) ^ 1
    checksum = [(remainder >> 5 * (5 - place)) & 31 for place in range(_CHECKSUM_LENGTH)]
    return prefix + "1" + "".join(_ALPHABET[word] for word in [*words, *checksum])


def decode(text: str) -> tuple[str, bytes]:
    """The lower-case prefix and the data; ValueError for a text of mixed case, a wrong letter or a wrong checksum."""
    if text not in (text.lower(), text.upper()) or not text.isascii():
        raise ValueError("mixed case")
    prefix, separator, rest = text.lower().rpartition("1")
    if not prefix or not separator or len(rest) < _CHECKSUM_LENGTH or set(rest) - _VALUES.keys():
        raise ValueError("not bech32")
    words = [_VALUES[letter] for letter in rest]
    if _polymod([*_expand(prefix), *words]) != 1:
        raise ValueError("wrong checksum")
    return prefix, bytes(_regroup(words[:-_CHECKSUM_LENGTH], 5, 8, pad=False))


def _expand(prefix: str) -> list[int]:
    return [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]


def _polymod(words: Iterable[int]) -> int:
    remainder = 1
    for word in words:
        remainder = (remainder & 0x1FFFFFF) << 5 ^ word ^ _FOLDED[remainder >> 25]
    return remainder


def _regroup(groups: Iterable[int], size: int, into: int, *, pad: bool) -> list[int]:
    held, bits, regrouped = 0, 0, []
    for group in groups:
        held, bits = (held << size | group) & 0xFFF, bits + size
        while bits >= into:
            bits -= into
            regrouped.append(held >> bits & ((1 << into) - 1))
    if pad and bits:
        regrouped.append(held << (into - bits) & ((1 << into) - 1))
    elif not pad and (bits >= size or held & ((1 << bits) - 1)):
        raise ValueError("wrong padding")
    return regrouped
