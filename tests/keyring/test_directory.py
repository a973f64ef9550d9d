"""A coordinator may introduce parties to each other; it cannot turn anything back, nor put a key in another's place."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.crypto.canonical import canonical
from exchange.crypto.signing import SigningKey
from exchange.crypto.sshsig import sign
from exchange.errors import KeyringError
from exchange.keyring.card import MAX_CARD, SignedCard, issue_card
from exchange.keyring.card_book import CardBook
from exchange.keyring.directory import MAX_DIRECTORY, SignedDirectory, file_name, issue_directory, read_directory
from exchange.keyring.identity import Identity, rotate
from exchange.keyring.namespaces import ALL, CARD, DAILY, DIRECTORY
from exchange.keyring.revocation import issue_revocation
from exchange.keyring.shapes import RevokedKey
from exchange.keyring.signers_file import signers_file
from exchange.keyring.taking import Weighed, distrust_coordinator, keep, trust_coordinator, weigh

Make = Callable[[str], Identity]
DAY = date(2026, 9, 1)
LATER = date(2026, 9, 20)
DAYS = 30
LAST = DAY + timedelta(days=DAYS)
NETWORK = "ntt"
COORDINATOR, OURS, OTHERS = "gt-ntt", "yks", ("dinas-p3a", "io-id")


@pytest.fixture(scope="module")
def parties(make: Make) -> dict[str, Identity]:
    return {party: make(party) for party in (COORDINATOR, OURS, *OTHERS)}


@pytest.fixture(scope="module")
def cards(parties: dict[str, Identity]) -> dict[str, SignedCard]:
    return {party: issue_card(identity, DAY) for party, identity in parties.items()}


@dataclass(frozen=True)
class Newcomer:
    """A party that has read safety words with the coordinator alone."""

    book: CardBook
    parties: dict[str, Identity]
    cards: dict[str, SignedCard]

    def directory(self, *cards: SignedCard, version: int = 1, on: date = DAY, days: int = DAYS) -> SignedDirectory:
        return issue_directory(
            self.parties[COORDINATOR], NETWORK, cards or self.cards.values(), version=version, on=on, days=days
        )

    def takes(self, signed: SignedDirectory, on: date = DAY) -> Weighed:
        weighed = weigh(self.book, signed, self.cards[OURS].card, on)
        keep(self.book, weighed, on)
        return weighed

    def believes(self, on: date = DAY) -> tuple[str, ...]:
        return tuple(known.signed.party for known in self.book.all() if known.believed(on))


@pytest.fixture
def ours(tmp_path: Path, parties: dict[str, Identity], cards: dict[str, SignedCard]) -> Newcomer:
    book = CardBook(tmp_path)
    book.add(cards[COORDINATOR], DAY)
    book.confirm(COORDINATOR, DAY)
    book.keep_vouching(trust_coordinator(book, COORDINATOR, NETWORK, DAY))
    return Newcomer(book, parties, cards)


def refusal(call: Callable[[], object]) -> tuple[str, ...]:
    with pytest.raises(KeyringError) as caught:
        call()
    return caught.value.codes


def codes(weighed: Weighed) -> list[tuple[str, str]]:
    return [(each.where, each.code) for each in weighed.problems]


def altered(signed: SignedDirectory, by: SigningKey | None = None, **changes: Any) -> bytes:
    """The directory's file with changes, signed again if there is a key to do it with."""
    content = json.loads(signed.to_bytes())
    content["directory"] |= changes
    if by:
        content["signature"] = sign(by, DIRECTORY, canonical(content["directory"]))
    return json.dumps(content).encode()


def other_root(make: Make, party: str) -> SignedCard:
    return issue_card(make(party), DAY)


# --- what it is for ---


def test_whoever_the_coordinator_vouches_for_may_be_sent_to_until_the_directory_expires(ours: Newcomer) -> None:
    weighed = ours.takes(ours.directory())
    assert [each.party for each in weighed.fresh] == list(OTHERS)
    assert not weighed.problems
    assert ours.book.get("io-id", DAY).vouched[0].coordinator == COORDINATOR
    assert ours.believes(LAST) == ("dinas-p3a", COORDINATOR, "io-id")
    assert ours.believes(LAST + timedelta(days=1)) == (COORDINATOR,), "who keeps newer ones back gains no more"
    assert refusal(lambda: ours.book.get("io-id", LAST + timedelta(days=1))) == ("card.vouched_no_more",)


