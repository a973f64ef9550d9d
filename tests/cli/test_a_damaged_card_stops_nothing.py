"""One file that cannot be read is said where people look, and everything that concerns others goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.organisations import Desk, files_of, founded
from cli.town import FOUNDED, Town


@pytest.fixture
def two(tmp_path: Path) -> tuple[Desk, Desk]:
    ours, theirs = founded(tmp_path, "yks", FOUNDED), founded(tmp_path, "gt-ntt", FOUNDED)
    ours.does("card", "add", theirs.card)
    return ours, theirs


def spoiled(desk: Desk, party: str) -> None:
    (desk.folder / "cards" / f"{party}.card.json").write_text("{")


def words(desk: Desk, party: str) -> str:
    return desk.does("card", "words", party).strip()


def test_one_damaged_card_stops_no_command(town: Town) -> None:
    desk = town.sender
    spoiled(desk, "dinas-p3a")
    for command in (["status"], ["card", "list"], ["card", "export", town.folder / "public"]):
        said = desk.run(*command)
        assert said.status == 0, said
        assert "card.damaged" in said.err
    for command in (["receive"], ["deliver", "--to-folder", town.stick], ["card", "directory", "show"]):
        assert desk.run(*command).status == 0, command
    assert desk.run("card", "show", "dinas-p3a").codes == ["card.damaged"]
    assert "gt-ntt" in (town.folder / "public" / "allowed_signers").read_text()
    assert "dinas-p3a" not in (town.folder / "public" / "allowed_signers").read_text()

    desk.does("card", "revoke", "dinas-p3a")
    before = files_of(desk.folder / "cards")
    desk.does("card", "forget", "dinas-p3a", "--dry-run")
    assert files_of(desk.folder / "cards") == before
    desk.does("card", "forget", "dinas-p3a")
    assert "card.damaged" not in desk.run("status").err
    assert desk.run("card", "forget", "dinas-p3a").codes == ["card.unknown"]


def test_a_card_that_is_forgotten_is_confirmed_anew(two: tuple[Desk, Desk]) -> None:
    ours, theirs = two
    ours.does("card", "words", "gt-ntt", "--confirmed", words(ours, "gt-ntt"))
    spoiled(ours, "gt-ntt")
    said = ours.run("card", "add", theirs.card)
    assert said.codes == ["card.damaged"]
    assert "exchange card forget gt-ntt" in said.err
    ours.does("card", "forget", "gt-ntt")
    ours.does("card", "add", theirs.card)
    assert ours.run("card", "list", "--json").json[0]["confirmed_on"] is None


def test_one_thing_is_forgotten_at_a_time(two: tuple[Desk, Desk]) -> None:
    ours, _theirs = two
    for words in ([], ["gt-ntt", "--after-month"]):
        assert ours.run("card", "forget", *words).codes == ["usage.forget"]


def test_a_dry_run_makes_the_checks_of_the_book_too(two: tuple[Desk, Desk], tmp_path: Path) -> None:
    ours, theirs = two
    first = tmp_path / "first.json"
    first.write_bytes(theirs.card.read_bytes())
    theirs.does("card", "rotate")
    ours.does("card", "add", theirs.card)
    impostor = founded(tmp_path / "elsewhere", "gt-ntt", FOUNDED)
    assert ours.run("card", "add", first, "--dry-run").codes == ["card.older"]
    assert ours.run("card", "add", impostor.card, "--dry-run").codes == ["card.other_root"]
    agreed = words(ours, "gt-ntt")
    ours.does("card", "revoke", "gt-ntt")
    assert ours.run("card", "words", "gt-ntt", "--confirmed", agreed, "--dry-run").codes == ["card.revoked"]
    ours.does("card", "add", impostor.card)
    assert ours.run("card", "add", theirs.card, "--dry-run").codes == ["card.other_root"]
    ours.does("card", "revoke", "gt-ntt")
    assert ours.run("card", "add", theirs.card, "--dry-run").codes == ["card.revoked"]


def test_there_are_no_numbers_of_a_party_that_is_not_known(two: tuple[Desk, Desk]) -> None:
    ours, _theirs = two
    assert ours.run("card", "numbers", "anything").codes == ["card.unknown"]
    assert json.loads(ours.does("--json", "card", "numbers", "gt-ntt"))["last"] == []
