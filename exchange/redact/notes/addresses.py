"""Addresses: from the street, hamlet or village on to what follows directly (Jl., RT, Kel., Desa, Kec., Kab.)."""

from __future__ import annotations

import re

from exchange.redact.notes.cues import SHORT
from exchange.redact.notes.plain import Note, Word, listed, words_from
from exchange.redact.notes.taken import Taken
from exchange.redact.notes.vocabulary import Tier, is_of_the_work, tier

_UNIT_NUMBER = (
    r"(?:(?:no|nomor|nmr|kav|lantai|lt|km|kamar|room|unit"
    r"|rumah no)\b\.? ?[#:]? ?\w{0,3}\d{1,4}[a-z]?\b(?: ?[/-] ?\d{1,3}\b)?"
    r"|(?:blok|block)\b\.? ?(?:[a-z]{1,2}[ /.-]?\d{0,3}|\d{1,3}[a-z]?|[ivx]{1,4})\b(?: ?/ ?\d{1,3}\b)?)"
)
_RT = r"r\.?[tw]\.? ?(?:/ ?r\.?w\.?)? ?[:.]? ?\d{1,3}(?: ?/ ?(?:r\.?w\.? ?)?\d{1,3})?\b"
_NUMBERED = (
    r"(?:gang|gg|lorong|lrg|dusun|dsn|dukuh|rk|lingkungan|banjar|jorong|flat|suku"
    r"|km)\b\.? ?(?:\d{1,4}[a-z]?|[ivx]{1,4}|[a-z])\b(?!\.)"
)
_HOUSE = (
    r"(?:\d{1,4}[a-z]?|[ivx]{1,4})(?:/\d{1,3}[a-z]?)?\b(?!\d)(?! ?(?:orang|tahun|thn|th|bulan|hari|jam|kali|anak)\b)"
)
_POSTCODE = r"\(?(?:kode pos:? )?\d{5}\b\)?"
_PIECE = re.compile(
    rf"[,.]? {{0,2}}(?:(?:/ ?)?{_RT}|{_UNIT_NUMBER}|{_NUMBERED})|[,.]? (?:{_HOUSE}|{_POSTCODE})|/\d{{1,4}}\b"
)

_STREETS = (
    r"(?:jalan|jln|jl|gang|gg|lorong|lrg|lr|btn|griya|graha|perumnas|perumahan|perum|komplek"
    r"|kompleks|asrama|road|street)"
)
_VILLAGES = r"(?:kelurahan|kel|desa|ds|dusun|dsn|dukuh|kampung|kampong|kp|lingkungan|banjar|nagari|jorong|village)"
_DISTRICTS = r"(?:kecamatan|kec|distrik|subdistrict)"
_ABOVE = r"(?:kabupaten|kab|kota|prov|provinsi|propinsi)"
_GAP = (
    r"\b(?:(?<=\bjl|\blr|\bgg|\bds|\bkp)\. ?|(?<=\bjln|\blrg|\bbtn|\bkel|\bdsn|\bkec|\bkab)\. ?"
    r"|(?<=\bprov)\. ?| )(?=\w)"
)
_CUE = re.compile(rf"(?<![\w-])(?:(?P<street>{_STREETS})|(?P<area>{_VILLAGES}|{_DISTRICTS})|(?P<above>{_ABOVE})){_GAP}")
_START = re.compile(rf"(?<![\w-])(?:(?:{_STREETS}|{_VILLAGES}|{_DISTRICTS}){_GAP}|{_RT}|{_NUMBERED})")
_SEPARATOR = re.compile(r",? {0,2}(?=\w)")
_QUALIFIERS = listed(
    "utara selatan barat timur tengah tenggara daya laut darat raya kota lama baru jaya satu dua tiga empat lima"
    " i ii iii iv v atas bawah hulu hilir dalam luar besar kecil kidul lor wetan kulon indah permai asri estate"
    " road street new territories city village"
)
# Before these, or as one of these, a small-letter word ends a name of a place.
_NO_NAME = listed(
    "ini itu dan atau yang yg di ke dari dr utk untuk dengan dgn tidak tdk sudah sdh su akan bisa sa saja asal"
    " lain saya sy kami kita beta dekat dkt tempat setempat mereka dia juga jg pada karena krn agar bersama sampai"
    " smp tua besar kandung sebelah mana lagi lg jauh rumah kak ya tp menuju seperti masih belum blm hanya sendiri"
    " adat terpencil wisata binaan asuh tersebut tsb dalam luar wkt jam pukul pagi sore malam kaki tol terus"
    " keluar pulang putus sangat lalu kemudian sama"
)
_MOST_WORDS = 4


_HOUSE_FIRST = re.compile(r"\b(?:no|nomor)\.? ?\d{1,4}[a-z]?,? $")


def find_addresses(note: Note, taken: Taken) -> None:
    end = 0
    for found in _START.finditer(note.small):
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
        at = _separated(note, end, start)
        reached, is_street = _part(note, at, end, start)
        if reached == end or not taken.is_free(end, reached):
            break
        end, street = reached, street or is_street
    return _with_bare_places(note, end, street=street) if end > start else end


def _separated(note: Note, end: int, start: int) -> int:
    found = None if end == start else _SEPARATOR.match(note.small, end)
    return found.end() if found else end


def _part(note: Note, at: int, end: int, start: int) -> tuple[int, bool]:
    """The end of one part that begins at `at`, and whether it is one of a street; `end` if there is no part."""
    piece = _PIECE.match(note.small, end) if end > start else _PIECE_ALONE.match(note.small, at)
    if piece:
        return piece.end(), True
    cue = _CUE.match(note.small, at)
    if cue is None or (cue["above"] and end == start):
        return end, False
    value = _value(note, cue, chained=end > start)
    return (value, cue["street"] is not None) if value > cue.end() else (end, False)