def test_nothing_is_asked_without_a_day_of_a_card_that_is_only_vouched_for(ours: Newcomer) -> None:
    ours.takes(ours.directory())
    known = ours.book.find("io-id")
    assert known
    assert not known.confirmed
    assert refusal(lambda: ours.book.confirmed("io-id")) == ("card.unconfirmed",)


def test_words_that_were_read_outweigh_and_outlive_the_coordinator(ours: Newcomer) -> None:
    ours.takes(ours.directory())
    ours.book.confirm("io-id", LATER)
    assert ours.believes(LAST + timedelta(days=1)) == (COORDINATOR, "io-id")
    ours.book.revoke(COORDINATOR, LATER)
    assert ours.believes(LATER) == ("io-id",)


def test_who_is_left_out_of_a_newer_directory_is_vouched_for_no_more(ours: Newcomer) -> None:
    ours.takes(ours.directory())
    weighed = ours.takes(ours.directory(ours.cards[COORDINATOR], ours.cards["io-id"], version=2))
    assert weighed.dropped == ("dinas-p3a",)
    assert not weighed.fresh
    assert ours.believes() == (COORDINATOR, "io-id")
    assert refusal(lambda: ours.book.get("dinas-p3a", DAY)) == ("card.unconfirmed",)


def test_a_partys_own_newer_card_keeps_the_coordinators_word(ours: Newcomer) -> None:
    ours.takes(ours.directory())
    newer = issue_card(rotate(ours.parties["io-id"], LATER), LATER, previous=ours.cards["io-id"])
    assert ours.book.add(newer, LATER).believed(LATER)
    assert not ours.takes(ours.directory(version=2), LATER).problems, "the directory's is older: ours stays"
    assert ours.book.get("io-id", LATER).signed == newer


def test_a_newer_card_in_a_directory_takes_the_place_of_ours(ours: Newcomer) -> None:
    ours.takes(ours.directory())
    newer = issue_card(rotate(ours.parties["io-id"], LATER), LATER, previous=ours.cards["io-id"])
    weighed = ours.takes(ours.directory(ours.cards[COORDINATOR], newer, version=2), LATER)
    assert weighed.cards == (newer,)
    assert ours.book.get("io-id", LATER).signed == newer


def test_taking_the_same_directory_again_changes_nothing(ours: Newcomer) -> None:
    ours.takes(ours.directory())
    again = ours.takes(ours.directory())
    assert (again.fresh, again.dropped, again.cards) == ((), (), ())


# --- who may vouch ---


def test_nobody_vouches_whom_nobody_trusted_to(ours: Newcomer) -> None:
    signed = issue_directory(ours.parties[COORDINATOR], "ntb", ours.cards.values(), version=1, on=DAY, days=DAYS)
    assert refusal(lambda: ours.takes(signed)) == ("directory.not_trusted",)
    theirs = issue_directory(ours.parties["io-id"], NETWORK, ours.cards.values(), version=1, on=DAY, days=DAYS)
    assert refusal(lambda: ours.takes(theirs)) == ("directory.other_coordinator",)
    assert ours.believes() == (COORDINATOR,)


def test_another_root_under_the_coordinators_name_vouches_for_nobody(ours: Newcomer, make: Make) -> None:
    false = make(COORDINATOR)
    others = [ours.cards[party] for party in OTHERS]
    signed = issue_directory(false, NETWORK, [issue_card(false, DAY), *others], version=9, on=DAY, days=DAYS)
    assert refusal(lambda: ours.takes(signed)) == ("directory.other_coordinator",)


def test_a_coordinator_that_is_only_known_or_only_vouched_for_cannot_vouch(ours: Newcomer) -> None:
    ours.takes(ours.directory())
    assert refusal(lambda: trust_coordinator(ours.book, "io-id", "ntb", DAY)) == ("card.unconfirmed",)
    assert refusal(lambda: trust_coordinator(ours.book, "rpk", "ntb", DAY)) == ("card.unknown",)
    file = ours.book.folder / f"{COORDINATOR}.trust.json"
    trust = json.loads(file.read_bytes())
    file.write_text(json.dumps({**trust, "confirmed_on": None}))
    assert ours.believes() == ()
    assert refusal(lambda: ours.takes(ours.directory(version=2))) == ("card.unconfirmed",)


