"""Dates of birth. Other dates stay."""

from __future__ import annotations

import re

from exchange.redact.notes.plain import Note
from exchange.redact.notes.taken import Taken

_MONTHS = (
    "januari|februari|pebruari|maret|april|mei|juni|juli|agustus|september|oktober|november|nopember|desember|january|february"
    "|march|may|june|july|august|october|december|jan|feb|peb|mar|apr|jun|jul|agt|agu|ags|aug|sept|sep|okt|oct|nov|nop|des|dec"
)
_TEN = r"(?:satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|sepuluh|sebelas|belas|puluh|ratus|ribu|seribu|nol)"
_YEAR = r"(?:(?:19|20)\d\d|'?\d\d\b)"
_DATE = re.compile(
    r"(?<![\w/.])(?:"
    r"\d{1,2} ?([/.\-]) ?\d{1,2} ?\1 ?(?:(?:19|20)\d\d|\d\d)"
    r"|\d{1,2} \d{1,2} (?:19|20)\d\d"
    r"|(?:19|20)\d\d([/.\-])\d{1,2}\2\d{1,2}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?[ \-./]{{0,2}}(?:of |bulan )?(?:{_MONTHS})[ \-.,/']{{0,2}}(?:tahun |thn )?{_YEAR}"
    rf"|(?:{_MONTHS})\.? \d{{1,2}}(?:st|nd|rd|th)?,? {_YEAR}"
    rf"|{_TEN}(?: {_TEN}){{0,2}} (?:bulan )?(?:{_MONTHS}) (?:tahun )?(?:(?:19|20)\d\d|{_TEN}(?: {_TEN}){{1,6}})"
    r"|tahun (?:19|20)\d\d,? bulan \w{1,9},? (?:tanggal|tgl) \d{1,2}"
    r"|(?:tanggal|tgl) \d{1,2},? bulan \w{1,9},? (?:tahun|thn) (?:(?:19|20)\d\d|\d\d)"
    r")(?![\w/])"
)
_BIRTH = re.compile(
    r"lahir|\bttl\b|\bt\.t\.l|\bdob\b|d\.o\.b|\bborn\b|\bbirth|baptis|ultah|ulang tahun|\bkms\b|\(b\.|[,;] b\."
)
_BEFORE = 75  # characters before a date in which a word for birth may stand, in the same sentence
_SENTENCE = re.compile(r"[.!?](?= *[^\W\d_]{3})|\n")
_BESIDE_NAME = re.compile(r"\s{0,2}[/|–—(-]\s{0,2}(?:[^\W\d_]{3,20}(?: [^\W\d_]{3,20})?, ?)?$")


def find_dates(note: Note, taken: Taken) -> list[tuple[int, int]]:
    """Takes the dates of birth; answers with the others, which stay unless they turn out to stand beside a name."""
    others: list[tuple[int, int]] = []
    if not note.has_digits and "lahir" not in note.small:
        return others
    for found in _DATE.finditer(note.small):
        if not taken.is_free(*found.span()):
            continue
        if _is_of_birth(note, found.start()):
            taken.take(*found.span(), "birth_date")
        else:
            others.append(found.span())
    return others


def _is_of_birth(note: Note, start: int) -> bool:
    cues = list(_BIRTH.finditer(note.small, max(0, start - _BEFORE), start))
    return bool(cues) and _SENTENCE.search(note.small, cues[-1].end(), start) is None


def is_beside_a_name(note: Note, start: int, ends: frozenset[int]) -> bool:
    """Whether a date follows a name as in a list: "Naomi / 26 Juli 2010", "Naomi / Soe, 26 Juli 2010".

    `ends`: the ends of names.
    """
    gap = _BESIDE_NAME.search(note.text, max(0, start - 48), start)
    return gap is not None and gap.start() in ends
