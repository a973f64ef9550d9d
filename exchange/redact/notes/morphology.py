"""How Indonesian words are built on others: me-, di-, -nya, -kan; and what a slip of the hand makes of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet

# What is left when a front part is taken off: itself, or with the letter that the front part swallowed.
_FRONTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("meny", ("s", "ny")),
    ("meng", ("", "k")),
    ("mem", ("", "p")),
    ("men", ("", "t")),
    ("me", ("",)),
    ("peny", ("s", "ny")),
    ("peng", ("", "k")),
    ("pem", ("", "p")),
    ("pen", ("", "t")),
    ("per", ("", "r")),
    ("pe", ("",)),
    ("ber", ("", "r")),
    ("be", ("",)),
    ("ter", ("", "r")),
    ("te", ("",)),
    ("di", ("",)),
    ("ke", ("",)),
    ("se", ("",)),
    # spoken
    ("ny", ("s", "c")),
    ("ng", ("", "k")),
    ("nge", ("",)),
    ("n", ("t",)),
    ("man", ("", "t")),
    ("mang", ("", "k")),
    ("many", ("s",)),
    ("mam", ("", "p")),
    ("ma", ("",)),
    ("ba", ("",)),
    ("bar", ("",)),
    ("ta", ("",)),
    ("tar", ("",)),
    # learned
    ("non", ("",)),
    ("pra", ("",)),
    ("pasca", ("",)),
    ("antar", ("",)),
    ("multi", ("",)),
    ("re", ("",)),
    ("un", ("",)),
)
_BACKS = ("nya", "kan", "an", "i", "lah", "kah", "pun", "ku", "mu", "in", "s", "es", "ed", "d", "ing", "ly", "er", "ers")
_MOST_PARTS = 4
_LONGEST = 30  # letters; what is longer is no word
_SHORTEST_SLIP = 6


def derived_from(word: str, known: AbstractSet[str], *, shortest: int) -> bool:
    """Whether taking parts off `word` leads to a word in `known` that has at least `shortest` letters."""
    if len(word) > _LONGEST:
        return False
    return _leads(word, known, shortest, _MOST_PARTS)


def _leads(word: str, known: AbstractSet[str], shortest: int, parts: int) -> bool:
    if len(word) < shortest:
        return False
    if word in known:
        return True
    if parts == 0:
        return False
    return any(_leads(rest, known, shortest, parts - 1) for rest in _rests(word))


def _rests(word: str) -> list[str]:
    rests = [word[: -len(back)] for back in _BACKS if word.endswith(back)]
    for front, swallowed in _FRONTS:
        if word.startswith(front):
            rests += [letter + word[len(front) :] for letter in swallowed]
    return rests


def without_slip(word: str, is_known: Callable[[str], bool]) -> bool:
    """Whether two letters changed places, one came twice, or the first vowel was left out ("kluarga")."""
    if not _SHORTEST_SLIP <= len(word) <= _LONGEST:
        return False
    swapped = (word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1) if word[i] != word[i + 1])
    single = (word[:i] + word[i + 1 :] for i in range(len(word) - 1) if word[i] == word[i + 1])
    opened = (word[0] + vowel + word[1:] for vowel in "eaiou") if re.match("[^aeiou]{2}", word) else ()
    return any(is_known(other) for others in (single, swapped, opened) for other in others)
