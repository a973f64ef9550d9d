"""Two organisations, from `init` to `merge`, on a USB stick, by nothing but commands; two more only sign."""

from __future__ import annotations

import os
import shutil
from importlib.resources import files
from pathlib import Path
from unittest import mock

from cli.organisations import PACKING, PASSPHRASE, SIGNING, THEIRS, Desk, files_of
from cli.town import AGREEMENT, AS_OFFICER, RECIPIENTS, SENDER, drafted, some_reports

from exchange.demo.workbooks import write_workbook

APPROVERS = ("director.1", "officer.1")
PARTIES = (SENDER, *RECIPIENTS)


def founded_by_command(folder: Path, party: str) -> tuple[Desk, str]:
    """The organisation and its fingerprint, as `exchange init` prints it."""
    desk = Desk(folder / party, party, SIGNING)
    names = ("--name-id", f"{party} (contoh)", "--name-en", f"{party} (example)")
    fingerprint = desk.does("init", "--party", party, *names, "--contact", f"dpo@{party}.example").strip()
    desk.hasten()
    return desk, fingerprint


def introduced(one: Desk, other: Desk) -> None:
    """Both take the other's card and read the words to each other."""
    one.does("card", "add", other.card)
    other.does("card", "add", one.card)
    words = one.does("card", "words", other.party)
    other.does("card", "words", one.party, "--confirmed", words)
    one.does("card", "words", other.party, "--confirmed", other.does("card", "words", one.party))


def passphrase_of(person: str) -> str:
    return f"rahasia pribadi {person}"


def acting_as(desk: Desk, person: str, *arguments: str) -> None:
    """A command of a person, whose own passphrase stands in a private file."""
    secret = desk.folder.parent / f"{person}.passphrase"
    secret.touch(mode=0o600)
    secret.write_text(passphrase_of(person))
    with mock.patch.dict(os.environ, {"EXCHANGE_PERSON_PASSPHRASE_FILE": str(secret)}):
        desk.does(*arguments)


def certified(desk: Desk) -> None:
    for person in APPROVERS:
        acting_as(desk, person, "card", "people", "certify", person, "--name", "Orang (contoh)", "--role", "approve")
    desk.hasten(**{person: passphrase_of(person) for person in APPROVERS})


def approved_by_both(desk: Desk, bundle: str, stick: Path) -> None:
    """Before each of them nothing leaves."""
    for person in APPROVERS:
        desk.does("deliver", "--to-folder", stick)
        assert not list(stick.rglob("*.age"))  # the card letters have gone before
        acting_as(desk, person, "approve", bundle, "--yes", "--as", person)


def told_of_new_keys(sender: Desk, recipient: Desk, stick: Path) -> None:
    """It is October: the keys that `init` made in August are renewed, and either side takes the other's new card."""
    for desk in (sender, recipient):
        desk.does("deliver", "--to-folder", stick)
    for ours, theirs in ((sender, recipient), (recipient, sender)):
        (taken,) = ours.run("receive", "--from-folder", stick, "--json").json["taken"]
        assert (taken["outcome"], taken["kind"], taken["sender"]) == ("heeded", "card", theirs.party)
    shutil.rmtree(stick)


