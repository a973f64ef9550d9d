"""What the note's own row says about its people: masked in the note whatever else it looks like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from exchange.matching import names as spelling
from exchange.redact.notes.plain import WORD, Note, in_small
from exchange.redact.notes.taken import Taken
from exchange.redact.notes.vocabulary import Tier, tier
from exchange.redact.wording import without_prefix

_SHORTEST_PART = 3  # letters from which a part of a name is masked by itself
_SHORTEST_WHOLE = 2  # letters of a whole name, as Ng
_SHORTEST_NUMBER = 5  # letters and digits
_PREFIX = re.compile(r"(?:\(?\+? ?(?:00)?62\)?|0)[ .\-)]{0,2}0?$")
_PLAIN = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True, repr=False)
class RowWords:
    """`whole`: names and places, their words run together; `parts`: single words of names as they sound; `numbers`:
    letters and digits run together, phones without prefix. Never printed."""

    whole: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()

    @staticmethod
    def of(names: Iterable[str], numbers: Iterable[str]) -> RowWords:
        """`names`: the row's names and places as they stand; `numbers`: its phones, NIK, passports, accounts."""
        values = [WORD.findall(in_small(name)) for name in names]
        values = [words for words in values if words]
        squeezed = ("".join(_PLAIN.findall(in_small(number))) for number in numbers)
        bare = (without_prefix(number) if number.isdigit() else number for number in squeezed)
        together = {_squeeze("".join(order)) for words in values for order in (words, words[::-1])}
        return RowWords(
            whole=frozenset(whole for whole in together if len(whole) >= _SHORTEST_WHOLE),
            parts=frozenset(
                sound for words in values for word in words if _stands_for_all(word, words) for sound in _sounds(word)
            ),
            numbers=frozenset(number for number in bare if len(number) >= _SHORTEST_NUMBER),
        )

    def joined(self, other: RowWords) -> RowWords:
        """What either says."""
        return RowWords(self.whole | other.whole, self.parts | other.parts, self.numbers | other.numbers)


def find_row_words(note: Note, row: RowWords, taken: Taken) -> None:
    """Numbers first; of the names, whole ones and then the parts that no plain word looks like."""
    if not (row.whole or row.parts or row.numbers):
        return
    squeezed = _squeeze(note.small)
    if any(wanted in squeezed for wanted in row.numbers | row.whole):
        _find_run_together(note, row, taken, squeezed)
    for word in note.words if row.parts else ():
        if not row.parts.isdisjoint(_sounds(word.text)):
            taken.take(word.start, word.end, "name")


def _find_run_together(note: Note, row: RowWords, taken: Taken, squeezed: str) -> None:
    at = [place for place, sign in enumerate(note.small) if _PLAIN.match(sign)]
    for number in row.numbers:
        for start, end in _places(squeezed, number):
            first, last = at[start], at[end - 1] + 1
            before = _PREFIX.search(note.small, max(0, first - 8), first)
            inside = note.small[first - 1 : first].isalnum() and not before
            if not inside and not note.small[last : last + 1].isalnum():
                taken.take(before.start() if before else first, last, "number")
    for name in row.whole:
        for start, end in _places(squeezed, name):
            first, last = at[start], at[end - 1] + 1
            if not note.text[first - 1 : first].isalnum() and not note.text[last : last + 1].isalnum():
                taken.take(first, last, "name")


def _stands_for_all(word: str, words: list[str]) -> bool:
    """Whether a word says by itself whose name it is; of "Mata Air" neither half does."""
    return (len(word) >= _SHORTEST_PART or not word.isascii()) and (len(words) == 1 or tier(word) > Tier.PLACE)


@lru_cache(maxsize=65536)
def _sounds(word: str) -> tuple[str, ...]:
    return (word, *spelling.words(word)) if len(word) >= _SHORTEST_PART else (word,)


def _squeeze(text: str) -> str:
    return "".join(_PLAIN.findall(text))


def _places(text: str, wanted: str) -> Iterator[tuple[int, int]]:
    start = text.find(wanted)
    while start >= 0:
        yield start, start + len(wanted)
        start = text.find(wanted, start + len(wanted))
