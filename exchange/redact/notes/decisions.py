"""What people decided about the words in case notes of which nobody can be sure.

A decision is about a word, whatever its case, wherever it stands in the extract. It is kept under the word's id, which
says nothing to whoever lacks the key: a list of decisions is no list of names.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import StringConstraints

from exchange.crypto.hashing import keyed
from exchange.redact.notes.found import Found
from exchange.redact.opaque import KEY_BYTES, opaque

MarkId = Annotated[str, StringConstraints(pattern=r"^m[a-z2-7]{26}$")]
Verdict = Literal["mask", "keep"]


@dataclass(frozen=True, slots=True)
class Decisions:
    """`masks` hold in every month; `kept` are words that stand, in the one extract for which this was made.

    `key`: the sender's own, of one agreement. It stays out of the repr.
    """

    key: bytes = field(repr=False)
    masks: frozenset[MarkId] = frozenset()
    kept: frozenset[MarkId] = frozenset()

    def verdict(self, mark: MarkId) -> Verdict | None:
        """None: still open. That a word stands was decided while looking at it here, so it goes before a mask that is
        remembered."""
        if mark in self.kept:
            return "keep"
        return "mask" if mark in self.masks else None

    def mark_of(self, text: str, found: Found) -> MarkId:
        """The id of the word that stands there: the same for the same word in any case, with any blanks between."""
        word = unicodedata.normalize("NFC", " ".join(text[found.start : found.end].split())).casefold()
        return opaque("m", keyed(self.key, "mark in a case note", word)[:KEY_BYTES])


NOBODY_DECIDED = Decisions(b"")


@dataclass(frozen=True, slots=True)
class Scrubbing:
    """What scrubbing looks at beside the rows: the decisions, and the names of all staff in the extract, whose rows may
    be held back while others' notes name them."""

    decisions: Decisions = NOBODY_DECIDED
    staff: frozenset[str] = field(default=frozenset(), repr=False)
