"""Match tokens: keyed fingerprints of rare combinations, by which a recipient counts a person once.

A recipient holds tokens, never the key that makes them. See `exchange/matching/README.md` for what remains possible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

# Each kind is a combination that is rare enough; a missing part gives no token. Order is that of the file.
TokenKind = Literal["nik", "phone_name", "name_dob", "name_year_regency", "name2_regency", "dob_regency_sex"]
TOKEN_KINDS: tuple[TokenKind, ...] = get_args(TokenKind)


@dataclass(frozen=True, slots=True)
class MatchTokens:
    """For each row of `Consented`, in its order, its tokens: kind → 22 characters of base64url (128 bits).

    `network` and `epoch` say under whose key; tokens of another network or epoch never match. Made only by
    `exchange.matching`.
    """

    network: str
    epoch: str
    rows: tuple[tuple[tuple[TokenKind, str], ...], ...]

    def __len__(self) -> int:
        return len(self.rows)
