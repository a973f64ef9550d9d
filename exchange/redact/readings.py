"""A text as the last look reads it: its words and numbers, and those of what is hidden in it; and the spellings in
which an identifier could stand there.

The spellings are few beside the identifiers of a large extract. So the identifiers are asked which of them are spelled
like that at all, a whole column at a time, and only those are looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from exchange.redact.hidden import hidden_texts
from exchange.redact.wording import digit_chunks, plain_words, without_prefix

MOST_WORDS = 8  # of one identifier
MOST_GROUPS = 16  # of one number: a NIK may be written digit by digit
PHONE = 7  # digits from which a phone number without its prefix is looked for


@dataclass(frozen=True, slots=True, repr=False)
class Reading:
    """`words` as `plain_words` has them; `numbers`: what each run of digits, or a part of its groups, may mean."""

    text: str
    words: list[str]
    numbers: tuple[str, ...]

    def small(self) -> frozenset[str]:
        """The words that stand in small letters, and nowhere in this text with a capital."""
        written = re.findall(r"[^\W_]+", self.text)
        others = {word.lower() for word in written if not word.islower()}
        return frozenset(word for word in written if word.islower() and word not in others)


@dataclass(frozen=True, slots=True, repr=False)
class Spellings:
    """In which spellings identifiers could stand in some texts: words run together, without hyphens; digits of
    numbers; and what has no letters, as written."""

    phrases: frozenset[str]
    numbers: frozenset[str]
    bare: frozenset[str]


@lru_cache(maxsize=8192)
def readings(text: str) -> tuple[Reading, ...]:
    """Of a text and of what is hidden in it. Kept for a while: every recipient's pages say much the same."""
    return tuple(Reading(each, plain_words(each), tuple(_numbers(each))) for each in (text, *hidden_texts(text)))


def spellings(those: Iterable[Reading]) -> Spellings:
    """Wider than what the look asks for: see `Identifiers.spelled`."""
    phrases: set[str] = set()
    numbers: set[str] = set()
    bare: set[str] = set()
    for reading in those:
        words = reading.words
        for start in range(len(words)):
            phrases.update("".join(words[start:end]) for end in range(start + 1, start + MOST_WORDS + 1))
        numbers.update(reading.numbers)
        if not any(map(str.isalpha, reading.text)):
            bare.add(reading.text.strip())
    return Spellings(frozenset(phrases), frozenset(numbers), frozenset(bare))


def _numbers(text: str) -> Iterator[str]:
    if sum(map(str.isdigit, text)) < PHONE:
        return
    for groups in digit_chunks(text, between=r"[\W_]"):
        for start in range(len(groups)):
            for end in range(start + 1, min(start + MOST_GROUPS, len(groups)) + 1):
                digits = "".join(groups[start:end])
                if len(digits) >= PHONE:
                    yield digits
                    yield without_prefix(digits)
