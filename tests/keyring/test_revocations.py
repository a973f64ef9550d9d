"""Keys that are revoked: by the root alone, for ever, in whatever order and however often it is said."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import needs

from exchange.crypto.allowed_signers import revoked_keys
from exchange.crypto.canonical import canonical
from exchange.crypto.signing import SigningKey
from exchange.crypto.sshsig import sign
from exchange.errors import KeyringError
from exchange.keyring.card import issue_card
from exchange.keyring.card_book import CardBook
from exchange.keyring.identity import Identity, renewed, rotate
from exchange.keyring.identity_file import load_identity, save_identity
from exchange.keyring.loss import Loss, after_loss
from exchange.keyring.namespaces import BUNDLE, CARD, REVOCATION
from exchange.keyring.people import certify
from exchange.keyring.revocation import SignedRevocation, issue_revocation, read_revocation, together
from exchange.keyring.shapes import KeyUse, Person, RevokedKey
from exchange.keyring.signers_file import signers_file

DAY = dt.date(2026, 9, 1)
LOST = dt.datetime(2026, 9, 10, 12, tzinfo=dt.UTC)
LATER = LOST + dt.timedelta(days=3)
SECOND = dt.timedelta(seconds=1)
Make = Callable[[str], Identity]


def codes(call: Callable[[], object]) -> tuple[str, ...]:
    with pytest.raises(KeyringError) as caught:
        call()
    return caught.value.codes


@pytest.fixture
def yks(make: Make) -> Identity:
    return make("yks")


@pytest.fixture
def book(yks: Identity, tmp_path: Path) -> CardBook:
    """A partner's, who has confirmed the card."""
    made = CardBook(tmp_path / "cards")
    made.folder.mkdir(mode=0o700)
    made.add(issue_card(yks, DAY), DAY)
    made.confirm("yks", DAY)
    return made


def lost(identity: Identity, since: dt.datetime = LOST, **more: object) -> Identity:
    return after_loss(identity, Loss(since, **more), LATER.date())  # type: ignore[arg-type]  # the test knows its fields


def revocation(identity: Identity, issued: dt.datetime = LATER) -> SignedRevocation:
    return issue_revocation(identity, issued)


def key(number: int, since: dt.datetime, use: KeyUse = "signing") -> RevokedKey:
    public = SigningKey(bytes([number]) * 32).verify_key.openssh()
    return RevokedKey(use=use, key=public, since=since, reason="lost")


# --- the file ---


def test_a_revocation_comes_back_from_its_file_and_is_signed_by_the_root(yks: Identity) -> None:
    signed = revocation(lost(yks))
    assert read_revocation(signed.to_bytes()) == signed
    assert signed.revocation.root_key == yks.root_key
    assert {each.use for each in signed.revocation.keys} == {"signing", "encryption"}
    assert codes(lambda: issue_revocation(yks, LATER)) == ("revocation.empty",)
    assert codes(lambda: issue_revocation(replace(lost(yks), held_root=None), LATER)) == ("identity.root_apart",)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"party": "io-id"}, "revocation.signature"),
        ({"keys": []}, "revocation.malformed"),
        ({"issued": "2026-09-13T19:00:00+07:00"}, "revocation.malformed"),
        ({"until": "2026-09-20"}, "revocation.malformed"),
        ({"format": 2}, "revocation.malformed"),
    ],
)
def test_what_is_not_exactly_what_the_root_signed_is_refused(
    yks: Identity, change: dict[str, object], code: str
) -> None:
    content = json.loads(revocation(lost(yks)).to_bytes())
    content["revocation"] |= change
    assert set(codes(lambda: read_revocation(json.dumps(content).encode()))) == {code}


def test_neither_a_signing_key_nor_a_signature_for_something_else_revokes(yks: Identity) -> None:
    content = json.loads(revocation(lost(yks)).to_bytes())
    said = canonical(content["revocation"])
    for by, namespace in ((yks.signing_key(DAY), REVOCATION), (yks.root, CARD), (yks.root, BUNDLE)):
        content["signature"] = sign(by, namespace, said)
        assert codes(lambda: read_revocation(json.dumps(content).encode())) == ("revocation.signature",)


def test_what_is_no_revocation_is_refused(yks: Identity) -> None:
    for data in (b"", b"{}", b"[" * 100_000, b"x" * 300_000, issue_card(yks, DAY).to_bytes()):
        assert set(codes(lambda data=data: read_revocation(data))) == {"revocation.malformed"}


# --- in the book of a partner ---


