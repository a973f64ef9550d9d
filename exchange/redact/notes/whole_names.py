"""From the words found to whole names: their front parts, what goes on behind them, and where the note repeats them."""

from __future__ import annotations

import re

from exchange.redact.notes.cues import BALINESE, FIRST_PARTS, FRONTS_OF_SMALL, PARTICLES, SURNAMES, TITLES
from exchange.redact.notes.name_words import SHORT_SYLLABLE, NameWords
from exchange.redact.notes.vocabulary import Tier, is_common, is_of_the_work

_OF_FATHER = frozenset({"bin", "binti", "bte", "bt"})  # behind these stands a name, whatever it is
_NO_FRONTS = TITLES - {"ida", "ko"}
_LIKE_A_VERB = re.compile(r"(?:me|di|ber|ter|ke|pe|se|ng|ny)[a-z]{4,}|[a-z]{3,}(?:nya|kan|lah|kah|pun|in|an|ed|ing)")
_CELL_ENDS = re.compile(r" ?\|")
_MIDDLES = frozenset({"dua", "nona"})  # of names from Maumere: "katarina dua nurak"
_BUTONESE = (("la", "ode"), ("wa", "ode"))


def complete(words: NameWords) -> None:
    """From each word found to its neighbours that belong to the same name."""
    if not any(words.level):
        return
    for place in range(1, words.count):
        if not words.level[place] and words.level[place - 1] and words.joined(place) and belongs(words, place):
            words.level[place] = words.level[place - 1]
    for place in range(1, words.count - 1):
        if words.level[place] or not (words.level[place - 1] and words.level[place + 1]) or not words.free[place]:
            continue
        if _is_between(words, place) or _is_listed(words, place):
            words.level[place] = words.level[place - 1]
    for place in range(words.count - 2, -1, -1):
        if words.level[place + 1] and not words.level[place] and words.free[place] and _leads(words, place):
            words.level[place] = words.level[place + 1]


def _is_between(words: NameWords, place: int) -> bool:
    """ "seingo kodi hana", "katarina dua nurak": a place, or "dua", that is the middle of a name."""
    middle = words.tiers[place] == Tier.PLACE or words.words[place].text in _MIDDLES
    return middle and words.joined(place) and words.joined(place + 1)


def _is_listed(words: NameWords, place: int) -> bool:
    """ "Yusak, Mika, Daud": with a capital, between two names of a list."""
    before, word, after = words.words[place - 1 : place + 2]
    if not words.is_title(place) or words.tiers[place] == Tier.PLACE or is_of_the_work(word.text):
        return False
    text = words.note.text
    return text[before.end : word.start] == ", " and text[word.end : after.start] in (", ", " & ")


def belongs(words: NameWords, place: int) -> bool:
    """Whether a word goes on with the name before it."""
    word, kind = words.words[place], words.tiers[place]
    if not words.free[place]:
        return False
    if words.level[place] or (kind >= Tier.UNKNOWN and len(word.text) > 1):
        return True
    before = words.words[place - 1]
    if before.text in _OF_FATHER or (word.text in PARTICLES and _name_comes(words, place)):
        return True
    title = words.note.cased and word.shape != "small"
    if len(word.text) == 1:
        return title and words.found_soon(place)
    if title and _CELL_ENDS.match(words.note.text, word.end) and before.shape == word.shape:
        return True
    if _is_of_surname(words, place):
        return True
    if title and kind <= Tier.DERIVED:
        return word.shape == before.shape and (words.found_soon(place) or not is_of_the_work(word.text))
    if _is_hardly_met(words, place):
        return True
    if words.note.cased and not title:
        return kind in (Tier.FOREIGN, Tier.RARE, Tier.ALSO_NAME) and before.shape == "small"
    return kind >= Tier.FOREIGN or (title and kind == Tier.PLACE)


def _is_hardly_met(words: NameWords, place: int) -> bool:
    """Whether a word that lists know, beside a name and without a capital, is rather part of it: "dito tenda"."""
    word, kind = words.words[place], words.tiers[place]
    if kind > Tier.DERIVED or len(word.text) < 3 or not words.is_small(place) or is_common(word.text):
        return False
    return _LIKE_A_VERB.fullmatch(word.text) is None


def _is_of_surname(words: NameWords, place: int) -> bool:
    """ "tan kok wah": the short words behind a family name that stands first."""
    near = (other for other in (place - 1, place - 2) if other >= 0 and words.level[other])
    return len(words.words[place].text) <= SHORT_SYLLABLE and any(words.words[other].text in SURNAMES for other in near)


def _name_comes(words: NameWords, place: int) -> bool:
    after = place + 1
    if after < words.count and words.words[after].text in PARTICLES and len(words.words[after].text) == 1:
        after += 1
    return (
        words.joined(after)
        and words.free[after]
        and (words.level[after] > 0 or words.tiers[after] >= Tier.UNKNOWN or words.words[place].text in _OF_FATHER)
        and words.words[after].shape == words.words[place - 1].shape
    )


def _leads(words: NameWords, place: int) -> bool:
    """Whether a word is the front part of the name behind it."""
    word, kind, after = words.words[place], words.tiers[place], words.words[place + 1]
    if not words.joined(place + 1) or word.text in _NO_FRONTS:
        return False
    if (word.text in ("i", "ni", "ida") and after.text in BALINESE) or (word.text, after.text) in _BUTONESE:
        return True
    if after.text in _OF_FATHER or word.text in _OF_FATHER:
        return True
    if len(word.text) == 1 and words.is_title(place):
        return words.note.text[word.end] == "."
    if word.text in FRONTS_OF_SMALL and not words.note.cased:
        return True
    alike = (word.shape == "small") == (after.shape == "small")
    if word.text in FIRST_PARTS and words.note.cased:
        return word.shape == "title" and alike and not (word.text == "i" and after.text not in BALINESE)
    if kind <= Tier.PLACE and words.note.cased and word.shape == after.shape == "title":
        starts = words.starts_sentence(place) and not words.after_colon(place)
        if kind == Tier.PLACE:
            return starts
        seldom = kind == Tier.DERIVED or not starts or not is_common(word.text)
        return seldom and not is_of_the_work(word.text)
    return alike and ((kind >= Tier.FOREIGN and len(word.text) > 1) or _is_hardly_met(words, place))


def repeat(words: NameWords) -> None:
    """A word that is a name in one place of the note is one in the others."""
    known: dict[str, int] = {}
    for place, level in enumerate(words.level):
        text = words.words[place].text
        if level and words.tiers[place] > Tier.EVERYDAY and len(text) > 2:
            known[text] = max(level, known.get(text, 0))
    for place, word in enumerate(words.words) if known else ():
        level = known.get(word.text, 0)
        if level > words.level[place] and words.free[place] and (words.level[place] or _may_repeat(words, place)):
            words.level[place] = level


def _may_repeat(words: NameWords, place: int) -> bool:
    return not words.is_small(place) or words.tiers[place] >= Tier.ALSO_NAME
