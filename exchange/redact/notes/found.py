"""One thing found in a note."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "name",
    "address",
    "phone",
    "nik",  # and family card numbers, which look the same
    "npwp",
    "passport",
    "bank",
    "plate",
    "email",
    "handle",  # of an account, and links
    "report",  # number of a police report
    "birth_date",
    "number",  # an identifier of the note's own row
    "word",  # in no dictionary
]


@dataclass(frozen=True, slots=True)
class Found:
    """The characters from `start` up to `end`. `sure`: masked without asking; if not, a mark, for a person to decide.

    Never printed as text: a place in a note, not its words.
    """

    start: int
    end: int
    kind: Kind
    sure: bool
