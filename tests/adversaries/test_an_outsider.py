"""An outsider: knows our public key, as everybody does, and perhaps a file that was sent; holds no party's root."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from seal.forging import Parts, archive, for_, locked, member
from seal.parties import (
    DAY,
    LATER,
    MEMBERS,
    NOW,
    RECIPIENT,
    SENDER,
    THIRD,
    Party,
    agreement,
    bundle,
    identity,
    letter,
    party,
)

from exchange.crypto.sshsig import sign
from exchange.keyring.namespaces import ALL, BUNDLE, LETTER
from exchange.seal.series import Place


@pytest.fixture
def outsider(tmp_path: Path) -> Party:
    """Has a card and keys of its own, which nobody has confirmed."""
    return party(THIRD, tmp_path, RECIPIENT)


@pytest.fixture
def sender(tmp_path: Path) -> Party:
    return party(SENDER, tmp_path, RECIPIENT)


@pytest.fixture
def recipient(tmp_path: Path) -> Party:
    return party(RECIPIENT, tmp_path, SENDER)


def test_a_stranger_gets_no_answer(outsider: Party, recipient: Party) -> None:
    file, _sealed = outsider.seal(replace(bundle(), sender=THIRD))
    error = recipient.refuses(file)
    assert (error.codes, error.answer, error.envelope) == (("seal.unknown_sender",), "silence", None)
    assert THIRD not in str(error)


def test_a_card_that_nobody_confirmed_is_not_believed(outsider: Party, recipient: Party) -> None:
    file, _sealed = outsider.seal(replace(bundle(), sender=THIRD))
    recipient.knows(THIRD, confirmed=False)
    error = recipient.refuses(file)
    assert (error.codes, error.answer) == (("seal.unconfirmed_sender",), "silence")


def test_a_revoked_card_is_not_believed_whatever_date_the_file_bears(sender: Party, recipient: Party) -> None:
    file, _sealed = sender.seal(bundle(), created=NOW.replace(year=2026, month=9), expires=LATER)
    recipient.cards.revoke(SENDER, DAY.replace(month=10))
    error = recipient.refuses(file)
    assert (error.codes, error.answer) == (("seal.revoked_sender",), "silence")


def test_a_senders_name_does_not_make_its_signature(outsider: Party, sender: Party, recipient: Party) -> None:
    parts = Parts.of(sender.seal(bundle())[0], recipient.identity)
    forged = parts.saying(id="f" * 32).signed(outsider.identity.signing_key(DAY))
    error = recipient.refuses(forged.written(for_(recipient.identity)))
    assert (error.codes, error.answer, error.envelope) == (("seal.wrong_signer",), "silence", None)


def test_a_signature_of_another_kind_is_worth_nothing(sender: Party, recipient: Party) -> None:
    """Whatever else the sender's root ever signed – a letter, a card, an agreement – it does not make a bundle."""
    key = for_(recipient.identity)
    parts = Parts.of(sender.seal(bundle())[0], recipient.identity)
    for namespace in {*ALL} - {BUNDLE}:
        error = recipient.refuses(parts.signed(sender.identity.signing_key(DAY), namespace).written(key))
        assert (error.codes, error.answer) == (("seal.wrong_kind",), "silence"), namespace
    message = Parts.of(sender.seal(letter())[0], recipient.identity)
    mine = sender.identity.signing_key(DAY)
    assert recipient.refuses(message.signed(mine, BUNDLE).written(key)).codes == ("seal.wrong_kind",)
    assert recipient.open(message.signed(mine, LETTER).written(key)).parcel == letter()


def test_a_letters_signature_is_no_bundles(sender: Party, recipient: Party) -> None:
    message = Parts.of(sender.seal(letter())[0], recipient.identity)
    dressed = message.saying(kind="bundle", period="2026-10")
    digests = (hashlib.sha256(dressed.envelope).hexdigest(), hashlib.sha256(dressed.payload).hexdigest())
    sums = f"{digests[0]}  envelope.json\n{digests[1]}  payload.tar\n".encode()
    for attempt in (dressed, replace(dressed, sums=sums)):
        error = recipient.refuses(attempt.written(for_(recipient.identity)))
        assert error.codes[0] in {"seal.sums", "seal.wrong_kind"}


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        b"\n",
        b"-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n",
        b"\xff" * 300,
        b"x" * 4096,
    ],
)
def test_a_signature_that_is_none_is_refused(sender: Party, recipient: Party, signature: bytes) -> None:
    parts = Parts.of(sender.seal(bundle())[0], recipient.identity)
    error = recipient.refuses(replace(parts, signature=signature).written(for_(recipient.identity)))
    assert (error.codes, error.answer) == (("seal.signature",), "silence")


def test_a_replayed_file_is_taken_in_once_and_answered_as_before(sender: Party, recipient: Party) -> None:
    file, sealed = sender.send(bundle())
    recipient.take(file)
    error = recipient.refuses(file)
    assert (error.codes, error.answer, error.envelope) == (("seal.replayed",), "receipt", sealed.envelope)


def test_one_number_for_two_contents_raises_the_alarm(sender: Party, recipient: Party) -> None:
    recipient.take(sender.seal(bundle(1))[0])
    error = recipient.refuses(sender.seal(bundle(2), Place(1, None))[0])
    assert (error.codes, error.answer) == (("seal.sequence_conflict",), "refusal")


