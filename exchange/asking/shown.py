"""What an auditor has before her: the histories of one or more organisations, and the papers that came with them.

A log attests what its party wrote. Papers are believed for what is signed in them and for nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.reading import read_agreement
from exchange.agreements.signatures import Signatures, merge, verify
from exchange.audit.entries import AgreementRef, Entry
from exchange.audit.history import History
from exchange.errors import AgreementError, CryptoError, KeyringError
from exchange.keyring.card import SignedCard, read_card


@dataclass(frozen=True, slots=True)
class SignedText:
    """One version of an agreement, and every signature under it that any party showed."""

    agreement: Agreement
    signatures: Signatures

    @property
    def reference(self) -> Reference:
        return Reference.to(self.agreement)

    def signed(self, on: dt.date | None = None) -> bool:
        """Whether all who must had signed this text by the day `on`."""
        return not verify(self.agreement, self.signatures, on)


@dataclass(frozen=True, slots=True)
class Shown:
    """`histories`: one of each log. `agreements`: by reference, from all of them together. `cards`: of each party every
    card that anybody showed, oldest first, verified by its own root: whether that root is the party's is for who
    compares fingerprints. `now`: when this is asked. `kept`: heads of logs that whoever asks has kept from before, as
    signed notes, unverified."""

    histories: tuple[History, ...]
    now: dt.datetime
    agreements: Mapping[Reference, SignedText] = field(default_factory=dict)
    cards: Mapping[str, tuple[SignedCard, ...]] = field(default_factory=dict)
    kept: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, histories: Sequence[History], now: dt.datetime, kept: Sequence[bytes] = ()) -> Self:
        return cls(tuple(histories), now, _agreements(histories), _cards(histories), tuple(kept))

    def history(self, party: str) -> History | None:
        """The log of a party, where it was shown."""
        return next((each for each in self.histories if each.party == party), None)

    def agreement(self, named: AgreementRef | None) -> SignedText | None:
        """The text that an entry names: exactly this digest."""
        return None if named is None else self.agreements.get(reference(named))

    def entries(self) -> Iterator[tuple[History, int, Entry]]:
        """Every entry of every log."""
        return ((log, number, each) for log in self.histories for number, each in sorted(log.entries.items()))


def reference(named: AgreementRef) -> Reference:
    return Reference(id=named.id, version=named.version, digest=named.digest)


def _agreements(histories: Sequence[History]) -> dict[Reference, SignedText]:
    found: dict[Reference, SignedText] = {}
    for history in histories:
        for path, text in history.documents.items():
            if path.startswith("agreements/") and path.endswith(".yaml"):
                read = _agreement(history, path, text)
                if read is not None:
                    before = found.get(read.reference)
                    both = read.signatures if before is None else merge(before.signatures, read.signatures)
                    found[read.reference] = SignedText(read.agreement, both)
    return found


def _agreement(history: History, path: str, text: bytes) -> SignedText | None:
    """None where it cannot be read: then the agreement is not shown, and whoever asks for it says so."""
    try:
        agreement = _text(text)
        beside = history.documents.get(path.removesuffix(".yaml") + ".signatures.json")
        signatures = Signatures.of() if beside is None else Signatures.from_json(beside, path)
    except (AgreementError, CryptoError, KeyringError, UnicodeDecodeError):
        return None
    return SignedText(agreement, signatures)


@lru_cache(maxsize=256)
def _text(text: bytes) -> Agreement:
    """Every party to an agreement shows the same text: it is read once."""
    return read_agreement(text.decode("utf-8"), "")


def _cards(histories: Sequence[History]) -> dict[str, tuple[SignedCard, ...]]:
    found: dict[str, dict[bytes, SignedCard]] = {}
    for history in histories:
        for path, data in history.documents.items():
            if path.startswith("cards/"):
                try:
                    card = read_card(data)
                except (KeyringError, CryptoError):
                    continue
                found.setdefault(card.party, {})[card.to_bytes()] = card
    return {party: tuple(sorted(those.values(), key=lambda each: each.card.serial)) for party, those in found.items()}
