"""Marks as a person sees them: each word once, in every sentence in which it stands, the sentence as it would leave."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from exchange.redact.notes.decisions import Decisions, MarkId, Verdict
from exchange.redact.notes.found import Found
from exchange.redact.notes.masking import masked
from exchange.redact.notes.reading import Note, Notes

AROUND = 160  # characters on either side of a word, where a sentence is longer than that
# A full stop after a short word ends no sentence: "Sdr. Melati" belongs together.
_ENDS = re.compile(r"[!?]+(?=\s)|(?<=\w{5})\.+(?=\s)|[\r\n]+")
_CUT = "…"


@dataclass(frozen=True, slots=True, repr=False)
class Sentence:
    """Where a word stands: what is certain, or was decided to be masked, is masked in the rest. Never printed by
    itself: only a person who reviews may see it."""

    before: str
    word: str
    after: str


@dataclass(frozen=True, slots=True, repr=False)
class Mark:
    """A word that a person decides on. `notes`: in how many it stands; `sentences`: each different one once."""

    id: MarkId
    word: str
    notes: int
    sentences: tuple[Sentence, ...]
    verdict: Verdict | None


@dataclass(slots=True, repr=False)
class _Seen:
    notes: int = 0
    sentences: dict[Sentence, None] = field(default_factory=dict)


def marks_of(notes: Iterable[Notes], decisions: Decisions) -> tuple[Mark, ...]:
    """Every mark, those that stand in most notes first. What is sure is none: it is masked without asking."""
    seen: dict[MarkId, _Seen] = defaultdict(_Seen)
    for note in (note for each in notes for note in each.written):
        places = [(decisions.mark_of(note.text, place), place) for place in unsure(note)]
        for mark, place in places:
            seen[mark].sentences[_sentence(note, place, decisions)] = None
        for mark in {mark for mark, _place in places}:
            seen[mark].notes += 1
    marks = (_mark(mark, each, decisions) for mark, each in seen.items())
    return tuple(sorted(marks, key=lambda mark: (-mark.notes, mark.word.casefold(), mark.id)))


def unsure(note: Note) -> Iterator[Found]:
    """The places of which nobody can be sure."""
    return (place for place in note.found if not place.sure)


def hidden(note: Note, decisions: Decisions) -> Iterator[Found]:
    """What is masked in the note as it leaves: what is sure, and all but what a person lets stand."""
    for place in note.found:
        if place.sure or decisions.verdict(decisions.mark_of(note.text, place)) != "keep":
            yield place


def _mark(mark: MarkId, seen: _Seen, decisions: Decisions) -> Mark:
    sentences = tuple(seen.sentences)
    return Mark(mark, sentences[0].word, seen.notes, sentences, decisions.verdict(mark))


def _sentence(note: Note, place: Found, decisions: Decisions) -> Sentence:
    begin, end = _bounds(note.text, place)
    before = _part(note, begin, place.start, decisions).lstrip()
    after = _part(note, place.end, end, decisions).rstrip()
    if 0 < begin == place.start - AROUND:
        before = _CUT + before
    if len(note.text) > end == place.end + AROUND:
        after += _CUT
    return Sentence(before, " ".join(note.text[place.start : place.end].split()), after)


def _bounds(text: str, place: Found) -> tuple[int, int]:
    """The sentence around a place, cut where it is long. Looks no further than it shows: a note may be all one line."""
    first, last = max(0, place.start - AROUND), min(len(text), place.end + AROUND)
    begin = max((end.end() for end in _ENDS.finditer(text, first, place.start)), default=first)
    stop = _ENDS.search(text, place.end, last)
    return begin, stop.end() if stop else last


def _part(note: Note, begin: int, end: int, decisions: Decisions) -> str:
    """What stands between two places, with the masks in it: one that reaches across the edge as far as it goes. Words
    that are still open stay: they are what the person judges by."""
    first = bisect_right(note.found, begin, key=lambda place: place.end)
    inside = note.found[first : bisect_left(note.found, end, key=lambda place: place.start)]
    sure = [p for p in inside if p.sure or decisions.verdict(decisions.mark_of(note.text, p)) == "mask"]
    cut = (replace(p, start=max(p.start, begin) - begin, end=min(p.end, end) - begin) for p in sure)
    return masked(note.text[begin:end], cut)
