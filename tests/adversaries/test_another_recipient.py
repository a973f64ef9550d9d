"""Another recipient: a party that got something from the sender in good faith and now turns what it could read against
somebody else, or wants what was never meant for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from seal.forging import Parts, for_, locked, unlocked
from seal.mutations import in_armor
from seal.parties import DAY, RECIPIENT, SENDER, THIRD, Party, agreement, bundle, letter, party

from exchange.bundle.parcel import Bundle, Member, Parcel
from exchange.crypto.age import Passphrase, X25519Identity
from exchange.crypto.age_header import Stanza

Network = tuple[Party, Party, Party]


@pytest.fixture
def network(tmp_path: Path) -> Network:
    """The sender, the recipient who turns, and a third party who knows the sender."""
    sender = party(SENDER, tmp_path, RECIPIENT, THIRD)
    return sender, party(RECIPIENT, tmp_path, SENDER, THIRD), party(THIRD, tmp_path, SENDER, RECIPIENT)


@pytest.mark.parametrize("parcel", [bundle(), letter()])
def test_what_one_recipient_got_and_encrypts_to_another_is_refused(network: Network, parcel: Parcel) -> None:
    sender, turned, third = network
    file, _sealed = sender.seal(parcel)
    again = locked(unlocked(file, turned.identity), for_(third.identity))
    error = third.refuses(again)
    assert (error.codes, error.answer, error.envelope) == (("seal.wrong_recipient",), "silence", None)


def test_a_readdressed_envelope_does_not_fit_its_signature(network: Network) -> None:
    sender, turned, third = network
    parts = Parts.of(sender.seal(bundle())[0], turned.identity)
    readdressed = parts.saying(recipient=THIRD, recipient_key=third.identity.fingerprint())
    assert third.refuses(readdressed.written(for_(third.identity))).codes == ("seal.sums",)
    # Signed anew with the only key that the turned recipient has, and in its own name:
    own = readdressed.signed(turned.identity.signing_key(DAY))
    assert third.refuses(own.written(for_(third.identity))).codes == ("seal.wrong_signer",)
    named = readdressed.saying(sender=RECIPIENT).signed(turned.identity.signing_key(DAY))
    both = agreement(SENDER, RECIPIENT, THIRD)
    refused = third.refuses(named.written(for_(third.identity)), third.facts(third.facts().now, both))
    assert (refused.codes, refused.answer) == (("seal.not_a_party",), "refusal")  # it signs, but is no sender


def test_parts_of_two_bundles_do_not_make_a_third(network: Network) -> None:
    sender, turned, third = network
    ours = Parts.of(sender.seal(bundle(1, (Member("data/cases.csv", b"another month"),)))[0], turned.identity)
    parcel = replace(bundle(2), recipient=THIRD)
    theirs = Parts.of(sender.seal(parcel)[0], third.identity)
    key = for_(third.identity)
    facts = third.facts(third.facts().now, agreement(SENDER, THIRD))
    assert third.refuses(replace(theirs, payload=ours.payload).written(key), facts).codes == ("seal.altered",)
    assert third.refuses(replace(theirs, signature=ours.signature).written(key)).codes == ("seal.signature",)
    assert third.refuses(replace(theirs, envelope=ours.envelope).written(key)).codes == ("seal.sums",)
    assert third.refuses(replace(ours, envelope=theirs.envelope).written(key)).codes == ("seal.sums",)


def test_a_bundle_for_another_recipient_is_not_opened(network: Network) -> None:
    sender, turned, third = network
    file, _sealed = sender.seal(replace(bundle(), recipient=THIRD))
    error = turned.refuses(file)
    assert (error.codes, error.answer) == (("seal.not_for_us",), "silence")
    assert third.open(file, third.facts(third.facts().now, agreement(SENDER, THIRD))).parcel.recipient == THIRD


@pytest.mark.parametrize(
    "way_in",
    [
        "a second hybrid key",
        "an X25519 key beside",
        "an X25519 key alone",
        "a passphrase alone",
        "a passphrase beside",
        "a stanza of no meaning",
        "the same key twice",
        "armor",
    ],
)
def test_a_file_with_another_way_in_is_refused(network: Network, way_in: str) -> None:
    """What two can open has two who can leak it, and X25519 alone is open to whoever stores it for later."""
    sender, turned, third = network
    plain = unlocked(sender.seal(bundle())[0], turned.identity)
    classic = X25519Identity.generate().recipient
    passphrase = Passphrase("bulan madu kapal kertas biru", 1)
    recipients = {
        "a passphrase alone": (passphrase,),
        "a passphrase beside": (for_(turned.identity), passphrase),
        "a stanza of no meaning": (for_(turned.identity), Grease()),
        "the same key twice": (for_(turned.identity), for_(turned.identity)),
        "armor": (for_(turned.identity),),
        "a second hybrid key": (for_(turned.identity), for_(third.identity)),
        "an X25519 key beside": (for_(turned.identity), classic),
        "an X25519 key alone": (classic,),
    }[way_in]
    file = locked(plain, *recipients)
    error = turned.refuses(in_armor(file) if way_in == "armor" else file)
    code = "seal.damaged" if way_in == "armor" else "seal.downgraded"
    assert (error.codes, error.answer) == ((code,), "silence")


class Grease:
    """A recipient that age's format tells readers to pass over."""

    post_quantum, alone = False, False

    def wrap(self, _file_key: bytes) -> Stanza:
        return Stanza(("x-grease", "a"), b"")