def test_from_init_to_merge(tmp_path: Path) -> None:
    # Four organisations make keys; two of them meet.
    desks, fingerprints = {}, {"independent-auditor": "SHA256:" + "A" * 43}
    for party in PARTIES:
        desks[party], fingerprints[party] = founded_by_command(tmp_path, party)
    sender, recipient = desks[SENDER], desks["gt-ntt"]
    officer = ("--name", "Petugas Contoh", "--role", "open")
    recipient.does("card", "people", "certify", AS_OFFICER[1], *officer)
    recipient.hasten(**{AS_OFFICER[1]: THEIRS})
    introduced(sender, recipient)

    # The agreement goes round; whoever has read it signs; the signatures go round.
    dsa, mapping = tmp_path / "dsa.yaml", tmp_path / "mapping.yaml"
    dsa.write_bytes(drafted(fingerprints))
    mapping.write_bytes(files("exchange.demo").joinpath("mapping-htcds.yaml").read_bytes())
    sender.does("agreement", "check", dsa)
    sender.does("agreement", "add", dsa, "--mapping", mapping)
    for party in RECIPIENTS:
        desks[party].does("agreement", "add", dsa)
    for party in PARTIES[:-1]:
        desks[party].does("agreement", "sign", AGREEMENT)
    for party in (*PARTIES[:-1], None, PARTIES[-1]):
        if party is None:  # one signature is missing: nothing leaves
            said = sender.at(PACKING).run("check", dsa, "-a", AGREEMENT, "-p", "2026-09")
            assert "agreement.unsigned" in said.codes
            desks[PARTIES[-1]].does("agreement", "sign", AGREEMENT)
            continue
        signature = tmp_path / f"{party}.signatures.json"
        desks[party].does("agreement", "signatures", "export", AGREEMENT, signature)
        for other in (sender, recipient):
            other.does("agreement", "signatures", "import", signature)
    assert sender.at(PACKING).run("agreement", "status", "--json").json[0]["state"] == "active"

    # The sender certifies the people who decide what leaves, each with a passphrase of their own.
    certified(sender)

    # The month: from the workbook to the stick.
    sender.does("network", "new", "--epoch", "2026")
    reports, identifiers = some_reports()
    workbook, stick = tmp_path / "cases.xlsx", tmp_path / "stick"
    write_workbook(reports, workbook)
    sender, recipient = sender.at(PACKING), recipient.at(PACKING)
    told_of_new_keys(sender, recipient, stick)
    sender.does("check", workbook, "-a", AGREEMENT, "-p", "2026-09", "--to", "gt-ntt")
    note = tmp_path / "note.txt"
    note.write_text("Tidak ada perubahan metode atau staf pada periode ini.\n")
    job = (workbook, "-a", AGREEMENT, "-p", "2026-09", "--to", "gt-ntt", "--note", note)
    (packed,) = sender.run("pack", *job, "--json").json

    # Two people look at what would leave, and approve it; one of them alone lets nothing leave.
    approved_by_both(sender, packed["bundle"], stick)
    sender.does("deliver", "--to-folder", stick)

    # The stick travels there and back.
    (taken,) = recipient.run("receive", "--from-folder", stick, "--json").json["taken"]
    assert (taken["outcome"], taken["sender"], taken["rows"]) == ("accepted", SENDER, packed["rows"])
    recipient.does("deliver", "--to-folder", stick)
    sender.does("receive", "--from-folder", stick)
    outbox = sender.run("status", "--json").json["outbox"]
    assert [each["state"] for each in outbox if each["kind"] == "bundle"] == ["acknowledged"]

    # Each person counts once; the merged view goes out as tables.
    merged = recipient.run("merge", "--json").json
    assert merged["reports"] == packed["rows"]
    assert 0 < merged["people"] <= merged["reports"]
    tables = recipient.run(
        "export", *AS_OFFICER, "--acknowledge", "--out", tmp_path / "tables", "--format", "csv,parquet", "--json"
    ).json
    assert {"people.csv", "people.parquet"} <= set(tables["files"])

    # An auditor, who has no workspace and the cards of both, verifies both logs and matches them.
    for desk in (sender, recipient):
        desk.does("audit", "export", tmp_path / f"{desk.party}.tar")
    auditor = Desk(tmp_path / "nothing", "auditor", PACKING)
    packs = [tmp_path / f"{desk.party}.tar" for desk in (sender, recipient)]
    keys = [f"--key={desk.party}={desk.card}" for desk in (sender, recipient)]
    verdict = auditor.run("audit", "verify", *packs, *keys, "--json")
    assert (verdict.status, verdict.json["ok"], len(verdict.json["matches"])) == (0, True, 1)
    assert "audit.own_key" not in {each["code"] for each in verdict.json["findings"]}

    # Nobody's name is anywhere but in the workbook; no passphrase is anywhere at all.
    for path, content in files_of(tmp_path).items():
        if path not in {"cases.xlsx"} and not path.endswith(".passphrase"):
            assert not [text for text in identifiers if text.encode() in content], path
            assert PASSPHRASE.encode() not in content, path
            assert b"rahasia pribadi" not in content, path
