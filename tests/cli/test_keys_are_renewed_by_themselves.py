"""Keys are renewed without anybody thinking of it; partners learn of them by letter; the root may lie in a safe."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from cli.organisations import PASSPHRASE, Desk
from cli.town import AGREEMENT, FOUNDED, RECIPIENTS, SENDER, Town

from exchange.keyring.card import Card, issue_card
from exchange.keyring.identity_file import load_identity, save_identity
from exchange.posting import post_letter

OCTOBER = "2026-10-05T09:00:00+08:00"
SIGNED_AGAIN = "2026-10-06"


@pytest.fixture(scope="module")
def _until_november(_one_town: Town, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """The sender's card ends with November, as it does where `exchange init` ran in August."""
    made = _one_town.copied(tmp_path_factory.mktemp("november") / "town")
    workspace = made.sender.workspace
    identity = load_identity(workspace.identity_file, PASSPHRASE)
    short = replace(identity, encryption_keys=identity.encryption_keys[:4])
    save_identity(short, workspace.identity_file, PASSPHRASE, work_factor=10)
    card = issue_card(short, FOUNDED, previous=workspace.own.card())
    workspace.own.save_card(card)
    for party in RECIPIENTS:
        made.recipient(party).workspace.cards.add(card, FOUNDED)
    return made


@pytest.fixture
def town(_until_november: Town, tmp_path: Path) -> Town:
    return _until_november.copied(tmp_path / "town")


def card_of(desk: Desk, party: str) -> Card:
    known = desk.workspace.cards.find(party)
    assert known
    assert known.confirmed
    return known.card


def labels(desk: Desk) -> list[str]:
    return [key.label for key in load_identity(desk.folder / "identity.age", PASSPHRASE).encryption_keys]


def test_delivering_renews_the_keys_and_partners_take_the_card_from_a_letter(town: Town) -> None:
    sender = town.sender.at(OCTOBER)
    before = sender.workspace.own.card().card
    sender.does("deliver", "--to-folder", town.stick)
    assert labels(sender)[-1] == "2027-01"
    after = sender.workspace.own.card().card
    assert after.serial == before.serial + 1
    for party in RECIPIENTS:
        recipient = town.recipient(party).at(OCTOBER)
        assert card_of(recipient, SENDER).serial == before.serial
        assert "heeded" in recipient.does("--json", "receive", "--from-folder", town.stick)
        assert card_of(recipient, SENDER) == after
    assert not sender.workspace.ledger.unqueued()
    sender.does("deliver", "--to-folder", town.stick)
    assert sender.workspace.own.card().card == after, "nothing is due twice in a month"
    assert all(len([*town.folder_for(party).iterdir()]) == 1 for party in RECIPIENTS)


