"""Numbers that are public and stay: court decisions, amounts of money, hours.

Those of laws and articles are too short for anything to take them. Every pattern begins with a digit, and looks
back from there: that is many times faster than to try the words for money at each letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from exchange.redact.notes.plain import Note
from exchange.redact.notes.taken import Taken

_WHOLE = r"\d(?<!\w\d)"  # a digit that no letter or digit stands before
_DECISION = (
    rf"{_WHOLE}\d{{0,4}} ?/ ?(?:pid|pdt|pid\.\w+|pdt\.\w+|k|pk|phi|tun"
    r"|pra)\b[\w.\-]*(?: ?/ ?[\w.\-]{1,12}){1,3}(?: [a-z]{2,3}\b(?<! di))?"
)
_HOURS = rf"{_WHOLE}\d?[.:]\d{{2}} ?(?:-|–|s/d|sampai) ?\d{{1,2}}[.:]\d{{2}}\b"
_OF_MONEY = (
    rf"{_WHOLE}(?<!0)\d{{0,2}}(?:[.,]\d{{3}}){{1,4}}(?:,\d\d)?(?:,-| ?(?:rupiah|ringgit|dolar|dollar|riyal|juta|jt)\b)"
)
_STATION = r"\d\d[.-]\d{3}[.-]\d{2,3}(?<=spbu .{9})\b|\d\d[.-]\d{3}[.-]\d{2,3}(?<=spbu .{10})\b"  # of petrol
_PUBLIC = re.compile("|".join((_OF_MONEY, _DECISION, _HOURS, _STATION)))

_AMOUNT = re.compile(r"\d[\d.,]{0,20}(?:-|\b)")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3}){1,3}")
_CURRENCY = re.compile(
    r"(?:\b(?:rp|idr|usd|rm|sgd|myr|hkd|ntd|twd|sar|aed|php)|(?:us|hk|nt|s|a)?\$)\.? ?$"
    r"|(?P<sum>\b(?:nominal|sebesar|sejumlah|senilai|total|saldo|gaji|upah|biaya|denda)\W{1,3}$)"
)
_BEFORE = 12  # characters before an amount in which its currency stands


def find_public(note: Note, taken: Taken) -> None:
    if not note.has_digits:
        return
    for start, end in (*_amounts(note.small), *(found.span() for found in _PUBLIC.finditer(note.small))):
        if taken.is_free(start, end):
            taken.stays(start, end)


def _amounts(text: str) -> Iterator[tuple[int, int]]:
    """With their currency; or behind a word for sums, if they are written with thousands."""
    for found in _AMOUNT.finditer(text):
        before = _CURRENCY.search(text, max(0, found.start() - _BEFORE), found.start())
        if before and (before["sum"] is None or _THOUSANDS.fullmatch(found[0].rstrip(".,-"))):
            yield before.start(), found.end()
