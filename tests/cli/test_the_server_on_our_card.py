"""An organisation names its server after `init`, changes it, gives it up; partners learn of it by the usual letter."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.organisations import PASSPHRASE
from cli.town import Town

from exchange.keyring.identity_file import load_identity

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH4E0KTQXU2JrBYdkXzZGfJ7GkzRyQJRYjdsVZHQF0vD"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "ssh_host_ed25519_key.pub"
    file.write_text(f"{HOST_KEY} root@server\n")
    return file


def test_a_server_named_after_init_is_on_the_card_and_partners_get_it(town: Town, key: Path) -> None:
    recipient, sender = town.recipient(), town.sender
    assert recipient.run("--json", "card", "sftp").json == {"sftp": None}
    before = recipient.workspace.own.card().card
    said = recipient.run("card", "sftp", "box.gt-ntt.example:2222", "--host-key", key)
    assert said.status == 0, said
    assert "exchange deliver" in said.err
    after = recipient.workspace.own.card().card
    assert after.sftp is not None
    assert (after.sftp.host, after.sftp.port, after.sftp.user) == ("box.gt-ntt.example", 2222, None)
    assert after.sftp.host_key == HOST_KEY
    assert after.serial == before.serial + 1
    recipient.does("deliver", "--to-folder", town.stick)
    sender.does("receive", "--from-folder", town.stick)
    known = sender.workspace.cards.known("gt-ntt")
    assert known.confirmed
    assert known.card.sftp == after.sftp


def test_naming_the_same_server_again_makes_no_new_card(town: Town, key: Path) -> None:
    recipient = town.recipient()
    before = recipient.workspace.own.card().card
    for _time in range(2):
        recipient.does("card", "sftp", "[2001:db8::1]:22", "--host-key", key, "--user", "box", "--directory", "in/box")
    after = recipient.workspace.own.card().card
    assert after.serial == before.serial + 1
    assert after.sftp is not None
    assert (after.sftp.host, after.sftp.user, after.sftp.directory) == ("2001:db8::1", "box", "in/box")
    assert "[2001:db8::1]:22" in recipient.does("card", "sftp")


def test_a_server_that_is_given_up_leaves_the_card_and_stays_away_when_keys_are_renewed(town: Town, key: Path) -> None:
    recipient = town.recipient()
    recipient.does("card", "sftp", "box.gt-ntt.example:22", "--host-key", key)
    recipient.does("card", "rotate")
    assert recipient.workspace.own.card().card.sftp is not None
    recipient.does("card", "sftp", "--none")
    recipient.does("card", "rotate")
    assert recipient.workspace.own.card().card.sftp is None


def test_what_is_not_a_server_changes_nothing(town: Town, key: Path, tmp_path: Path) -> None:
    recipient = town.recipient()
    before = recipient.card.read_bytes()
    rubbish = tmp_path / "rubbish.pub"
    rubbish.write_text("no key")
    for arguments in (
        ("box.example:22",),
        ("box.example", "--host-key", key),
        ("box.example:0", "--host-key", key),
        ("box.example:22", "--host-key", rubbish),
        ("box.example:22", "--host-key", key, "--none"),
        ("--user", "box"),
    ):
        said = recipient.run("card", "sftp", *arguments)
        assert (said.status, said.codes) == (2, ["usage.server"]), arguments
    assert recipient.run("card", "sftp", "box.example:22", "--host-key", key, "--dry-run").status == 0
    assert recipient.card.read_bytes() == before


def test_a_root_that_lies_apart_must_be_brought(town: Town, key: Path, tmp_path: Path) -> None:
    recipient, stick = town.recipient(), tmp_path / "root.age"
    secret = tmp_path / "root.passphrase"
    secret.touch(mode=0o600)
    secret.write_text("kata kunci di dalam brankas\n")
    with pytest.MonkeyPatch.context() as variables:
        variables.setenv("EXCHANGE_ROOT_PASSPHRASE_FILE", str(secret))
        recipient.does("card", "root", "--apart", stick)
        said = recipient.run("card", "sftp", "box.example:22", "--host-key", key)
        assert said.codes == ["identity.root_apart"]
        assert recipient.workspace.own.card().card.sftp is None
        variables.setenv("EXCHANGE_ROOT", str(stick))
        recipient.does("card", "sftp", "box.example:22", "--host-key", key)
    assert recipient.workspace.own.card().card.sftp is not None
    assert load_identity(recipient.workspace.identity_file, PASSPHRASE).held_root is None
