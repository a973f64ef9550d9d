"""How texts are compared in the last look: as words without case, accents, apostrophes, punctuation, signs that nobody
sees, or letters of other alphabets that look like ours."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from exchange.extracts import arrow

if TYPE_CHECKING:
    import pyarrow as pa

_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = re.compile(r"['’‘`ʼʻ´′＇]")
_OWNING = re.compile(r"(?<=\w)['’ʼ＇]s\b", re.IGNORECASE)  # "Tefnai's" is about Tefnai
# Small letters whose small or capital form reads as one of ours, and that NFKD leaves as they are.
_LOOK_ALIKES = str.maketrans("авсеіјкмнорѕтухαβεζηικμνορτυχøđðłı", "abceijkmhopstyxabezhikmnoptyxoddli")


def plain_words(text: str) -> list[str]:
    """ "Nur'aini  TEFNAI-Bere" → nuraini, tefnai, bere."""
    return _WORD.findall(_plain(text))


def run_together(words: list[str]) -> str:
    """ "siti", "aminah" → sitiaminah. Numbers stay apart: case 2026-0117 is no 17 January."""
    together = "".join(words)
    if together.isalpha():
        return together
    return re.sub(r"(?<=\d) (?=\d)", "-", " ".join(words)).replace(" ", "")


def _plain(text: str) -> str:
    bare = _APOSTROPHES.sub("", _OWNING.sub("", text))
    if bare.isascii():
        return bare.casefold()
    spread = unicodedata.normalize("NFKD", bare).casefold()
    seen = (letter for letter in spread if unicodedata.category(letter) not in _UNSEEN)
    return "".join(seen).translate(_LOOK_ALIKES)


_UNSEEN = frozenset({"Mn", "Me", "Cf"})  # accents, and signs such as a soft hyphen or a space without width


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
    seen = (sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) not in _UNSEEN)
    return "".join(str(unicodedata.digit(sign, sign)) for sign in seen)


@lru_cache(maxsize=4096)
def without_prefix(digits: str) -> str:
    """A phone number's digits without country code or leading zero: 0812…, 62812…, 0062812… → 812…"""
    return re.sub(r"^(0062|62|0)0?", "", digits)


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
