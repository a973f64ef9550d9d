"""A card says whose keys these are; nobody can change it, turn it back, or slip in another's."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needs import needs

from exchange.crypto.allowed_signers import revoked_keys
from exchange.crypto.canonical import canonical
from exchange.crypto.signing import SigningKey
from exchange.crypto.sshsig import sign
from exchange.errors import KeyringError
from exchange.keyring.card import MAX_CARD, SignedCard, issue_card, read_card
from exchange.keyring.card_book import CardBook
from exchange.keyring.identity import Identity, rotate
from exchange.keyring.known_card import KnownCard, Trust
from exchange.keyring.namespaces import ALL, BUNDLE, CARD
from exchange.keyring.safety_words import are_words, safety_words, same_words
from exchange.keyring.shapes import SftpAddress
from exchange.keyring.signers_file import signers_file
from exchange.keyring.vouching import Vouched

Make = Callable[[str], Identity]
DAY = date(2026, 9, 1)
LATER = date(2026, 10, 1)
AFTER_ALL = date(2028, 1, 1)
ADDRESS = SftpAddress(
    host="127.0.0.1", port=2222, user="drop", directory="inbox", host_key=SigningKey.generate().verify_key.openssh()
)
PERSON = {
    "id": "data.officer.1",
    "name": "Petugas Contoh",
    "roles": ["open"],
    "key": SigningKey.generate().verify_key.openssh(),
    "not_before": "2026-09-01",
    "not_after": "2027-09-01",
}


@pytest.fixture(scope="module")
def yks(make: Make) -> Identity:
    return make("yks")


@pytest.fixture(scope="module")
def card(yks: Identity) -> SignedCard:
    return issue_card(yks, DAY, sftp=ADDRESS)


@pytest.fixture
def book(tmp_path: Path) -> CardBook:
    return CardBook(tmp_path)


def refusal(call: Callable[[], object]) -> tuple[str, ...]:
    with pytest.raises(KeyringError) as caught:
        call()
    return caught.value.codes


def altered(card: SignedCard, by: SigningKey | None = None, **changes: Any) -> bytes:
    """The card's file with changes, signed again if there is a key to do it with."""
    content = json.loads(card.to_bytes())
    content["card"] |= changes
    if by:
        content["signature"] = sign(by, CARD, canonical(content["card"]))
    return json.dumps(content).encode()


def test_a_card_comes_back_as_it_was_issued(card: SignedCard) -> None:
    assert read_card(card.to_bytes()) == card
    assert read_card(json.dumps(json.loads(card.to_bytes())).encode()) == card


@needs("ssh-keygen")
def test_ssh_keygen_verifies_a_card_and_what_its_root_signs(
    yks: Identity, card: SignedCard, tmp_path: Path, make: Make
) -> None:
    content = json.loads(card.to_bytes())
    other = make("gt-ntt")
    (tmp_path / "allowed_signers").write_text(signers_file([card, issue_card(other, DAY)]), encoding="ascii")
    (tmp_path / "revoked").write_text(revoked_keys([other.root.verify_key]), encoding="ascii")

    def verifies(signature: str, namespace: str, message: bytes, principal: str) -> bool:
        (tmp_path / "signature").write_text(signature, encoding="ascii")
        command = ["ssh-keygen", "-Y", "verify", "-f", str(tmp_path / "allowed_signers"), "-I", principal]
        command += ["-n", namespace, "-s", str(tmp_path / "signature"), "-r", str(tmp_path / "revoked")]
        return subprocess.run(command, input=message, capture_output=True, check=False).returncode == 0

    assert verifies(content["signature"], CARD, canonical(content["card"]), "yks")
    daily = yks.signing_key(DAY)
    assert verifies(sign(daily, BUNDLE, b"x"), BUNDLE, b"x", "yks")
    assert not verifies(sign(daily, BUNDLE, b"x"), BUNDLE, b"x", "gt-ntt")
    assert not verifies(sign(daily, BUNDLE, b"x"), CARD, b"x", "yks")
    assert not verifies(sign(daily, CARD, b"x"), CARD, b"x", "yks")
    assert not verifies(sign(yks.root, BUNDLE, b"x"), BUNDLE, b"x", "yks"), "what leaves daily is not the root's"
    assert not verifies(sign(other.root, BUNDLE, b"x"), BUNDLE, b"x", "gt-ntt")


