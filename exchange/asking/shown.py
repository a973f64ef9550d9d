"""What an auditor has before her: the histories of one or more organisations, and the papers that came with them.

A log attests what its party wrote. Papers are believed for what is signed in them and for nothing else: an agreement
names the keys that sign it, so that anybody can make one that is "signed by all". It binds a party only where the
party's own log or card says so (`binds`), whoever shows it. Texts that no log names are not even read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.reading import read_agreement
from exchange.agreements.signatures import SUFFIX, Signature, Signatures, signed_by, verify
from exchange.audit.entries import AgreementRef, Entry, Kind
from exchange.audit.history import History
from exchange.errors import AgreementError, CryptoError, KeyringError
from exchange.keyring.card import SignedCard, read_card

_MAX_TEXT = 1024 * 1024
_MAX_TEXTS = 200
_MAX_ALL_TEXTS = 4 * 1024 * 1024
"""Bytes of one text, texts and their bytes that are read of one pack: a long one takes a minute, and a stranger wrote
it. Whatever is beyond counts as not shown."""
_MAX_SIGNATURES = 15
"""Of one party under one text: one is enough, and a file of signatures is full at a thousand."""
_NOT_BY_ITSELF: frozenset[Kind] = frozenset(
    {
        "agreement.made",  # a draft that nobody signed binds nobody
        "agreement.amended",
        "bundle.received",
        "bundle.refused",
        "bundle.quarantined",
        "letter.received",
    }
)
"""Entries that name an agreement without saying that their party signed it or acted under it."""


@dataclass(frozen=True, slots=True)
class SignedText:
    """One version of an agreement, and the signatures under it that any party showed and that fit the keys which it
    names. `shown_by`: the origins of the logs whose packs had it."""

    agreement: Agreement
    signatures: Signatures
    shown_by: frozenset[str] = frozenset()

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
    signed notes, unverified. `acted`: by the origin of each log the texts that its party signed, or did something
    under, as it says itself."""

    histories: tuple[History, ...]
    now: dt.datetime
    agreements: Mapping[Reference, SignedText] = field(default_factory=dict)
    cards: Mapping[str, tuple[SignedCard, ...]] = field(default_factory=dict)
    kept: tuple[bytes, ...] = ()
    acted: Mapping[str, frozenset[Reference]] = field(default_factory=dict)

    @classmethod
    def of(cls, histories: Sequence[History], now: dt.datetime, kept: Sequence[bytes] = ()) -> Self:
        named = {each.origin: _named(each) for each in histories}
        acted = {origin: frozenset(each for each, does in those if does) for origin, those in named.items()}
        texts = _agreements(histories, {each for those in named.values() for each, _does in those})
        return cls(tuple(histories), now, texts, _cards(histories), tuple(kept), acted)

    def history(self, party: str) -> History | None:
        """The log of a party, where it was shown."""
        return next((each for each in self.histories if each.party == party), None)

    def agreement(self, named: AgreementRef | None) -> SignedText | None:
        """The text that an entry names: exactly this digest."""
        return None if named is None else self.agreements.get(reference(named))

    def binds(self, text: SignedText, log: History) -> bool:
        """Whether a text, where all have signed it, binds the party of a log: the party acted under it, or the text
        names a root for it that is known to be its own."""
        if text.reference in self.acted[log.origin]:
            return True
        return text.agreement.network == log.network and _root_in(text, log.party) in self.roots(log)

    def roots(self, log: History) -> frozenset[str | None]:
        """The fingerprints of a party's root keys, by its own account: in what it acted under, once all signed that;
        else on its card in its own pack."""
        acted = (self.agreements.get(each) for each in self.acted[log.origin])
        theirs = frozenset(_root_in(each, log.party) for each in acted if each is not None and each.signed()) - {None}
        return theirs or frozenset(each.card.fingerprint for each in _cards([log]).get(log.party, ()))

    def entries(self) -> Iterator[tuple[History, int, Entry]]:
        """Every entry of every log, in an order that does not depend on that of the packs."""
        logs = sorted(self.histories, key=lambda each: each.origin)
        return ((log, number, each) for log in logs for number, each in sorted(log.entries.items()))


def reference(named: AgreementRef) -> Reference:
    return Reference(id=named.id, version=named.version, digest=named.digest)


def _root_in(text: SignedText, party: str) -> str | None:
    return next((each.key for each in text.agreement.parties if each.id == party), None)


def _named(log: History) -> frozenset[tuple[Reference, bool]]:
    """The texts that a log names, and whether its party says with it that it signed them or acted under them."""
    named = {(each.agreement, _does(log.party, each)) for each in log.entries.values()}
    onward = {(each.onward, False) for _number, each in log.of("store.exported")}
    return frozenset((reference(each), does) for each, does in named | onward if each is not None)


def _does(party: str, entry: Entry) -> bool:
    """What `agreement.…` says of somebody else is told, and not done."""
    of_another = entry.kind.startswith("agreement.") and entry.counterpart not in (None, party)
    return entry.kind not in _NOT_BY_ITSELF and not of_another


# --- the papers ---


def _agreements(histories: Sequence[History], named: AbstractSet[Reference]) -> dict[Reference, SignedText]:
    """Of the texts that were shown those that are named, exactly."""
    files = {f"agreements/{each.id}-{each.version}.yaml" for each in named}
    found: dict[Reference, Agreement] = {}
    signatures: dict[Reference, list[Signature]] = {}
    shown_by: dict[Reference, set[str]] = {}
    for history in histories:
        for path, text in _texts(history, files):
            read = _text(text)
            if read is not None and (about := Reference.to(read)) in named:
                found[about] = read
                signatures.setdefault(about, []).extend(_signatures(history, path))
                shown_by.setdefault(about, set()).add(history.origin)
    return {
        each: SignedText(read, _that_fit(read, signatures[each]), frozenset(shown_by[each]))
        for each, read in found.items()
    }


def _texts(history: History, files: AbstractSet[str]) -> Iterator[tuple[str, bytes]]:
    """The texts of a pack under these names, as many as are read of one pack."""
    left = _MAX_ALL_TEXTS
    for path in sorted(files & history.documents.keys())[:_MAX_TEXTS]:
        text = history.documents[path]
        if len(text) <= min(_MAX_TEXT, left):
            left -= len(text)
            yield path, text


@lru_cache(maxsize=1024)
def _text(text: bytes) -> Agreement | None:
    """Every party to an agreement shows the same text: it is read once. None where it cannot be read: then it is not
    shown, and whoever asks for it says so."""
    try:
        return read_agreement(text.decode("utf-8"), "")
    except (AgreementError, CryptoError, KeyringError, UnicodeDecodeError):
        return None


def _signatures(history: History, path: str) -> tuple[Signature, ...]:
    beside = history.documents.get(path.removesuffix(".yaml") + SUFFIX)
    try:
        return () if beside is None else Signatures.from_json(beside, path).entries
    except AgreementError:
        return ()


def _that_fit(agreement: Agreement, signatures: Iterable[Signature]) -> Signatures:
    """Those that count, the earliest of each party: a stranger's heap of them crowds out nobody's."""
    of: dict[str, list[Signature]] = {}
    for each in sorted(set(signatures), key=_by_day):
        theirs = of.setdefault(each.party, [])
        if len(theirs) < _MAX_SIGNATURES and signed_by(agreement, Signatures.of(each)):
            theirs.append(each)
    return Signatures.of(*(each for those in of.values() for each in those))


def _by_day(signature: Signature) -> tuple[dt.date, str]:
    return signature.statement.signed_on, signature.sshsig


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
