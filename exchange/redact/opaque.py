"""How keys and pseudonyms are written: a letter, then base32 in small letters.

No spreadsheet takes such a text for a number (1E5), a date, or a formula (= + - @), and none changes its case.
"""

from __future__ import annotations

import base64

KEY_BYTES = 16


def opaque(prefix: str, key: bytes) -> str:
    """27 characters for 128 bits: "r" for a row key, "p" for a pseudonym."""
    return prefix + base64.b32encode(key).decode("ascii").rstrip("=").lower()
