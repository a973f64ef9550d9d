"""Names of people: masked behind titles, kinship and "bernama", marked wherever a word is in no dictionary."""

from __future__ import annotations

import re
from collections.abc import Iterator

from exchange.redact.notes.cues import (
    ADDRESSING,
    ANNOUNCING,
    BALINESE,
    CUES,
    DOES,
    FIRST_PARTS,
    FORMAL,
    FRONTS_OF_SMALL,
    INSTITUTIONS,
    MOSTLY_PLAIN,
    OF_KIN,
    PARTICLES,
    ROLES,
    SHORT,
    SURE_INSTITUTIONS,
    SURNAMES,
    TITLES,
)
from exchange.redact.notes.plain import Note, Word
from exchange.redact.notes.taken import Taken
from exchange.redact.notes.vocabulary import Tier, is_of_the_work, tier

_AFTER_CUE = re.compile(r"[ .:;,=(\"'“‘/-]{1,4}")
_SYLLABLES = re.compile(r"[^aeiou]{0,2}(?:[aeiou]{1,2}[^aeiou]{1,2})*[aeiou]{1,2}[^aeiou]{0,2}")
_START = re.compile(r"(?:^|[.!?:;\n•])[\s\"'“‘(\[*\-–—)\d]*$")
_DID = re.compile(r"(?:me|di|ber|ter)[a-z]{4,}|[a-z]{3,}ed")
_ACRONYM = 5  # letters up to which a word in capitals, alone in a note that has small letters, is an abbreviation
_LEADING = TITLES | ANNOUNCING | ROLES
_NAMING = frozenset({"bernama", "namanya", "alias", "named", "called", "dipanggil", "panggilan"})
_OF_FATHER = frozenset({"bin", "binti", "bte", "bt"})  # behind these stands a name, whatever it is
_MOST_WORDS = 6
_MOST_OF_INSTITUTION = 5
_SHORT_SYLLABLE = 5  # letters
_ENGLISH = frozenset(
    {"the", "and", "was", "were", "is", "of", "she", "her", "his", "they", "with", "for", "by", "at", "from"}
)


def find_names(note: Note, taken: Taken) -> frozenset[int]:
    """Takes names and marks; answers with where they end."""
    return _Names(note, taken).find()


