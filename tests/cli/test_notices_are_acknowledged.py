"""Before any row: what must be known is shown, a named person acknowledges it, the sender learns who did."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from cli.organisations import PASSPHRASE, Desk
from cli.town import AS_OFFICER, OFFICERS, Town

from exchange.agreements.agreement import Reference
from exchange.bundle.letters import Acknowledgement, Receipt
from exchange.errors import AgreementError
from exchange.receiving import receive
from exchange.seal.opening import ReadMember, read_member
from exchange.seal.refusals import refused

OFFICER = AS_OFFICER[1]


@pytest.fixture
def bundle(town: Town) -> Path:
    return town.packed()


def sent(town: Town) -> dict[str, object]:
    outbox = town.sender.run("status", "--json").json["outbox"]
    (each,) = [parcel for parcel in outbox if parcel["kind"] == "bundle"]
    return {"state": each["state"], "by": each["notices_acknowledged_by"]}


def answered(town: Town) -> None:
    """What the recipient has to say reaches the sender."""
    town.recipient().does("deliver", "--to-folder", town.stick)
    town.sender.does("receive", "--from-folder", town.stick / "yks")


def noted(desk: Desk) -> list[tuple[str, str, list[str]]]:
    entries = desk.run("audit", "entries", "--json").json
    return [(e["party"], e["person"], e["codes"]) for e in entries if e["kind"] == "notices.acknowledged"]


def test_taking_in_says_that_it_came_and_that_nobody_has_read_anything(town: Town, bundle: Path) -> None:
    town.recipient().does("receive", "--from-folder", bundle.parent)
    answered(town)
    assert sent(town) == {"state": "acknowledged", "by": []}
    assert "not acknowledged" in town.sender.does("status")
    assert noted(town.sender) == noted(town.recipient()) == []


def test_nothing_is_written_before_somebody_has_acknowledged(town: Town, bundle: Path, tmp_path: Path) -> None:
    recipient = town.recipient()
    said = recipient.run("open", *AS_OFFICER, bundle, "--out", tmp_path / "out")
    assert said.codes == ["open.not_acknowledged"]
    assert not (tmp_path / "out").exists()
    for shown in (
        "CONFIDENTIAL",
        "Only cases YKS assisted",
        "Re-identify anyone",
        "Tidak ada perubahan.",
        "Sampling",
        "exact values could single a person out",
        "What is missing",
        "nothing recorded:",
    ):
        assert shown in said.err
    assert not [text for text in town.identifiers if text in said.err + said.out]
    recipient.does("receive", "--from-folder", bundle.parent)
    assert recipient.run("export", *AS_OFFICER, "--out", tmp_path / "tables").codes == ["open.not_acknowledged"]
    assert not (tmp_path / "tables").exists()
    assert noted(recipient) == []


def test_who_acknowledged_what_and_when_goes_to_the_sender(town: Town, bundle: Path, tmp_path: Path) -> None:
    recipient = town.recipient()
    recipient.does("receive", "--from-folder", bundle.parent)
    recipient.does("open", *AS_OFFICER, bundle, "--out", tmp_path / "out", "--acknowledge")
    answered(town)
    assert sent(town) == {"state": "acknowledged", "by": [OFFICER]}
    expected = [(OFFICER, ["confidentiality", "caveats", "prohibited"])]
    assert [each[1:] for each in noted(recipient)] == [each[1:] for each in noted(town.sender)] == expected
    (came,) = recipient.run("status", "--json").json["inbox"]
    assert came["notices_acknowledged_by"] == [OFFICER]


def test_what_was_acknowledged_before_it_was_taken_in_is_in_its_receipt(
    town: Town, bundle: Path, tmp_path: Path
) -> None:
    recipient = town.recipient()
    recipient.does("open", *AS_OFFICER, bundle, "--out", tmp_path / "out", "--acknowledge")
    assert recipient.run("status", "--json").json["outbox"] == []  # that it is here is said once it is kept
    recipient.does("receive", "--from-folder", bundle.parent)
    answered(town)
    assert sent(town) == {"state": "acknowledged", "by": [OFFICER]}


def test_nobody_is_asked_twice_and_each_person_is_asked(town: Town, bundle: Path, tmp_path: Path) -> None:
    recipient = town.recipient()
    recipient.certifies("data.officer.2", "Petugas Contoh", "open")
    recipient.does("receive", "--from-folder", bundle.parent)
    recipient.does("export", *AS_OFFICER, "--out", tmp_path / "first", "--acknowledge")
    recipient.does("export", *AS_OFFICER, "--out", tmp_path / "second")
    recipient.does("open", *AS_OFFICER, bundle, "--out", tmp_path / "third")
    other = ("--as", "data.officer.2")
    assert recipient.run("export", *other, "--out", tmp_path / "fourth").codes == ["open.not_acknowledged"]
    recipient.does("export", *other, "--out", tmp_path / "fourth", "--acknowledge")
    answered(town)
    assert sent(town)["by"] == [OFFICER, "data.officer.2"]


def test_a_person_at_a_terminal_is_asked(town: Town, bundle: Path, tmp_path: Path) -> None:
    command = ("open", *AS_OFFICER, bundle, "--out", tmp_path / "out")
    asked = [("passphrase:", PASSPHRASE), ("will keep to them", "n")]
    status, _screen = town.recipient().talk(*command, replies=asked)
    assert status == AgreementError.exit_status
    assert not (tmp_path / "out").exists()
    status, _screen = town.recipient().talk(*command, replies=[asked[0], ("will keep to them", "y")])
    assert status == 0
    assert (tmp_path / "out" / "datapackage.json").exists()


def test_an_acknowledgement_by_nobody_who_may_open_is_refused(town: Town, bundle: Path) -> None:
    town.recipient().does("receive", "--from-folder", bundle.parent)
    now = dt.datetime(2026, 10, 6, tzinfo=dt.UTC)
    recipient, sender = town.recipient().office(now), town.sender.office(now)
    (entry,) = recipient.entries("ntt", "bundle.accepted")
    (signed,) = recipient.workspace.agreements()
    long_ago, one_day = now.replace(year=2001), now.replace(year=2190)
    for person, at in (("somebody.else", now), (OFFICERS["io-id"], now), (OFFICER, long_ago), (OFFICER, one_day)):
        body = Receipt(
            kind="receipt",
            bundle=entry.bundle or "",
            ciphertext=entry.ciphertext or "",
            acknowledged=(Acknowledgement(person=person, notices=("caveats",), at=at),),
            received=now,
            checkpoint=recipient.checkpoint("ntt"),
        )
        recipient.write("yks", body, "ntt", Reference.to(signed.agreement))
    town.recipient().does("deliver", "--to-folder", town.stick)
    taken = receive(sender, folder=town.stick / "yks").taken
    codes = [problem.code for each in taken for problem in each.problems]
    assert sorted(codes) == ["letter.acknowledged_when"] * 2 + ["letter.not_a_named_user"] * 2
    assert sent(town)["by"] == []


def test_some_of_the_notices_are_not_all_of_them(town: Town, bundle: Path) -> None:
    """Whoever acknowledged the rest later has acknowledged all; said twice in one receipt, it is noted once."""
    town.recipient().does("receive", "--from-folder", bundle.parent)
    now = dt.datetime(2026, 10, 6, tzinfo=dt.UTC)
    recipient, sender = town.recipient().office(now), town.sender.office(now)
    (entry,) = recipient.entries("ntt", "bundle.accepted")
    (signed,) = recipient.workspace.agreements()
    some = Acknowledgement(person=OFFICER, notices=("caveats",), at=now)
    rest = Acknowledgement(person=OFFICER, notices=("confidentiality", "prohibited"), at=now + dt.timedelta(hours=1))
    for given, by in (((some, some), []), ((some, rest), [OFFICER])):
        body = Receipt(
            kind="receipt",
            bundle=entry.bundle or "",
            ciphertext=entry.ciphertext or "",
            acknowledged=given,
            received=now,
            checkpoint=recipient.checkpoint("ntt"),
        )
        recipient.write("yks", body, "ntt", Reference.to(signed.agreement))
        town.recipient().does("deliver", "--to-folder", town.stick)
        receive(sender, folder=town.stick / "yks")
        assert sent(town)["by"] == by
    assert len(noted(town.sender)) == 2


def test_nothing_is_acknowledged_while_a_receipt_is_being_written(town: Town, bundle: Path, tmp_path: Path) -> None:
    recipient = town.recipient()
    command = ("open", *AS_OFFICER, bundle, "--out", tmp_path / "out", "--acknowledge")
    office = recipient.office(dt.datetime(2026, 10, 6, tzinfo=dt.UTC))
    with mock.patch("exchange.transport.ledger.BUSY", 0.1), office.workspace.turn("receiving"):
        assert recipient.run(*command).codes == ["transport.queue_busy"]
    assert not [*office.entries("ntt", "notices.acknowledged")]
    recipient.does(*command)


def test_of_a_large_bundle_all_that_the_envelope_says_is_compared(town: Town, bundle: Path, tmp_path: Path) -> None:
    recipient = town.recipient()
    command = ("open", *AS_OFFICER, bundle, "--out", tmp_path / "out", "--acknowledge", "--dry-run")
    too_large = refused("seal.too_large", "x")
    with mock.patch("exchange.acknowledging.open_sealed", side_effect=too_large):
        assert recipient.run(*command, "--json").json["metadata"]["period"] == "2026-09"

        def another_period(*args: Any) -> ReadMember:
            read = read_member(*args)
            return replace(read, content=read.content.replace(b'"period": "2026-09"', b'"period": "2026-08"'))

        with mock.patch("exchange.acknowledging.read_member", another_period):
            assert recipient.run(*command).codes == ["bundle.disagrees"]
