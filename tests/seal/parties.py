"""Two invented parties and a third, with cards confirmed, a ledger each, and an agreement between them."""

from __future__ import annotations

import datetime as dt
import io
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from exchange.agreements.agreement import Reference
from exchange.bundle.parcel import Bundle, Letter, LetterKind, Member, Parcel
from exchange.crypto.age import HybridIdentity
from exchange.keyring.card import issue_card
from exchange.keyring.card_book import CardBook
from exchange.keyring.identity import Identity, new_identity
from exchange.keyring.known_card import KnownCard
from exchange.keyring.shapes import Names
from exchange.seal.facts import KnownAgreement, OpeningFacts
from exchange.seal.ledger import Ledger
from exchange.seal.opening import Opened, open_sealed
from exchange.seal.refusals import OpeningError
from exchange.seal.sealing import SealedBundle, seal
from exchange.seal.series import Place

DAY = dt.date(2026, 9, 1)
NOW = dt.datetime(2026, 11, 3, 8, 30, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=35)
SENDER, RECIPIENT, THIRD = "yks", "gt-ntt", "io-id"
AGREEMENT = Reference(id="DSA-NTT-2026-01", version="1.0.0", digest="sha256:" + "a" * 64)
MEMBERS = (
    Member("datapackage.json", b'{"name": "invented"}'),
    Member("data/cases.csv", b"row_key,age\nk1,20-29\n"),
    Member("README.html", b"<p>caveats</p>"),
    Member("log/checkpoint", b""),
)


@cache
def identity(party: str) -> Identity:
    names = Names(id=f"Yayasan {party} (contoh)", en=f"Foundation {party} (example)")
    return new_identity(party, names, f"dpo@{party}.example", DAY)


def months_key(identity: Identity) -> HybridIdentity:
    """The secret for which others encrypt NOW."""
    today = NOW.date()
    return next(key.secret for key in identity.encryption_keys if key.not_before <= today <= key.not_after)


def agreement(*parties: str) -> KnownAgreement:
    roots = frozenset((party, identity(party).fingerprint()) for party in parties)
    return KnownAgreement(AGREEMENT, SENDER, frozenset(parties) - {SENDER}, roots)


def bundle(number: int = 1, members: tuple[Member, ...] = MEMBERS) -> Bundle:
    return Bundle(f"{number:032x}", SENDER, RECIPIENT, AGREEMENT, "2026-10", None, members)


def letter(number: int = 1, kind: LetterKind = "withdrawal", agreement: Reference | None = AGREEMENT) -> Letter:
    return Letter(f"{number:032x}", kind, SENDER, RECIPIENT, agreement, (Member("letter.json", b"{}"),))


@dataclass(frozen=True)
class Party:
    """One side: its identity, its book of cards, its ledger."""

    identity: Identity
    cards: CardBook
    ledger: Ledger

    def knows(self, party: str, *, confirmed: bool = True) -> KnownCard:
        self.cards.add(issue_card(identity(party), DAY), DAY)
        if confirmed:
            self.cards.confirm(party, DAY)
        known = self.cards.find(party)
        assert known
        return known

    def seal(self, parcel: Parcel, place: Place | None = None, **times: dt.datetime) -> tuple[bytes, SealedBundle]:
        """A sealed file for whoever the parcel names, and what is known of it; the ledger has not noted it."""
        target = io.BytesIO()
        sealed = seal(
            parcel,
            self.identity,
            self.cards.get(parcel.recipient, DAY),
            place or self.ledger.next_place(parcel),
            created=times.get("created", NOW),
            expires=times.get("expires", LATER),
            randomness=random.Random(1).randbytes,
            target=target,
        )
        return target.getvalue(), sealed

    def send(self, parcel: Parcel, **times: dt.datetime) -> tuple[bytes, SealedBundle]:
        """Sealed, and noted as on its way."""
        file, sealed = self.seal(parcel, **times)
        self.ledger.gave(sealed.envelope, sealed.ciphertext_sha256)
        self.ledger.queued(sealed.ciphertext_sha256)
        return file, sealed

    def facts(self, now: dt.datetime = NOW, *agreements: KnownAgreement) -> OpeningFacts:
        return OpeningFacts(now, agreements or (agreement(SENDER, RECIPIENT),), self.ledger)

    def open(self, file: bytes, facts: OpeningFacts | None = None) -> Opened:
        return open_sealed(io.BytesIO(file), self.identity, self.cards, facts or self.facts())

    def take(self, file: bytes) -> Opened:
        opened = self.open(file)
        self.ledger.took(opened.envelope, opened.ciphertext_sha256, "accepted")
        return opened

    def refuses(self, file: bytes, facts: OpeningFacts | None = None) -> OpeningError:
        return refusal(lambda: self.open(file, facts))


def refusal(call: Callable[[], object]) -> OpeningError:
    try:
        call()
    except OpeningError as error:
        return error
    raise AssertionError("it was opened")


def party(name: str, folder: Path, *others: str) -> Party:
    home = Path(tempfile.mkdtemp(dir=folder, prefix=f"{name}-"))
    made = Party(identity(name), CardBook(home), Ledger(home / "ledger.sqlite"))
    for other in others:
        made.knows(other)
    return made


def renumbered(parcel: Bundle, **changes: object) -> Bundle:
    return replace(parcel, **changes)  # type: ignore[arg-type]  # the test knows its fields
