"""`exchange passphrase`: only whoever chose it is asked no more, and only while the system's keyring answers."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from cli.organisations import PASSPHRASE, Desk, Said, files_of, founded
from crypto.vaults import Broken, PlainText, Vault, the_system_has

REMEMBER, FORGET = ("passphrase", "remember"), ("passphrase", "forget")


class Unattended(Desk):
    """A desk where no file names the passphrase, and nobody can be asked."""

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "EXCHANGE_PASSPHRASE_FILE": ""}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return founded(tmp_path, "yks", dt.date(2026, 8, 20))


@pytest.fixture
def vault() -> Iterator[Vault]:
    made = Vault()
    with the_system_has(made):
        yield made


def rotates(desk: Desk) -> Said:
    """What needs the passphrase, where there is no file of it."""
    return Unattended(desk.folder, desk.party).run("card", "rotate", "--dry-run")


def test_what_is_remembered_is_asked_no_more_until_it_is_forgotten(desk: Desk, vault: Vault) -> None:
    assert rotates(desk).codes == ["passphrase.none"]
    said = desk.run(*REMEMBER, "--json")
    (name,) = (name for _service, name in vault.kept)
    assert said.json == {"remembered": name}
    assert name == f"yks {desk.workspace.own.card().card.fingerprint}"
    assert list(vault.kept.values()) == [PASSPHRASE]
    assert rotates(desk).status == 0
    desk.does(*FORGET)
    assert not vault.kept
    assert rotates(desk).codes == ["passphrase.none"]
    assert desk.does(*FORGET) == ""


def test_only_the_passphrase_that_opens_the_identity_is_remembered(desk: Desk, vault: Vault) -> None:
    Path(desk.environment["EXCHANGE_PASSPHRASE_FILE"]).write_text("bukan yang itu sama sekali\n")
    assert desk.run(*REMEMBER).codes == ["passphrase.wrong"]
    assert not vault.kept
    assert not desk.workspace.remembered_file.exists()


def test_what_lies_there_unasked_is_never_looked_for(desk: Desk, vault: Vault) -> None:
    desk.does(*REMEMBER)
    desk.workspace.remembered_file.unlink()
    assert rotates(desk).codes == ["passphrase.none"]


def test_a_file_that_is_named_goes_first(desk: Desk, vault: Vault) -> None:
    desk.does(*REMEMBER)
    for name in vault.kept:
        vault.kept[name] = "yang lama dan tidak berlaku"
    assert desk.run("card", "rotate", "--dry-run").status == 0
    assert rotates(desk).codes == ["passphrase.wrong"]
    desk.does(*REMEMBER)  # never from the keyring itself
    assert list(vault.kept.values()) == [PASSPHRASE]


def test_a_keyring_that_protects_nothing_is_given_nothing(desk: Desk) -> None:
    before, vault = files_of(desk.folder), PlainText()
    with the_system_has(vault):
        assert desk.run(*REMEMBER).codes == ["os_keyring.unsafe"]
    assert not vault.kept
    assert files_of(desk.folder) == before


def test_a_keyring_that_fails_is_told_of_and_a_person_is_asked(desk: Desk, vault: Vault) -> None:
    desk.does(*REMEMBER)
    with the_system_has(Broken()):
        said = rotates(desk)
        assert "[os_keyring.failed]" in said.err
        assert said.codes == ["passphrase.none"]
        assert desk.run(*FORGET).codes == ["os_keyring.failed"]
    assert not desk.workspace.remembered_file.exists()
    vault.kept.clear()
    desk.does(*REMEMBER)
    vault.kept.clear()
    assert "[os_keyring.empty]" in rotates(desk).err


def test_a_name_that_others_could_have_put_there_is_not_believed(desk: Desk, vault: Vault) -> None:
    desk.does(*REMEMBER)
    desk.workspace.remembered_file.chmod(0o666)
    said = rotates(desk)
    assert "[file.not_private]" in said.err
    assert said.codes == ["passphrase.none"]


def test_the_passphrase_of_a_person_or_a_new_one_is_never_taken_from_there(desk: Desk, vault: Vault) -> None:
    desk.does(*REMEMBER)
    alone = Unattended(desk.folder, desk.party)
    with mock.patch.dict(os.environ, {"EXCHANGE_PERSON_PASSPHRASE_FILE": ""}):
        said = alone.run("card", "people", "key", desk.folder.parent / "officer.age")
    assert said.codes == ["passphrase.none"]
    other = Unattended(desk.folder.parent / "other", "other")
    names = ("--party", "other", "--name-id", "A", "--name-en", "B", "--contact", "c@d.example")
    assert other.run("init", *names).codes == ["passphrase.none"]


def test_dry_runs_change_nothing(desk: Desk, vault: Vault) -> None:
    before = files_of(desk.folder)
    desk.does(*REMEMBER, "--dry-run")
    assert (files_of(desk.folder), vault.kept) == (before, {})
    desk.does(*REMEMBER)
    before, kept = files_of(desk.folder), dict(vault.kept)
    desk.does(*FORGET, "--dry-run")
    assert (files_of(desk.folder), vault.kept) == (before, kept)
    assert PASSPHRASE.encode() not in b"".join(before.values())
