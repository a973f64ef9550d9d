"""A network's secret is taken only from a party whose words were read, and never in the place of one that is here
unless a person says so: whoever gives us a secret of its own making can try every number against our tokens."""

from __future__ import annotations

import datetime as dt

import pytest
from cli.organisations import PACKING, Desk, founded
from cli.test_partners_who_turn import codes, told
from cli.town import FOUNDED, SENDER, Town

from exchange.bundle.letters import NetworkSecretLetter
from exchange.office import Office
from exchange.registers import network_secret
from exchange.taking_in import Taken

NOW = dt.datetime.fromisoformat(PACKING).astimezone(dt.UTC)


@pytest.fixture
def sender(town: Town) -> Office:
    return town.sender.office(NOW)


@pytest.fixture
def helper(town: Town) -> Desk:
    """A party of no agreement of ours, that believes us."""
    made = founded(town.folder, "helper", FOUNDED)
    made.workspace.cards.add(town.sender.workspace.own.card(), FOUNDED)
    made.workspace.cards.confirm(SENDER, FOUNDED)
    return made


def gives(town: Town, helper: Desk, sender: Office, epoch: str, secret: str = "00" * 32) -> Taken:
    body = NetworkSecretLetter(kind="network_secret", network="ntt", epoch=epoch, secret=secret)
    return told(town, helper.office(NOW), sender, body, None)


def confirmed(town: Town, helper: Desk) -> None:
    town.sender.workspace.cards.add(helper.workspace.own.card(), FOUNDED)
    town.sender.workspace.cards.confirm("helper", FOUNDED)


def epoch(sender: Office) -> str:
    secret = network_secret(sender, "ntt")
    assert secret is not None
    return secret.epoch


def test_a_coordinators_word_is_not_enough_for_a_secret(town: Town, sender: Office, helper: Desk) -> None:
    """Not even the word of one that vouches for another network."""
    coordinator = town.recipient("gt-ntt")
    coordinator.does("card", "add", helper.card)
    coordinator.workspace.cards.confirm("helper", FOUNDED)
    file = town.folder / "training.directory.json"
    coordinator.does("card", "directory", "new", "--network", "training-2026", "--out", file)
    town.sender.does("card", "directory", "trust", "gt-ntt", "--network", "training-2026")
    town.sender.does("card", "directory", "take", file)
    known = town.sender.workspace.cards.known("helper")
    assert known.believed(NOW.date())
    assert not known.confirmed

    taken = gives(town, helper, sender, "2027")
    assert (taken.outcome, codes(taken)) == ("quarantined", ("network.giver_unconfirmed",))
    assert epoch(sender) == "2026"
    assert town.sender.run("network", "share", "helper").codes == ["card.unconfirmed"]
    assert town.sender.run("network", "accept", "helper").codes == ["card.unconfirmed"]


def test_another_giver_waits_until_a_person_accepts_it(town: Town, sender: Office, helper: Desk) -> None:
    confirmed(town, helper)
    taken = gives(town, helper, sender, "2027")
    assert (taken.outcome, codes(taken)) == ("quarantined", ("network.other_giver",))
    assert "exchange network accept helper" in taken.problems[0].hint
    assert epoch(sender) == "2026"

    town.sender.does("network", "accept", "helper", "--dry-run")
    town.sender.run("receive", "--again")
    assert epoch(sender) == "2026"
    town.sender.does("network", "accept", "helper")
    assert epoch(sender) == "2026"
    town.sender.does("receive", "--again")
    assert epoch(sender) == "2027"
    assert gives(town, helper, sender, "2028").outcome == "heeded"
    assert epoch(sender) == "2028"


def test_the_secret_that_is_here_may_come_again_from_another(town: Town, sender: Office, helper: Desk) -> None:
    confirmed(town, helper)
    secret = network_secret(sender, "ntt")
    assert secret is not None
    assert gives(town, helper, sender, "2026", secret.secret.hex()).outcome == "heeded"
    assert codes(gives(town, helper, sender, "2027")) == ("network.other_giver",)


def test_the_first_secret_is_taken_from_whose_words_were_read(town: Town, sender: Office, helper: Desk) -> None:
    confirmed(town, helper)
    sender.workspace.registers.network_file.unlink()
    assert town.sender.run("network", "accept", "helper").codes == ["network.no_secret"]
    assert gives(town, helper, sender, "2026").outcome == "heeded"
    assert gives(town, helper, sender, "2027").outcome == "heeded"


def test_who_receives_is_never_accepted(town: Town) -> None:
    assert town.sender.run("network", "accept", "gt-ntt").codes == ["network.not_a_sender"]