_PIECE_ALONE = re.compile(rf"{_RT}|{_NUMBERED}")


def _value(note: Note, cue: re.Match[str], *, chained: bool) -> int:
    """The end of the name after a cue word; of the cue word if there is none."""
    start = end = cue.end()
    whole = (_STREET_NAME if cue["street"] else _AREA_NAME).match(note.small, start)
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


_W = r"[^\W\d_][\w'’`-]*(?![\w'’`-])"
_STREET_NAME = re.compile(
    rf"(?:{_W}(?:\. ?| )){{0,5}}?{_W}(?=\.?,? ?\(?(?:(?:no|nomor|r\.?t|r\.?w|gang|gg|lorong|kel"
    rf"|kelurahan|desa|ds|dusun|blok|block|kav|km|kec|kecamatan)(?:\b|(?=\d))|\d|/))"
)
_AREA_NAME = re.compile(
    rf"(?:{_W}(?:\. ?| )){{0,3}}?{_W}(?=,? ?(?:(?:kec|kecamatan|distrik|kab|kabupaten|kota|prov"
    rf"|provinsi|r\.?t|r\.?w|no|nomor|blok|kel|kelurahan|desa|ds|dsn|dusun)(?:\b|(?=\d))"
    r"|\d{5}\b)|[,;/)\n]|\.?\s*$|\.\s)"
)


def _is_whole_name(note: Note, cue: re.Match[str], end: int, *, chained: bool) -> bool:
    """Whether all words up to the next part of the address are its name, and no sentence: "Kec. Putri Hijau, Kab."."""
    words = [word for word in words_from(note, cue.end()) if word.end <= end]
    if not words or any(_is_no_name(note, word) for word in words):
        return False
    short = cue[0].strip(". ") in _SHORT_CUES
    if note.cased and note.text[cue.start()].isupper():
        return short or all(word.shape != "small" for word in words)
    if cue["street"]:
        return short or tier(words[0].text) > Tier.EVERYDAY or not note.small.startswith((" 1", " 2", " 3"), end)
    return chained or short or tier(words[0].text) > Tier.EVERYDAY


_SHORT_CUES = frozenset({"jl", "jln", "gg", "lrg", "lr", "btn", "kel", "ds", "dsn", "kp", "kec", "kab", "kelurahan"})


_NEVER = _NO_NAME - _QUALIFIERS
_NUMBERING = frozenset({"no", "nomor", "rt", "rw", "blok"})
_ENGLISH = frozenset({"the", "she", "he", "they", "her", "his", "it", "this", "i", "we"})


def _is_no_name(note: Note, word: Word) -> bool:
    return word.text in _NEVER and note.text[word.end : word.end + 1] != "."  # "Jl. Dr. Soetomo"


def _begins(note: Note, word: Word, cue: re.Match[str], words: tuple[Word, ...], *, chained: bool) -> bool:
    if (_CUE.match(note.small, word.start) and word.text != "kota") or _is_no_name(note, word):
        return False
    if word.text in _NO_NAME and word.shape == "small":
        return False
    if tier(word.text) > Tier.EVERYDAY or chained:
        return True
    if cue["street"] and _then_a_number(note, words):
        return True
    if note.cased and word.shape != "small":
        return note.text[cue.start()].isupper() or not _small_follows(note, word, words)
    return not note.cased and not cue["street"] and _stands_alone(note, word)


def _goes_on(note: Note, word: Word, cue: re.Match[str], words: tuple[Word, ...], *, chained: bool) -> bool:
    if _CUE.match(note.small, word.start) or _is_no_name(note, word) or word.text in _NUMBERING:
        return False
    kind = tier(word.text)
    if note.cased and word.shape == "title" and not is_of_the_work(word.text) and word.text not in _ENGLISH:
        return True
    if (
        word.text in _QUALIFIERS
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


_GAP_TO_PLACE = re.compile(r",? ")
_POSTCODE_AFTER = re.compile(r",? \d{5}\b")
_TITLE_FOLLOWS = re.compile(r" [A-Z][a-z]|[,;.)]|$")
_BESIDE = re.compile(r" (?:bersama|dekat|dkt|belakang|depan|samping|milik)\b")


def _is_bare_name(note: Note, start: int, end: int) -> bool:
    words = [word for word in words_from(note, start) if word.end <= end]
    if not words or not _NO_NAME.isdisjoint(word.text for word in words) or is_of_the_work(words[0].text):
        return False
    if note.cased:
        return all(word.shape != "small" for word in words)
    return tier(words[0].text) > Tier.DERIVED


def _is_bare_place(note: Note, word: Word) -> bool:
    if tier(word.text) > Tier.EVERYDAY or word.text in _QUALIFIERS or _BESIDE.match(note.small, word.end):
        return True
    goes_on = _TITLE_FOLLOWS.match(note.text, word.end) is not None
    return note.cased and word.shape == "title" and goes_on and not is_of_the_work(word.text)


def _with_bare_places(note: Note, end: int, *, street: bool) -> int:
    """What may follow without a cue word: village, town, postcode, as in "Jalan Herewila 105, Paga"."""
    for _ in range(3):
        gap = _GAP_TO_PLACE.match(note.text, end)
        if gap is None:
            return end
        bare = _AREA_NAME.match(note.small, gap.end())
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
            if not note.cased and "," not in gap[0] and tier(word.text) < Tier.UNKNOWN:
                break
            reached = word.end
        if reached == end:
            return end
        end = reached
        postcode = _POSTCODE_AFTER.match(note.text, end)
        end = postcode.end() if postcode else end
    return end
