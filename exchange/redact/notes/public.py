"""Numbers that are public and stay: court decisions, amounts of money, hours.

Those of laws and articles are too short for anything to take them.
"""

from __future__ import annotations

import re

from exchange.redact.notes.plain import Note
from exchange.redact.notes.taken import Taken

_DECISION = (
    r"\b\d{1,5} ?/ ?(?:pid|pdt|pid\.\w+|pdt\.\w+|k|pk|phi|tun"
    r"|pra)\b[\w.\-]*(?: ?/ ?[\w.\-]{1,12}){1,3}(?: [a-z]{2,3}\b(?<! di))?"
)
_MONEY = (
    r"(?:\b(?:rp|idr|usd|rm|sgd|myr|hkd|ntd|twd|sar|aed|php)|(?:us|hk|nt|s|a)?\$)\.? ?\d[\d.,]{0,20}(?:-|\b)"
    r"|\b[1-9]\d{0,2}(?:[.,]\d{3}){1,4}(?:,\d\d)?(?:,-| ?(?:rupiah|ringgit|dolar|dollar|riyal|juta|jt)\b)"
    r"|\b(?:nominal|sebesar|sejumlah|senilai|total|saldo|gaji|upah|biaya|denda)\W{1,3}[1-9]\d{0,2}(?:\.\d{3}){1,3}\b(?![.\-]?\d)"
)
_HOURS = r"\b\d{1,2}[.:]\d{2} ?(?:-|–|s/d|sampai) ?\d{1,2}[.:]\d{2}\b"
_PUBLIC = re.compile("|".join((_MONEY, _DECISION, _HOURS)))


def find_public(note: Note, taken: Taken) -> None:
    if not note.has_digits:
        return
    for found in _PUBLIC.finditer(note.small):
        if taken.is_free(*found.span()):
            taken.stays(*found.span())
