"""Names of people: masked behind titles, kinship and "bernama", marked wherever a word is in no dictionary."""

from __future__ import annotations

from exchange.redact.notes.institutions import leave_institutions
from exchange.redact.notes.lone_names import find_lone_names
from exchange.redact.notes.name_words import SURE, NameWords
from exchange.redact.notes.plain import Note
from exchange.redact.notes.taken import Taken
from exchange.redact.notes.told_names import find_told_names
from exchange.redact.notes.vocabulary import Tier
from exchange.redact.notes.whole_names import complete, repeat


def find_names(note: Note, taken: Taken) -> frozenset[int]:
    """Takes names and marks; answers with where they end."""
    words = NameWords(note, taken)
    leave_institutions(words)
    find_lone_names(words)
    find_told_names(words)
    complete(words)
    repeat(words)
    return _take(words, taken)


def _take(words: NameWords, taken: Taken) -> frozenset[int]:
    ends = set()
    for first, last in words.runs():
        start, end = words.words[first].start, words.words[last].end
        capital = words.words[first].shape != "small"
        sure = _is_sure(words, first, last)
        if taken.take(start, end, "name" if sure or capital else "word", sure=sure):
            ends.add(end)
    return frozenset(ends)


def _is_sure(words: NameWords, first: int, last: int) -> bool:
    """Behind a title; or several words, one of them a name that everybody knows."""
    if max(words.level[first : last + 1]) == SURE:
        return True
    known = last > first and Tier.NAME in words.tiers[first : last + 1]
    return known and (words.words[first].shape != "small" or not words.note.cased)
