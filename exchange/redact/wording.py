"""How texts are compared in the last look: as words without case, accents, apostrophes, punctuation, signs that nobody
sees, or letters of other alphabets that look like ours."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from exchange.extracts import arrow

if TYPE_CHECKING:
    import pyarrow as pa

# Digits at the end of a word are a word: "Tefnai2" and "mariatefnai99" say whom they mean.
_WORD = re.compile(r"[^\W\d_]{4,}+(?=\d++(?:[\W_]|\Z))|[^\W_]+")
_APOSTROPHES = re.compile(r"['’‘`ʼʻ´′＇]")
_OWNING = re.compile(r"(?<=\w)['’ʼ＇]s\b", re.IGNORECASE)  # "Tefnai's" is about Tefnai
# Characters without a width, for the inside of a pattern's brackets: a reader does not see that they are there.
WITHOUT_WIDTH = (
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    r"\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff"
)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
# Small letters whose small or capital form reads as one of ours, and that NFKD leaves as they are: of other alphabets,
# small capitals, and letters in circles, in squares, and of flags.
_LOOK_ALIKES = str.maketrans(
    "авсеіјкмнорѕтухαβεζηικμνορτυχøđðłıɑɡոօսհցզᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ",
    "abceijkmhopstyxabezhikmnoptyxoddliagnouhgqabcdefghijklmnoprstuvwyz",
) | {start + place: letter for start in (0x1F150, 0x1F170, 0x1F1E6) for place, letter in enumerate(_ALPHABET)}


def plain_words(text: str) -> list[str]:
    """ "Nur'aini  TEFNAI-Bere2" → nuraini, tefnai, bere, 2."""
    return _WORD.findall(_plain(text))


def written_words(text: str) -> list[str]:
    """The words of a text in its own letters."""
    return _WORD.findall(text)


def run_together(words: list[str]) -> str:
    """ "siti", "aminah" → sitiaminah; "yks", "2026", "0117" → yks20260117. Numbers without a letter stay apart: case
    2026-0117 is no 17 January."""
    together = "".join(words)
    return "-".join(words) if together.isdigit() else together


def _plain(text: str) -> str:
    bare = _APOSTROPHES.sub("", _OWNING.sub("", text))
    if bare.isascii():
        return bare.casefold()
    return unicodedata.normalize("NFKD", bare).casefold().translate(_AS_READ)


class _Seen(dict[int, int | str | None]):
    """What a reader takes each character for, None where nobody sees it; worked out when it is first met."""

    def __init__(self, taken_for: Mapping[int, int | str]) -> None:
        super().__init__()
        self._taken_for = taken_for

    def __missing__(self, code: int) -> int | str | None:
        sign = chr(code)
        unseen = unicodedata.category(sign) in _UNSEEN or _WITHOUT_WIDTH.match(sign)
        self[code] = None if unseen else self._taken_for.get(code, code)
        return self[code]


_WITHOUT_WIDTH = re.compile(f"[{WITHOUT_WIDTH}]")
_UNSEEN = frozenset({"Mn", "Me", "Cf"})  # accents, and signs such as a soft hyphen or a space without width
_AS_READ = _Seen(_LOOK_ALIKES)
_AS_WRITTEN = _Seen({})


def digit_chunks(text: str, between: str = r"[\s().\-+]") -> list[list[str]]:
    """Runs of digits that a person could read as one number, each as its groups: "0812 37-00" → [0812, 37, 00].

    `between`: what may stand between the groups of one number, up to three times.
    """
    return [re.findall("[0-9]+", run) for run in _run(between).findall(_in_our_digits(text))]


@cache
def _run(between: str) -> re.Pattern[str]:
    return re.compile(f"[0-9](?:{between}{{0,3}}[0-9])*")


def _in_our_digits(text: str) -> str:
    if text.isascii():
        return text
    written = unicodedata.normalize("NFKC", text).translate(_AS_WRITTEN)
    return "".join(str(unicodedata.digit(sign, sign)) for sign in written)


@lru_cache(maxsize=4096)
def without_prefix(digits: str) -> str:
    """A phone number's digits without country code or leading zero: 0812…, 62812…, 0062812… → 812…"""
    return re.sub(r"^(0062|62|0)0?", "", digits)


def without_country(digits: str) -> str:
    """The same of digits that begin with the code of a country (ITU E.164): 6012… → 12…, 852912… → 912…"""
    return re.sub(f"^(?:[17]|{_TWO_DIGITS}|[2-9][0-9]{{2}})0?", "", digits)


_TWO_DIGITS = "2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]"


_ODD = 1  # letters outside ASCII, and apostrophes
_SMALL = bytes(
    ord(chr(byte).lower()) if chr(byte).isascii() and chr(byte).isalnum() else byte >= 0x80 or chr(byte) in "'`"
    for byte in range(256)
)  # what becomes of each byte; 0: it is left out


def all_run_together(texts: pa.StringArray) -> pa.StringArray:
    """The words of each text without anything between them, the plain ones as a whole column."""
    import numpy as np
    import pyarrow.compute as pc

    letters, places = arrow.letters_of(texts)
    small = np.frombuffer(_SMALL, np.uint8)[letters]
    kept = small > 0
    together = arrow.texts_from(small, places)
    if not kept.all():
        together = arrow.texts_from(small[kept], arrow.places_of(kept)[places])
    odd = np.zeros(len(texts), bool)
    odd[np.searchsorted(places, np.flatnonzero(small == _ODD), side="right") - 1] = True
    if not odd.any():
        return together
    others = ["".join(plain_words(text)) for text in texts.filter(arrow.bools(odd)).to_pylist()]
    return pc.replace_with_mask(together, arrow.bools(odd), arrow.texts(others))
