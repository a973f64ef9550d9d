"""A card that only a coordinator vouches for seals and opens while its directory counts, by the day of arrival."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from seal.parties import DAY, NOW, RECIPIENT, SENDER, Party, bundle, identity, party

from exchange.errors import KeyringError
from exchange.keyring.card import issue_card
from exchange.keyring.directory import issue_directory
from exchange.keyring.taking import keep, trust_coordinator, weigh

COORDINATOR, NETWORK = "io-id", "ntt"
LAST = NOW.date()


def introduced(name: str, other: str, folder: Path) -> Party:
    """A side that knows the other by a directory alone, which ends with the day of `NOW`."""
    made = party(name, folder, COORDINATOR)
    made.cards.keep_vouching(trust_coordinator(made.cards, COORDINATOR, NETWORK, DAY))
    cards = [issue_card(identity(each), DAY) for each in (COORDINATOR, other)]
    days = (LAST - DAY).days
    signed = issue_directory(identity(COORDINATOR), NETWORK, cards, version=1, on=DAY, days=days)
    keep(made.cards, weigh(made.cards, signed, issue_card(identity(name), DAY).card, DAY), DAY)
    return made


def test_it_opens_on_its_last_day_and_not_on_the_next(tmp_path: Path) -> None:
    sender, recipient = introduced(SENDER, RECIPIENT, tmp_path), introduced(RECIPIENT, SENDER, tmp_path)
    file, _sealed = sender.seal(bundle())
    assert recipient.open(file).parcel == bundle()
    tomorrow = recipient.facts(NOW + dt.timedelta(days=1))
    assert recipient.refuses(file, tomorrow).codes == ("seal.unconfirmed_sender",)
    with pytest.raises(KeyringError) as caught:
        sender.cards.get(RECIPIENT, LAST + dt.timedelta(days=1))
    assert caught.value.codes == ("card.vouched_no_more",)


def test_a_coordinator_that_is_revoked_takes_its_word_with_it(tmp_path: Path) -> None:
    sender, recipient = introduced(SENDER, RECIPIENT, tmp_path), introduced(RECIPIENT, SENDER, tmp_path)
    file, _sealed = sender.seal(bundle())
    recipient.cards.revoke(COORDINATOR, DAY)
    assert recipient.refuses(file).codes == ("seal.unconfirmed_sender",)
    recipient.cards.confirm(SENDER, DAY)
    assert recipient.open(file).parcel == bundle()
