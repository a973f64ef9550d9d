"""How texts are compared in the last look: as words without case, accents, apostrophes or punctuation."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = re.compile(r"['’‘`ʼ´]")


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
    bare = _APOSTROPHES.sub("", text)
    if bare.isascii():
        return bare.casefold()
    spread = unicodedata.normalize("NFKD", bare).casefold()
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


def digit_chunks(text: str) -> list[list[str]]:
    """Runs of digits that a person could read as one number, each as its groups: "0812 37-00" → [0812, 37, 00]."""
    return [re.findall(r"\d+", run) for run in _RUN.findall(unicodedata.normalize("NFKC", text))]


_RUN = re.compile(r"\d(?:[\s().\-+]{0,3}\d)*", re.ASCII)


@lru_cache(maxsize=4096)
def without_prefix(digits: str) -> str:
    """A phone number's digits without country code or leading zero: 0812…, 62812…, 0062812… → 812…"""
    return re.sub(r"^(0062|62|0)0?", "", digits)