def test_a_network_has_one_coordinator(ours: Newcomer) -> None:
    ours.takes(ours.directory())
    ours.book.confirm("io-id", DAY)
    assert refusal(lambda: trust_coordinator(ours.book, "io-id", NETWORK, DAY)) == ("directory.other_coordinator",)
    ours.book.keep_vouching(distrust_coordinator(ours.book, NETWORK, DAY))
    assert ours.believes() == (COORDINATOR, "io-id")
    assert refusal(lambda: ours.takes(ours.directory(version=2))) == ("directory.not_trusted",)
    assert trust_coordinator(ours.book, "io-id", NETWORK, DAY).taken is None


def test_trust_that_returns_brings_nobody_back_by_itself_and_no_older_directory(ours: Newcomer) -> None:
    ours.takes(ours.directory(version=2))
    ours.book.keep_vouching(distrust_coordinator(ours.book, NETWORK, DAY))
    ours.book.keep_vouching(trust_coordinator(ours.book, COORDINATOR, NETWORK, DAY))
    assert ours.believes() == (COORDINATOR,)
    assert refusal(lambda: ours.takes(ours.directory(version=1))) == ("directory.rolled_back",)
    assert [each.party for each in ours.takes(ours.directory(version=2)).fresh] == list(OTHERS)


def test_no_older_directory_comes_back_by_trusting_another_coordinator_in_between(ours: Newcomer) -> None:
    ours.takes(ours.directory())
    ours.takes(ours.directory(ours.cards[COORDINATOR], version=2))
    ours.book.add(ours.cards["io-id"], DAY)
    ours.book.confirm("io-id", DAY)
    for party in ("io-id", COORDINATOR, "io-id", COORDINATOR):
        ours.book.keep_vouching(distrust_coordinator(ours.book, NETWORK, DAY))
        ours.book.keep_vouching(trust_coordinator(ours.book, party, NETWORK, DAY))
    assert refusal(lambda: ours.takes(ours.directory())) == ("directory.rolled_back",)
    other = ours.directory(ours.cards[COORDINATOR], ours.cards["dinas-p3a"], version=2)
    assert refusal(lambda: ours.takes(other)) == ("directory.forked",)
    assert "dinas-p3a" not in ours.believes()
    ours.takes(ours.directory(version=3))
    assert "dinas-p3a" in ours.believes()


def test_a_coordinators_word_ends_by_hand_too(ours: Newcomer) -> None:
    """Among the allowed signers of ssh-keygen nothing stands without an end for whom nobody read the words."""
    ours.takes(ours.directory(on=DAY, days=DAYS))
    known = {each.signed.party: each for each in ours.book.all()}
    lines = signers_file([known[COORDINATOR].signed], [known["io-id"]]).splitlines()
    root = next(line for line in lines if line.endswith(ours.cards["io-id"].card.root))
    assert 'valid-after="20260901000000Z",valid-before="20261002000000Z"' in root
    assert all("valid-before" in line for line in lines if line.startswith("io-id"))
    days = [line.split("valid-before=")[1][1:9] for line in lines if line.startswith("io-id")]
    assert max(days) == "20261002"
    assert "valid" not in next(line for line in lines if line.endswith(ours.cards[COORDINATOR].card.root))


def test_a_revoked_coordinator_vouches_for_nobody_from_that_moment(ours: Newcomer) -> None:
    ours.takes(ours.directory())
    ours.book.revoke(COORDINATOR, LATER)
    assert ours.believes(LATER) == ()
    assert refusal(lambda: ours.book.get("io-id", LATER)) == ("card.unconfirmed",)
    assert refusal(lambda: ours.takes(ours.directory(version=2), LATER)) == ("card.revoked",)


def test_a_coordinator_whose_root_has_revoked_itself_vouches_for_nobody(ours: Newcomer) -> None:
    ours.takes(ours.directory())
    now = datetime(2026, 9, 10, tzinfo=UTC)
    root = RevokedKey(use="root", key=ours.cards[COORDINATOR].card.root, since=now, reason="exposed")
    ours.book.take_revocation(issue_revocation(replace(ours.parties[COORDINATOR], revoked=(root,)), now), now)
    assert "io-id" not in ours.believes(LATER)
    assert refusal(lambda: ours.takes(ours.directory(version=2), LATER)) == ("card.revoked",)


