"""Epochs of a network's secret have names that tell which is later, so that everybody knows without being told.

>>> follows("2027", "2026") and follows("2026-10", "2026-9") and follows("2026-b", "2026")
True
"""

from __future__ import annotations

import re


def rank(epoch: str) -> tuple[tuple[bool, int, str], ...]:
    """Names compare in this order: numbers as numbers, words as words, a number before a word."""
    parts: list[str] = re.findall(r"[0-9]+|[^0-9]+", epoch)
    return tuple((not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts)


def follows(later: str, earlier: str) -> bool:
    return rank(later) > rank(earlier)
