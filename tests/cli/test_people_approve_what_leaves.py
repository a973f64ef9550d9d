"""Nothing leaves before two people, each with a key of their own, have approved exactly this bundle."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cli.organisations import PASSPHRASE, Desk, Said, files_of
from cli.town import Town
from needs import needs

from exchange.crypto.signing import SigningKey
from exchange.demo.cast import APPROVERS
from exchange.keyring.card import issue_card
from exchange.keyring.identity_file import load_identity, save_identity
from exchange.keyring.namespaces import APPROVAL
from exchange.keyring.people import dismiss

ONE, TWO = (person_id for person_id, _name in APPROVERS)
NOTE = ("--note", "-")


def approved(desk: Desk, person: str, *arguments: str) -> Said:
    return desk.run("approve", *(arguments or ("--all",)), "--yes", "--as", person)


def packed(town: Town, *options: str) -> str:
    """A bundle for gt-ntt that waits; its id."""
    said = town.sender.run("pack", town.workbook, *town.job, *NOTE, *options, "--json", stdin="Tidak ada.")
    assert said.status == 0, said
    (bundle,) = said.json
    return str(bundle["bundle"])


def states(desk: Desk) -> list[str]:
    return [each["state"] for each in desk.run("status", "--json").json["outbox"]]


def delivered(town: Town) -> Said:
    return town.sender.run("deliver", "--to-folder", town.stick, "--json")


def kinds(desk: Desk) -> list[str]:
    with desk.workspace.logs.open("ntt") as log:
        return [record.opening.entry.kind for record in log.records() if record.opening]


# --- the road ---


def test_a_bundle_waits_for_two_people(town: Town) -> None:
    said = town.sender.run("pack", town.workbook, *town.job, *NOTE, stdin="Tidak ada.")
    assert "wait for 2 approvals: exchange approve" in said.err
    assert delivered(town).json["events"] == []
    assert "0 of 2 approvals" in town.sender.does("status")

    shown = town.sender.run("approve", "--json").json
    assert [(each["recipient"], each["period"], each["missing"]) for each in shown] == [("gt-ntt", "2026-09", 2)]
    assert shown[0]["counts"]["rows_out"] > 0
    for line in ("rows and", "look-alikes", "0 of 2 approvals"):
        assert line in town.sender.does("approve")

    assert [each["missing"] for each in missing_after(town.sender, ONE)] == [1]
    assert "1 of 2 approvals" in town.sender.does("status")
    waiting = delivered(town)
    assert (waiting.status, waiting.json["events"]) == (0, [])
    assert [each["code"] for each in waiting.json["waiting"]] == ["approval.missing"]
    assert "1 of 2 people have approved" in waiting.err
    assert files_of(town.stick) == {}

    assert [each["missing"] for each in missing_after(town.sender, TWO)] == [0]
    assert [each["state"] for each in delivered(town).json["events"]] == ["delivered"]
    assert kinds(town.sender).count("release.approved") == 2
    assert "no bundle waits" in town.sender.run("approve").err


def missing_after(desk: Desk, person: str) -> list[dict[str, int]]:
    said = approved(desk, person, "--all", "--json")
    assert said.status == 0, said
    documents: list[dict[str, int]] = said.json
    return documents


def test_the_same_person_twice_is_one_person(town: Town) -> None:
    bundle = packed(town)
    for _turn in range(3):
        said = approved(town.sender, ONE, bundle[:8])
        assert "1 of 2 approvals: director.1" in said.out
    assert delivered(town).json["events"] == []
    assert kinds(town.sender).count("release.approved") == 1


def test_nobody_approves_who_may_not(town: Town) -> None:
    bundle = packed(town)
    assert approved(town.sender, "stranger", bundle).codes == ["person.unknown"]
    assert town.sender.run("approve", bundle, "--yes").codes == ["person.none"]
    assert town.sender.run("approve", bundle, "--as", ONE).codes == ["usage.nobody_to_ask"]
    assert approved(town.sender, ONE, "f" * 12).codes == ["approval.no_such_bundle"]
    assert approved(town.sender, ONE, "").codes == ["approval.no_such_bundle"]
    before = files_of(town.sender.folder / "approvals")
    assert town.sender.run("approve", "--all", "--as", ONE, "--dry-run").status == 0
    assert files_of(town.sender.folder / "approvals") == before
    assert set(before) == {f"{bundle}/page.html"}


def test_nothing_is_packed_where_too_few_may_approve(town: Town) -> None:
    without(town.sender, TWO)
    for option in ((), ("--dry-run",)):
        said = town.sender.run("pack", town.workbook, *town.job, *NOTE, *option, stdin="Tidak ada.")
        assert (said.status, said.codes) == (5, ["approval.nobody"])
        assert "exchange card people certify" in said.err
    assert states(town.sender) == []


def without(desk: Desk, person: str) -> None:
    """The organisation dismisses somebody."""
    file = desk.workspace.identity_file
    identity = dismiss(load_identity(file, PASSPHRASE), person)
    save_identity(identity, file, PASSPHRASE, work_factor=10)
    before = desk.workspace.own.card()
    desk.workspace.own.save_card(issue_card(identity, before.card.issued, previous=before))


@needs("ssh-keygen")
def test_stock_tools_see_who_approved(town: Town) -> None:
    bundle = packed(town)
    town.sender.approves()
    town.sender.does("card", "export", town.folder / "public")
    folder = town.sender.folder / "approvals" / bundle
    for person in (ONE, TWO):
        command = ["ssh-keygen", "-Y", "verify", "-f", str(town.folder / "public" / "allowed_signers")]
        command += ["-I", f"yks/{person}", "-n", APPROVAL, "-s", str(folder / f"{person}.sig")]
        command += ["-Overify-time=20261005120000"]
        done = subprocess.run(command, input=(folder / f"{person}.json").read_bytes(), capture_output=True, check=False)
        assert done.returncode == 0, done


# --- rejecting ---


def test_a_rejected_bundle_never_leaves_and_its_month_is_packed_again(town: Town) -> None:
    first = packed(town)
    approved(town.sender, ONE)
    said = approved(town.sender, TWO, "--reject", first)
    assert (said.status, said.out.strip()) == (0, first)
    assert states(town.sender) == ["rejected"]
    assert "release.rejected" in kinds(town.sender)
    assert not list((town.sender.folder / "outbox" / "files").iterdir())
    assert approved(town.sender, ONE, first).codes == ["approval.no_such_bundle"]

    second = packed(town)
    assert second != first
    town.sender.approves()
    assert [each["state"] for each in delivered(town).json["events"]] == ["delivered"]
    taken = town.recipient().run("receive", "--from-folder", town.stick, "--json").json["taken"]
    assert [each["outcome"] for each in taken] == ["accepted"], "no number is missing"


def test_bundles_leave_and_go_back_in_their_order(town: Town) -> None:
    first = packed(town)
    second = packed(town, "--corrects")
    for person in (ONE, TWO):
        approved(town.sender, person, second)
    assert states(town.sender) == ["packed", "packed"]
    assert "approval.earlier_waits" in [each["code"] for each in delivered(town).json["waiting"]]
    said = approved(town.sender, ONE, "--reject", first)
    assert (said.status, said.codes) == (5, ["approval.not_the_last"])
    assert states(town.sender) == ["packed", "packed"]
    assert approved(town.sender, ONE, "--reject", "--all").status == 0
    assert states(town.sender) == ["rejected", "rejected"]
    packed(town)


# --- somebody at the sender's own desk ---


def swap_signatures(folder: Path) -> None:
    one, two = (folder / f"{person}.sig" for person in (ONE, TWO))
    content = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(content)


def copy_one_as_two(folder: Path) -> None:
    for end in ("json", "sig"):
        (folder / f"{TWO}.{end}").write_bytes((folder / f"{ONE}.{end}").read_bytes())


ATTACKS: dict[str, tuple[Callable[[Path], object], str]] = {
    "one is taken away": (lambda folder: (folder / f"{TWO}.sig").unlink(), "approval.missing"),
    "its statement is taken away": (lambda folder: (folder / f"{TWO}.json").unlink(), "file.missing"),
    "the signatures change places": (swap_signatures, "approval.bad_signature"),
    "one person's stands for both": (copy_one_as_two, "approval.missing"),
    "it is empty": (lambda folder: (folder / f"{TWO}.sig").write_bytes(b""), "approval.bad_signature"),
    "it is junk": (lambda folder: (folder / f"{TWO}.json").write_bytes(b"\xff\x00"), "approval.unreadable"),
    "it is huge": (lambda folder: (folder / f"{TWO}.sig").write_bytes(b"x" * 2_000_000), "file.unreadable"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_approvals_that_were_changed_after_the_release_stop_the_delivery(town: Town, attack: str) -> None:
    bundle = packed(town)
    town.sender.approves()
    assert states(town.sender) == ["queued"]
    change, code = ATTACKS[attack]
    change(town.sender.folder / "approvals" / bundle)
    said = delivered(town)
    assert (said.status, [each["code"] for each in said.json["problems"]]) == (11, [code])
    assert files_of(town.stick) == {}
    assert states(town.sender) == ["packed"]
    assert [each["code"] for each in delivered(town).json["waiting"]] == [code], "and it stays so"
    town.sender.approves()  # whoever's approval was spoiled gives it again
    assert [each["state"] for each in delivered(town).json["events"]] == ["delivered"]


@pytest.mark.parametrize("kind", ["bundle", "letter"])
def test_a_line_that_was_changed_in_the_book_of_the_queue_lets_nothing_leave(town: Town, kind: str) -> None:
    packed(town)
    with sqlite3.connect(town.sender.folder / "outbox" / "outbox.sqlite") as book:
        book.execute("UPDATE parcels SET state = 'queued', kind = ?, awaits_approval = 0", (kind,))
    said = delivered(town)
    assert [each["code"] for each in said.json["problems"]] == ["approval.missing"]
    assert files_of(town.stick) == {}


def test_approvals_of_another_bundle_are_not_this_ones(town: Town) -> None:
    first = packed(town)
    town.sender.approves()
    delivered(town)
    second = packed(town, "--corrects")
    folder = town.sender.folder / "approvals"
    shutil.copytree(folder / first, folder / second, dirs_exist_ok=True)
    said = delivered(town)
    assert [each["code"] for each in said.json["waiting"]] == ["approval.other_bundle"]
    assert states(town.sender)[-1] == "packed"


def test_a_card_of_another_root_certifies_nobody(town: Town) -> None:
    packed(town)
    town.sender.approves()
    ours = load_identity(town.sender.workspace.identity_file, PASSPHRASE)
    card = town.sender.workspace.own.card().card
    other = SigningKey.generate()
    impostor = replace(ours, root_key=other.verify_key, held_root=other)
    town.sender.workspace.own.save_card(issue_card(impostor, card.issued))
    said = delivered(town)
    assert [each["code"] for each in said.json["problems"]] == ["approval.other_root"]
    assert files_of(town.stick) == {}
