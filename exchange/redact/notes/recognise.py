"""What a note holds that tells who someone is."""

from __future__ import annotations

import re

from exchange.redact.notes.found import Found
from exchange.redact.notes.row_words import RowWords

_NIK = re.compile(r"(?<!\d)\d{16}(?!\d)")


def recognise(text: str, row: RowWords) -> tuple[Found, ...]:
    """In order, none overlapping."""
    return tuple(Found(found.start(), found.end(), "nik", True) for found in _NIK.finditer(text))
