"""What the note's own row says about its people: masked in the note whatever else it looks like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class RowWords:
    """Names and places as words, numbers as digits. Never printed."""

    names: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()

    @staticmethod
    def of(names: Iterable[str], numbers: Iterable[str]) -> RowWords:
        """`names`: the row's names and places as they stand; `numbers`: its phones, NIK, passports, accounts."""
        return RowWords(frozenset(names), frozenset(numbers))
