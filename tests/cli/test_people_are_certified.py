"""An organisation certifies people, each with a key of their own; whoever is dismissed may do nothing any more."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest
from cli.organisations import PASSPHRASE, THEIRS, Desk, files_of, founded
from cli.town import FOUNDED, Town

from exchange.cli import desk as desks
from exchange.cli.console import STOPPED
from exchange.errors import KeyringError
from exchange.keyring.people import Acting
from exchange.keyring.shapes import Role
from exchange.workspace.workspace import Workspace

CERTIFY = ("card", "people", "certify", "director.1", "--name", "Ibu Contoh")
DAY = dt.date(2026, 10, 5)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with typing_passphrase(tmp_path, THEIRS):
        yield founded(tmp_path, "yks", FOUNDED)


@contextmanager
def typing_passphrase(folder: Path, text: str) -> Iterator[None]:
    """The person's passphrase stands in a private file."""
    file = folder / "person.passphrase"
    file.touch(mode=0o600)
    file.write_text(text + "\n")
    with mock.patch.dict(os.environ, {"EXCHANGE_PERSON_PASSPHRASE_FILE": str(file)}):
        yield


def acting(desk: Desk, role: Role, who: str | None = "director.1", on: dt.date = DAY) -> Acting:
    return desks.acting(Workspace.open(desk.folder), role, who, on)


def refusal(desk: Desk, role: Role, who: str | None = "director.1", on: dt.date = DAY) -> tuple[str, ...]:
    with pytest.raises(KeyringError) as caught:
        acting(desk, role, who, on)
    return caught.value.codes


def test_a_person_is_certified_acts_and_is_dismissed(desk: Desk) -> None:
    said = desk.run(*CERTIFY, "--role", "open", "--role", "sign", "--json")
    assert said.status == 0, said
    card = desk.run("card", "show", "--json").json
    assert card["serial"] == 2
    assert said.json == card["people"][0]
    assert "director.1, Ibu Contoh: open, sign, until 2027-11-09" in desk.does("card", "show")
    assert acting(desk, "sign").key.verify_key.openssh() == card["people"][0]["key"]
    assert refusal(desk, "approve") == ("person.may_not",)
    assert refusal(desk, "sign", on=DAY + dt.timedelta(days=401)) == ("person.expired",)
    assert refusal(desk, "sign", None) == ("person.none",)
    desk.does("card", "people", "dismiss", "director.1")
    assert refusal(desk, "sign") == ("person.unknown",)
    assert desk.run("card", "show", "--json").json["people"] == []
    assert not list((desk.folder / "people").iterdir())
    assert desk.run("card", "people", "dismiss", "director.1").codes == ["person.unknown"]


def test_more_roles_keep_the_key_and_a_new_key_needs_a_dismissal(desk: Desk) -> None:
    desk.does(*CERTIFY, "--role", "open")
    before = acting(desk, "open")
    desk.does(*CERTIFY, "--role", "open", "--role", "review")
    assert acting(desk, "review").key == before.key
    desk.does("card", "people", "dismiss", "director.1")
    desk.does(*CERTIFY, "--role", "open")
    assert acting(desk, "open").key != before.key


def test_a_key_made_elsewhere_never_lies_in_the_workspace(desk: Desk, tmp_path: Path) -> None:
    own = tmp_path / "stick" / "director.age"
    own.parent.mkdir()
    desk.does("card", "people", "key", own)
    assert desk.run("card", "people", "key", own).codes == ["usage.file_there"]
    desk.does(*CERTIFY, "--role", "sign", "--key", f"{own}.pub")
    assert refusal(desk, "sign") == ("person.no_key",)
    with mock.patch.dict(os.environ, {"EXCHANGE_PERSON_KEY": str(own)}):
        assert acting(desk, "sign").person.id == "director.1"
        desk.does(*CERTIFY[:3], "director.2", *CERTIFY[4:], "--role", "sign")
        assert refusal(desk, "sign", "director.2") == ("person.other_key",)
    assert desk.run(*CERTIFY[:3], "x", *CERTIFY[4:], "--role", "sign", "--key", f"{own}.pub").codes == [
        "person.same_key"
    ]
    assert desk.run(*CERTIFY, "--role", "sign", "--key", own).codes == ["usage.key"]


