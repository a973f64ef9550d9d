"""The words of a recovery share: those of SLIP-39 (1,024 English words that differ within their first four letters),
as people type them, and where a mistake is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import combinations
from typing import TypeAlias

Share: TypeAlias = tuple[str, ...]

WORDS = 33
"""In a share of 32 bytes."""

_CHECKSUM = 3  # the last words of a share
_BITS = 10  # of a word
_BEGINNING = 4  # letters; no word has fewer
_CUSTOM = b"shamir_extendable"  # what stands before the words when their checksum is made
_NO_LETTERS = re.compile(r"[\d\s.,;:()\[\]-]+")


def words_of(text: str) -> Share:
    """The words in what a person typed, pasted or kept in a file: numbers, commas and capitals do not count, and the
    first four letters of a word are enough. What is no word stays as it is."""
    return tuple(known_word(each) or each for each in _NO_LETTERS.split(text.lower()) if each)


def known_word(text: str) -> str | None:
    """The word of the list that `text` is, or of which it is the first four letters or more."""
    word = _by_beginning().get(text[:_BEGINNING])
    return word if word is not None and word.startswith(text) else None


def unknown_places(words: Sequence[str]) -> tuple[int, ...]:
    """The numbers, from 1, of the words that are not in the list."""
    return tuple(place for place, word in enumerate(words, 1) if word not in _numbers())


def nearest(text: str) -> Share:
    """Words of the list that are written like `text`, the nearest first: for the screen of whoever types it, and for
    nothing that is kept."""
    from difflib import get_close_matches

    return tuple(get_close_matches(text.lower(), _numbers(), n=3))


def doubtful_places(words: Sequence[str]) -> tuple[int, ...]:
    """Where the mistake is in 33 words of the list whose checksum does not fit: the number of the word, if one is
    wrong; both numbers, if two were swapped; () if it is worse.

    Never which word would be right: that is for the sheet to say. A checksum of Reed and Solomon's kind is linear: what
    a mistake does to it depends on the place and the change alone.
    """
    given = [_numbers()[each] for each in words]
    gap = _packed(_checksum(given[:-_CHECKSUM])) ^ _packed(given[-_CHECKSUM:])
    changes = _gaps()
    wrong = [(place,) for place, of_place in enumerate(changes) if gap in of_place[1:]]
    swapped = [
        (one, other)
        for one, other in combinations(range(WORDS), 2)
        if changes[one][given[one] ^ given[other]] ^ changes[other][given[one] ^ given[other]] == gap
    ]
    found = [*wrong, *swapped]
    return tuple(place + 1 for place in found[0]) if gap and found else ()


@cache
def _gaps() -> tuple[tuple[int, ...], ...]:
    """For each place and each change of its word (of its number, bit by bit): how far the checksum that stands there is
    then from the one that should."""
    return tuple(_gaps_at(place) for place in range(WORDS))


def _gaps_at(place: int) -> tuple[int, ...]:
    gaps = [0]
    for bit in range(_BITS):
        change = [0] * WORDS
        change[place] = 1 << bit
        moved = _packed(_checksum(change[:-_CHECKSUM])) ^ _packed(_checksum([0] * (WORDS - _CHECKSUM)))
        gaps += [gap ^ moved ^ _packed(change[-_CHECKSUM:]) for gap in gaps]
    return tuple(gaps)


def _checksum(data: Sequence[int]) -> Sequence[int]:
    from shamir_mnemonic import rs1024  # type: ignore[import-untyped]  # it ships no types

    made: Sequence[int] = rs1024.create_checksum(data, _CUSTOM)
    return made


def _packed(words: Sequence[int]) -> int:
    packed = 0
    for each in words:
        packed = packed << _BITS | each
    return packed


@cache
def _numbers() -> dict[str, int]:
    from shamir_mnemonic.wordlist import WORDLIST  # type: ignore[import-untyped]

    return {word: number for number, word in enumerate(WORDLIST)}


@cache
def _by_beginning() -> dict[str, str]:
    return {word[:_BEGINNING]: word for word in _numbers()}
