"""The name behind a word such as "Jl.", "Desa", "Kec.": how far it reaches, and whether it is one at all."""

from __future__ import annotations

import re
from typing import Final

from exchange.redact.notes.address_parts import CUE, NEVER, NO_NAME, QUALIFIERS, SHORT_CUES
from exchange.redact.notes.cues import SHORT
from exchange.redact.notes.plain import Note, Word, listed, words_from
from exchange.redact.notes.vocabulary import Tier, is_of_the_work, tier

_MOST_WORDS = 4
_ALSO_VERBS = listed("jalan village road street")
_NUMBERING = listed("no nomor rt rw blok")
_ENGLISH = listed("the she he they her his it this i we")

_W = r"[^\W\d_][\w'’`-]*(?![\w'’`-])"
_STREET_NAME = re.compile(
    rf"(?:{_W}(?:\. ?| )){{0,5}}?{_W}(?=\.?,? ?\(?(?:(?:no|nomor|r\.?t|r\.?w|gang|gg|lorong|kel"
    rf"|kelurahan|desa|ds|dusun|blok|block|kav|km|kec|kecamatan)(?:\b|(?=\d))|\d|/))"
)
AREA_NAME: Final = re.compile(
    rf"(?:{_W}(?:\. ?| )){{0,3}}?{_W}(?=,? ?(?:(?:kec|kecamatan|distrik|kab|kabupaten|kota(?= \w)|prov"
    rf"|provinsi|r\.?t|r\.?w|no|nomor|blok|kel|kelurahan|desa|ds|dsn|dusun)(?:\b|(?=\d))"
    r"|\d{5}\b)|[,;/)\n]|\.?\s*$|\.\s)"
)


def end_of_name(note: Note, cue: re.Match[str], *, chained: bool) -> int:
    """The end of the name after a cue word; of the cue word if there is none."""
    start = end = cue.end()
    whole = (_STREET_NAME if cue["street"] else AREA_NAME).match(note.small, start)
    if whole and _is_whole_name(note, cue, whole.end(), chained=chained):
        return whole.end()
    words = words_from(note, start)
    for count, word in enumerate(words[:_MOST_WORDS]):
        if word.start != end + bool(count) or (count and note.text[end] not in " ."):
            break
        accepts = _goes_on if count else _begins
        if not accepts(note, word, cue, words[count:], chained=chained):
            break
        end = word.end
        if note.text[end : end + 2] == ". " and (word.end - word.start == 1 or word.text in SHORT):
            end += 1
    return end


def _is_whole_name(note: Note, cue: re.Match[str], end: int, *, chained: bool) -> bool:
    """Whether all words up to the next part of the address are its name, and no sentence: "Kec. Putri Hijau, Kab."."""
    words = [word for word in words_from(note, cue.end()) if word.end <= end]
    if not words or any(_is_no_name(note, word) for word in words):
        return False
    short = cue[0].strip(". ") in SHORT_CUES
    if note.cased and note.text[cue.start()].isupper():
        return short or all(word.shape != "small" for word in words)
    if (
        note.cased
        and words[0].shape == "small"
        and cue[0].strip() in _ALSO_VERBS
        and tier(words[0].text) < Tier.ALSO_NAME
    ):
        return False
    if cue["street"]:
        return short or tier(words[0].text) > Tier.EVERYDAY or not note.small.startswith((" 1", " 2", " 3"), end)
    return chained or short or tier(words[0].text) > Tier.EVERYDAY


def _is_no_name(note: Note, word: Word) -> bool:
    return word.text in NEVER and note.text[word.end : word.end + 1] != "."  # "Jl. Dr. Soetomo"


def _begins(note: Note, word: Word, cue: re.Match[str], words: tuple[Word, ...], *, chained: bool) -> bool:
    if (CUE.match(note.small, word.start) and word.text != "kota") or _is_no_name(note, word):
        return False
    if word.text in NO_NAME and word.shape == "small":
        return False
    kind = tier(word.text)
    if note.cased and word.shape == "small" and kind < Tier.ALSO_NAME and cue[0].strip() in _ALSO_VERBS:
        return _then_a_number(note, words)  # "jalan pincang", "village brokers"
    if kind > Tier.EVERYDAY or chained:
        return True
    if cue["street"] and _then_a_number(note, words):
        return True
    if note.cased and word.shape != "small":
        return note.text[cue.start()].isupper() or not _small_follows(note, word, words)
    return not note.cased and not cue["street"] and _stands_alone(note, word)


def _goes_on(note: Note, word: Word, cue: re.Match[str], words: tuple[Word, ...], *, chained: bool) -> bool:
    if CUE.match(note.small, word.start) or _is_no_name(note, word) or word.text in _NUMBERING:
        return False
    kind = tier(word.text)
    if note.cased and word.shape == "title" and not is_of_the_work(word.text) and word.text not in _ENGLISH:
        return True
    if (
        word.text in QUALIFIERS
        or kind > Tier.PLACE
        or (kind == Tier.PLACE and (cue["above"] or cue["street"] or word.shape != "small"))
    ):
        return True
    if word.shape == "small" or not note.cased:
        return (cue["street"] is not None and _then_a_number(note, words)) or (
            chained and not _small_follows(note, word, words)
        )
    return not _small_follows(note, word, words) or (cue["street"] is not None and _then_a_number(note, words))


def _small_follows(note: Note, word: Word, words: tuple[Word, ...]) -> bool:
    """Whether the word is the first of a sentence: "Korban ingin …", unlike "Putri Hijau The client …"."""
    after = next((one for one in words if one.start == word.end + 1), None)
    return after is not None and note.text[word.end] == " " and (after.shape == "small" or not note.cased)


def _then_a_number(note: Note, words: tuple[Word, ...]) -> bool:
    """Whether within three words a house number, RT, gang or village follows."""
    until = words[min(2, len(words) - 1)].end
    return (
        re.search(
            r"^[^.,;\n]*[a-z]\.?,? ?(?:no\b|rt\b|rw\b|gang\b|gg\b|kel\b|desa\b|blok\b|\d)",
            note.small[words[0].start : until + 7],
        )
        is not None
    )


def _stands_alone(note: Note, word: Word) -> bool:
    """Whether a part of an address or the end of the sentence follows: "desa mata air, kec. …"."""
    return (
        re.match(r"(?: \w+)?(?:,? (?:kec|kab|rt|rw|kel)\b|,|\.? *$|\.\s)", note.small[word.end : word.end + 24])
        is not None
    )
