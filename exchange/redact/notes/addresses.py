"""Addresses: from the street, hamlet or village down to what follows directly, with its cue words (Jl., RT, Kel., Kec. …)."""

from __future__ import annotations

import re

from exchange.redact.notes.plain import Note, Word, words_from
from exchange.redact.notes.taken import Taken
from exchange.redact.notes.vocabulary import Tier, tier

_UNIT_NUMBER = r"(?:no|nomor|nmr|blok|block|kav|lantai|lt|km|kamar|room|unit|rumah no)\b\.? ?[#:]? ?\w{0,3}\d{1,4}[a-z]?\b"
_RT = r"r\.?[tw]\b\.? ?(?:/ ?rw\b\.?)?[ :]?\d{1,3}(?: ?/ ?(?:rw\b\.? ?)?\d{1,3})?\b"
_NUMBERED = r"(?:gang|gg|lorong|lrg|dusun|dsn|dukuh|rk|lingkungan|banjar|jorong|flat|suku|km)\b\.? ?(?:\d{1,4}[a-z]?|[ivx]{1,4}|[a-z])\b"
_HOUSE = r"(?:\d{1,4}[a-z]?|[ivx]{1,4})(?:/\d{1,3}[a-z]?)?\b(?!\d)(?! ?(?:orang|tahun|thn|th|bulan|hari|jam|kali|anak)\b)"
_POSTCODE = r"(?:kode pos )?\d{5}\b"
_PIECE = re.compile(rf"[,.]? {{0,2}}(?:(?:/ ?)?{_RT}|{_UNIT_NUMBER}|{_NUMBERED})|[,.]? (?:{_HOUSE}|{_POSTCODE})")

_STREETS = r"(?:jalan|jln|jl|gang|gg|lorong|lrg|perumahan|perum|komplek|kompleks|asrama|road|street)"
_VILLAGES = r"(?:kelurahan|kel|desa|ds|dusun|dsn|dukuh|kampung|kampong|kp|lingkungan|banjar|nagari|jorong|village)"
_DISTRICTS = r"(?:kecamatan|kec|distrik|subdistrict)"
_ABOVE = r"(?:kabupaten|kab|kota|prov|provinsi|propinsi)"
_CUE = re.compile(rf"(?<![\w-])(?:(?P<street>{_STREETS})|(?P<area>{_VILLAGES}|{_DISTRICTS})|(?P<above>{_ABOVE}))\b(?:\. ?| )(?=\w)")
_START = re.compile(
    rf"(?<![\w-])(?:(?:{_STREETS}|{_VILLAGES}|{_DISTRICTS})\b(?:\. ?| )(?=\w)|{_RT}|{_NUMBERED})"
)
_SEPARATOR = re.compile(r",? {0,2}(?=\w)")
_QUALIFIERS = frozenset(
    "utara selatan barat timur tengah tenggara daya laut darat raya kota lama baru jaya satu dua tiga empat lima i ii iii iv v atas bawah hulu hilir"
    " dalam luar besar kecil kidul lor wetan kulon indah permai asri estate road street new territories city village".split()
)
# Before these, or as one of these, a small-letter word ends a name of a place.
_NO_NAME = frozenset(
    "ini itu dan atau yang yg di ke dari dr utk untuk dengan dgn tidak tdk sudah sdh su akan bisa sa saja asal lain saya sy kami kita beta dekat dkt"
    " tempat setempat kita mereka dia juga jg pada karena krn agar bersama sampai smp tua besar kandung sebelah mana lagi lg jauh rumah kak ya tp"
    " menuju seperti masih belum blm hanya sendiri adat terpencil wisata binaan asuh tersebut tsb dalam luar jadi wkt".split()
)
_MOST_WORDS = 4


def find_addresses(note: Note, taken: Taken) -> None:
    end = 0
    for found in _START.finditer(note.small):
        if found.start() < end or not taken.is_free(*found.span()):
            continue
        end = _end(note, found.start(), taken)
        if end > found.start():
            taken.take(found.start(), end, "address")


