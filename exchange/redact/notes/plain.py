"""A note as the recognisers read it: without signs that nobody sees, in our digits and letters, cut into words."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

_DIGIT = re.compile(r"\d")
WORD: Final = re.compile(r"[^\W\d_]+(?:['’‘`-][^\W\d_]+)*")
# What reads as one of our letters and is another's; small letters first, capitals after them.
_OTHERS = "авсеіјкмнорѕтухαβεζηικμνορτυχ"
_OURS = "abceijkmhopstyxabezhikmnoptyx"
_LOOK_ALIKES = str.maketrans(_OTHERS + _OTHERS.upper(), _OURS + _OURS.upper())
_UNSEEN = frozenset({"Mn", "Me", "Cf"})  # accents, and signs such as a soft hyphen or a space without width
_CAPITALS = 0.6  # the share of capitals from which a note is written in capitals


class Word(NamedTuple):
    """One word where it stands in the plain text. `text` is in small letters."""

    start: int
    end: int
    text: str
    shape: str  # "small", "title", "capitals"


@dataclass(frozen=True, slots=True)
class Note:
    """`at[i]`: where character `i` of `text` stands in the note as it came; `None` where the two are the same.

    `cased`: whether capitals tell anything; in a note all in small letters or all in capitals they do not.
    """

    text: str
    small: str
    words: tuple[Word, ...]
    cased: bool
    has_digits: bool
    at: Sequence[int] | None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span in the note as it came."""
        return (start, end) if self.at is None else (self.at[start], self.at[end - 1] + 1)


def listed(words: str) -> frozenset[str]:
    """The words of a text as a set: how lists of words are written in this room."""
    return frozenset(words.split())


def read(text: str) -> Note:
    plain, at = (text, None) if text.isascii() else _plain(text)
    small = _small(plain)
    words = tuple(_words(plain, small))
    return Note(plain, small, words, _is_cased(words), _DIGIT.search(plain) is not None, at)


def in_small(text: str) -> str:
    """The plain text in small letters: all that is asked of a text that is no note."""
    return _small(text if text.isascii() else _plain(text)[0])


def words_from(note: Note, start: int) -> tuple[Word, ...]:
    """The next few words from `start` on."""
    first = bisect_left(note.words, start, key=lambda word: word.start)
    return note.words[first : first + 6]


def _words(plain: str, small: str) -> Iterator[Word]:
    for found in WORD.finditer(plain):
        start, end = found.span()
        text, written = small[start:end], plain[start:end]
        yield Word(start, end, text, "small" if text == written and text.isascii() else _shape(written))


def _small(plain: str) -> str:
    small = plain.lower()
    if len(small) != len(plain):  # İ grows in small letters
        small = "".join(letter.lower()[0] for letter in plain)
    return small


def _plain(text: str) -> tuple[str, Sequence[int]]:
    letters, at = [], []
    for place, sign in enumerate(text):
        for one in sign if sign.isascii() else _one(sign):
            letters.append(one)
            at.append(place)
    return "".join(letters), at


def _one(sign: str) -> str:
    """One sign in our letters and digits, without its accent; nothing for what nobody sees."""
    spread = unicodedata.normalize("NFKD", sign)
    seen = "".join(one for one in spread if unicodedata.category(one) not in _UNSEEN)
    return "".join(_digit(one) for one in seen).translate(_LOOK_ALIKES)


def _digit(sign: str) -> str:
    if sign in "‐‑‒−":
        return "-"
    if sign.isspace() and sign not in "\n\r":
        return " "
    value = unicodedata.digit(sign, None)
    return sign if value is None else str(value)


def _shape(word: str) -> str:
    if word.islower():
        return "small"
    return "capitals" if len(word) > 1 and word.isupper() else "title"


def _is_cased(words: tuple[Word, ...]) -> bool:
    shapes = [word.shape for word in words if word.end - word.start > 1]
    return shapes.count("capitals") <= _CAPITALS * len(shapes) and shapes.count("small") < len(shapes)