def test_a_person_needs_a_passphrase_that_is_not_the_organisations(desk: Desk, tmp_path: Path) -> None:
    before = files_of(desk.folder)
    with typing_passphrase(tmp_path, PASSPHRASE):
        assert desk.run(*CERTIFY, "--role", "open").codes == ["passphrase.shared"]
    with typing_passphrase(tmp_path, "pendek"):
        assert desk.run(*CERTIFY, "--role", "open").codes == ["passphrase.weak"]
    assert files_of(desk.folder) == before
    with typing_passphrase(tmp_path, THEIRS):
        desk.does(*CERTIFY, "--role", "open")
    with typing_passphrase(tmp_path, "bukan kata-kata yang itu"):
        assert refusal(desk, "open") == ("passphrase.wrong",)


def test_the_passphrase_is_asked_twice_of_the_person_alone(desk: Desk) -> None:
    replies = [
        ("passphrase: ", PASSPHRASE),
        ("passphrase of director.1: ", THEIRS),
        ("the same passphrase again: ", THEIRS),
    ]
    with mock.patch.dict(os.environ, {"EXCHANGE_PERSON_PASSPHRASE_FILE": ""}):
        status, screen = desk.talk(*CERTIFY, "--role", "open", replies=replies)
    assert status == 0, screen
    assert THEIRS not in screen
    assert acting(desk, "open").person.name == "Ibu Contoh"


def test_names_and_roles_that_no_card_could_hold_are_refused(desk: Desk) -> None:
    for who, name in (("../x", "A"), ("Director", "A"), ("d", "A\u202eB"), ("d", "")):
        said = desk.run("card", "people", "certify", who, "--name", name, "--role", "open")
        assert said.codes == ["person.malformed"], (who, name, said)
    assert desk.run(*CERTIFY, "--role", "root").status == 2
    assert desk.run(*CERTIFY).status == 2


def test_dry_runs_change_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.does(*CERTIFY, "--role", "open")
    before = files_of(tmp_path)
    desk.does(*CERTIFY[:3], "director.2", *CERTIFY[4:], "--role", "open", "--dry-run")
    desk.does("card", "people", "dismiss", "director.1", "--dry-run")
    desk.does("card", "people", "key", tmp_path / "new.age", "--dry-run")
    assert files_of(tmp_path) == before


@pytest.mark.parametrize("step", ["save_person_key", "save_identity", "save_own_card"])
def test_a_crash_at_any_step_is_mended_by_the_same_command(
    desk: Desk, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = {
        "save_person_key": "exchange.keyring.people.save_person_key",
        "save_identity": "exchange.renewing.save_identity",
        "save_own_card": "exchange.workspace.own.Own.save_card",
    }

    def crash(*_arguments: object) -> None:
        raise KeyboardInterrupt

    for command in ((*CERTIFY, "--role", "open"), ("card", "people", "dismiss", "director.1")):
        if command[2] == "dismiss" and step == "save_person_key":
            continue  # it saves none
        with monkeypatch.context() as breaking:
            breaking.setattr(places[step], crash)
            assert desk.run(*command).status == STOPPED
        desk.does(*command)
        if command[2] == "certify":
            assert acting(desk, "open").person.id == "director.1"
        else:
            assert refusal(desk, "open") == ("person.unknown",)


def test_every_log_says_who_was_certified_and_dismissed(town: Town, tmp_path: Path) -> None:
    with typing_passphrase(tmp_path, THEIRS):
        town.packed()
        key = town.sender.run(*CERTIFY, "--role", "approve", "--json").json["key"]
        town.sender.does("card", "people", "dismiss", "director.1")
    entries = town.sender.run("audit", "entries", "--json").json
    noted = [each for each in entries if each["kind"].startswith("person.") and each["person"] == "director.1"]
    assert [each["kind"] for each in noted] == ["person.certified", "person.dismissed"], key
    assert noted[0]["codes"] == ["approve"]
    assert noted[0]["until"] > noted[0]["time"]