def _end(note: Note, start: int, taken: Taken) -> int:
    """The end of the address that starts at `start`; `start` itself if nothing there is one."""
    end, street = start, False
    while True:
        at = _separated(note, end, start)
        reached, is_street = _part(note, at, end, start)
        if reached == end or not taken.is_free(end, reached):
            break
        end, street = reached, street or is_street
    return _with_bare_places(note, end) if street and end > start else end


def _separated(note: Note, end: int, start: int) -> int:
    found = None if end == start else _SEPARATOR.match(note.small, end)
    return found.end() if found else end


def _part(note: Note, at: int, end: int, start: int) -> tuple[int, bool]:
    """The end of one part that begins at `at`, and whether it is one of a street; `end` if there is no part."""
    piece = _PIECE.match(note.small, end) if end > start else _PIECE_ALONE.match(note.small, at)
    if piece:
        return piece.end(), "r" in piece[0][:4]
    cue = _CUE.match(note.small, at)
    if cue is None or (cue["above"] and end == start):
        return end, False
    value = _value(note, cue.end(), cue)
    return (value, cue["street"] is not None) if value > cue.end() else (end, False)


_PIECE_ALONE = re.compile(rf"{_RT}|{_NUMBERED}")


def _value(note: Note, start: int, cue: re.Match[str]) -> int:
    """The end of the name after a cue word; `start` if there is none."""
    end = start
    words = words_from(note, start)
    for count, word in enumerate(words[:_MOST_WORDS]):
        if word.start != end + bool(count) or (count and note.text[end] not in " ."):
            break
        if not (_begins(note, word, cue, words) if count == 0 else _goes_on(note, word, cue, words[count:])):
            break
        end = word.end
        if note.text[end : end + 2] == ". " and word.end - word.start == 1:
            end += 1
    return end


def _begins(note: Note, word: Word, cue: re.Match[str], words: tuple[Word, ...]) -> bool:
    if _CUE.match(note.small, word.start) or word.text in _NO_NAME:
        return False
    if note.cased and word.shape != "small":
        return True
    if tier(word.text) > Tier.EVERYDAY:
        return True
    return _then_a_number(note, words) if cue["street"] else _stands_alone(note, word)


def _goes_on(note: Note, word: Word, cue: re.Match[str], words: tuple[Word, ...]) -> bool:
    if _CUE.match(note.small, word.start) or word.text in _NO_NAME or word.text in ("no", "nomor", "rt", "rw"):
        return False
    if word.text in _QUALIFIERS or tier(word.text) > Tier.PLACE or (tier(word.text) == Tier.PLACE and word.shape != "small"):
        return True
    if note.cased and word.shape == "title" and cue["street"]:
        return True
    return cue["street"] is not None and word.shape != "title" and _then_a_number(note, words)


def _then_a_number(note: Note, words: tuple[Word, ...]) -> bool:
    """Whether within three words a house number, RT, gang or village follows."""
    until = words[min(2, len(words) - 1)].end
    return re.search(r"^[^.,;\n]*[a-z]\.?,? ?(?:no\b|rt\b|rw\b|gang\b|gg\b|kel\b|desa\b|blok\b|\d)", note.small[words[0].start : until + 7]) is not None


def _stands_alone(note: Note, word: Word) -> bool:
    """Whether a part of an address or the end of the sentence follows: "desa mata air, kec. …"."""
    return re.match(r"(?: \w+)?(?:,? (?:kec|kab|rt|rw|kel)\b|,|\.? *$|\.\s)", note.small[word.end : word.end + 24]) is not None


def _with_bare_places(note: Note, end: int) -> int:
    """After a street its village, town and postcode may follow without a cue word: "Jalan Herewila 105, Paga"."""
    for _ in range(3):
        gap = re.compile(r",? ").match(note.text, end)
        if gap is None:
            return end
        reached = end
        for word in words_from(note, gap.end())[:3]:
            follows = word.start == (gap.end() if reached == end else reached + 1)
            if not follows or (word.shape == "small" and note.cased) or not (tier(word.text) > Tier.EVERYDAY or word.text in _QUALIFIERS):
                break
            if not note.cased and "," not in gap[0]:
                break
            reached = word.end
        if reached == end:
            return end
        end = reached
        postcode = re.compile(r",? \d{5}\b").match(note.text, end)
        end = postcode.end() if postcode else end
    return end