def test_no_newer_card_undoes_a_revocation(yks: Identity, book: CardBook) -> None:
    signing, after = yks.signing_key(DAY).verify_key, lost(yks)
    book.take_revocation(revocation(after), LATER)
    for serial in range(3):
        before = book.find("yks")
        assert before
        newer = issue_card(replace(yks, contact=f"{serial}@yks.example"), DAY, previous=before.signed)
        card = book.add(newer, LATER.date())
        assert card.confirmed
        assert card.objection(signing, LOST - SECOND) == ""
        assert card.objection(signing, LOST) == "revoked"
        assert codes(lambda: book.get("yks", DAY)) == ("card.expired",)  # nobody encrypts for what a finder may have
    assert book.add(issue_card(after, LATER.date(), previous=newer), LATER.date()).recipient(LATER.date())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(3)), st.lists(st.integers(0, 2), max_size=3))
def test_revocations_come_in_any_order_and_any_number(
    make: Make, tmp_path_factory: pytest.TempPathFactory, order: list[int], again: list[int]
) -> None:
    yks = make("yks")
    hours = [5, 1, 3]
    said = [
        revocation(replace(yks, revoked=(key(1, LOST + dt.timedelta(hours=each)), key(each, LOST)))) for each in hours
    ]
    book = CardBook(tmp_path_factory.mktemp("cards"))
    book.add(issue_card(yks, DAY), DAY)
    for number in (*order, *again):
        book.take_revocation(said[number], LATER)
    known = book.find("yks")
    assert known
    assert known.trust.revoked_keys == together((), (key(1, LOST), key(3, LOST), key(5, LOST)))


def test_a_revocation_for_a_later_time_counts_from_now(yks: Identity, book: CardBook) -> None:
    far = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
    signing = yks.signing_key(DAY).verify_key
    card = book.take_revocation(revocation(lost(yks, far)), LATER)
    assert card.objection(signing, LATER - SECOND) == ""
    assert card.objection(signing, LATER) == "revoked"
    assert book.take_revocation(revocation(lost(yks, far)), LATER + dt.timedelta(days=9)) == card


def test_a_revocation_from_before_the_card_leaves_nothing_that_the_key_signed(yks: Identity, book: CardBook) -> None:
    long_ago = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    card = book.take_revocation(revocation(lost(yks, long_ago)), LATER)
    assert card.objection(yks.signing_key(DAY).verify_key, dt.datetime(2026, 9, 1, tzinfo=dt.UTC)) == "revoked"


def test_only_the_root_of_the_card_that_is_known_revokes(make: Make, yks: Identity, book: CardBook) -> None:
    other = replace(make("io-id"), party="yks")
    assert codes(lambda: book.take_revocation(revocation(lost(other)), LATER)) == ("card.other_root",)
    stranger = lost(make("gt-ntt"))
    assert codes(lambda: book.take_revocation(revocation(stranger), LATER)) == ("card.unknown",)
    assert book.revoked_keys("yks") == ()


def test_a_revocation_is_taken_though_nobody_confirmed_the_card(yks: Identity, tmp_path: Path) -> None:
    book = CardBook(tmp_path)
    book.add(issue_card(yks, DAY), DAY)
    assert book.take_revocation(revocation(lost(yks)), LATER).trust.confirmed_on is None
    assert book.confirm("yks", DAY).trust.revoked_keys


def test_a_root_that_revokes_itself_ends_the_card_and_never_comes_back(
    make: Make, yks: Identity, book: CardBook
) -> None:
    ended = lost(yks, root=True)
    card = book.take_revocation(revocation(ended), LATER)
    assert (card.confirmed, card.trust.revoked_on) == (False, LATER.date())
    assert codes(lambda: book.get("yks", DAY)) == ("card.revoked",)
    assert not book.add(issue_card(yks, DAY, previous=card.signed), DAY).confirmed
    assert yks.root_key in book.revoked()

    new = replace(make("io-id"), party="yks")
    began = book.add(issue_card(new, LATER.date()), LATER.date())
    assert (began.confirmed, began.trust.confirmed_on) == (False, None), "its words are read anew"
    assert yks.root_key in book.revoked()
    book.revoke("yks", LATER.date())
    assert codes(lambda: book.add(issue_card(yks, DAY), LATER.date())) == ("card.revoked",)


# --- our own keys ---


def test_after_a_loss_nothing_that_lay_there_is_used_and_all_of_it_is_revoked(yks: Identity) -> None:
    person = Person(
        id="officer.1",
        name="Petugas Contoh",
        roles=("approve",),
        key=key(9, LOST).key,
        not_before=DAY,
        not_after=dt.date(2027, 9, 1),
    )
    before = certify(yks, person)
    after = lost(before, people=("officer.1",))
    revoked = {each.key for each in after.revoked}
    assert revoked == {
        *(each.key for each in before.certified_keys()),
        *(each.digest for each in before.published_keys(DAY)),
        person.key,
    }
    today = LATER.date()
    assert after.signing_key(today).verify_key.openssh() not in revoked
    assert not revoked & {each.digest for each in after.published_keys(today)}
    assert after.sftp_client != before.sftp_client
    assert after.people == ()
    assert set(before.opening_keys) < set(after.opening_keys), "what is under way still opens"
    assert (after.root_key, after.key_for("store")) == (before.root_key, before.key_for("store"))
    assert codes(lambda: certify(after, person)) == ("person.revoked",)


