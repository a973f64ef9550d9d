"""Indonesian names, so written that one person's name comes out the same however it was noted down.

>>> skeleton("Moch. Joesoef, S.Pd") == skeleton("YUSUF MUHAMMAD")
True
>>> skeleton("Ibu Sitti Noerhajati") == skeleton("Siti Nurhayati")
True

First words (honorifics and degrees out, short forms written out), then letters (old spellings, doubled letters, y and
i, what the ear cannot tell), then vowels (out, in a skeleton), then order. For comparing only, never for reading.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Before or after a name, no part of it. "I" and "Ni" of Balinese names tell the sex only; a father follows "bin".
HONORIFICS = _listed(
    "bpk bapak bp pak ibu bu sdr sdri sdra saudara saudari tn tuan ny nyonya nn nona mr mrs ms mas mbak mba kak"
    " kakak adik dik haji hajah hajjah hj h kh ustad ustadz ustadzah ust pdt pendeta pastor romo suster"
    " dr drs dra drg ir prof alm almh almarhum almarhumah bin binti bt i ni"
)
DEGREES = _listed("spd skom ssos sag ssi skep sfarm spsi shum skes sh se st mpd mkom msi mh mm ma amd")
# What is written where no name is known; it would make one person of many.
STOPGAPS = _listed("anonim anonymous unknown noname n nn x xx xxx tidak diketahui tanpa nama rahasia")
_DOTTED_DEGREE = re.compile(r"\b[sma]\.\s?(pd|kom|sos|ag|si|kep|farm|psi|hum|kes|md|h|e|t|m)\b")
_APOSTROPHES = re.compile(r"['’‘`ʼ´]")

MUHAMMAD = _listed(
    "muhamad muhammed muhamed mohammad mohamad mohammed mohamed mochammad mochamad muchammad muchamad moehammad"
    " moehamad mohd muhd mhd moh muh moch much"
)
_LONG_FORM = {**dict.fromkeys(MUHAMMAD, "muhammad"), "abd": "abdul", "st": "siti"}

# A word that writes oe, tj, dj or sj is in the spelling before 1972, where j alone is today's y: Soerjani is Suryani.
_OLD = re.compile("oe|tj|dj|sj")
_OLD_J = re.compile("(?<![tdsn])j")
# Letters, in this order: old spellings to today's, then what the ear cannot tell.
_LETTERS = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        ("oe|oo", "u"),
        ("dj", "j"),
        ("tj", "c"),
        ("sj", "sy"),
        ("nj", "ny"),
        ("chr", "kr"),
        ("ch", "kh"),
        ("kh", "h"),
        ("ph|v", "f"),
        ("([bdgt])h", r"\1"),
        ("x", "ks"),
        ("q", "k"),
        ("z", "s"),
        ("^j(?=[aiueo])", "y"),  # Julia is Yulia
        ("ie|y", "i"),
        (r"(.)\1+", r"\1"),
        (r"(?<=[aiueo])h$", ""),
    )
)


@lru_cache(maxsize=65536)
def words(name: str) -> tuple[str, ...]:
    """The words of a name as they are compared, in the order written. Empty where it holds no letter, or a stopgap.

    A single letter is kept only if there is nothing else; "M." before another word is Muhammad.
    """
    plain = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", name)).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    front, *tails = _DOTTED_DEGREE.sub(" ", plain).split(",")
    found = _split(front) + [word for tail in tails for word in _split(tail) if word not in DEGREES]
    named = [word for word in found if word not in HONORIFICS] or found
    if STOPGAPS.issuperset(named):
        return ()
    if len(named) > 1:
        named = ["muhammad" if word == "m" else word for word in named]
        named = [word for word in named if len(word) > 1] or named
    return tuple(_sounds(_LONG_FORM.get(word, word)) for word in named)


def skeleton(name: str) -> str:
    """The consonants of all words, in one order: "Siti Aminah" and "AMINAH SITTI" are the same."""
    return " ".join(sorted({_bones(word) for word in words(name)}))


def bones(name: str) -> tuple[str, ...]:
    """The consonants of each word, those first that tell most: not shared by half the country, then the longest."""
    found = sorted(set(words(name)), key=lambda word: (word in _SHARED, -len(word), word))
    return tuple(dict.fromkeys(_bones(word) for word in found))


def _split(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text)


def _sounds(word: str) -> str:
    if _OLD.search(word):
        word = _OLD_J.sub("y", word)
    for pattern, plain in _LETTERS:
        word = pattern.sub(plain, word)
    return word


@lru_cache(maxsize=65536)
def _bones(word: str) -> str:
    """The first letter and the consonants after it, none twice in a row."""
    return re.sub(r"(.)\1+", r"\1", word[:1] + re.sub("[aiueo]", "", word[1:]))


_SHARED = frozenset(_sounds(word) for word in ("muhammad", "siti", "abdul", "nur", "sri"))
