"""A card is trusted only when the words agree that both sides read; what signs for it is known to ssh-keygen too."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cli.organisations import Desk, files_of, founded
from cli.town import FOUNDED, Town
from needs import needs


@pytest.fixture
def two(tmp_path: Path) -> tuple[Desk, Desk]:
    return founded(tmp_path, "yks", FOUNDED), founded(tmp_path, "gt-ntt", FOUNDED)


def test_both_sides_read_the_same_words_and_the_card_is_trusted(two: tuple[Desk, Desk]) -> None:
    ours, theirs = two
    added = ours.run("card", "add", theirs.card)
    assert "card words gt-ntt --confirm" in added.err
    theirs.does("card", "add", ours.card)
    words = ours.does("card", "words", "gt-ntt")
    assert words == theirs.does("card", "words", "yks")
    assert len(words.split()) == 8
    assert ours.run("card", "list", "--json").json[0]["confirmed_on"] is None
    ours.does("card", "words", "gt-ntt", "--confirmed", words.upper())
    assert ours.run("card", "list", "--json").json[0]["confirmed_on"] == "2026-10-05"


def test_other_words_confirm_nothing(two: tuple[Desk, Desk]) -> None:
    ours, theirs = two
    ours.does("card", "add", theirs.card)
    words = ours.does("card", "words", "gt-ntt").split()
    said = ours.run("card", "words", "gt-ntt", "--confirmed", " ".join(reversed(words)))
    assert (said.status, said.codes) == (4, ["card.words_differ"])
    for read in (" ".join(words[:7]), " ".join([*words[:7], "ovn"]), "", "yes"):  # misheard: no alarm
        said = ours.run("card", "words", "gt-ntt", "--confirmed", read)
        assert (said.status, said.codes) == (2, ["usage.words"]), read
    assert ours.run("card", "list", "--json").json[0]["confirmed_on"] is None


def test_nobody_is_asked_where_nobody_is(two: tuple[Desk, Desk]) -> None:
    ours, theirs = two
    ours.does("card", "add", theirs.card)
    assert ours.run("card", "words", "gt-ntt", "--confirm").codes == ["usage.nobody_to_ask"]


def test_an_impostors_card_is_refused_and_the_true_one_stays(two: tuple[Desk, Desk], tmp_path: Path) -> None:
    ours, theirs = two
    ours.does("card", "add", theirs.card)
    impostor = founded(tmp_path / "elsewhere", "gt-ntt", FOUNDED)
    before = files_of(ours.folder)
    said = ours.run("card", "add", impostor.card)
    assert (said.status, said.codes) == (4, ["card.other_root"])
    assert files_of(ours.folder) == before


def test_what_is_no_card_is_refused(two: tuple[Desk, Desk], tmp_path: Path) -> None:
    ours, theirs = two
    changed = tmp_path / "changed.json"
    changed.write_text(theirs.card.read_text().replace("dpo@gt-ntt", "dpo@gt-mtt"))
    assert ours.run("card", "add", changed).codes == ["card.signature"]
    assert ours.run("card", "add", tmp_path / "absent.json").codes == ["file.missing"]
    assert ours.run("card", "add", ours.card).codes == ["usage.own_card"]
    assert ours.run("card", "show", "gt-ntt").codes == ["card.unknown"]
    assert ours.run("card", "words", "gt-ntt").codes == ["card.unknown"]


def test_dry_runs_change_nothing(two: tuple[Desk, Desk]) -> None:
    ours, theirs = two
    before = files_of(ours.folder)
    ours.does("card", "add", theirs.card, "--dry-run")
    ours.does("card", "rotate", "--dry-run")
    ours.does("card", "export", "--dry-run")
    assert files_of(ours.folder) == before


def test_a_new_key_makes_a_new_card_that_others_take(two: tuple[Desk, Desk]) -> None:
    ours, theirs = two
    theirs.does("card", "add", ours.card)
    before = ours.run("card", "show", "--json").json
    said = ours.run("card", "rotate")
    assert said.status == 0, said
    after = ours.run("card", "show", "--json").json
    assert (after["serial"], after["fingerprint"]) == (before["serial"] + 1, before["fingerprint"])
    assert after["encryption_keys"] != before["encryption_keys"]
    theirs.does("card", "add", ours.card)
    assert theirs.run("card", "show", "yks", "--json").json["encryption_keys"] == after["encryption_keys"]


def test_nothing_goes_to_a_party_that_is_revoked(town: Town) -> None:
    town.sender.does("card", "revoke", "gt-ntt")
    assert "revoked since 2026-10-05" in town.sender.does("card", "show", "gt-ntt")
    said = town.sender.run("pack", town.workbook, *town.job, "--note", "-", stdin="-")
    assert (said.status, said.codes) == (4, ["card.revoked"])


@needs("ssh-keygen")
def test_ssh_keygen_knows_who_may_sign_and_who_is_revoked(town: Town, tmp_path: Path) -> None:
    known = tmp_path / "known"
    town.sender.does("card", "revoke", "io-id")
    listed = town.sender.does("card", "export", known).split()
    assert [Path(name).name for name in listed] == ["yks.card.json", "allowed_signers", "revoked"]
    signers = (known / "allowed_signers").read_text()
    ours = ["yks", "yks", "yks/director.1", "yks/data.officer.1"]  # the root, and the signing key
    others = [party for party in ("dinas-p3a", "gt-ntt", "independent-auditor") for _key in range(2)]
    named = [line.split()[0] for line in signers.splitlines()]
    theirs = {name for name in named if "/" in name and not name.startswith("yks/")}
    assert [name for name in named if name not in theirs] == [*ours, *others]
    assert theirs == {"dinas-p3a/statistician.1", "gt-ntt/data.officer.1"}
    keys = subprocess.run(["ssh-keygen", "-l", "-f", known / "revoked"], capture_output=True, text=True, check=True)
    fingerprint = town.recipient("io-id").run("card", "show", "--json").json["fingerprint"]
    assert fingerprint in keys.stdout
    assert fingerprint not in signers