def test_a_crash_between_card_and_letters_loses_no_letter(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    sender = town.sender.at(OCTOBER)
    with monkeypatch.context() as faults:
        faults.setattr("exchange.renewing.tell", lambda _office: 1 / 0)
        assert sender.run("deliver", "--to-folder", town.stick).status == 70
    assert labels(sender)[-1] == "2027-01"
    sender.does("deliver", "--to-folder", town.stick)
    assert {each for each in town.stick.iterdir() if each.is_dir()} == {town.folder_for(each) for each in RECIPIENTS}


def test_a_dismissed_person_is_dismissed_at_the_partners_too(town: Town) -> None:
    sender, recipient = town.sender.at(OCTOBER), town.recipient().at(OCTOBER)
    assert "director.1" in {each.id for each in card_of(recipient, SENDER).people}
    sender.does("card", "people", "dismiss", "director.1")
    sender.does("deliver", "--to-folder", town.stick)
    recipient.does("receive", "--from-folder", town.stick)
    assert "director.1" not in {each.id for each in card_of(recipient, SENDER).people}


def test_the_root_lies_in_a_safe_and_is_brought_only_to_certify(
    town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sender, stick = town.sender.at(OCTOBER), tmp_path / "root.age"
    secret = tmp_path / "root.passphrase"
    secret.touch(mode=0o600)
    secret.write_text("kata kunci di dalam brankas\n")
    monkeypatch.setenv("EXCHANGE_ROOT_PASSPHRASE_FILE", str(secret))
    fingerprint = sender.workspace.own.card().card.fingerprint
    with monkeypatch.context() as same:
        same.setenv("EXCHANGE_ROOT_PASSPHRASE_FILE", sender.environment["EXCHANGE_PASSPHRASE_FILE"])
        assert sender.run("card", "root", "--apart", stick).codes == ["passphrase.shared"]
    assert not stick.exists()
    assert sender.does("card", "root", "--apart", stick).strip() == str(stick)
    assert stick.stat().st_mode & 0o077 == 0
    assert sender.run("card", "root", "--apart", tmp_path / "again.age").codes == ["identity.root_apart"]

    packed = town.packed()  # approved, sealed and delivered without it
    assert town.recipient().at(OCTOBER).run("receive", "--from-folder", packed.parent).status == 0
    assert labels(sender)[-1] == "2026-11", "nothing new is certified"
    for command in (["card", "rotate"], ["card", "people", "dismiss", "director.1"], ["agreement", "sign", AGREEMENT]):
        assert sender.run(*command).codes == ["identity.root_apart"]
    assert "director.1" in {each.id for each in sender.workspace.own.card().card.people}

    monkeypatch.setenv("EXCHANGE_ROOT", str(stick))
    sender.does("deliver", "--to-folder", town.stick)
    assert labels(sender)[-1] == "2027-01", "it was brought, so what was due is certified"
    sender.does("card", "rotate")
    assert sender.workspace.own.card().card.fingerprint == fingerprint
    kept = load_identity(sender.folder / "identity.age", PASSPHRASE)
    assert kept.held_root is None, "it was here for a moment only"


def test_status_says_in_time_that_the_card_runs_out(town: Town) -> None:
    assert "card.runs_out" not in town.sender.at("2026-10-05T09:00:00+08:00").run("status").err
    late = town.sender.at("2026-11-20T09:00:00+08:00").run("status")
    assert late.status == 0
    assert "2026-11-30" in late.err


def test_whoever_forgets_deletes_a_months_key_until_it_is_switched_off(town: Town) -> None:
    sender = town.sender
    sender.does("card", "forget", "--after-month")
    sender.at("2026-11-20T09:00:00+08:00").does("deliver", "--to-folder", town.stick)
    assert labels(sender)[0] == "2026-10"
    sender.at("2026-11-20T09:00:00+08:00").does("card", "forget", "--never")
    sender.at("2027-02-20T09:00:00+08:00").run("deliver", "--to-folder", town.stick)
    assert labels(sender)[0] == "2026-10"


def test_a_card_under_another_root_is_refused_though_its_letter_is_genuine(town: Town) -> None:
    from exchange.bundle.letters import NewCard
    from exchange.keyring.identity import new_identity

    office = town.sender.office(dt.datetime.fromisoformat(OCTOBER))
    other = new_identity(SENDER, office.identity.names, office.identity.contact, FOUNDED)
    false = issue_card(other, FOUNDED, previous=office.workspace.own.card())
    post_letter(office, "gt-ntt", NewCard(kind="card", card=false.to_bytes().decode()), "ntt")
    town.sender.at("2026-09-05T09:00:00+08:00").does("deliver", "--to-folder", town.stick)
    recipient = town.recipient().at(OCTOBER)
    before = card_of(recipient, SENDER)
    said = recipient.run("receive", "--from-folder", town.stick)
    assert said.codes == ["card.other_root"]
    assert card_of(recipient, SENDER) == town.sender.workspace.own.card().card, "the true one came as well"
    assert card_of(recipient, SENDER).root == before.root
