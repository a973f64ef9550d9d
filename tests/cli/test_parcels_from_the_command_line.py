"""`deliver`, `receive`, `open`: what went and what did not, a status for it, and nothing lost, twice or half."""

from __future__ import annotations

import datetime as dt
import resource
import shutil
import socket
from pathlib import Path
from unittest import mock

import pytest
from cli.organisations import Desk, Said, files_of, founded
from cli.town import AGREEMENT, AS_OFFICER, FOUNDED, RECIPIENTS, SENDER, Town, drafted

from exchange.errors import MergeError, Problem, TransportError
from exchange.keyring.card import issue_card
from exchange.keyring.identity_file import load_identity
from exchange.keyring.shapes import SftpAddress
from exchange.merge.store import Store
from exchange.transport.inbox import Inbox
from exchange.transport.refusals import hint_for

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPp9wR1cM0Xg8FYCk8YLzCzZyjkCz0g2mDqsx6X8j7xV"
LATER = "2026-10-06T09:00:00+08:00"


def rows(desk: Desk) -> int:
    return sum(each["rows"] for each in desk.run("status", "--store", "--json").json["store"])


def outcomes(said: Said) -> list[str]:
    return [each["outcome"] for each in said.json["taken"]]


def states(desk: Desk, room: str) -> list[str]:
    return [each["state"] for each in desk.run("status", "--json").json[room]]


# --- deliver ---


def test_what_went_is_data_and_what_did_not_is_said(town: Town) -> None:
    """gt-ntt has a folder at our drop box; the card of io-id names a server that is dead, so a stick goes there."""
    for folder in ("incoming", "outgoing"):
        (town.sender.workspace.dropbox / folder / "gt-ntt").mkdir(parents=True)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and never listening: connections are refused
        recipient = town.recipient("io-id")
        identity = load_identity(recipient.folder / "identity.age", "orang-orang rekaan saja")
        address = SftpAddress(host="127.0.0.1", port=nobody.getsockname()[1], host_key=HOST_KEY)
        card = issue_card(identity, FOUNDED, sftp=address, previous=recipient.workspace.own.card())
        town.sender.workspace.cards.add(card, FOUNDED)
        town.sender.does("pack", town.workbook, "-a", AGREEMENT, "-p", "2026-09", "--note", "-", stdin="Tidak ada.")
        town.sender.approves()
        said = town.sender.run("deliver")
    assert said.status == 11
    assert len(said.codes) == 1
    assert said.codes[0].startswith("transport.")
    assert said.out.startswith("gt-ntt")
    assert "or carry it: exchange deliver --to-folder FOLDER" in said.err
    assert sorted(states(town.sender, "outbox")) == ["delivered", "queued"]
    assert town.sender.does("deliver", "--to-folder", town.stick).startswith("io-id")
    assert [folder for folder in town.stick.iterdir() if folder.is_dir()] == [town.folder_for("io-id")]
    assert "nothing waits" in town.sender.run("deliver").err


def test_without_a_server_or_a_folder_everything_stays(town: Town) -> None:
    town.sender.does("pack", town.workbook, *town.job, "--note", "-", stdin="Tidak ada.")
    town.sender.approves()
    waiting = town.sender.run("deliver", "--dry-run", "--json")
    assert [each["recipient"] for each in waiting.json["waiting"]] == ["gt-ntt"]
    said = town.sender.run("deliver", "--json")
    assert (said.status, said.json["status"]) == (11, 11)
    assert [each["code"] for each in said.json["problems"]] == ["transport.no_address"]
    assert states(town.sender, "outbox") == ["queued"]
    assert town.sender.run("deliver", "--to-folder", town.stick).status == 0


def test_delivering_twice_delivers_once(town: Town, bundle: Path) -> None:
    before = files_of(town.stick)
    assert town.sender.run("deliver", "--to-folder", town.stick, "--json").json["events"] == []
    assert files_of(town.stick) == before