@pytest.mark.parametrize(
    "changes",
    [{"serial": 2}, {"contact": "x@evil.example"}, {"party": "gt-ntt"}, {"sftp": None}, {"issued": "2026-09-02"}],
)
def test_a_changed_card_is_refused(card: SignedCard, changes: dict[str, Any]) -> None:
    assert refusal(lambda: read_card(altered(card, **changes))) == ("card.signature",)


def test_a_card_signed_by_another_key_is_refused(card: SignedCard) -> None:
    assert refusal(lambda: read_card(altered(card, SigningKey.generate()))) == ("card.signature",)


def test_a_signature_for_another_kind_of_thing_does_not_make_a_card(yks: Identity, card: SignedCard) -> None:
    content = json.loads(card.to_bytes())
    content["signature"] = sign(yks.root, BUNDLE, canonical(content["card"]))
    assert refusal(lambda: read_card(json.dumps(content).encode())) == ("card.signature",)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"extra": 1},
        {"serial": 0},
        {"serial": "1"},
        {"serial": 1.5},
        {"serial": True},
        {"issued": "1.9.2026"},
        {"issued": 1788220800},
        {"encryption_keys": []},
        {"fingerprint": "SHA256:" + "A" * 43},
        {"party": "../yks"},
        {"contact": "two\nlines"},
        {"contact": "\u202etxt"},
        {"root": "ssh-rsa AAAA"},
        {"sftp": {**ADDRESS.model_dump(), "port": 0}},
        {"sftp": {**ADDRESS.model_dump(), "host": "-oProxyCommand=x"}},
        {"names": {"id": "a"}},
        {"sftp": {key: value for key, value in ADDRESS.model_dump().items() if key != "port"}},
        {"people": [PERSON, PERSON]},
        {"people": [PERSON | {"not_after": "2026-08-31"}]},
        {"people": [PERSON | {"not_after": "9999-12-31"}]},
        {"people": [PERSON | {"not_before": "0001-01-01"}]},
        {"issued": "2200-01-01"},
        {"people": [PERSON | {"roles": ["root"]}]},
        {"people": [PERSON | {"key": PERSON["key"] + " comment"}]},
    ],
)
def test_a_card_that_is_not_as_the_format_says_is_refused_even_if_signed(
    yks: Identity, card: SignedCard, changes: dict[str, Any]
) -> None:
    assert set(refusal(lambda: read_card(altered(card, yks.root, **changes)))) == {"card.malformed"}


def test_a_certified_person_is_read_from_the_card(yks: Identity, card: SignedCard) -> None:
    (found,) = read_card(altered(card, yks.root, people=[PERSON])).card.people
    assert found.verify_key.openssh() == PERSON["key"]


def test_the_newest_key_that_counts_is_the_one_to_encrypt_for(make: Make) -> None:
    keys = [replace(make("yks").encryption_keys[0], label=str(number)) for number in range(3)]
    starts = (date(2026, 7, 1), date(2026, 9, 1), date(2026, 11, 1))
    ranged = [replace(key, not_before=start, not_after=LATER) for key, start in zip(keys, starts[:2], strict=False)]
    last = replace(keys[2], not_before=starts[2], not_after=starts[2])
    identity = replace(make("yks"), encryption_keys=(*ranged, last))
    assert issue_card(identity, DAY).card.recipient(DAY) == keys[1].secret.recipient
    assert issue_card(identity, DAY).card.recipient(starts[2]) == keys[2].secret.recipient
    assert len(issue_card(identity, starts[2]).card.encryption_keys) == 1


