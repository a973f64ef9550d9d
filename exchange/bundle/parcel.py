"""The two things that travel: a `Bundle` of data with its story, and a `Letter`. Both are members of one tar.

The seal knows nothing of what the members say; it packs them in this order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from exchange.agreements.agreement import Reference

LetterKind = Literal[
    "receipt",
    "refusal",
    "withdrawal",
    "certificate",
    "feedback",
    "card",
    "revocation",
    "suspension",
    "resumption",
    "termination",
    "rights_request",
    "urgent_disclosure",
    "compelled_disclosure",
    "breach_notice",
    "network_secret",
    "match_filters",
    "match_links",
]


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a payload: a relative POSIX path (`data/cases.csv`) and its bytes."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """A data package for one recipient: `datapackage.json`, `data/*`, `tokens.csv`, `README.html`.

    `id` is random and new for each bundle; `period` as written ("2026-10"); `replaces` the id of the bundle that it
    corrects. Made only by `exchange.bundle.describe` (from a `Protected`) and by `exchange.seal.open`.
    """

    id: str
    sender: str
    recipient: str
    agreement: Reference
    period: str
    replaces: str | None
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """A message of a closed list of kinds, from one party to another; `members` hold `letter.json`.

    `agreement` is None for letters that stand outside any agreement (a card, a network's secret).
    """

    id: str
    kind: LetterKind
    sender: str
    recipient: str
    agreement: Reference | None
    members: tuple[Member, ...]


Parcel = Bundle | Letter
