"""A note's words as the recognisers of names see them: what kind of word each is, and which belong to a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from exchange.redact.notes.cues import SHORT
from exchange.redact.notes.dialects import spoken_in
from exchange.redact.notes.plain import Note, Word
from exchange.redact.notes.taken import Taken
from exchange.redact.notes.vocabulary import Tier, tier

ACRONYM = 5  # letters up to which a word in capitals, alone in a note that has small letters, is an abbreviation
SHORT_SYLLABLE = 5  # letters
NONE, MARKED, SURE = 0, 1, 2  # levels: belongs to no name; to one, perhaps; to one for certain

_START = re.compile(r"(?:^|[.!?:;\n•])[\s\"'“‘(\[*\-–—)\d]*$")
_SENTENCE = re.compile(r"(?:^|(?<=\w{4})[.!?] |\n)[\"'“‘(\[*–—]*([^\W\d_])")
_MOST_SMALL = 0.2  # of the sentences
_SYLLABLES = re.compile(r"[^aeiou]{0,2}(?:[aeiou]{1,2}[^aeiou]{1,2})*[aeiou]{1,2}[^aeiou]{0,2}")
_STOPPED = SHORT | {"moh", "muh", "moch", "abd", "br"}
_ENGLISH = frozenset(
    {"the", "and", "was", "were", "is", "of", "she", "her", "his", "they", "with", "for", "by", "at", "from"}
)


class NameWords:
    """The words of one note. `level` says of each whether it belongs to a name; the recognisers of names raise it."""

    def __init__(self, note: Note, taken: Taken) -> None:
        self.note = note
        self.words = note.words
        self.count = len(note.words)
        nothing_taken = taken.is_free(0, len(note.text))
        self.free = [nothing_taken or taken.is_free(word.start, word.end) for word in note.words]
        self.tiers = [tier(word.text) for word in note.words]
        self._judge_by_language()
        self.level = [NONE] * self.count
        self._joined = [self._is_joined(place) for place in range(self.count)]

    def _judge_by_language(self) -> None:
        """A short word that only English knows, in a note without English, is as strange as any; a strange one that a
        dialect has, in a note in that dialect, is a word."""
        if max(self.tiers, default=Tier.EVERYDAY) < Tier.FOREIGN:
            return
        texts = {word.text for word in self.words}
        strange = {word.text for word, kind in zip(self.words, self.tiers, strict=True) if kind is Tier.UNKNOWN}
        english, dialects = not _ENGLISH.isdisjoint(texts), spoken_in(texts, strange)
        for place, kind in enumerate(self.tiers):
            text = self.words[place].text
            if kind == Tier.FOREIGN and len(text) <= SHORT_SYLLABLE and not english:
                self.tiers[place] = Tier.UNKNOWN
            if self.tiers[place] == Tier.UNKNOWN and any(dialect.knows(text) for dialect in dialects):
                self.tiers[place] = Tier.DERIVED

    @cached_property
    def writes_names_large(self) -> bool:
        """Whether hardly a sentence begins with a small letter: whoever writes so writes names with a capital too."""
        if not self.note.cased:
            return False
        firsts: list[str] = [found[1] for found in _SENTENCE.finditer(self.note.text)]
        return sum(letter.islower() for letter in firsts) <= _MOST_SMALL * len(firsts)

    def joined(self, place: int) -> bool:
        """Whether only a space stands between the word and the one before, or the stop of a short form, or the stroke
        of "a/l"."""
        return 0 < place < self.count and self._joined[place]

    def _is_joined(self, place: int) -> bool:
        before, after, text = self.words[place - 1], self.words[place], self.note.text
        gap = after.start - before.end
        if gap == 1:
            sign = text[before.end]
            if sign == " ":
                return True
            one_letter = after.end - after.start == 1 or before.end - before.start == 1
            return (sign == "." and _ends_with_stop(before)) or (sign == "/" and one_letter)
        return gap == 2 and (text.startswith("  ", before.end) or self._is_stopped(before))

    def _is_stopped(self, word: Word) -> bool:
        return self.note.text.startswith(". ", word.end) and _ends_with_stop(word)

    def _of_a_ticket(self, place: int) -> bool:
        """ "ONGGE/YULIANA": family name and given name as airlines write them."""
        before, after = self.words[place - 1], self.words[place]
        stroke = self.note.text[before.end : after.start] == "/"
        return stroke and before.shape == after.shape == "capitals"

    def is_title(self, place: int) -> bool:
        """Whether a capital tells anything here, and the word has one."""
        return self.note.cased and self.words[place].shape == "title"

    def is_small(self, place: int) -> bool:
        """Whether nothing about its letters says that the word is a name."""
        return not self.note.cased or self.words[place].shape == "small"

    def is_acronym(self, place: int) -> bool:
        word = self.words[place]
        return self.note.cased and word.shape == "capitals" and word.end - word.start <= ACRONYM

    def starts_sentence(self, place: int) -> bool:
        start = self.words[place].start
        return start == 0 or _START.search(self.note.text, max(0, start - 8), start) is not None

    def after_colon(self, place: int) -> bool:
        return self.note.text[: self.words[place].start][-3:].rstrip().endswith(":")

    def found_soon(self, place: int) -> bool:
        """Whether one of the next words, joined to this one, was found: "R.M. Karna Melani"."""
        for other in range(place + 1, min(place + 4, self.count)):
            if not self.joined(other) or self.words[other].shape == "small":
                return False
            if self.level[other]:
                return True
        return False

    def runs(self) -> Iterator[tuple[int, int]]:
        """The first and the last word of each name."""
        first = None
        for place, level in enumerate(self.level):
            if first is not None and not (level and (self.joined(place) or self._of_a_ticket(place))):
                yield first, place - 1
                first = None
            if level and first is None:
                first = place
        if first is not None:
            yield first, self.count - 1


def can_be_said(word: str) -> bool:
    """Whether it has vowels where a name has them, unlike most abbreviations in capitals."""
    return _SYLLABLES.fullmatch(word) is not None


def _ends_with_stop(word: Word) -> bool:
    return word.end - word.start <= 2 or word.text in _STOPPED