def test_a_full_stick_leaves_no_half_file_and_the_bundle_waits(town: Town) -> None:
    town.sender.does("pack", town.workbook, *town.job, "--note", "-", stdin="Tidak ada.")
    town.sender.approves()

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))

    town.stick.mkdir()
    said = town.sender.spawn("deliver", "--to-folder", town.stick, before=full)
    assert (said.status, said.codes) == (11, ["transport.no_space"])
    assert files_of(town.stick) == {}
    town.sender.does("deliver", "--to-folder", town.stick)
    assert outcomes(town.recipient().run("receive", "--from-folder", town.stick, "--json")) == ["accepted"]


# --- receive ---


def test_what_comes_is_accepted_once_and_acknowledged(town: Town, bundle: Path) -> None:
    recipient = town.recipient()
    dry = recipient.run("receive", "--from-folder", bundle.parent, "--dry-run")
    assert (dry.status, dry.out) == (0, "")
    said = recipient.run("receive", "--from-folder", bundle.parent, "--json")
    assert (said.status, outcomes(said)) == (0, ["accepted"])
    count = rows(recipient)
    assert count == said.json["taken"][0]["rows"] > 0
    shutil.copy(bundle, bundle.with_name("replayed.age"))
    again = recipient.run("receive", "--from-folder", bundle.parent, "--json")
    assert (again.status, again.json["taken"]) == (0, [])
    assert rows(recipient) == count
    recipient.does("deliver", "--to-folder", town.stick)
    answered = town.sender.run("receive", "--from-folder", town.stick, "--json")
    assert [(each["outcome"], each["kind"]) for each in answered.json["taken"]] == [("heeded", "receipt")]
    assert states(town.sender, "outbox") == ["acknowledged"]


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lambda whole: whole[:200_000], "seal.damaged"),
        (lambda whole: whole[:150_000] + bytes([whole[150_000] ^ 1]) + whole[150_001:], "seal.damaged"),
        (lambda whole: whole + b"\0", "seal.damaged"),
    ],
    ids=["truncated", "altered", "lengthened"],
)
def test_what_is_harmed_is_put_aside_and_the_whole_one_still_comes(
    town: Town, bundle: Path, harm: object, code: str
) -> None:
    assert callable(harm)
    recipient, whole = town.recipient(), bundle.read_bytes()
    bundle.write_bytes(harm(whole))
    said = recipient.run("receive", "--from-folder", bundle.parent)
    assert (said.status, said.codes) == (10, [code])
    assert "in quarantine" in said.out
    assert states(recipient, "inbox") == ["quarantined"]
    assert rows(recipient) == 0
    opened = recipient.run("open", *AS_OFFICER, bundle, "--out", town.folder / "out")
    assert (opened.status, opened.codes) == (10, [code])
    assert not (town.folder / "out").exists()
    bundle.unlink()
    bundle.with_name("again.age").write_bytes(whole)
    assert outcomes(recipient.run("receive", "--from-folder", bundle.parent, "--json")) == ["accepted"]


def test_what_is_for_somebody_else_is_put_aside_in_silence(town: Town, bundle: Path) -> None:
    """At our drop box, where nobody else's files have any business."""
    for folder in ("incoming", "outgoing"):
        (town.recipient("io-id").workspace.dropbox / folder / "yks").mkdir(parents=True)
    shutil.copy(bundle, town.recipient("io-id").workspace.dropbox / "incoming" / "yks")
    said = town.recipient("io-id").run("receive")
    assert (said.status, said.codes) == (10, ["seal.not_for_us"])
    assert states(town.recipient("io-id"), "outbox") == []