def test_who_took_the_recipients_name_cannot_pass_on_what_they_got(network: Network) -> None:
    """The sender was deceived about the recipient's root; the true recipient notices instead of taking it in."""
    sender, turned, third = network
    parts = Parts.of(sender.seal(bundle())[0], turned.identity)
    deceived = parts.saying(recipient_key=third.identity.fingerprint()).signed(sender.identity.signing_key(DAY))
    error = turned.refuses(deceived.written(for_(turned.identity)))
    assert (error.codes, error.answer) == (("seal.wrong_recipient_key",), "silence")


def test_an_old_bundle_encrypted_anew_is_still_a_replay(network: Network) -> None:
    sender, turned, _third = network
    file, _sealed = sender.send(bundle())
    turned.take(file)
    again = locked(unlocked(file, turned.identity), for_(turned.identity))
    assert again != file
    assert turned.refuses(again).codes == ("seal.replayed",)


def test_an_agreement_with_somebody_else_lets_nothing_in(network: Network) -> None:
    sender, turned, third = network
    file, _sealed = sender.seal(bundle())
    now = turned.facts().now
    error = turned.refuses(file, turned.facts(now, agreement(SENDER, THIRD)))
    assert (error.codes, error.answer) == (("seal.not_a_party",), "refusal")
    no_data = replace(agreement(SENDER, RECIPIENT), recipients=frozenset())  # it names us, and gives us no row
    assert turned.refuses(file, turned.facts(now, no_data)).codes == ("seal.not_a_party",)
    for changed in (SENDER, RECIPIENT):  # it names another root for the sender, or for us
        roots = {SENDER: sender.identity, RECIPIENT: turned.identity} | {changed: third.identity}
        named = frozenset((party, its.fingerprint()) for party, its in roots.items())
        error = turned.refuses(file, turned.facts(now, replace(agreement(SENDER, RECIPIENT), roots=named)))
        assert (error.codes, error.answer) == (("seal.other_root",), "refusal")


def test_another_text_of_the_agreement_is_refused(network: Network) -> None:
    sender, turned, _third = network
    known = agreement(SENDER, RECIPIENT)
    assert known.reference
    now = turned.facts().now
    for changed, code in (
        (known.reference.model_copy(update={"digest": "sha256:" + "b" * 64}), "seal.other_agreement"),
        (known.reference.model_copy(update={"version": "1.0.1"}), "seal.other_agreement"),
        (known.reference.model_copy(update={"id": "DSA-NTT-2026-02"}), "seal.unknown_agreement"),
    ):
        parcel: Bundle = replace(bundle(), agreement=changed)
        error = turned.refuses(sender.seal(parcel)[0], turned.facts(now, known))
        assert (error.codes, error.answer) == ((code,), "refusal")