def test_another_history_under_the_same_key_raises_the_alarm(sender: Party, recipient: Party) -> None:
    recipient.take(sender.send(bundle(1))[0])
    error = recipient.refuses(sender.seal(bundle(2), Place(2, "sha256:" + "0" * 64))[0])
    assert (error.codes, error.answer) == (("seal.chain_broken",), "refusal")


def test_letters_wait_for_none_before_them_and_still_have_one_history(sender: Party, recipient: Party) -> None:
    first, sealed = sender.send(letter(1))
    recipient.take(first)
    strange = recipient.refuses(sender.seal(letter(2), Place(2, "sha256:" + "0" * 64))[0])
    assert (strange.codes, strange.answer) == (("seal.chain_broken",), "refusal")
    twin = recipient.refuses(sender.seal(letter(3), Place(1, None))[0])
    assert (twin.codes, twin.answer) == (("seal.sequence_conflict",), "refusal")
    recipient.take(sender.seal(letter(4), Place(9, "sha256:" + "0" * 64))[0])
    recipient.take(sender.seal(letter(5), Place(2, sealed.envelope_digest))[0])


def test_a_letter_under_an_agreement_that_is_not_ours_is_refused_as_a_bundle_is(
    sender: Party, recipient: Party
) -> None:
    known = agreement(SENDER, RECIPIENT)
    for change, code in (({"id": "DSA-X"}, "seal.unknown_agreement"), ({"version": "9.0.0"}, "seal.other_agreement")):
        named = known.reference.model_copy(update=change)
        error = recipient.refuses(sender.seal(letter(agreement=named))[0], recipient.facts(NOW, known))
        assert (error.codes, error.answer) == ((code,), "refusal")
    stranger = agreement(SENDER, THIRD)
    assert recipient.refuses(sender.seal(letter())[0], recipient.facts(NOW, stranger)).codes == ("seal.not_a_party",)


def test_a_file_from_the_future_is_refused(sender: Party, recipient: Party) -> None:
    times = {"created": NOW.replace(day=5), "expires": LATER}
    error = recipient.refuses(sender.seal(bundle(), **times)[0])
    assert (error.codes, error.answer) == (("seal.future",), "refusal")
    recipient.take(sender.seal(bundle(), created=NOW.replace(day=4), expires=LATER)[0])  # a wrong time zone


def test_a_file_of_long_ago_is_refused_whatever_it_says_of_its_end(sender: Party, recipient: Party) -> None:
    """A turned sender, or a clock that is years behind, could else bring back what a lost ledger no longer knows."""
    year = dt.timedelta(days=366)
    times = {"created": NOW - year - dt.timedelta(seconds=1), "expires": LATER}
    old = sealed_at(sender, **times)
    error = recipient.refuses(old)
    assert (error.codes, error.answer) == (("seal.too_old",), "refusal")
    recipient.take(sealed_at(sender, created=NOW - year, expires=LATER))


def sealed_at(sender: Party, **times: dt.datetime) -> bytes:
    """By the keys of today: the card may hold none for so old a day."""
    ours = identity(RECIPIENT)
    parts = Parts.of(sender.seal(bundle())[0], ours)
    text = {key: f"{moment:%Y-%m-%dT%H:%M:%SZ}" for key, moment in times.items()}
    mtime = int(times["created"].timestamp())
    payload = archive(*(member(each.path, each.content, mtime) for each in MEMBERS))
    older = replace(parts.saying(**text), mtime=mtime, payload=payload)
    return older.signed(sender.identity.signing_key(DAY)).written(for_(ours))


def test_what_is_refused_by_its_front_costs_little_to_read(outsider: Party, recipient: Party) -> None:
    import io

    from exchange.bundle.parcel import Member
    from exchange.seal.opening import open_sealed
    from exchange.seal.refusals import OpeningError

    class Counting(io.BytesIO):
        given = 0

        def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
            size = super().readinto(buffer)
            self.given += size
            return size

    large = replace(bundle(1, (Member("a", bytes(6_000_000)),)), sender=THIRD)
    source = Counting(outsider.seal(large)[0])
    with pytest.raises(OpeningError):
        open_sealed(source, recipient.identity, recipient.cards, recipient.facts())
    assert 0 < source.given <= 4 * 65536


def test_refusals_repeat_nothing_that_the_file_says(sender: Party, recipient: Party) -> None:
    """A forged file must not put words onto an officer's screen."""
    words = "call-081234567890"
    plain = archive(member(words, words.encode()))
    errors = [recipient.refuses(locked(plain, for_(recipient.identity)))]
    parts = Parts.of(sender.seal(bundle())[0], recipient.identity)
    for changed in (
        replace(parts, envelope=words.encode()).signed(identity(THIRD).signing_key(DAY)),
        parts.saying(sender=words).signed(identity(THIRD).signing_key(DAY)),
        parts.saying(kind=words).signed(identity(THIRD).signing_key(DAY)),
        replace(parts, signature=sign(identity(THIRD).signing_key(DAY), words, parts.sums).encode()),
    ):
        errors.append(recipient.refuses(changed.written(for_(recipient.identity))))
    for error in errors:
        assert error.answer == "silence"
        for problem in error.problems:
            assert words not in problem.what + problem.where + problem.hint
