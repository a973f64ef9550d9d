"""Names of what is no person: institutions, ships, markets, beaches, feasts. They stay."""

from __future__ import annotations

from exchange.redact.notes.cues import INSTITUTIONS, SHORT, SMALL_INSTITUTIONS, SURE_INSTITUTIONS, TITLES
from exchange.redact.notes.name_words import NameWords
from exchange.redact.notes.plain import Word, listed
from exchange.redact.notes.vocabulary import Tier, is_place

_MOST_WORDS = 5
_FRONTS_OF_PLACES = listed("tanjung teluk gunung ujung banda nusa muara")
# Named after people, titles and all: "RSUD Prof. Dr. W. Z. Johannes".
_SAINTS = listed("santo santa st yesus")
_TITLED = listed("lagu lagu-lagu film tarian")  # a title goes on as far as its capitals
_OF_PEOPLE = listed("rsud rs rsu gedung bandara rumah")


def leave_institutions(words: NameWords) -> None:
    for place, word in enumerate(words.words):
        if word.text in INSTITUTIONS or (word.text == "raya" and words.words[place - 1].text == "hari"):
            _leave(words, place)
        elif word.text in _FRONTS_OF_PLACES and words.joined(place + 1) and _is_named(words.words[place + 1]):
            words.free[place] = words.free[place + 1] = False


def _leave(words: NameWords, place: int) -> None:
    cue = words.words[place]
    capital = words.note.cased and cue.shape != "small"
    by_capitals = capital or (words.note.cased and cue.text in SMALL_INSTITUTIONS | {"raya"})
    if not by_capitals and cue.text not in SURE_INSTITUTIONS:
        return
    most = _MOST_WORDS if capital or cue.text in _OF_PEOPLE else 2
    for other in range(place + 1, min(place + 1 + most, words.count)):
        if not words.joined(other) or _is_somebodys(words, other, cue.text):
            break
        title = cue.text in _OF_PEOPLE and (words.words[other].text in SHORT or len(words.words[other].text) == 1)
        if by_capitals and words.words[other].shape == "small" and not title:
            break
        if not by_capitals and words.tiers[other] < Tier.RARE and not title:
            break
        titled = cue.text in _TITLED or words.words[other - 1].text in _SAINTS
        if not (capital or titled) and other > place + 1 and words.tiers[other] >= Tier.UNKNOWN:
            break  # "di pasar Alok Yosina …"
        words.free[other] = False


def _is_named(word: Word) -> bool:
    """ "Tanjung Pinang"; "dan" is in the name of a country too."""
    return len(word.text) > 3 and is_place(word.text)


def _is_somebodys(words: NameWords, place: int, cue: str) -> bool:
    text = words.words[place].text
    return text in ("bin", "binti") or (text in TITLES and cue not in _OF_PEOPLE)
