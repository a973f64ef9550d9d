"""Two parties that never telephoned trust each other for a time, by the word of a coordinator whom both called."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest
from cli.organisations import PASSPHRASE, Desk, files_of, founded
from cli.town import AGREEMENT, FOUNDED, SENDER, Town

from exchange.keyring.identity_file import load_identity, save_identity

COORDINATOR, PARTNER = "gt-ntt", "io-id"
NETWORK = "ntt"
NEW = ("card", "directory", "new", "--network", NETWORK, "--out")
TRUST = ("card", "directory", "trust", COORDINATOR, "--network", NETWORK)
TAKE = ("card", "directory", "take")
PACK = ("-a", AGREEMENT, "-p", "2026-09", "--to", PARTNER, "--note", "-")


@pytest.fixture
def apart(town: Town) -> Town:
    """The sender and one recipient do not know each other; the coordinator knows both."""
    town.sender.workspace.cards.forget(PARTNER)
    town.recipient(PARTNER).workspace.cards.forget(SENDER)
    return town


def issued(town: Town, name: str = "ntt.directory.json", *options: str) -> Path:
    file = town.folder / name
    town.recipient(COORDINATOR).does(*NEW, file, *options)
    return file


def trusted_in_log(desk: Desk) -> dict[str, str]:
    found = desk.office(dt.datetime(2026, 10, 5, tzinfo=dt.UTC)).entries(NETWORK, "card.trusted")
    return {str(each.counterpart): str(each.key) for each in found}


def test_a_bundle_goes_to_a_party_whom_only_the_coordinator_has_called(apart: Town) -> None:
    sender, partner = apart.sender, apart.recipient(PARTNER)
    assert sender.run("pack", apart.workbook, *PACK, stdin="-").codes == ["card.unknown"]
    file = issued(apart)
    assert sender.run(*TAKE, file).codes == ["directory.not_trusted"]
    for desk in (sender, partner):
        desk.does(*TRUST)
        desk.does(*TAKE, file)
    root = partner.workspace.own.card().card.fingerprint
    assert trusted_in_log(sender) == {PARTNER: root}, "whose own words were read is not trusted anew"
    assert f"{COORDINATOR} vouches for it until 2027-01-03" in sender.does("card", "show", PARTNER)

    sender.does("pack", apart.workbook, *PACK, stdin="-")
    sender.approves()
    sender.does("deliver", "--to-folder", apart.stick)
    said = partner.run("receive", "--from-folder", apart.stick)
    assert said.status == 0, said
    assert [each["state"] for each in partner.run("status", "--json").json["inbox"]] == ["done"]

    late = sender.at("2027-01-04T09:00:00+08:00")
    assert late.run("pack", apart.workbook, *PACK, "--corrects", stdin="-").codes == ["card.vouched_no_more"]


def test_directories_are_numbered_and_none_comes_back(apart: Town) -> None:
    first, second = issued(apart, "first.json"), issued(apart, "second.json", "--days", "10")
    assert [json.loads(file.read_bytes())["directory"]["version"] for file in (first, second)] == [1, 2]
    assert apart.recipient(COORDINATOR).run(*NEW, first).codes == ["usage.file_there"]
    sender = apart.sender
    sender.does(*TRUST)
    sender.does(*TAKE, second)
    before = files_of(sender.folder)
    assert sender.run(*TAKE, first).codes == ["directory.rolled_back"]
    assert files_of(sender.folder) == before
    shown = sender.run("card", "directory", "show", "--json").json["trusted"]
    assert [(each["coordinator"], each["taken"]["version"]) for each in shown] == [(COORDINATOR, 2)]
    assert PARTNER in sender.does("card", "directory", "show")
    sender.does("card", "directory", "distrust", "--network", NETWORK)
    assert "not confirmed" in sender.does("card", "show", PARTNER)


def test_status_says_to_both_that_a_directory_runs_out(apart: Town) -> None:
    file = issued(apart, "short.json", "--days", "20")
    apart.sender.does(*TRUST)
    apart.sender.does(*TAKE, file)
    for desk, advice in ((apart.sender, f"ask {COORDINATOR}"), (apart.recipient(COORDINATOR), "make the next one")):
        assert "directory.runs_out" not in desk.run("status").err
        late = desk.at("2026-10-20T09:00:00+08:00").run("status").err
        assert "the directory of cards of ntt expires on 2026-10-25" in late
        assert advice in late


def test_another_root_in_a_directory_is_said_and_the_rest_is_taken(apart: Town, tmp_path: Path) -> None:
    coordinator, sender = apart.recipient(COORDINATOR).workspace, apart.sender
    false = founded(tmp_path, "dinas-p3a", FOUNDED).workspace.own.card()
    coordinator.cards.forget("dinas-p3a")
    coordinator.cards.add(false, FOUNDED)
    coordinator.cards.confirm("dinas-p3a", FOUNDED)
    sender.does(*TRUST)
    file = issued(apart)
    dry = sender.run(*TAKE, file, "--dry-run")
    assert dry.status == 0
    assert "card.other_root" in dry.err
    said = sender.run("--json", *TAKE, file)
    assert (said.status, [each["code"] for each in said.json["problems"]]) == (4, ["card.other_root"])
    assert PARTNER in said.json["new"]
    known = sender.workspace.cards.find("dinas-p3a")
    assert known
    assert known.signed == apart.recipient("dinas-p3a").workspace.own.card()


def test_dry_runs_change_nothing(apart: Town) -> None:
    coordinator, sender = apart.recipient(COORDINATOR), apart.sender
    out = apart.folder / "never.json"
    before = files_of(coordinator.folder / "own")
    coordinator.does(*NEW, out, "--dry-run")
    assert files_of(coordinator.folder / "own") == before
    assert not out.exists()
    file = issued(apart)
    sender.does(*TRUST, "--dry-run")
    assert sender.run(*TAKE, file).codes == ["directory.not_trusted"]
    sender.does(*TRUST)
    cards = files_of(sender.folder / "cards")
    sender.does(*TAKE, file, "--dry-run")
    sender.does("card", "directory", "distrust", "--network", NETWORK, "--dry-run")
    assert files_of(sender.folder / "cards") == cards


def test_a_directory_needs_the_root_key_and_a_networks_name(apart: Town) -> None:
    coordinator = apart.recipient(COORDINATOR)
    out = apart.folder / "out.json"
    assert coordinator.run("card", "directory", "new", "--network", "../x", "--out", out).codes == [
        "directory.malformed"
    ]
    trust = apart.sender.run("card", "directory", "trust", COORDINATOR, "--network", "../x")
    assert trust.codes == ["directory.malformed"]
    file = coordinator.workspace.identity_file
    identity = load_identity(file, PASSPHRASE)
    save_identity(replace(identity, root_apart=True), file, PASSPHRASE, work_factor=10)
    assert coordinator.run(*NEW, out).codes == ["identity.root_apart"]
    assert not out.exists()
