"""Somebody signs with a key that was lost, or whose days are over: judged by when the file came here."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from seal.forging import Parts, for_
from seal.parties import DAY, NOW, RECIPIENT, SENDER, Party, bundle, letter, party

from exchange.keyring.card import issue_card
from exchange.keyring.identity import rotate
from exchange.keyring.shapes import RevokedKey


@pytest.fixture
def sender(tmp_path: Path) -> Party:
    return party(SENDER, tmp_path, RECIPIENT)


@pytest.fixture
def recipient(tmp_path: Path) -> Party:
    return party(RECIPIENT, tmp_path, SENDER)


def revoke(recipient: Party, lost: RevokedKey) -> None:
    file = recipient.cards.folder / f"{SENDER}.trust.json"
    file.write_text(file.read_text().replace('"revoked_keys":[]', f'"revoked_keys":[{lost.model_dump_json()}]'))


def test_a_file_signed_with_a_revoked_key_is_put_aside_unless_it_came_before(sender: Party, recipient: Party) -> None:
    file, _sealed = sender.seal(bundle())
    key = sender.identity.signing_key(DAY).verify_key.openssh()
    revoke(recipient, RevokedKey(use="signing", key=key, since=NOW + dt.timedelta(hours=1), reason="lost"))
    error = recipient.refuses(file, recipient.facts(NOW + dt.timedelta(hours=1)))
    assert (error.codes, error.answer) == (("seal.revoked_key",), "silence")
    assert recipient.open(file).envelope.sender == SENDER


def test_a_letter_signed_with_the_root_itself_counts_while_the_signing_key_does_not(
    sender: Party, recipient: Party
) -> None:
    key = sender.identity.signing_key(DAY).verify_key.openssh()
    revoke(recipient, RevokedKey(use="signing", key=key, since=NOW - dt.timedelta(days=1), reason="lost"))
    assert recipient.refuses(sender.seal(letter())[0]).codes == ("seal.revoked_key",)
    assert recipient.open(sender.seal(letter(kind="revocation", agreement=None))[0]).envelope.kind == "revocation"


def test_a_key_whose_days_are_over_signs_nothing_that_counts(sender: Party, recipient: Party) -> None:
    (own,) = sender.identity.signing_keys
    over = replace(sender.identity, signing_keys=(replace(own, not_after=NOW.date() - dt.timedelta(days=1)),))
    recipient.cards.add(issue_card(over, NOW.date(), previous=issue_card(over, NOW.date())), NOW.date())
    error = recipient.refuses(sender.seal(bundle())[0])
    assert (error.codes, error.answer) == (("seal.expired_key",), "silence")


def test_a_key_that_the_confirmed_card_does_not_hold_is_nobodys(sender: Party, recipient: Party) -> None:
    stranger = replace(sender, identity=rotate(sender.identity, DAY))
    error = recipient.refuses(stranger.seal(bundle())[0])
    assert (error.codes, error.answer) == (("seal.wrong_signer",), "silence")


def test_the_root_signs_cards_and_revocations_alone_and_signing_keys_nothing_of_these(
    sender: Party, recipient: Party
) -> None:
    """Whoever stole a signing key brings no card, and a root that lies in a safe signs nothing that leaves daily."""
    key, root, daily = for_(recipient.identity), sender.identity.root, sender.identity.signing_key(DAY)
    for parcel, right, wrong in (
        (bundle(), daily, root),
        (letter(), daily, root),
        (letter(kind="card", agreement=None), root, daily),
        (letter(kind="revocation", agreement=None), root, daily),
    ):
        parts = Parts.of(sender.seal(parcel)[0], recipient.identity)
        error = recipient.refuses(parts.signed(wrong).written(key))
        assert (error.codes, error.answer) == (("seal.wrong_signer",), "silence")
        assert recipient.open(parts.signed(right).written(key)).parcel == parcel
