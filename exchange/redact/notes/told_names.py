"""Names that the word before them tells: a title, kinship, "bernama", "a.n."."""

from __future__ import annotations

import re

from exchange.redact.notes.cues import (
    ABSTRACT,
    ADDRESSING,
    ANNOUNCING,
    CUES,
    FORMAL,
    INSTITUTIONS,
    MOSTLY_PLAIN,
    OF_KIN,
    ROLES,
    SHORT,
    TITLES,
)
from exchange.redact.notes.name_words import MARKED, NONE, SURE, NameWords, can_be_said
from exchange.redact.notes.plain import Word, listed
from exchange.redact.notes.vocabulary import Tier, is_of_the_work
from exchange.redact.notes.whole_names import belongs

_AFTER_CUE = re.compile(r"[ .:;,=(\"'“‘/-]{1,4}")
_LEADING = TITLES | ANNOUNCING | ROLES
_ONLY_ROLES = ROLES - TITLES
_NAMING = frozenset({"bernama", "namanya", "alias", "named", "called", "dipanggil", "panggilan"})
_PREPOSITIONS = frozenset({"oleh", "kepada", "dari", "dengan", "menurut", "by", "from", "with", "kontak", "contact"})
_CHILD_OF = frozenset({"bin", "binti"})
_MOST_WORDS = 6
_ENTRIES = frozenset({"nama", "name", "alias"})
_MOST_OF_ENTRY = 4  # words
_ENTRY_ENDS = re.compile(r" ?(?:[\n,.;|(]|$)")
_COLON = re.compile(r" ?: ?[\"'“‘]?")
_OF_THINGS = listed(
    "usaha obat desa perusahaan lembaga instansi program jalan akun grup group file dokumen barang produk"
    " kegiatan tempat toko kampung dusun kota kabupaten kecamatan provinsi negara bahasa company ship vessel"
    " agency school village jabatan domain panti penyakit mata pelatihan proyek organisasi kelompok komunitas"
    " majalah koran merek merk"
)


def find_told_names(words: NameWords) -> None:
    for place, word in enumerate(words.words):
        if word.text in _ENTRIES:
            _take_entry(words, place)
        if word.text in _LEADING or (word.text == "n" and _is_on_behalf(words, place)):
            _follow(words, place, word)
        elif word.text in _CHILD_OF and words.joined(place) and words.joined(place + 1):
            _take_both_sides(words, place)


def _take_entry(words: NameWords, place: int) -> None:
    """ "Nama kecil : Lis", "NAMA AYAH: SYAFRUDDIN", "ALIAS UCOK PELABUHAN": all up to the end of the entry, if it
    is short and looks like a name."""
    first = _first_of_entry(words, place)
    if first is None:
        return
    last = first
    while last + 1 < words.count and words.joined(last + 1):
        last += 1
    found = range(first, last + 1)
    if len(found) > _MOST_OF_ENTRY or not _ENTRY_ENDS.match(words.note.text, words.words[last].end):
        return
    if not all(words.free[other] for other in found) or is_of_the_work(words.words[first].text):
        return
    if words.note.cased:
        named = all(words.words[other].shape != "small" for other in found) and not words.is_acronym(first)
    else:
        named = words.tiers[first] >= Tier.FOREIGN
    for other in found if named else ():
        words.level[other] = SURE


def _first_of_entry(words: NameWords, place: int) -> int | None:
    """The word behind "alias", or behind the colon up to three words after "nama"; none if it names no person."""
    if words.words[place].text == "alias":
        return place + 1 if words.joined(place + 1) or _colon(words, place) else None
    for other in range(place, min(place + _MOST_OF_ENTRY, words.count - 1)):
        text = words.words[other].text
        if other > place and (not words.joined(other) or text in _OF_THINGS or text in INSTITUTIONS):
            return None
        if _colon(words, other):
            return other + 1
    return None


def _colon(words: NameWords, place: int) -> bool:
    if place + 1 >= words.count:
        return False
    return _COLON.fullmatch(words.note.text, words.words[place].end, words.words[place + 1].start) is not None


def _take_both_sides(words: NameWords, place: int) -> None:
    """ "Rohani bin Sulong": whatever words they are, both are names."""
    if words.free[place - 1] and words.free[place + 1] and words.words[place - 1].text not in _LEADING:
        words.level[place - 1] = words.level[place] = words.level[place + 1] = SURE


def _is_on_behalf(words: NameWords, place: int) -> bool:
    """ "a.n.", "a/n": for."""
    before = words.words[place - 1]
    return place > 0 and before.text == "a" and words.words[place].start - before.end <= 2


def _follow(words: NameWords, place: int, cue: Word) -> None:
    """What stands behind a cue word, across other cue words ("Bu Lurah Endang")."""
    first = place + 1
    if first == words.count or not words.free[first] or not _close(words, place, first):
        return
    if not _may_follow(words, first, cue):
        return
    only_a_role = cue.text in _ONLY_ROLES and words.note.cased and words.words[first].shape == "small"
    level = MARKED if only_a_role else SURE
    for other in range(first, min(first + _MOST_WORDS, words.count)):
        if other > first and not (words.joined(other) and belongs(words, other)):
            break
        words.level[other] = level
    if words.tiers[place] == Tier.ALSO_NAME and words.joined(first):
        words.level[place] = level  # "Cucu Hidayat": no grandchild


def _close(words: NameWords, place: int, other: int) -> bool:
    gap = words.note.text[words.words[place].end : words.words[other].start]
    if gap == " ":
        return True
    stop = gap.startswith(".") and words.words[place].text not in SHORT
    return _AFTER_CUE.fullmatch(gap) is not None and not stop


def _may_follow(words: NameWords, place: int, cue: Word) -> bool:
    word, kind = words.words[place], words.tiers[place]
    title = words.is_title(place)
    if word.text in TITLES and not (title and kind >= Tier.ALSO_NAME):
        return False
    if cue.text in _ONLY_ROLES:
        return _may_follow_a_role(words, place, cue)
    if title and cue.text in FORMAL and len(word.text) > 1:
        return not is_of_the_work(word.text)
    if len(word.text) == 1 or (title and kind == Tier.EVERYDAY and word.text not in CUES and cue.text in TITLES):
        return title and words.found_soon(place)
    if words.is_acronym(place):
        said = kind >= Tier.UNKNOWN and cue.text in TITLES and can_be_said(word.text)
        return words.level[place] > NONE or said
    if kind >= Tier.UNKNOWN:
        return word.end - word.start > 1
    if title and kind >= Tier.DERIVED:
        return not (cue.text == "anak" and kind == Tier.PLACE)
    if cue.text in _NAMING:
        return title
    if cue.text in ADDRESSING and kind in (Tier.FOREIGN, Tier.RARE):
        return word.text not in OF_KIN and len(word.text) > 2
    return kind == Tier.ALSO_NAME and not (cue.text in MOSTLY_PLAIN and words.note.cased)


def _may_follow_a_role(words: NameWords, place: int, cue: Word) -> bool:
    word, kind = words.words[place], words.tiers[place]
    if kind == Tier.ALSO_NAME and cue.text not in _PREPOSITIONS:
        return word.text not in ABSTRACT and words.is_small(place)
    known = word.shape != "capitals" or words.level[place] > NONE
    return kind >= Tier.UNKNOWN and word.end - word.start > 2 and known