def test_what_a_stranger_sends_is_put_aside_until_the_card_is_confirmed(town: Town, bundle: Path) -> None:
    recipient = town.recipient()
    (recipient.folder / "cards" / "yks.trust.json").unlink()
    (recipient.folder / "cards" / "yks.card.json").unlink()
    said = recipient.run("receive", "--from-folder", bundle.parent)
    assert (said.status, said.codes) == (10, ["seal.unknown_sender"])
    assert states(recipient, "outbox") == []
    recipient.does("card", "add", town.sender.card)
    said = recipient.run("open", *AS_OFFICER, bundle, "--out", town.folder / "out")
    assert (said.status, said.codes) == (10, ["seal.unconfirmed_sender"])
    assert "safety words" in said.err
    words = recipient.does("card", "words", "yks")
    recipient.does("card", "words", "yks", "--confirmed", words)
    assert recipient.run("receive", "--from-folder", bundle.parent, "--json").json["taken"] == []
    assert outcomes(recipient.run("receive", "--again", "--json")) == ["accepted"]


def test_a_bundle_under_an_agreement_that_is_not_here_keeps_nothing_else_from_coming(town: Town, bundle: Path) -> None:
    recipient = town.recipient()
    kept = recipient.folder / "agreements" / AGREEMENT
    kept.rename(town.folder / "aside")
    said = recipient.run("receive", "--from-folder", bundle.parent)
    assert (said.status, said.codes) == (10, ["seal.unknown_agreement"])
    (town.folder / "aside").rename(kept)
    assert outcomes(recipient.run("receive", "--again", "--json")) == ["accepted"]


def test_what_was_refused_when_the_machine_stopped_is_never_acknowledged(town: Town, bundle: Path) -> None:
    recipient = town.recipient()
    refusing = MergeError(Problem("store.corrected_twice", "another one has"))
    with (
        mock.patch.object(Store, "apply", side_effect=refusing),
        mock.patch.object(Inbox, "quarantined", side_effect=KeyboardInterrupt),
    ):
        assert recipient.run("receive", "--from-folder", bundle.parent).status == 130
    assert outcomes(recipient.run("receive", "--json")) == ["refused"]
    recipient.does("deliver", "--to-folder", town.stick)
    answers = town.sender.run("receive", "--from-folder", town.stick, "--json")
    assert {each["kind"] for each in answers.json["taken"]} == {"refusal"}
    assert states(town.sender, "outbox") == ["refused"]


def test_a_road_that_is_not_there_is_said(town: Town, bundle: Path) -> None:
    said = town.recipient().run("receive", "--from-folder", town.folder / "no-such-stick")
    assert (said.status, said.codes) == (11, ["transport.no_directory"])
    assert str(town.folder) not in said.err


def test_what_was_put_aside_says_why_in_the_status(town: Town, bundle: Path) -> None:
    bundle.write_bytes(bundle.read_bytes()[:-1])
    town.recipient().run("receive", "--from-folder", bundle.parent)
    shown = town.recipient().does("status")
    assert "in quarantine" in shown
    assert "seal.damaged" in shown


# --- open ---


def test_a_bundle_is_opened_into_a_private_folder_and_the_log_says_so(town: Town, bundle: Path) -> None:
    recipient, out = town.recipient(), town.folder / "out"
    dry = recipient.run("open", *AS_OFFICER, bundle, "--out", out, "--dry-run", "--json")
    assert (dry.status, dry.json["envelope"]["sender"], out.exists()) == (0, "yks", False)
    said = recipient.run("open", *AS_OFFICER, "--acknowledge", bundle, "--out", out, "--json")
    assert said.status == 0, said
    assert "datapackage.json" in said.json["files"]
    assert not any(path.stat().st_mode & 0o077 for path in (out, *out.rglob("*")))
    content = b"".join(files_of(out).values()).decode("utf-8", "replace")
    assert not [text for text in town.identifiers if text in content]
    entries = [(each["kind"], each["person"]) for each in recipient.run("audit", "entries", "--json").json]
    assert entries == [(kind, "data.officer.1") for kind in ("notices.acknowledged", "bundle.opened")]
    twice = recipient.run("open", *AS_OFFICER, bundle, "--out", out)
    assert (twice.status, twice.codes) == (10, ["seal.out_exists"])
    assert outcomes(recipient.run("receive", "--from-folder", bundle.parent, "--json")) == ["accepted"]