# --- attacks ---


def test_an_older_directory_never_comes_back_even_after_a_restart(ours: Newcomer) -> None:
    ours.takes(ours.directory(version=2))
    elsewhere = Newcomer(CardBook(ours.book.folder), ours.parties, ours.cards)
    assert refusal(lambda: elsewhere.takes(ours.directory(version=1))) == ("directory.rolled_back",)


def test_two_directories_of_one_number_are_an_alarm(ours: Newcomer) -> None:
    ours.takes(ours.directory())
    other = ours.directory(ours.cards[COORDINATOR], ours.cards["io-id"])
    assert refusal(lambda: ours.takes(other)) == ("directory.forked",)
    assert ours.believes() == ("dinas-p3a", COORDINATOR, "io-id")


def test_a_directory_of_another_time_is_refused(ours: Newcomer) -> None:
    assert refusal(lambda: ours.takes(ours.directory(), LAST + timedelta(days=1))) == ("directory.expired",)
    assert refusal(lambda: ours.takes(ours.directory(on=DAY + timedelta(days=2)))) == ("directory.not_yet",)
    assert not ours.takes(ours.directory(on=DAY + timedelta(days=1))).problems


def test_a_known_root_is_never_replaced_and_the_rest_is_taken(ours: Newcomer, make: Make) -> None:
    ours.book.add(ours.cards["io-id"], DAY)  # not even confirmed
    cards = [ours.cards[COORDINATOR], ours.cards["dinas-p3a"], other_root(make, "io-id")]
    weighed = ours.takes(ours.directory(*cards))
    assert codes(weighed) == [("io-id", "card.other_root")]
    assert ours.believes() == ("dinas-p3a", COORDINATOR)
    known = ours.book.find("io-id")
    assert known
    assert known.signed == ours.cards["io-id"]


def test_everything_that_is_wrong_is_said_at_once(ours: Newcomer, make: Make) -> None:
    ours.book.add(ours.cards["io-id"], DAY)
    ours.book.revoke("io-id", DAY)
    ours.book.add(ours.cards["dinas-p3a"], DAY)
    false = [other_root(make, party) for party in ("dinas-p3a", OURS)]
    weighed = ours.takes(ours.directory(ours.cards[COORDINATOR], ours.cards["io-id"], *false))
    expected = [("dinas-p3a", "card.other_root"), ("io-id", "card.revoked"), (OURS, "directory.not_us")]
    assert codes(weighed) == expected
    assert ours.believes() == (COORDINATOR,)


def test_a_root_that_is_known_does_not_come_under_another_name(ours: Newcomer, make: Make) -> None:
    ours.book.add(ours.cards["io-id"], DAY)
    renamed = issue_card(replace(ours.parties["io-id"], party="io-timor"), DAY)
    us = issue_card(replace(ours.parties[OURS], party="yks-kupang"), DAY)
    weighed = ours.takes(ours.directory(ours.cards[COORDINATOR], renamed, us))
    assert codes(weighed) == [("io-timor", "card.other_root"), ("yks-kupang", "directory.not_us")]
    assert ours.believes() == (COORDINATOR,)


def test_two_cards_of_one_party_with_one_number_are_an_alarm(ours: Newcomer) -> None:
    ours.book.add(ours.cards["io-id"], DAY)
    other = issue_card(ours.parties["io-id"], LATER)
    weighed = ours.takes(ours.directory(ours.cards[COORDINATOR], other))
    assert codes(weighed) == [("io-id", "card.older")]
    assert ours.believes() == (COORDINATOR,)


