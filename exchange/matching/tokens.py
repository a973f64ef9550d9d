"""Match tokens: keyed fingerprints of rare combinations, by which a recipient counts a person once.

A recipient holds tokens, never the key that makes them. See `exchange/matching/README.md` for what remains possible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

# Each kind is a combination that is rare enough; a missing part gives no token. Order is that of the file.
TokenKind = Literal[
    "nik",
    "phone_name",
    "name_dob",
    "name_day_regency",
    "dob_regency_sex",
    "name_year_regency",
    "name_years_regency",
    "initial_dob_sex",
    "name2_regency",
    "name2_year_regency",
]
TOKEN_KINDS: tuple[TokenKind, ...] = get_args(TokenKind)
# Which need other evidence: by one of these alone, two people of one name or one birthday would be joined.
SUPPORTING: frozenset[TokenKind] = frozenset({"initial_dob_sex"})
MOST_OF_A_KIND = 3
"""So many tokens of one kind a row may have: one for each of three words, or of their three pairs."""


@dataclass(frozen=True, slots=True)
class MatchTokens:
    """For each row of `Consented`, in its order, its tokens: kind → 22 characters of base64url (128 bits); of some
    kinds up to `MOST_OF_A_KIND`.

    `network` and `epoch` say under whose key; tokens of another network or epoch never match. Made only by
    `exchange.matching`.
    """

    network: str
    epoch: str
    rows: tuple[tuple[tuple[TokenKind, str], ...], ...]

    def __len__(self) -> int:
        return len(self.rows)
