"""Passports, number plates, police reports."""

from __future__ import annotations

import re

from exchange.redact.notes.plain import Note, listed
from exchange.redact.notes.taken import Taken
from exchange.redact.notes.vocabulary import Tier, tier

_BEFORE = 45  # characters before a number in which a word may say what it is

_REPORT = re.compile(
    r"(?<![\w/])(?:lp|stpl|sttlp|sttpl|stbl|stpk|tbl|lpm|lka|li)(?: ?(?:no|nomor|nomer)\b[.:]? ?| (?=\d))?"
    r"(?: ?[/\-] ?|(?<=[ .:])(?=\d|[a-z] ?/ ?\d))[\w.]{1,24}(?: ?[/\-] ?[\w.]{1,24}){1,8}"
)
_UNIT = re.compile(r"(?:^|[/ .])(?:polres(?:ta|tabes)?|polda|polsek|res|sek|restabes|resta|mabes)\.?$")
_UP_TO_STROKE = re.compile(r"(?: [a-z']{1,20}\.?){1,3}(?= ?/ ?(?:polres|polda|polsek|sek|res|spkt|mabes))")
_STROKE = re.compile(r" ?[/\-] ?[\w.]{1,24}")
_UNITS = listed(
    "kota metro raya jaya balai besar polda polres polresta polsek res utara selatan barat timur tengah tenggara"
)
_MOST_OF_UNITS = 8
_UNITS_WORD = re.compile(r"[ ./]{1,2}([a-z']{2,20})\b")

_PASSPORT = re.compile(r"(?<![\w/])(?:[a-z] ?\d{7}|[a-z]{2} ?\d{6,7}|[a-z]\d{8})(?![\w/])")
_PASSPORT_CUE = re.compile(r"paspor|passport|travel document|splp|\bpas\b")
_AFTER_PASSPORT_CUE = re.compile(
    r"(?:paspor|passport|splp)\w{0,4}(?: \w{2,8}){0,2}[ .:=(]{1,3}(?=[a-z0-9]{0,8}\d)([a-z0-9]{6,12})(?!\w)"
)
# Two small letters before a number are often a word of their own.
_NO_SERIES = listed("di ke no rp hp wa rt rw jl kk lp sd sm tf rb jt th km kg id ok ya an ia tp dr pd yg sy tg")

_SERIES = (
    "a|aa|ab|ad|ae|ag|b|ba|bb|bd|be|bg|bh|bk|bl|bm|bn|bp|d|da|db|dc|dd|de|dg|dh|dk|dl|dm|dn|dp|dr|ds|dt|dw|e|ea|eb|ed|f|g"
    "|h|k|kb|kh|kt|ku|l|m|n|p|pa|pb|pg|ps|pt|pz|r|s|st|t|w|z|cd|cc|ri"
)
_PLATE = re.compile(
    rf"(?<![\w@-])(?:{_SERIES})([ .-]{{0,2}})\d{{1,4}}([ .-]{{0,2}})([a-z]{{1,3}})(?!\w| \d{{1,4}} ?[a-z]{{1,3}}\b)"
)
_PLATE_WITHOUT_END = re.compile(
    rf"\b(?:no\.? ?pol(?:isi)?|nopol|plat(?: nomor)?)\b[ .:]{{1,3}}((?:{_SERIES})[ .-]?\d{{2,4}})(?![\w/])"
)
_PLATE_CUE = re.compile(
    r"plat|nopol|no\.? ?pol|polisi|mobil|motor|oto\b|bus\b|truk|pick ?up|avanza|xenia|kendaraan"
    r"|vehicle|\bcar\b|driver|plate|honda|toyota"
    r"|daihatsu|suzuki|yamaha|mitsubishi|sopir|parkir|travel|ojek|angkot|warna|roda|kend|bernomor"
    r"|nomor|registration|licen[cs]e|taksi|taxi|\bvan\b|minibus|\bbis\b|sepeda|ranmor|merk|jenis"
    r"|angkutan|ekspedisi|tronton"
)
_UNITS_OF_MEASURE = listed(
    "th thn tahun kg gr km cm mm ml org hr bln jam mnt rt rw kec kel kab no dan di ke pr lk wib wit"
)


def find_reports(note: Note, taken: Taken) -> None:
    if not note.has_digits:
        return
    for found in _REPORT.finditer(note.small):
        if any(sign.isdigit() for sign in found[0]):
            taken.take(found.start(), _end_of_unit(note.small, found.end()), "report")


def _end_of_unit(text: str, end: int) -> int:
    """ "… /POLRES FLORES TIMUR/POLDA NTT" ends with the last word of the last unit's place."""
    for _ in range(_MOST_OF_UNITS):
        stroke = _STROKE.match(text, end)
        word = _UNITS_WORD.match(text, end)
        longer = _UP_TO_STROKE.match(text, end) if _UNIT.search(text, max(0, end - 14), end) else None
        if stroke:
            end = stroke.end()
        elif longer:
            end = longer.end()
        elif word and (_is_place(word[1]) or _UNIT.search(text, max(0, end - 14), end)):
            end = word.end()
        else:
            break
    while text[end - 1] in ". ":
        end -= 1
    return end


def _is_place(word: str) -> bool:
    return tier(word) == Tier.PLACE or word in _UNITS


def find_passports(note: Note, taken: Taken) -> None:
    if not note.has_digits:
        return
    for found in _PASSPORT.finditer(note.small):
        letters = found[0].rstrip("0123456789")
        if letters.strip() in _NO_SERIES and not _says(_PASSPORT_CUE, note, found.start()):
            continue
        taken.take(*found.span(), "passport")
    for found in _AFTER_PASSPORT_CUE.finditer(note.small):
        taken.take(*found.span(1), "passport")


def find_plates(note: Note, taken: Taken) -> None:
    if not note.has_digits:
        return
    for found in _PLATE.finditer(note.small):
        written = note.text[found.start() : found.end()]
        count = sum(sign.isdigit() for sign in written)
        together = not (found[1] or found[2])
        measure = found[3] in _UNITS_OF_MEASURE and count < 4 and not together
        by_itself = note.cased and written.isupper() and count > 2 and not measure
        if by_itself or _says(_PLATE_CUE, note, found.start()):
            taken.take(*found.span(), "plate")
        elif count > 2 and not measure:
            taken.take(*found.span(), "plate", sure=False)
    _find_plates_without_end(note, taken)


def _find_plates_without_end(note: Note, taken: Taken) -> None:
    for found in _PLATE_WITHOUT_END.finditer(note.small):
        taken.take(*found.span(1), "plate")


def _says(cue: re.Pattern[str], note: Note, start: int) -> bool:
    return cue.search(note.small, max(0, start - _BEFORE), start) is not None
