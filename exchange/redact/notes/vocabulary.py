"""What kind of word a word is: everyday, in a dictionary only, also a name, a place that stays, or known to nobody."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from enum import IntEnum
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path

from exchange.codes import places
from exchange.codes.tables import rows
from exchange.redact.notes.cues import CUES
from exchange.redact.notes.morphology import as_spoken, derived_from, is_english, swapped, with_one_wrong, without_slip

_FOLDER = Path(__file__).parent / "words"
_GENERAL = 6  # lines of the dictionary that hold no dialect
_LIKE_A_NAME = 6  # letters
_LONG = 7  # letters from which a slip of a seldom word is told from a name


class Tier(IntEnum):
    """From what is surely a plain word to what is surely none."""

    EVERYDAY = 0
    DERIVED = 1  # built on a word of a dictionary, or a slip of the hand
    PLACE = 2  # a country, province, regency, island or town
    FOREIGN = 3  # in an English dictionary, and seldom written
    RARE = 4  # in an Indonesian one, and seldom written
    ALSO_NAME = 5  # bunga, indah, grace
    UNKNOWN = 6
    NAME = 7  # siti, agus


@dataclass(frozen=True, slots=True)
class _Lists:
    names: frozenset[str]
    also_names: frozenset[str]
    everyday: frozenset[str]
    common: frozenset[str]  # of the everyday ones, those that are written and said most
    written: frozenset[str]  # everyday, as those who write for print do
    places: frozenset[str]
    rare: frozenset[str]
    foreign: frozenset[str]
    long: frozenset[str]  # everyday, rare and foreign, if they are long
    known: frozenset[str]  # everyday, rare and also names
    roots: frozenset[str]  # these and the stems
    stems: frozenset[str]  # of which only what is built on them is a word: by themselves they may be names


@cache
def _lists() -> _Lists:
    every, rare, strange, both, built_on, common = (_unpacked(line) for line in _dictionary()[:_GENERAL])
    spoken, also_names = _listed("spoken.txt"), _listed("also_names.txt")
    seldom, ours = rare | both, spoken | _of_the_work()
    known = ours | every | seldom | also_names
    return _Lists(
        names=_listed("names.txt"),
        also_names=also_names,
        everyday=ours | every,
        common=ours | common,
        written=every,
        places=_listed("towns.txt") | _places(),
        rare=seldom,
        foreign=strange,
        long=frozenset(word for word in ours | every | seldom | strange if len(word) >= _LONG - 1),
        known=known,
        roots=known | built_on,
        stems=built_on,
    )


@cache
def _dictionary() -> list[str]:
    """Its lines: six of general words, then one of each dialect, its name first."""
    return gzip.decompress((_FOLDER / "dictionary.txt.gz").read_bytes()).decode().splitlines()


def _unpacked(line: str) -> frozenset[str]:
    """Of each word stands there how many letters it shares with the one before, and the rest: "0abad 4i"."""
    return frozenset(accumulate(line.split(), lambda before, rest: before[: int(rest[0])] + rest[1:], initial="")) - {
        ""
    }


@cache
def words_of(dialect: str) -> frozenset[str]:
    """The words that only whoever writes in it uses."""
    line = next((line for line in _dictionary()[_GENERAL:] if line.startswith(dialect + " ")), "")
    ours = (_FOLDER / "dialects.txt").read_text(encoding="utf-8").splitlines()
    own = next((line for line in ours if line.startswith(dialect + ":")), "")
    return _unpacked(line.partition(" ")[2]) | frozenset(own.split()[1:])


def _listed(name: str) -> frozenset[str]:
    lines = (_FOLDER / name).read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _places() -> frozenset[str]:
    """The words in the names of countries, provinces, regencies and cities."""
    names = [places.name_of(code) or "" for code in (*places.provinces(), *places.regencies())]
    names += [text for row in rows("countries") for text in (row["en"], row["id"], row["aliases"] or "")]
    return frozenset(word for name in names for word in re.findall(r"[^\W\d_]{3,}", name.lower()))


@lru_cache(maxsize=65536)
def tier(word: str) -> Tier:
    """Of a word in small letters, however it is inflected, doubled or cut short."""
    lists = _lists()
    if word in lists.names:
        return Tier.ALSO_NAME if word in lists.everyday else Tier.NAME
    if word in lists.also_names:
        return Tier.ALSO_NAME
    if word in lists.everyday:
        return Tier.EVERYDAY
    if word in lists.places:
        return Tier.PLACE
    if word in lists.rare:
        return Tier.RARE
    if word in lists.foreign:
        return Tier.FOREIGN
    if "-" in word or "'" in word or "’" in word or "`" in word:
        return max((tier(part) for part in re.split(r"['’‘`-]", word) if len(part) > 1), default=Tier.EVERYDAY)
    return _of_a_form(word, lists)


@cache
def _only_spoken() -> frozenset[str]:
    lists = _lists()
    known = lists.written | lists.names | lists.also_names | lists.places | lists.rare | lists.foreign | _of_the_work()
    return frozenset(word for word in _listed("spoken.txt") - known if len(word) <= _LIKE_A_NAME)


def is_place(word: str) -> bool:
    """Whether it is in the name of a country, province, regency, island or town; it may be a word besides."""
    return word in _lists().places


def is_common(word: str) -> bool:
    """Whether a word is so often met that beside a name it is no part of it."""
    return word in _lists().common


def is_a_root(word: str) -> bool:
    """Whether dictionaries have it, and hardly anybody writes it: a word where a sentence begins, else a name."""
    return word in _lists().stems


def is_only_spoken(word: str) -> bool:
    """Whether only people who talk write it, without a capital then; with one, a word that short is as well a name."""
    return word in _only_spoken()


@cache
def _of_the_work() -> frozenset[str]:
    return _listed("case_work.txt") | CUES


def is_of_the_work(word: str) -> bool:
    """Whether a word names an institution, a form, a month or a brand: with a capital too, it is no part of a name."""
    return word in _of_the_work()


def _of_a_form(word: str, lists: _Lists) -> Tier:
    if not word.isascii():
        return Tier.UNKNOWN  # of a script that no list here is in
    if len(word) == 1 or not re.search("[aeiou]", word):
        return Tier.EVERYDAY  # "brgkt": short for something, since names are written with their vowels
    if derived_from(word, lists.known if word in lists.stems else lists.roots):
        return Tier.DERIVED
    if derived_from(word, lists.everyday, spoken=True):
        return Tier.DERIVED
    if is_english(word, lists.foreign):
        return Tier.FOREIGN
    if any(other in lists.everyday or derived_from(other, lists.everyday, spoken=True) for other in as_spoken(word)):
        return Tier.RARE
    return Tier.DERIVED if _is_a_slip(word, lists) else Tier.UNKNOWN


def _is_a_slip(word: str, lists: _Lists) -> bool:
    """Of a word of any list if it is long; short, a slip looks like a name."""
    if without_slip(word, lists.everyday if len(word) < _LONG else lists.long):
        return True
    return with_one_wrong(word, lists.everyday) or any(
        derived_from(other, lists.everyday, spoken=True) for other in swapped(word)
    )