def test_all_that_is_wrong_is_said_at_once_and_no_value_is_shown(yks: Identity, card: SignedCard) -> None:
    with pytest.raises(KeyringError) as caught:
        read_card(altered(card, yks.root, serial="rahasia", contact="", extra=1))
    assert {problem.where for problem in caught.value.problems} == {"card.serial", "card.contact", "card.extra"}
    assert "rahasia" not in str(caught.value)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_other_bytes_are_refused(data: bytes) -> None:
    assert set(refusal(lambda: read_card(data))) == {"card.malformed"}


def test_an_oversized_card_is_refused() -> None:
    assert refusal(lambda: read_card(b" " * (MAX_CARD + 1))) == ("card.malformed",)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_altered_byte_is_accepted_as_another_card(card: SignedCard, data: st.DataObject) -> None:
    file = bytearray(card.to_bytes())
    place = data.draw(st.integers(0, len(file) - 1))
    file[place] ^= data.draw(st.integers(1, 255))
    with suppress(KeyringError):
        assert read_card(bytes(file)) == card  # only white space between the parts may differ


@settings(max_examples=100, deadline=None)
@given(
    days=st.lists(st.one_of(st.dates(), st.dates(date(1999, 12, 1), date(2200, 1, 31))), min_size=6, max_size=6),
    since=st.dates(date(2000, 1, 1), date(2199, 12, 31)),
)
def test_every_card_that_is_read_can_be_exported(
    yks: Identity, card: SignedCard, days: list[date], since: date
) -> None:
    """Whatever its days: a card that comes by letter must not end a command of ours."""
    pairs = (sorted(days[at : at + 2]) for at in range(0, 6, 2))
    given = [{"not_before": str(first), "not_after": str(last)} for first, last in pairs]
    content = json.loads(card.to_bytes())["card"]
    keys = {kind: [content[kind][0] | given[at]] for at, kind in enumerate(("signing_keys", "encryption_keys"))}
    with suppress(KeyringError):
        read = read_card(altered(card, yks.root, people=[PERSON | given[2]], **keys))
        trust, vouched = Trust(root=read.card.fingerprint, first_seen=DAY), Vouched("gt-ntt", "ntt", since, since)
        signers_file([read], [KnownCard(read, trust, (vouched,))])


def test_a_new_card_waits_until_its_words_were_read(book: CardBook, card: SignedCard) -> None:
    assert refusal(lambda: book.get("yks", DAY)) == ("card.unknown",)
    assert not book.add(card, DAY).confirmed
    assert refusal(lambda: book.get("yks", DAY)) == ("card.unconfirmed",)
    assert book.confirm("yks", LATER).confirmed
    assert book.get("yks", LATER).signed == card
    assert book.get("yks", LATER).trust.first_seen == DAY
    assert book.get("yks", LATER).trust.confirmed_on == LATER
    assert [known.card.party for known in book.all()] == ["yks"]


def test_an_expired_card_receives_nothing_but_its_root_is_still_believed(book: CardBook, card: SignedCard) -> None:
    book.add(card, DAY)
    book.confirm("yks", DAY)
    for day in (AFTER_ALL, date(2026, 8, 31)):
        assert refusal(lambda day=day: book.get("yks", day)) == ("card.expired",)
    assert book.confirmed("yks").signed == card


def test_a_newer_card_keeps_the_trust_and_an_older_one_never_returns(
    book: CardBook, yks: Identity, card: SignedCard
) -> None:
    book.add(card, DAY)
    book.confirm("yks", DAY)
    newer = issue_card(rotate(yks, LATER), LATER, previous=card)
    assert book.add(newer, LATER).confirmed
    assert book.get("yks", LATER).card.recipient(LATER) != card.card.recipient(LATER)
    assert refusal(lambda: book.add(card, LATER)) == ("card.older",)
    assert book.get("yks", LATER).signed == newer
    assert book.add(newer, AFTER_ALL).trust.first_seen == DAY


def test_two_cards_with_one_number_are_refused(book: CardBook, yks: Identity, card: SignedCard) -> None:
    book.add(card, DAY)
    assert refusal(lambda: book.add(issue_card(yks, LATER), LATER)) == ("card.older",)


