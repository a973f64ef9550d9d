"""Keys that come and go: a month's encryption keys, a year's signing keys, the root apart from both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.crypto.allowed_signers import revoked_keys
from exchange.crypto.signing import SigningKey
from exchange.errors import KeyringError
from exchange.keyring.card import issue_card, read_card
from exchange.keyring.card_book import CardBook
from exchange.keyring.identity import Identity, new_identity, renewed, rotate, with_root
from exchange.keyring.identity_file import load_identity, save_identity
from exchange.keyring.known_card import KnownCard, Trust
from exchange.keyring.own_keys import KEPT_AFTER, MONTHS_AHEAD, SIGNING_DAYS, with_missing_months
from exchange.keyring.people import certify
from exchange.keyring.shapes import Person, RevokedKey
from exchange.keyring.signers_file import signers_file

Make = Callable[[str], Identity]
DAY = dt.date(2026, 9, 1)
PASSPHRASE = "bulan madu kapal kertas biru"
NOON = dt.time(12, tzinfo=dt.UTC)
days = st.dates(dt.date(2026, 1, 1), dt.date(2199, 1, 1))


def refusal(identity: object) -> tuple[str, ...]:
    assert callable(identity)
    with pytest.raises(KeyringError) as caught:
        identity()
    return caught.value.codes


def known(identity: Identity, on: dt.date = DAY, *revoked: RevokedKey) -> KnownCard:
    signed = issue_card(identity, on)
    return KnownCard(signed, Trust(root=signed.card.fingerprint, first_seen=on, confirmed_on=on, revoked_keys=revoked))


@given(days)
def test_every_day_of_the_months_ahead_has_exactly_one_key(on: dt.date) -> None:
    keys = with_missing_months((), on)
    assert len(keys) == MONTHS_AHEAD + 1
    last = max(key.not_after for key in keys)
    assert (last - on).days >= 30 * MONTHS_AHEAD - 2
    assert (last + dt.timedelta(days=1)).day == 1
    for later in range((last - on).days + 1):
        day = on + dt.timedelta(days=later)
        assert sum(key.not_before <= day <= key.not_after for key in keys) == 1


@given(days, st.integers(0, 400))
def test_renewing_adds_what_is_missing_and_touches_nothing_else(on: dt.date, later: int) -> None:
    before = with_missing_months((), on)
    day = on + dt.timedelta(days=later)
    after = with_missing_months(before, day)
    assert after[: len(before)] == before
    assert with_missing_months(after, day) == after
    assert len({key.label for key in after}) == len(after)


def test_a_renewed_identity_has_the_months_to_come_and_is_the_same_until_the_next_month(make: Make) -> None:
    identity = make("yks")
    assert renewed(identity, DAY) == identity
    assert renewed(identity, dt.date(2026, 9, 30)) == identity
    october = renewed(identity, dt.date(2026, 10, 1))
    assert [key.label for key in october.encryption_keys] == ["2026-09", "2026-10", "2026-11", "2026-12", "2027-01"]
    assert october.signing_keys == identity.signing_keys
    published = issue_card(october, dt.date(2026, 10, 1)).card.encryption_keys
    assert [key.not_before.month for key in published] == [10, 11, 12, 1]


def test_the_next_signing_key_is_certified_before_the_old_one_ends_and_both_count_meanwhile(make: Make) -> None:
    identity = make("yks")
    end = DAY + dt.timedelta(days=SIGNING_DAYS)
    assert len(renewed(identity, end - dt.timedelta(days=61)).signing_keys) == 1
    day = end - dt.timedelta(days=59)
    after = renewed(identity, day)
    old, new = after.signing_keys
    assert after.signing_key(day) == old.secret, "partners do not have the card yet"
    assert after.signing_key(day + dt.timedelta(days=14)) == new.secret
    card = known(after, day)
    for key in (old, new):
        assert card.objection(key.secret.verify_key, dt.datetime.combine(day, NOON)) == ""
    assert card.objection(old.secret.verify_key, dt.datetime.combine(end + dt.timedelta(days=1), NOON)) == "expired"
    assert refusal(lambda: identity.signing_key(end + dt.timedelta(days=1))) == ("identity.no_signing_key",)


def test_old_months_are_forgotten_only_where_that_is_switched_on(make: Make) -> None:
    identity = make("yks")
    end = dt.date(2026, 9, 30) + KEPT_AFTER
    for day, kept in ((end, True), (end + dt.timedelta(days=1), False)):
        forgetful = renewed(replace(identity, forgets=True), day)
        assert ("2026-09" in {key.label for key in forgetful.encryption_keys}) is kept
        assert "2026-09" in {key.label for key in renewed(identity, day).encryption_keys}


def test_after_rotation_nothing_is_encrypted_for_or_signed_by_the_old_keys(make: Make) -> None:
    before, day = make("yks"), dt.date(2026, 9, 15)
    after = rotate(before, day)
    assert not {*before.published_keys(day)} & {*after.published_keys(day)}
    assert after.signing_key(day) not in [key.secret for key in before.signing_keys]
    card = known(after, day)
    assert card.objection(before.signing_key(day).verify_key, dt.datetime.combine(day, NOON)) == ""
    assert set(before.opening_keys) < set(after.opening_keys)


def test_a_revoked_key_counts_for_what_came_before_and_for_nothing_after(make: Make) -> None:
    identity, since = make("yks"), dt.datetime(2026, 9, 10, 12, tzinfo=dt.UTC)
    signing, encryption = identity.signing_key(DAY).verify_key, identity.published_keys(DAY)[0]
    revoked = (
        RevokedKey(use="signing", key=signing.openssh(), since=since, reason="lost"),
        RevokedKey(use="encryption", key=encryption.digest, since=since, reason="lost"),
    )
    card = known(identity, DAY, *revoked)
    assert card.objection(signing, since - dt.timedelta(seconds=1)) == ""
    assert card.objection(signing, since) == "revoked"
    assert refusal(lambda: card.recipient(dt.date(2026, 9, 20))) == ("card.expired",)
    assert card.recipient(dt.date(2026, 10, 2)) == identity.encryption_keys[1].secret.recipient


def test_ssh_keygen_gets_every_revoked_key_that_signs(make: Make, tmp_path: Path) -> None:
    book = CardBook(tmp_path)
    identity = make("yks")
    book.add(issue_card(identity, DAY), DAY)
    key = identity.signing_key(DAY).verify_key
    since = dt.datetime(2026, 9, 10, 12, tzinfo=dt.UTC)
    lost = RevokedKey(use="signing", key=key.openssh(), since=since, reason="lost")
    trust = tmp_path / "yks.trust.json"
    text = trust.read_text().replace('"revoked_keys":[]', f'"revoked_keys":[{lost.model_dump_json()}]')
    trust.write_text(text)
    assert book.revoked() == (key,)
    assert key.openssh() in revoked_keys(book.revoked())


def test_the_line_of_a_signing_key_has_its_days_and_what_leaves_daily(make: Make) -> None:
    root, signing = signers_file([issue_card(make("yks"), DAY)]).splitlines()
    assert "card/v1" in root
    assert "valid-before" not in root
    assert 'namespaces="data-sharing-exchange/bundle/v1,data-sharing-exchange/letter/v1' in signing
    assert "card/v1" not in signing
    assert 'valid-after="20260901000000Z",valid-before="20271007000000Z"' in signing


def test_without_its_root_an_identity_signs_and_opens_and_certifies_nothing(make: Make, tmp_path: Path) -> None:
    whole, path = make("yks"), tmp_path / "identity.age"
    save_identity(replace(whole, root_apart=True), path, PASSPHRASE, work_factor=4)
    daily = load_identity(path, PASSPHRASE)
    assert daily.held_root is None
    assert (daily.fingerprint(), daily.signing_key(DAY)) == (whole.fingerprint(), whole.signing_key(DAY))
    assert (daily.key_for("store"), daily.log) == (whole.key_for("store"), whole.log)
    assert refusal(lambda: issue_card(daily, DAY)) == ("identity.root_apart",)
    assert renewed(daily, dt.date(2026, 12, 1)) == daily
    brought = with_root(daily, whole.root)
    assert read_card(issue_card(brought, DAY).to_bytes()).card.root_key == whole.root_key
    save_identity(brought, path, PASSPHRASE, work_factor=4)
    assert load_identity(path, PASSPHRASE).held_root is None
    assert refusal(lambda: with_root(daily, SigningKey.generate())) == ("identity.other_root",)


def test_a_recovered_root_brings_back_the_log_and_what_was_locked(make: Make) -> None:
    before = make("yks")
    again = new_identity("yks", before.names, before.contact, DAY, root=before.root)
    assert (again.log, again.key_for("store")) == (before.log, before.key_for("store"))
    assert again.signing_keys != before.signing_keys
    assert again.encryption_keys != before.encryption_keys


def test_one_key_never_serves_two_uses(make: Make) -> None:
    identity = make("yks")
    with pytest.raises(ValueError, match="two uses"):
        issue_card(replace(identity, log=identity.root), DAY)
    for ours in identity.own_keys:  # whoever has the organisation's passphrase is thereby none of its people
        person = Person(
            id="officer.1", name="Orang", roles=("approve",), key=ours.openssh(), not_before=DAY, not_after=DAY
        )
        assert refusal(lambda person=person: certify(identity, person)) == ("person.same_key",)
        with pytest.raises(ValueError, match="two uses"):
            issue_card(replace(identity, people=(person,)), DAY)