def test_weighing_changes_nothing_and_a_crash_leaves_nobody_trusted(
    ours: Newcomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {file.name: file.read_bytes() for file in ours.book.folder.iterdir()}
    weighed = weigh(ours.book, ours.directory(), ours.cards[OURS].card, DAY)
    assert {file.name: file.read_bytes() for file in ours.book.folder.iterdir()} == before
    with monkeypatch.context() as faults:
        faults.setattr(CardBook, "keep_vouching", lambda *_given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            keep(ours.book, weighed, DAY)
    assert ours.believes() == (COORDINATOR,)
    assert [each.party for each in ours.takes(ours.directory()).fresh] == list(OTHERS)


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"network":"ntt","network":"ntt"}', b"\xff"])
def test_a_damaged_record_lets_nothing_pass(ours: Newcomer, damage: bytes) -> None:
    ours.takes(ours.directory())
    file = ours.book.folder / file_name(NETWORK)
    assert file.stat().st_mode & 0o077 == 0
    file.write_bytes(damage)
    with pytest.raises(KeyringError):
        ours.book.get("io-id", DAY)


# --- the file ---


def test_only_a_root_signs_directories_and_nothing_else_is_one() -> None:
    assert DIRECTORY in ALL
    assert DIRECTORY not in DAILY


def test_what_was_signed_for_something_else_or_by_a_signing_key_is_no_directory(ours: Newcomer) -> None:
    signed, coordinator = ours.directory(), ours.parties[COORDINATOR]
    content = json.loads(signed.to_bytes())
    content["signature"] = sign(coordinator.root, CARD, canonical(content["directory"]))
    assert refusal(lambda: read_directory(json.dumps(content).encode())) == ("directory.signature",)
    daily = altered(signed, by=coordinator.signing_key(DAY))
    assert refusal(lambda: read_directory(daily)) == ("directory.signature",)


def test_each_card_must_be_whole_though_the_coordinator_signed_around_it(ours: Newcomer) -> None:
    signed = ours.directory()
    cards = json.loads(signed.to_bytes())["directory"]["cards"]
    for each in cards[:2]:
        each["card"]["contact"] = "somebody@else.example"
    false = altered(signed, by=ours.parties[COORDINATOR].root, cards=cards)
    assert refusal(lambda: read_directory(false)) == ("card.signature", "card.signature")


def test_parties_stand_once_in_their_order_and_the_coordinator_under_its_own_root(ours: Newcomer, make: Make) -> None:
    signed, root = ours.directory(), ours.parties[COORDINATOR].root
    cards = json.loads(signed.to_bytes())["directory"]["cards"]
    false = other_root(make, COORDINATOR).file.model_dump(mode="json")
    for wrong in ([*reversed(cards)], [cards[0], *cards], [cards[0], false], []):
        changed = altered(signed, by=root, cards=wrong)
        assert set(refusal(lambda changed=changed: read_directory(changed))) == {"directory.malformed"}


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 0},
        {"version": 1.5},
        {"version": True},
        {"network": "../ntt"},
        {"expires": "2026-08-31"},
        {"expires": "2027-09-03"},
        {"issued": "2026-09-01T00:00:00"},
        {"format": 2},
        {"note": "more"},
        {"root": "ssh-rsa AAAA"},
    ],
    ids=str,
)
def test_what_is_not_as_the_format_says_is_refused_though_it_is_signed(ours: Newcomer, changes: dict[str, Any]) -> None:
    false = altered(ours.directory(), by=ours.parties[COORDINATOR].root, **changes)
    assert set(refusal(lambda: read_directory(false))) == {"directory.malformed"}


def test_what_is_too_large_is_not_read(ours: Newcomer) -> None:
    assert refusal(lambda: read_directory(b" " * (MAX_DIRECTORY + 1))) == ("directory.malformed",)


def test_a_card_in_it_that_the_book_could_not_read_again_is_refused(
    ours: Newcomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    largest = max(len(card.to_bytes()) for card in ours.cards.values())
    assert largest < MAX_CARD
    signed = ours.directory().to_bytes()
    monkeypatch.setattr("exchange.keyring.card.MAX_CARD", largest - 1)
    assert "card.malformed" in refusal(lambda: read_directory(signed))


def test_what_was_read_is_what_was_written(ours: Newcomer) -> None:
    signed = ours.directory()
    assert read_directory(signed.to_bytes()) == signed
    assert [each.party for each in signed.cards] == sorted(ours.cards)


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_one_changed_byte_never_makes_another_directory(data: st.DataObject, flipped: bytes) -> None:
    place = data.draw(st.integers(0, len(flipped) - 1))
    file = bytearray(flipped)
    file[place] ^= data.draw(st.integers(1, 255))
    with suppress(KeyringError):
        assert read_directory(bytes(file)) == read_directory(flipped)  # only white space may differ


@pytest.fixture(scope="module")
def flipped(parties: dict[str, Identity], cards: dict[str, SignedCard]) -> bytes:
    two = [cards[COORDINATOR], cards["io-id"]]
    return issue_directory(parties[COORDINATOR], NETWORK, two, version=1, on=DAY, days=DAYS).to_bytes()