def test_the_same_time_again_changes_nothing(yks: Identity) -> None:
    once = lost(yks)
    assert lost(once) == once
    second = lost(once, LATER)
    assert lost(second, LATER) == second
    assert lost(second, LOST) == second, "the first loss, after the second"


@pytest.mark.parametrize("since", [LOST - dt.timedelta(hours=5), LOST + SECOND, LATER])
def test_another_time_is_another_loss_and_takes_the_newest_keys_too(yks: Identity, since: dt.datetime) -> None:
    once = lost(yks)
    second = lost(once, since)
    revoked = {each.key: each.since for each in second.revoked}
    signing = once.signing_key(LATER.date()).verify_key.openssh()
    assert revoked[signing] == since
    assert revoked[yks.signing_key(DAY).verify_key.openssh()] == min(since, LOST)
    assert {each.key for each in once.revoked} < {*revoked}, "each revocation holds all that came before"
    assert not {*revoked} & {
        second.signing_key(LATER.date()).verify_key.openssh(),
        *(each.digest for each in second.published_keys(LATER.date())),
    }


def test_a_card_after_a_loss_lets_the_stolen_key_sign_no_longer(yks: Identity, tmp_path: Path) -> None:
    """Whoever comes later has the newest card alone: no revocation was ever sent to them."""
    stolen, newcomer = yks.signing_key(DAY).verify_key, CardBook(tmp_path / "newcomer")
    newcomer.folder.mkdir(mode=0o700)
    once = lost(yks)
    newcomer.add(issue_card(lost(once, LATER + SECOND), LATER.date()), LATER.date())
    known = newcomer.find("yks")
    assert known
    assert known.objection(stolen, LOST) == "", "what it signed in its time still counts"
    assert known.objection(stolen, LATER) == "expired"
    within = [each for each in known.card.signing_keys if each.covers(LATER.date() + dt.timedelta(days=1))]
    assert len(within) == 1, "none but the newest"


def test_a_root_in_doubt_makes_no_new_keys_and_signs_no_card(yks: Identity, tmp_path: Path) -> None:
    ended = lost(yks, root=True)
    assert revocation(ended).revocation.revokes_root
    assert codes(lambda: issue_card(ended, LATER.date())) == ("identity.root_revoked",)
    assert codes(lambda: ended.signing_key(LATER.date())) == ("identity.root_revoked",)
    later = lost(lost(yks), root=True)
    assert codes(lambda: later.signing_key(LATER.date())) == ("identity.root_revoked",)
    assert renewed(ended, dt.date(2027, 5, 1)) == ended
    save_identity(ended, tmp_path / "identity.age", "bulan madu kapal kertas biru", work_factor=4)
    assert load_identity(tmp_path / "identity.age", "bulan madu kapal kertas biru") == ended


# --- old signatures, checked by hand ---


@needs("ssh-keygen")
def test_what_last_years_key_signed_verifies_for_its_time_alone_after_two_rotations(
    yks: Identity, book: CardBook, tmp_path: Path
) -> None:
    old = yks.signing_key(DAY)
    twice = rotate(rotate(yks, dt.date(2027, 5, 1)), dt.date(2027, 9, 20))
    before = book.find("yks")
    assert before
    card = book.add(issue_card(twice, dt.date(2027, 9, 20), previous=before.signed), dt.date(2027, 9, 20))
    assert len(card.card.signing_keys) == 3
    (tmp_path / "allowed_signers").write_text(signers_file([card.signed]))
    (tmp_path / "sums.sig").write_text(sign(old, BUNDLE, b"sums"))

    def verifies(on: str, *options: str) -> bool:
        command = ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", "yks", "-n", BUNDLE, "-s", "sums.sig"]
        command += [f"-Overify-time={on}Z", *options]
        done = subprocess.run(command, cwd=tmp_path, input=b"sums", capture_output=True, check=False)
        return done.returncode == 0

    first, last = (f"{day:%Y%m%d}" for day in (DAY, card.card.signing_keys[0].not_after))
    assert verifies(f"{first}000000")
    assert verifies(f"{last}235959")
    assert not verifies("20260831235959")
    after = card.card.signing_keys[0].not_after + dt.timedelta(days=1)
    assert not verifies(f"{after:%Y%m%d}000001")  # to OpenSSH the second of midnight itself still counts

    book.take_revocation(revocation(lost(twice)), LATER)
    (tmp_path / "revoked").write_text(revoked_keys(book.revoked()))
    for day in (f"{first}000000", f"{last}235959"):
        assert verifies(day)
        assert not verifies(day, "-r", "revoked"), "a thief could have written any day"
