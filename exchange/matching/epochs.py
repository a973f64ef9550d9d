"""Epochs of a network's secret have names that tell which is later, so that everybody knows without being told.

>>> follows("2027", "2026") and follows("2026-10", "2026-9") and follows("2026-b", "2026")
True
"""

from __future__ import annotations

import re


def rank(epoch: str) -> tuple[tuple[bool, int, str], ...]:
    """Names compare in this order: numbers as numbers, words as words, a number before a word. Of any text: what a
    sender wrote is compared too."""
    return tuple(_rank(part) for part in re.findall(r"[0-9]+|[^0-9]+", epoch))


def _rank(part: str) -> tuple[bool, int, str]:
    if not "0" <= part[0] <= "9":
        return True, 0, part
    digits = part.lstrip("0")
    return False, len(digits), digits


def follows(later: str, earlier: str) -> bool:
    return rank(later) > rank(earlier)
