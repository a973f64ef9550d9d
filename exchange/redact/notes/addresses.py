"""Addresses: from the street, hamlet or village on to what follows directly (Jl., RT, Kel., Desa, Kec., Kab.)."""

from __future__ import annotations

import re

from exchange.redact.notes.address_parts import CUE, NO_NAME, PIECE, PIECE_ALONE, QUALIFIERS, START
from exchange.redact.notes.place_names import AREA_NAME, end_of_name
from exchange.redact.notes.plain import Note, Word, words_from
from exchange.redact.notes.taken import Taken
from exchange.redact.notes.vocabulary import Tier, is_of_the_work, tier

_SEPARATOR = re.compile(r",? {0,2}(?=\w)")
_HOUSE_FIRST = re.compile(r"\b(?:no|nomor)\.? ?\d{1,4}[a-z]?,? $")
_GAP_TO_PLACE = re.compile(r",? ")
_POSTCODE_AFTER = re.compile(r",? \d{5}\b")
_TITLE_FOLLOWS = re.compile(r" [A-Z][a-z]|[,;.)]|$")
_BESIDE = re.compile(r" (?:bersama|dekat|dkt|belakang|depan|samping|milik)\b")


def find_addresses(note: Note, taken: Taken) -> None:
    end = 0
    for found in START.finditer(note.small):
        if found.start() < end or not taken.is_free(*found.span()):
            continue
        end = _end(note, found.start(), taken)
        if end > found.start():
            house = _HOUSE_FIRST.search(note.small, max(0, found.start() - 12), found.start())
            taken.take(house.start() if house else found.start(), end, "address")


def _end(note: Note, start: int, taken: Taken) -> int:
    """The end of the address that starts at `start`; `start` itself if nothing there is one."""
    end, street = start, False
    while True:
        reached, is_street = _parts(note, end, start, taken)
        street = street or is_street
        if reached == end:
            return end
        end = _with_bare_places(note, reached, street=street)
        if end == reached:
            return end


def _parts(note: Note, begun: int, start: int, taken: Taken) -> tuple[int, bool]:
    """The end of the parts with a cue word that follow `begun` one after another, and whether there is a street's."""
    end, street = begun, False
    while True:
        at = _separated(note, end, start)
        reached, is_street = _part(note, at, end, start)
        if reached == end or not taken.is_free(end, reached):
            return end, street
        end, street = reached, street or is_street


def _separated(note: Note, end: int, start: int) -> int:
    found = None if end == start else _SEPARATOR.match(note.small, end)
    return found.end() if found else end


def _part(note: Note, at: int, end: int, start: int) -> tuple[int, bool]:
    """The end of one part that begins at `at`, and whether it is one of a street; `end` if there is no part."""
    piece = PIECE.match(note.small, end) if end > start else PIECE_ALONE.match(note.small, at)
    if piece:
        return piece.end(), True
    cue = CUE.match(note.small, at)
    if cue is None or (cue["above"] and end == start):
        return end, False
    value = end_of_name(note, cue, chained=end > start)
    return (value, cue["street"] is not None) if value > cue.end() else (end, False)


def _is_bare_name(note: Note, start: int, end: int) -> bool:
    words = [word for word in words_from(note, start) if word.end <= end]
    if not words or not NO_NAME.isdisjoint(word.text for word in words) or is_of_the_work(words[0].text):
        return False
    if note.cased:
        return all(word.shape != "small" for word in words)
    return tier(words[0].text) > Tier.DERIVED


def _is_bare_place(note: Note, word: Word) -> bool:
    if tier(word.text) > Tier.EVERYDAY or word.text in QUALIFIERS or _BESIDE.match(note.small, word.end):
        return True
    goes_on = _TITLE_FOLLOWS.match(note.text, word.end) is not None
    return note.cased and word.shape == "title" and goes_on and not is_of_the_work(word.text)


def _with_bare_places(note: Note, end: int, *, street: bool) -> int:
    """What may follow without a cue word: village, town, postcode, as in "Jalan Herewila 105, Paga"."""
    for _ in range(3):
        gap = _GAP_TO_PLACE.match(note.text, end)
        if gap is None or CUE.match(note.small, gap.end()):  # "Kec." is no place, but says that one follows
            return end
        bare = AREA_NAME.match(note.small, gap.end())
        if bare and "," in gap[0] and _is_bare_name(note, gap.end(), bare.end()):
            postcode = _POSTCODE_AFTER.match(note.text, bare.end())
            end = postcode.end() if postcode else bare.end()
            continue
        if not street:
            return end
        reached = end
        for word in words_from(note, gap.end())[:3]:
            follows = word.start == (gap.end() if reached == end else reached + 1)
            if not follows or (word.shape == "small" and note.cased) or not _is_bare_place(note, word):
                break
            if not note.cased and "," not in gap[0] and Tier.PLACE != tier(word.text) < Tier.UNKNOWN:
                break
            reached = word.end
        if reached == end:
            return end
        end = reached
        postcode = _POSTCODE_AFTER.match(note.text, end)
        end = postcode.end() if postcode else end
    return end