def test_an_impostor_with_another_root_is_refused(book: CardBook, make: Make, card: SignedCard) -> None:
    book.add(card, DAY)
    book.confirm("yks", DAY)
    impostor = issue_card(make("yks"), LATER, previous=card)
    assert refusal(lambda: book.add(impostor, LATER)) == ("card.other_root",)
    assert book.get("yks", DAY).signed == card
    book.forget("yks")
    assert not book.add(impostor, LATER).confirmed


def test_a_revoked_card_is_not_confirmed_again(book: CardBook, card: SignedCard) -> None:
    book.add(card, DAY)
    book.confirm("yks", DAY)
    assert book.revoke("yks", LATER).revoked_on == LATER
    assert refusal(lambda: book.get("yks", LATER)) == ("card.revoked",)
    assert refusal(lambda: book.confirm("yks", LATER)) == ("card.revoked",)
    assert not book.add(card, LATER).confirmed
    assert book.revoked() == (card.card.root_key,)


def test_a_card_laid_into_the_folder_by_hand_is_not_known(book: CardBook, card: SignedCard, make: Make) -> None:
    (book.folder / "yks.card.json").write_bytes(card.to_bytes())
    assert book.find("yks") is None
    book.add(card, DAY)
    book.confirm("yks", DAY)
    (book.folder / "yks.card.json").write_bytes(issue_card(make("yks"), DAY).to_bytes())
    assert refusal(lambda: book.get("yks", DAY)) == ("card.damaged",)
    assert book.all() == ()
    assert [(each.where, each.code) for each in book.damaged()] == [("yks", "card.damaged")]


def test_a_card_does_not_count_under_another_partys_name(book: CardBook, card: SignedCard) -> None:
    book.add(card, DAY)
    book.confirm("yks", DAY)
    for end in ("card.json", "trust.json"):
        (book.folder / f"yks.{end}").rename(book.folder / f"gt-ntt.{end}")
    assert refusal(lambda: book.get("gt-ntt", DAY)) == ("card.damaged",)


@pytest.mark.parametrize("trust", ["", "{}", '{"root": "x", "first_seen": "2026-09-01", "confirmed": true}'])
def test_trust_that_cannot_be_read_is_no_trust(book: CardBook, card: SignedCard, trust: str) -> None:
    book.add(card, DAY)
    (book.folder / "yks.trust.json").write_text(trust, encoding="utf-8")
    assert set(refusal(lambda: book.get("yks", DAY))) == {"card.damaged"}


@pytest.mark.parametrize("party", ["", "../yks", "a/b", "a\\b", ".", "*"])
def test_a_party_that_is_a_path_is_not_looked_up(book: CardBook, party: str) -> None:
    assert refusal(lambda: book.find(party)) == ("card.unknown",)


def test_both_sides_read_the_same_eight_words_and_nobody_else_does(make: Make) -> None:
    one, other, third = (make(party).root.verify_key for party in ("a", "b", "c"))
    words = safety_words(one, other)
    assert len(words) == 8
    assert safety_words(other, one) == words
    assert safety_words(one, third) != words
    assert same_words("  " + " ".join(words).upper() + "\n", words)
    assert not same_words(" ".join(words[::-1]), words)
    assert not same_words(" ".join(words[:7]), words)
    assert not same_words("", words)
    assert same_words(", ".join(words) + ".", words)
    assert are_words(" ".join(words[::-1]))
    assert not are_words(" ".join([*words[:7], "ovn"]))


def test_the_words_of_two_fixed_roots_never_change() -> None:
    one, other = (SigningKey(bytes([number]) * 32).verify_key for number in (1, 2))
    assert " ".join(safety_words(one, other)) == "charity pants inform holiday elder findings romp obesity"


def test_every_kind_of_signature_has_a_namespace_of_its_own() -> None:
    assert len(set(ALL)) == len(ALL)
    assert all(space.startswith("data-sharing-exchange/") and space.endswith("/v1") for space in ALL)
