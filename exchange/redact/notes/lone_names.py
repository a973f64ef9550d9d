"""Words that look like a name, or like no word at all, without a title before them."""

from __future__ import annotations

import re

from exchange.redact.notes.cues import (
    ABSTRACT,
    ACTS,
    ANNOUNCING,
    AUXILIARIES,
    DOES,
    KIN_OF,
    OWNERS,
    ROLES,
    SAYS,
    SPEAKING_OF,
    SURNAMES,
    TITLES,
)
from exchange.redact.notes.name_words import ACRONYM, SHORT_SYLLABLE, NameWords, can_be_said
from exchange.redact.notes.plain import Word
from exchange.redact.notes.vocabulary import Tier, is_a_root, is_only_spoken

_DID = re.compile(r"(?:me|di|ber|ter)[a-z]{4,}|[a-z]{3,}ed")
_BUILT = re.compile(r"(?:ke|pe|me|di|ber|ter)[a-z]{4,}(?:an|kan|nya)")
_LIST = re.compile(r", ?|/| & | ?\(\d{1,2}(?:\)| ?th|,)")
_AGE = re.compile(r" ?\(\d{1,2}(?:\)| ?th|,)")
_MONTHS = frozenset({"august", "april", "june", "may", "mei", "juni", "juli", "januari", "agustus"})
_NEAR_A_MONTH = re.compile(r"(?:\b(?:in|since|until|till|by|of|early|mid|late|last|next|bulan|\d{1,2})|mid-) ?$")
_DASH = re.compile(r"(?:^|[\s.!?])[–—-]{1,2} ?$")
_ASIDE = re.compile(r" \([a-z]")
_LEADING = TITLES | ANNOUNCING | ROLES
_MAYBE = (Tier.FOREIGN, Tier.RARE, Tier.ALSO_NAME)
_MOST_AUXILIARIES = 3
_FROM = frozenset({"yg", "yang", "dari", "dr", "asal", "mau", "minta", "dan"})


def find_lone_names(words: NameWords) -> None:
    """Marks them."""
    for place, kind in enumerate(words.tiers):
        if not words.free[place]:
            continue
        if kind in (Tier.EVERYDAY, Tier.PLACE):
            word = words.words[place]
            found = word.text in SURNAMES and _heads_a_family(words, place)
            found = found or (word.shape == "title" and _is_spoken_with_a_capital(words, place))
        else:
            found = (
                _is_candidate(words, place)
                or _heads_a_family(words, place)
                or _is_pair(words, place)
                or _is_in_a_names_place(words, place)
            )
        if found:
            words.level[place] = 1
    if " A " in words.note.text:
        _find_small_a(words)
    if words.count and words.free[-1] and _signs(words, words.count - 1):
        words.level[-1] = 1


def _signs(words: NameWords, place: int) -> bool:
    """The last word of a note, behind a dash: "… with Pak Agus. – Meg"."""
    start, end = words.words[place].start, words.words[place].end
    last = not words.note.text[end:].strip(" .)\n")
    return last and words.is_title(place) and _DASH.search(words.note.text, max(0, start - 4), start) is not None


def _find_small_a(words: NameWords) -> None:
    """ "A Khiong", "A Moi": names of Hakka and Hokkien speakers; not the English article, which begins a sentence."""
    for after in range(1, words.count):
        place = after - 1
        if words.words[place].text != "a" or not words.joined(after) or words.starts_sentence(place):
            continue
        if words.is_title(place) and words.is_title(after) and words.tiers[after] >= Tier.FOREIGN:
            words.level[place] = words.level[after] = 1


def _is_candidate(words: NameWords, place: int) -> bool:
    """Whether a word, by itself, looks like a name or like no word at all."""
    word, kind = words.words[place], words.tiers[place]
    if word.end - word.start < 3 and word.text.isascii():
        return False
    if words.is_acronym(place):
        return kind == Tier.NAME or _beside_capitals(words, place)
    if kind == Tier.NAME:
        return True
    if kind == Tier.UNKNOWN:
        return not words.writes_names_large or not (word.shape == "small" or _is_a_plain_head(words, place))
    if words.is_small(place):
        return False
    if (word.shape == "capitals" and kind < Tier.ALSO_NAME) or (kind == Tier.DERIVED and _BUILT.fullmatch(word.text)):
        return False  # a heading; "Kecamatan"
    if word.text in _MONTHS and _NEAR_A_MONTH.search(words.note.small, max(0, word.start - 8), word.start):
        return False
    if words.starts_sentence(place):
        return kind >= Tier.FOREIGN and _does_something(words, place)
    return _heads_a_family(words, place) or not _is_of_a_heading(words, place)


def _is_a_plain_head(words: NameWords, place: int) -> bool:
    """ "Sekoci menurunkan …": a root of some dictionary that has its capital from the sentence, and none behind it."""
    if (
        not words.starts_sentence(place)
        or not is_a_root(words.words[place].text)
        or words.words[place].shape != "title"
    ):
        return False
    alone = not words.joined(place + 1) or words.words[place + 1].shape == "small"
    return alone and not _acts(words, place)


