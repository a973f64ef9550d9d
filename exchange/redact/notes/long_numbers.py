"""Long numbers: NIK and family cards, NPWP, phones, bank accounts. What a number is, its length and the words beside it
say; that it goes, its length says alone."""

from __future__ import annotations

import re
from typing import Final

from exchange.redact.notes.found import Kind
from exchange.redact.notes.plain import Note
from exchange.redact.notes.taken import Taken

_BETWEEN = r"(?: {1,2}|[.\-]|\)[ -]?| \(| - )?"
_NUMBER = re.compile(rf"(?<![\w@])(?:\(?\+ ?(?=\d)|\()?\d(?:{_BETWEEN}\d)*(?:{_BETWEEN}(?<=[\d ])x{{2,6}})?")
_SIXTEEN = re.compile(r"(?<![\w@+])\d(?:[ .\-]?\d){15}(?!\w)")
_NPWP = re.compile(r"\d{2}\.?\d{3}\.?\d{3}\.?\d[.\-]\d{3}\.?\d{3}")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")
_YEAR = re.compile(r"(?:19|20)\d\d")

_BEFORE, _AFTER = 40, 16  # characters in which a word may say what a number is
_CUES: Final[tuple[tuple[Kind, str], ...]] = (
    ("nik", r"nik\b|ktp|\bkk\b|kartu keluarga|induk|kependudukan|national id|\bid\b|identity|family card|no\.? ?induk"),
    ("npwp", r"npwp|pajak|\btax"),
    (
        "bank",
        (
            r"rek\b|rekening|norek|account|acc\b|\bbri\b|\bbni\b|\bbca\b|\bbsi\b|mandiri|bank|\btf\b"
            r"|transfer|\bdana\b|ovo|gopay|dikirim|\bto\b"
        ),
    ),
    (
        "phone",
        (
            r"\bhp|telp|telepon|telpon|\btlp|phone|\bwa\b|whatsapp|kontak|contact|call|hub|nomor aktif"
            r"|nomor darurat|sms|\bno\b|nomor|fax|kantor"
        ),
    ),
)
_CUE = re.compile("|".join(f"(?P<{kind}>{words})" for kind, words in _CUES))
_BANK_AFTER = re.compile(r"\W{0,3}(?:bank|bri|bni|bca|bsi|mandiri|cimb|danamon|seabank|btn|permata|rek)\b")
_SHORT_PHONE, _SHORT_ACCOUNT, _LONG = (
    5,
    6,
    7,
)  # digits from which a number goes: after a word for phone, account; by itself
_NIK_OR_DAMAGED = (15, 16, 17)  # digits: one may have been lost, or typed twice
_PHONE_START = re.compile(r"\(?(?:\+|0|62)")

_DIGIT = (
    r"(?:nol|kosong|satu|dua|tiga|empat|lima|enam|tujuh|delapan|lapan|sembilan|zero|oh|one|two"
    r"|three|four|five|six|seven|eight|nine|double)"
)
_SPELT = re.compile(rf"\b(?:plus )?{_DIGIT}(?:[ ,.\-]{{1,2}}{_DIGIT}){{6,}}\b")


def find_sixteen_digits(note: Note, taken: Taken) -> None:
    """A NIK, a family card, a new NPWP, an account: cut wherever one likes, even so that a part looks like a date."""
    for found in _SIXTEEN.finditer(note.small) if note.has_digits else ():
        said = _said(note, *found.span())
        taken.take(*found.span(), said if said in ("npwp", "bank") else "nik")


def find_numbers(note: Note, taken: Taken) -> None:
    for found in _NUMBER.finditer(note.small) if note.has_digits else ():
        if found.end() - found.start() >= _SHORT_PHONE:
            _judge(note, taken, found)
    for found in _SPELT.finditer(note.small):
        taken.take(*found.span(), "phone")


def _judge(note: Note, taken: Taken, found: re.Match[str]) -> None:
    text, (start, end) = found[0], found.span()
    if text.startswith("(") and ")" not in text:
        start, text = start + 1, text[1:]
    digits = re.sub(r"\D", "", text)
    said = _said(note, start, end)
    if len(digits) < _SHORT_PHONE or not _goes(text, digits, said):
        return
    if end < len(note.text) and note.text[end].isalpha() and len(digits) < _LONG:
        return
    taken.take(start, end, _kind(text, digits, said))


def _said(note: Note, start: int, end: int) -> Kind | None:
    """What the nearest word before the number, or a bank's name behind it, says."""
    said: Kind | None = None
    for cue in _CUE.finditer(note.small, max(0, start - _BEFORE), start):
        said = cue.lastgroup  # type: ignore[assignment]
    if said in (None, "phone") and _BANK_AFTER.match(note.small, end, end + _AFTER):
        return "bank"
    return said


def _goes(text: str, digits: str, said: Kind | None) -> bool:
    groups = re.findall(r"\d+", text)
    if all(len(group) <= 2 or _YEAR.fullmatch(group) for group in groups):
        if len(digits) in _NIK_OR_DAMAGED:
            return True
        return len(digits) > _LONG and said is not None and _PHONE_START.match(text) is not None
    if len(groups) == 2 and _YEAR.fullmatch(groups[0]) and len(groups[1]) <= 4 and said is None:
        return False  # case 2026-0117
    if _THOUSANDS.fullmatch(text) and (said != "bank" or text.endswith(".000")):
        return False
    if len(digits) >= _LONG:
        return True
    return (said == "phone" and len(groups) < 3) or (said == "bank" and len(digits) >= _SHORT_ACCOUNT)


def _kind(text: str, digits: str, said: Kind | None) -> Kind:
    if said == "npwp" or _NPWP.fullmatch(text):
        return "npwp"
    if len(digits) == 16 and said != "bank":
        return "nik"
    if said == "bank" or (said == "nik" and len(digits) > 13):
        return said
    if text.startswith(("+", "(+")) or (_PHONE_START.match(text) and len(digits) <= 15) or said == "phone":
        return "phone"
    return "nik" if len(digits) in _NIK_OR_DAMAGED else "number"