def test_a_full_disk_leaves_no_folder(town: Town, bundle: Path) -> None:
    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, resource.RLIM_INFINITY))

    said = town.recipient().spawn(
        "open", *AS_OFFICER, "--acknowledge", bundle, "--out", town.folder / "out", before=full
    )
    # Whichever notices it first: the log, in which the notices are acknowledged, or what is written of the bundle.
    assert (said.status, said.codes) in [(13, ["audit.log_unusable"]), (10, ["seal.not_written"])]
    assert not [path for path in town.folder.iterdir() if "out" in path.name]


def test_a_letter_is_not_opened_into_a_folder(town: Town, tmp_path: Path) -> None:
    """It may hold the network's secret."""
    other = founded(tmp_path, "rpk", FOUNDED)
    other.certifies(AS_OFFICER[1], "Petugas Contoh", "open")
    for one, two in ((town.sender, other), (other, town.sender)):
        one.workspace.cards.add(two.workspace.own.card(), FOUNDED)
        one.workspace.cards.confirm(two.party, FOUNDED)
    town.sender.does("network", "share", "rpk")
    town.sender.does("deliver", "--to-folder", town.stick)
    (letter,) = town.folder_for("rpk").iterdir()
    said = other.run("open", *AS_OFFICER, letter, "--out", tmp_path / "out")
    assert (said.status, said.codes) == (10, ["open.letter"])
    assert not (tmp_path / "out").exists()
    said = other.run("receive", "--from-folder", letter.parent, "--json")
    assert [problem["code"] for problem in said.json["problems"]] == ["network.not_ours"]
    text = drafted({each: f"SHA256:{each[0] * 43}" for each in (SENDER, *RECIPIENTS, "independent-auditor")})
    ours = text.replace(b"id: yks\n", b"id: rpk\n").replace(b"party: yks\n", b"party: rpk\n")
    other.workspace.agreements.add(ours.replace(b"DSA-NTT-2026-004", b"DSA-NTT-2026-005"))
    assert outcomes(other.run("receive", "--again", "--json")) == ["heeded"]
    digests = [desk.run("network", "show", "--network", "ntt").status for desk in (town.sender,)]
    assert digests == [2]  # `show` takes no options: it shows every secret there is


def test_the_clock_decides_what_has_expired(town: Town, bundle: Path) -> None:
    late = town.recipient().at((dt.datetime.fromisoformat(LATER) + dt.timedelta(days=70)).isoformat())
    said = late.run("receive", "--from-folder", bundle.parent)
    assert (said.status, said.codes) == (10, ["seal.expired"])


@pytest.mark.parametrize("code", ["transport.host_key_changed", "transport.refused_key", "transport.no_space"])
def test_what_trying_again_does_not_mend_is_told_with_what_does(
    town: Town, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """A changed key may mean that somebody is in between: nobody is told to try later."""
    town.sender.does("pack", town.workbook, *town.job, "--note", "-", stdin="Tidak ada perubahan.")
    town.sender.approves()

    def refused(*_given: object) -> None:
        raise TransportError(Problem(code, "refused", "box.example:22"))

    monkeypatch.setattr("exchange.delivering.road_to", refused)
    said = town.sender.run("deliver", "--json")
    assert said.status == 11
    (hint,) = {each["hint"] for each in said.json["problems"]}
    assert hint.startswith(hint_for(code))
    assert "try again later" not in hint


def test_a_receipt_in_the_inbox_says_whose_it_is_and_about_what(packs: tuple[Path, Path]) -> None:
    sender = Desk(packs[0].parent / SENDER, SENDER)
    came = [each for each in sender.run("status", "--json").json["inbox"] if each["sender"]]
    assert [(each["sender"], each["what"], each["period"]) for each in came] == [("gt-ntt", "receipt", "2026-09")]
