"""A partner that turns, or a damaged file, costs its own card and nobody else's; and two processes never undo what the
other has just written."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from exchange.crypto.canonical import canonical
from exchange.crypto.signing import SigningKey
from exchange.crypto.sshsig import sign
from exchange.errors import KeyringError
from exchange.keyring import succession
from exchange.keyring.card import MAX_CARD, CardFile, SignedCard, issue_card, read_card
from exchange.keyring.card_book import CardBook
from exchange.keyring.identity import Identity, rotate
from exchange.keyring.namespaces import CARD
from exchange.keyring.private_files import MAX_SIZE
from exchange.keyring.revocation import issue_revocation
from exchange.keyring.shapes import Person, RevokedKey
from exchange.keyring.succession import MAX_REVOKED
from exchange.transport.ledger import in_turn

DAY = dt.date(2026, 9, 1)
LATER = dt.date(2026, 9, 20)
NOW = dt.datetime(2026, 9, 10, tzinfo=dt.UTC)
Make = Callable[[str], Identity]


@pytest.fixture(scope="module")
def evil(make: Make) -> Identity:
    return make("evil")


@pytest.fixture
def book(tmp_path: Path, make: Make, evil: Identity) -> CardBook:
    """With two cards that were confirmed."""
    made = CardBook(tmp_path)
    for identity in (make("good"), evil):
        made.add(issue_card(identity, DAY), DAY)
        made.confirm(identity.party, DAY)
    return made


def codes(call: Callable[[], object]) -> tuple[str, ...]:
    with pytest.raises(KeyringError) as caught:
        call()
    return caught.value.codes


def parties(book: CardBook) -> list[str]:
    return [each.signed.party for each in book.all()]


def invented(first: int, count: int) -> tuple[RevokedKey, ...]:
    digests = (hashlib.sha256(str(number).encode()).hexdigest() for number in range(first, first + count))
    return tuple(RevokedKey(use="encryption", key=f"sha256:{each}", since=NOW, reason="lost") for each in digests)


def spoil(book: CardBook, party: str, end: str) -> None:
    (book.folder / f"{party}.{end}.json").write_text("{")


def test_a_card_that_grows_too_large_when_it_is_kept_is_not_taken(book: CardBook, evil: Identity) -> None:
    """Without spaces it is small enough to be read; laid out for people it is not."""
    key = SigningKey.generate
    roles = ("sign",) * 110
    people = tuple(
        Person(id=f"p{n}", name="x", roles=roles, key=key().verify_key.openssh(), not_before=DAY, not_after=DAY)
        for n in range(150)
    )
    card = issue_card(evil, DAY).card.model_copy(update={"people": people, "serial": 2})
    signed = SignedCard(card, sign(evil.root, CARD, canonical(card.model_dump(mode="json"))))
    compact = canonical(CardFile(card=card, signature=signed.signature).model_dump(mode="json"))
    assert len(compact) < MAX_CARD < len(signed.to_bytes())
    assert codes(lambda: read_card(compact)) == ("card.malformed",)
    assert codes(lambda: issue_card(replace(evil, people=people), DAY)) == ("card.malformed",)
    assert book.all()
    assert book.damaged() == ()


def test_whoever_revokes_more_keys_than_anybody_has_is_believed_no_more(book: CardBook, evil: Identity) -> None:
    """An honest revocation holds all before it; the book stays readable, and no key that mattered is let go."""
    signing = evil.signing_keys[0].secret.verify_key
    mattering = RevokedKey(use="signing", key=signing.openssh(), since=NOW, reason="lost")
    for number in range(12):
        keys = (*invented(number * 990, 990), *((mattering,) if number == 9 else ()))
        known = book.take_revocation(issue_revocation(replace(evil, revoked=keys), NOW), NOW)
    assert len(known.trust.revoked_keys) <= MAX_REVOKED
    assert (book.folder / "evil.trust.json").stat().st_size < MAX_SIZE
    assert parties(book) == ["evil", "good"]
    assert codes(lambda: book.believed("evil", DAY)) == ("card.revoked",)
    assert {*book.revoked()} == {evil.root_key, signing}
    assert book.believed("good", DAY)


def test_an_honest_party_may_revoke_as_much_as_a_revocation_holds(book: CardBook, evil: Identity) -> None:
    for count in (500, 1000):
        known = book.take_revocation(issue_revocation(replace(evil, revoked=invented(0, count)), NOW), NOW)
    assert (len(known.trust.revoked_keys), known.confirmed) == (1000, True)


@pytest.mark.parametrize("end", ["card", "trust"])
def test_a_damaged_card_is_said_and_all_others_stand(book: CardBook, evil: Identity, end: str) -> None:
    spoil(book, "evil", end)
    assert parties(book) == ["good"]
    assert [(each.where, each.code) for each in book.damaged()] == [("evil", "card.damaged")]
    assert "card forget evil" in book.damaged()[0].hint
    assert codes(lambda: book.believed("evil", DAY)) == ("card.damaged",)
    assert codes(lambda: book.add(issue_card(evil, DAY), DAY)) == ("card.damaged",)
    assert book.believed("good", DAY)


def test_a_damaged_card_can_be_revoked(book: CardBook, evil: Identity) -> None:
    spoil(book, "evil", "card")
    assert book.revoke("evil", LATER).revoked_on == LATER
    (book.folder / "evil.card.json").write_bytes(issue_card(evil, DAY).to_bytes())
    assert codes(lambda: book.believed("evil", LATER)) == ("card.revoked",)
    spoil(book, "evil", "trust")
    assert book.revoke("evil", LATER).confirmed_on is None
    assert codes(lambda: book.believed("evil", LATER)) == ("card.revoked",)
    for end in ("card", "trust"):
        spoil(book, "evil", end)
    assert codes(lambda: book.revoke("evil", LATER)) == ("card.damaged",)


@pytest.mark.parametrize("ends", [(), ("card",), ("trust",), ("card", "trust")])
def test_a_damaged_card_can_be_forgotten_and_comes_back_unconfirmed(
    book: CardBook, evil: Identity, ends: tuple[str, ...]
) -> None:
    for end in ends:
        spoil(book, "evil", end)
    book.forget("evil")
    assert parties(book) == ["good"]
    assert book.damaged() == ()
    assert not book.add(issue_card(evil, DAY), DAY).confirmed
    assert codes(lambda: book.forget("nobody")) == ("card.unknown",)


def test_what_a_party_revoked_stays_revoked_when_it_is_forgotten(book: CardBook, evil: Identity) -> None:
    signing = evil.signing_keys[0].secret.verify_key
    key = RevokedKey(use="signing", key=signing.openssh(), since=NOW, reason="lost")
    book.take_revocation(issue_revocation(replace(evil, revoked=(key,)), NOW), NOW)
    spoil(book, "evil", "card")
    book.forget("evil")
    assert book.find("evil") is None
    assert book.revoked() == (signing,)
    assert book.add(issue_card(evil, DAY), DAY).objection(signing, NOW) == "revoked"


@pytest.mark.parametrize("damaged", [False, True])
def test_a_root_that_was_revoked_does_not_come_back_by_being_forgotten(
    book: CardBook, evil: Identity, damaged: bool
) -> None:
    book.revoke("evil", DAY)
    if damaged:
        spoil(book, "evil", "card")
    book.forget("evil")
    assert codes(lambda: book.add(issue_card(evil, DAY), DAY)) == ("card.revoked",)


def test_a_revocation_that_comes_while_a_card_is_added_is_not_undone(
    tmp_path: Path, evil: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cards").mkdir(mode=0o700)
    book = CardBook(tmp_path / "cards", lambda: in_turn(tmp_path / "turn.sqlite"))
    first = issue_card(evil, DAY)
    book.add(first, DAY)
    book.confirm("evil", DAY)
    signing = evil.signing_keys[0].secret.verify_key
    key = RevokedKey(use="signing", key=signing.openssh(), since=NOW, reason="lost")
    revocation = issue_revocation(replace(evil, revoked=(key,)), NOW)
    other = threading.Thread(target=lambda: book.take_revocation(revocation, NOW))
    check = succession.check_succession

    def meanwhile(before: SignedCard, after: SignedCard) -> None:
        check(before, after)
        other.start()
        other.join(0.3)

    monkeypatch.setattr(succession, "check_succession", meanwhile)
    book.add(issue_card(rotate(evil, LATER), LATER, previous=first), LATER)
    other.join()
    known = book.known("evil")
    assert known.card.serial == 2
    assert known.objection(signing, NOW) == "revoked"