def _is_of_a_heading(words: NameWords, place: int) -> bool:
    """ "Program Keluarga Harapan": a word with a capital among everyday words with capitals."""
    for other, joined in ((place - 1, words.joined(place)), (place + 1, words.joined(place + 1))):
        if not joined:
            continue
        near = words.words[other]
        if near.shape == "title" and words.tiers[other] == Tier.EVERYDAY and _may_head(near):
            return other > place or not words.starts_sentence(other)
    return False


def _may_head(word: Word) -> bool:
    return len(word.text) > 2 and word.text not in _LEADING


def _is_pair(words: NameWords, place: int) -> bool:
    """Two words without capitals that are both also names: "bunga permata"; a family name and a strange word."""
    after = place + 1
    if not words.joined(after) or not words.free[after] or not words.is_small(place):
        return False
    return words.tiers[place] == words.tiers[after] == Tier.ALSO_NAME or _heads_a_family(words, place)


def _heads_a_family(words: NameWords, place: int) -> bool:
    """ "tan kok wah", "Tan Mei Hwa": the family name first, then short words."""
    after, word = place + 1, words.words[place]
    if word.text not in SURNAMES or not words.joined(after) or not words.free[after]:
        return False
    short = words.words[after].end - words.words[after].start <= SHORT_SYLLABLE
    if words.note.cased:
        if word.shape != "small":
            return short and words.words[after].shape == word.shape and words.tiers[place] >= Tier.FOREIGN
        return False
    return short and words.tiers[after] in (Tier.RARE, Tier.ALSO_NAME, Tier.UNKNOWN)


def _is_spoken_with_a_capital(words: NameWords, place: int) -> bool:
    """ "ini beta Ati": a word of some dialect with a capital inside a sentence."""
    word = words.words[place]
    inside = word.shape == "title" and words.note.cased and is_only_spoken(word.text)
    return inside and word.end - word.start > 3 and not words.starts_sentence(place)


def _beside_capitals(words: NameWords, place: int) -> bool:
    mine = words.words[place].text
    for other in (place - 1, place + 1):
        if not 0 <= other < words.count:
            continue
        near = words.words[other]
        if near.shape == "capitals" and words.tiers[other] >= Tier.UNKNOWN:
            long = len(near.text) > ACRONYM
            if long or (can_be_said(near.text) and can_be_said(mine)):
                return True
    return False


def _does_something(words: NameWords, place: int) -> bool:
    """Whether what follows the first word of a sentence says that somebody did something."""
    end, after = words.words[place].end, place + 1
    if words.tiers[place] == Tier.ALSO_NAME:
        aside = words.words[place].text not in ABSTRACT and _ASIDE.match(words.note.text, end)
        if aside or _AGE.match(words.note.text, end):
            return True
    if after == words.count:
        return False
    if not words.joined(after):
        listed = _LIST.match(words.note.text, end)
        return listed is not None and listed.end() == words.words[after].start and words.tiers[after] >= Tier.UNKNOWN
    if words.words[after].shape != "small":
        return False
    does = words.words[after].text
    if words.words[place].text in ABSTRACT and does.startswith("di"):
        return False  # "Untung dibagi"
    return does in DOES or _DID.fullmatch(does) is not None or _acts(words, place)


def _is_in_a_names_place(words: NameWords, place: int) -> bool:
    """Whether a word that may be a name stands where names do, in small letters: "adik sy fitri", "melati bilang"."""
    kind, text = words.tiers[place], words.words[place].text
    if kind not in _MAYBE or len(text) < 3 or not words.is_small(place):
        return False
    if words.joined(place) and _is_introduced(words, place):
        return True
    if not words.joined(place + 1):
        return False
    if words.words[place + 1].text in SAYS and text not in ABSTRACT:
        return True
    return kind == Tier.ALSO_NAME and text not in ABSTRACT and words.starts_sentence(place) and _acts(words, place)


def _is_introduced(words: NameWords, place: int) -> bool:
    """ "si melati", "adik sy melati", "sy cahaya yg kemarin"."""
    kind, text, before = words.tiers[place], words.words[place].text, words.words[place - 1].text
    if before in SPEAKING_OF:
        return kind != Tier.FOREIGN
    if kind != Tier.ALSO_NAME or text in ABSTRACT:
        return False
    if before in KIN_OF:
        return True
    if before not in OWNERS:
        return False
    if words.joined(place - 1) and words.words[place - 2].text in TITLES:
        return True
    return words.joined(place + 1) and words.words[place + 1].text in _FROM


def _acts(words: NameWords, place: int) -> bool:
    """Whether, behind "sudah", "tadi", "tidak", a word for what only people do follows."""
    for other in range(place + 1, min(place + 2 + _MOST_AUXILIARIES, words.count)):
        if not words.joined(other):
            return False
        text = words.words[other].text
        if text in ACTS or text in SAYS:
            return True
        if text not in AUXILIARIES:
            return False
    return False