class _Names:
    """One note's words, and which of them belong to a name: 0 not, 1 a mark, 2 sure."""

    def __init__(self, note: Note, taken: Taken) -> None:
        self.note = note
        self.words = note.words
        self.free = [taken.is_free(word.start, word.end) for word in note.words]
        self.tiers = [tier(word.text) for word in note.words]
        if _ENGLISH.isdisjoint(word.text for word in note.words):
            self.tiers = [self._in_indonesian(kind, word) for kind, word in zip(self.tiers, note.words, strict=True)]
        self.taken = taken
        self.level = [0] * len(note.words)

    def _in_indonesian(self, kind: Tier, word: Word) -> Tier:
        """A short word that only English knows, in a note without English, is as strange as any."""
        strange = kind == Tier.FOREIGN and len(word.text) <= _SHORT_SYLLABLE
        return Tier.UNKNOWN if strange else kind

    def find(self) -> frozenset[int]:
        self._leave_institutions()
        for place in range(len(self.words)):
            if self.free[place] and (self._is_candidate(place) or self._is_pair(place)):
                self.level[place] = 1
        for place, word in enumerate(self.words):
            if word.text in _LEADING or self._is_on_behalf(place):
                self._follow(place, word)
        self._extend()
        self._repeat()
        return self._take()

    def _leave_institutions(self) -> None:
        for place, word in enumerate(self.words):
            if word.text not in INSTITUTIONS:
                continue
            capital = self.note.cased and (
                word.shape != "small" or word.text in ("bandara", "pelabuhan", "gedung", "pulau", "hotel")
            )
            if not capital and word.text not in SURE_INSTITUTIONS:
                continue
            for other in range(place + 1, min(place + 1 + (_MOST_OF_INSTITUTION if capital else 2), len(self.words))):
                if not self._joined(other - 1, other) or (capital and self.words[other].shape == "small"):
                    break
                if self.words[other].text in TITLES and word.text not in (
                    "rsud",
                    "rs",
                    "rsu",
                    "gedung",
                    "bandara",
                    "rumah",
                ):
                    break
                if not capital and self.tiers[other] < Tier.RARE:
                    break
                self.free[other] = False

    def _is_candidate(self, place: int) -> bool:
        """Whether a word, by itself, looks like a name or like no word at all."""
        word, kind = self.words[place], self.tiers[place]
        length = word.end - word.start
        if kind in (Tier.EVERYDAY, Tier.PLACE) or (length < 3 and word.text.isascii()):
            return False
        if self.note.cased and word.shape == "capitals" and length <= _ACRONYM:
            return kind == Tier.NAME or self._beside_capitals(place)
        if kind >= Tier.UNKNOWN:
            return True
        if not self.note.cased or word.shape == "small":
            return False
        if self._starts_sentence(place):
            return kind >= Tier.FOREIGN and self._does_something(place)
        return not self._is_of_a_heading(place)

    def _is_of_a_heading(self, place: int) -> bool:
        """ "Program Keluarga Harapan": a word with a capital among everyday words with capitals."""
        for other in (place - 1, place + 1):
            if 0 <= other < len(self.words) and self._joined(min(place, other), max(place, other)):
                near = self.words[other]
                if near.shape == "title" and self.tiers[other] == Tier.EVERYDAY and near.text not in _LEADING:
                    return other > place or not self._starts_sentence(other)
        return False

    def _is_pair(self, place: int) -> bool:
        """Two words without capitals that are both also names: "bunga permata"; a family name and a strange word."""
        word, after = self.words[place], place + 1
        if after == len(self.words) or not self._joined(place, after) or not self.free[after]:
            return False
        if self.note.cased and word.shape != "small":
            return False
        if self.tiers[place] == self.tiers[after] == Tier.ALSO_NAME:
            return True
        short = self.words[after].end - self.words[after].start <= _SHORT_SYLLABLE
        return word.text in SURNAMES and short and self.tiers[after] in (Tier.RARE, Tier.ALSO_NAME, Tier.UNKNOWN)

    def _beside_capitals(self, place: int) -> bool:
        near = (other for other in (place - 1, place + 1) if 0 <= other < len(self.words))
        mine = self.words[place].text
        return any(
            self.words[other].shape == "capitals"
            and self.tiers[other] >= Tier.UNKNOWN
            and (
                len(self.words[other].text) > _ACRONYM or (_can_be_said(self.words[other].text) and _can_be_said(mine))
            )
            for other in near
        )

    def _starts_sentence(self, place: int) -> bool:
        start = self.words[place].start
        return _START.search(self.note.text, max(0, start - 8), start) is not None or start == 0

    def _does_something(self, place: int) -> bool:
        if place + 1 == len(self.words):
            return False
        after = self.words[place + 1]
        if self.note.text[self.words[place].end : after.start] in (",", ", ", "/", " & "):
            return self.tiers[place + 1] >= Tier.UNKNOWN
        if not self._joined(place, place + 1):
            return False
        return after.shape == "small" and (after.text in DOES or _DID.fullmatch(after.text) is not None)

    def _is_on_behalf(self, place: int) -> bool:
        """ "a.n.", "a/n": for."""
        return (
            self.words[place].text == "n"
            and place > 0
            and self.words[place - 1].text == "a"
            and self.words[place].start - self.words[place - 1].end <= 2
        )

    def _follow(self, place: int, cue: Word) -> None:
        """What stands behind a cue word, across other cue words ("Bu Lurah Endang")."""
        first = place + 1
        if first == len(self.words) or not self.free[first] or not self._close(place, first):
            return
        if not self._may_follow(first, cue):
            return
        level = 1 if cue.text in ROLES - TITLES and self.note.cased and self.words[first].shape == "small" else 2
        for other in range(first, min(first + _MOST_WORDS, len(self.words))):
            if other > first and not (self._joined(other - 1, other) and self._belongs(other)):
                break
            self.level[other] = level
        if self.tiers[place] == Tier.ALSO_NAME and self._joined(place, first):
            self.level[place] = level  # "Cucu Hidayat": no grandchild

    def _close(self, place: int, other: int) -> bool:
        gap = self.note.text[self.words[place].end : self.words[other].start]
        stop = gap.startswith(".") and self.words[place].text not in SHORT
        return _AFTER_CUE.fullmatch(gap) is not None and not stop

    def _may_follow(self, place: int, cue: Word) -> bool:
        word, kind = self.words[place], self.tiers[place]
        title = self.note.cased and word.shape == "title"
        if word.text in TITLES and not (title and kind >= Tier.ALSO_NAME):
            return False
        if cue.text in ROLES and cue.text not in TITLES:
            return (
                kind >= Tier.UNKNOWN
                and word.end - word.start > 2
                and (word.shape != "capitals" or self.level[place] > 0)
            )
        if title and cue.text in FORMAL and len(word.text) > 1:
            return not is_of_the_work(word.text)
        if len(word.text) == 1 or (title and kind == Tier.EVERYDAY and word.text not in CUES and cue.text in TITLES):
            return title and self._found_soon(place)
        if self.note.cased and word.shape == "capitals" and word.end - word.start <= _ACRONYM:
            return self.level[place] > 0 or (kind >= Tier.UNKNOWN and cue.text in TITLES and _can_be_said(word.text))
        if kind >= Tier.UNKNOWN:
            return word.end - word.start > 1
        if title and kind >= Tier.DERIVED:
            return not (cue.text == "anak" and kind == Tier.PLACE)
        if cue.text in _NAMING:
            return title
        if cue.text in ADDRESSING and kind in (Tier.FOREIGN, Tier.RARE):
            return word.text not in OF_KIN and len(word.text) > 2
        return kind == Tier.ALSO_NAME and not (cue.text in MOSTLY_PLAIN and self.note.cased)

    def _found_soon(self, place: int) -> bool:
        """Whether one of the next words, joined to this one, was found: "R.M. Karna Melani"."""
        for other in range(place + 1, min(place + 4, len(self.words))):
            if not self._joined(other - 1, other) or self.words[other].shape == "small":
                return False
            if self.level[other]:
                return True
        return False

    def _belongs(self, place: int) -> bool:
        """Whether a word goes on with the name before it."""
        word, kind = self.words[place], self.tiers[place]
        if not self.free[place]:
            return False
        if self.level[place] or (kind >= Tier.UNKNOWN and len(word.text) > 1):
            return True
        if self.words[place - 1].text in _OF_FATHER or (word.text in PARTICLES and self._name_comes(place)):
            return True
        title = self.note.cased and word.shape != "small"
        if len(word.text) == 1:
            return title and self._found_soon(place)
        if title and kind <= Tier.DERIVED:
            return word.shape == self.words[place - 1].shape and (
                self._found_soon(place) or not is_of_the_work(word.text)
            )
        if self._is_of_surname(place):
            return True
        if self.note.cased and not title:
            return kind in (Tier.FOREIGN, Tier.RARE, Tier.ALSO_NAME) and self.words[place - 1].shape == "small"
        return kind >= Tier.FOREIGN or (title and kind == Tier.PLACE)

    def _is_of_surname(self, place: int) -> bool:
        """ "tan kok wah": the short words behind a family name that stands first."""
        near = (other for other in (place - 1, place - 2) if other >= 0 and self.level[other])
        return len(self.words[place].text) <= _SHORT_SYLLABLE and any(
            self.words[other].text in SURNAMES for other in near
        )

    def _name_comes(self, place: int) -> bool:
        after = place + 1
        if after < len(self.words) and self.words[after].text in PARTICLES and len(self.words[after].text) == 1:
            after += 1
        return (
            after < len(self.words)
            and self._joined(after - 1, after)
            and self.free[after]
            and (self.level[after] > 0 or self.tiers[after] >= Tier.UNKNOWN or self.words[place].text in _OF_FATHER)
            and self.words[after].shape == self.words[place - 1].shape
        )

    def _extend(self) -> None:
        """From each word found to its neighbours that belong to the same name."""
        for place in range(1, len(self.words)):
            if (
                not self.level[place]
                and self.level[place - 1]
                and self._joined(place - 1, place)
                and self._belongs(place)
            ):
                self.level[place] = self.level[place - 1]
        for place in range(len(self.words) - 2, -1, -1):
            if self.free[place] and not self.level[place] and self.level[place + 1] and self._leads(place):
                self.level[place] = self.level[place + 1]

    def _leads(self, place: int) -> bool:
        """Whether a word is the front part of the name behind it."""
        word, kind, after = self.words[place], self.tiers[place], self.words[place + 1]
        if not self._joined(place, place + 1) or word.text in TITLES - {"ida", "ko"}:
            return False
        if word.text in ("i", "ni", "ida") and after.text in BALINESE:
            return True
        if (word.text, after.text) in (("la", "ode"), ("wa", "ode")):
            return True
        if len(word.text) == 1 and self.note.cased and word.shape == "title":
            return self.note.text[word.end] == "."
        if word.text in FRONTS_OF_SMALL and not self.note.cased:
            return True
        alike = (word.shape == "small") == (after.shape == "small")
        if word.text in FIRST_PARTS and self.note.cased:
            return word.shape == "title" and alike and not (word.text == "i" and not BALINESE & {after.text})
        if kind <= Tier.DERIVED and self.note.cased and word.shape == after.shape == "title":
            inside = kind == Tier.DERIVED or not self._starts_sentence(place)
            return inside and not is_of_the_work(word.text)
        return alike and kind >= Tier.FOREIGN and len(word.text) > 1

    def _repeat(self) -> None:
        """A word that is a name in one place of the note is one in the others."""
        known: dict[str, int] = {}
        for word, kind, level in zip(self.words, self.tiers, self.level, strict=True):
            if level and kind > Tier.EVERYDAY and len(word.text) > 2:
                known[word.text] = max(level, known.get(word.text, 0))
        for place, word in enumerate(self.words):
            level = known.get(word.text, 0)
            if level > self.level[place] and self.free[place] and (self.level[place] or self._may_repeat(place)):
                self.level[place] = level

    def _may_repeat(self, place: int) -> bool:
        if self.note.cased and self.words[place].shape != "small":
            return True
        return self.tiers[place] >= Tier.ALSO_NAME

    def _take(self) -> frozenset[int]:
        ends = set()
        for first, last in self._runs():
            level = max(self.level[first : last + 1])
            start, end = self.words[first].start, self.words[last].end
            capital = self.words[first].shape != "small"
            known = last > first and Tier.NAME in self.tiers[first : last + 1]
            named = level == 2 or (known and (capital or not self.note.cased))
            if self.taken.take(start, end, "name" if named or capital else "word", sure=named):
                ends.add(end)
        return frozenset(ends)

    def _runs(self) -> Iterator[tuple[int, int]]:
        first = None
        for place, level in enumerate(self.level):
            if first is not None and not (level and self._joined(place - 1, place)):
                yield first, place - 1
                first = None
            if level and first is None:
                first = place
        if first is not None:
            yield first, len(self.level) - 1

    def _joined(self, place: int, other: int) -> bool:
        """Whether nothing but a space stands between, or the stop of a short form, or the stroke of "a/l"."""
        before, after = self.words[place], self.words[other]
        if after.start - before.end > 2:
            return False
        gap = self.note.text[before.end : after.start]
        if gap in (" ", "  "):
            return True
        if gap in (". ", "."):
            return (
                before.end - before.start <= 2 or before.text in SHORT or before.text in ("moh", "muh", "moch", "abd")
            )
        return gap == "/" and (after.end - after.start == 1 or before.end - before.start == 1)


def _can_be_said(word: str) -> bool:
    """Whether it has vowels where a name has them, unlike most abbreviations in capitals."""
    return _SYLLABLES.fullmatch(word) is not None
