"""The example agreement with keys filled in and signed by all, for tests. Keys are made from fixed seeds."""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import cache
from pathlib import Path

from exchange.agreements.agreement import Agreement
from exchange.agreements.crosschecks import check_agreement
from exchange.agreements.reading import read_agreement, read_agreement_with_places
from exchange.agreements.signatures import Signatures, sign
from exchange.crypto.signing import SigningKey
from exchange.errors import Problem

FILE = Path(__file__).parents[2] / "exchange/demo/dsa-ntt.yaml"
PARTIES = ("yks", "gt-ntt", "dinas-p3a", "io-id", "independent-auditor")  # in the order of their keys in the file
SIGNED_ON = dt.date(2026, 8, 28)


@cache
def key(party: str) -> SigningKey:
    return SigningKey(hashlib.sha256(f"test root key of {party}".encode()).digest())


def fill_in(text: str) -> str:
    """The text with a fingerprint for each placeholder."""
    for party in PARTIES:
        text = text.replace("SHA256:<fingerprint>", key(party).fingerprint(), 1)
    return text


TEXT = fill_in(FILE.read_text(encoding="utf-8"))


def changed(*changes: tuple[str, str]) -> str:
    """The example's text with each change made once, at the first place where the old text stands."""
    text = TEXT
    for old, new in changes:
        assert old in text, f"the example no longer holds {old!r}"
        text = text.replace(old, new, 1)
    return text


@cache
def agreement() -> Agreement:
    return read_agreement(TEXT, "dsa-ntt.yaml")


def signed(document: Agreement, *parties: str, on: dt.date = SIGNED_ON) -> Signatures:
    """Signatures by `parties`, or by all that must sign."""
    names = parties or tuple(each.party for each in document.signatories)
    return Signatures.of(*(sign(document, party, key(party), on) for party in names))


def problems(text: str) -> tuple[Problem, ...]:
    """What contradicts itself in the agreement that `text` holds."""
    return check_agreement(*read_agreement_with_places(text, "dsa.yaml"))


def refused_there(old: str, new: str, code: str, mark: str | None = None) -> bool:
    """Whether the example with `new` for `old` is refused with `code` on the line of `mark`; on that of the change
    where no mark is given."""
    text = changed((old, new))
    at = TEXT.index(old) if mark is None else text.index(mark)
    line = text[:at].count("\n") + 1
    return any(each.code == f"agreement.{code}" and f"line {line}, " in each.where for each in problems(text))
