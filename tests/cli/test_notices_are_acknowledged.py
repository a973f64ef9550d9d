"""Before any row: what must be known is shown, a named person acknowledges it, the sender learns who did."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from cli.organisations import PASSPHRASE, THEIRS, Desk, files_of
from cli.town import AGREEMENT, AS_OFFICER, FOUNDED, OFFICERS, RECIPIENTS, Town
from needs import needs

from exchange.agreements.acknowledgement import Acknowledged, Arrived, sign
from exchange.agreements.agreement import Reference
from exchange.agreements.signatures import Signatures
from exchange.agreements.signatures import sign as sign_agreement
from exchange.bundle.letters import Acknowledgement, Receipt
from exchange.bundle.metadata import Notice
from exchange.errors import AgreementError
from exchange.keyring.card import issue_card
from exchange.keyring.identity_file import load_identity, save_identity
from exchange.keyring.people import dismiss, load_person_key
from exchange.office import Office
from exchange.posting import post_letter
from exchange.receiving import receive
from exchange.seal.opening import ReadMember, read_member
from exchange.seal.refusals import refused

OFFICER = AS_OFFICER[1]


def sent(town: Town) -> dict[str, object]:
    outbox = town.sender.run("status", "--json").json["outbox"]
    (each,) = [parcel for parcel in outbox if parcel["kind"] == "bundle"]
    return {"state": each["state"], "by": each["notices_acknowledged_by"]}


def answered(town: Town) -> None:
    """What the recipient has to say reaches the sender."""
    town.recipient().does("deliver", "--to-folder", town.stick)
    town.sender.does("receive", "--from-folder", town.stick)


def noted(desk: Desk) -> list[tuple[str, str, list[str]]]:
    entries = desk.run("audit", "entries", "--json").json
    return [(e["party"], e["person"], e["codes"]) for e in entries if e["kind"] == "notices.acknowledged"]


def test_taking_in_says_that_it_came_and_that_nobody_has_read_anything(town: Town, bundle: Path) -> None:
    town.recipient().does("receive", "--from-folder", bundle.parent)
    answered(town)
    assert sent(town) == {"state": "acknowledged", "by": []}
    assert "nobody yet" in town.sender.does("status")
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
    town.sender.workspace.cards.add(recipient.workspace.own.card(), NOW.date())
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


NOW = dt.datetime(2026, 10, 6, tzinfo=dt.UTC)
ALL: tuple[Notice, ...] = ("confidentiality", "caveats", "prohibited")


def as_it_came(recipient: Office) -> Arrived:
    """The one bundle that the recipient has accepted."""
    (entry,) = recipient.entries("ntt", "bundle.accepted")
    assert entry.agreement is not None
    return Arrived(
        agreement=Reference.model_validate(entry.agreement.model_dump()),
        sender=entry.counterpart or "",
        recipient=recipient.party,
        bundle=entry.bundle or "",
        ciphertext=entry.ciphertext or "",
    )


def signs(
    town: Town, came: Arrived, person: str = OFFICER, at: dt.datetime = NOW, notices: tuple[Notice, ...] = ALL
) -> Acknowledgement:
    """What a person of gt-ntt says with the officer's key."""
    key = load_person_key(town.recipient().workspace.people.key_file(OFFICER), THEIRS)
    said = Acknowledged(arrived=came, notices=notices, person=person, at=at)
    return Acknowledgement(person=person, notices=notices, at=at, sshsig=sign(said, key))


def told(town: Town, *given: Acknowledgement, under: Reference | None = None) -> list[str]:
    """A receipt that says so reaches the sender; the codes of what is wrong with it."""
    recipient, sender = town.recipient().office(NOW), town.sender.office(NOW)
    came = as_it_came(recipient)
    body = Receipt(
        kind="receipt",
        bundle=came.bundle,
        ciphertext=came.ciphertext,
        acknowledged=given,
        received=NOW,
        checkpoint=recipient.checkpoint("ntt"),
    )
    post_letter(recipient, "yks", body, "ntt", under or came.agreement)
    town.recipient().does("deliver", "--to-folder", town.stick)
    taken = receive(sender, folder=town.stick).taken
    return [problem.code for each in taken for problem in each.problems]


@pytest.fixture
def came(town: Town, bundle: Path) -> Arrived:
    """The bundle is accepted, and its receipt did not reach anybody."""
    recipient = town.recipient()
    recipient.does("receive", "--from-folder", bundle.parent)
    recipient.does("deliver", "--to-folder", town.folder / "lost")
    return as_it_came(recipient.office(NOW))


@pytest.mark.parametrize(
    ("person", "at", "code"),
    [
        ("somebody.else", NOW, "letter.not_a_named_user"),
        (OFFICERS["io-id"], NOW, "letter.not_a_named_user"),
        (OFFICER, NOW.replace(year=2001), "letter.acknowledged_when"),
        (OFFICER, NOW.replace(year=2190), "letter.acknowledged_when"),
    ],
)
def test_an_acknowledgement_that_cannot_be_moves_nothing(
    town: Town, came: Arrived, person: str, at: dt.datetime, code: str
) -> None:
    assert told(town, signs(town, came, person, at)) == [code]
    assert sent(town) == {"state": "delivered", "by": []}


def test_the_organisations_key_cannot_speak_for_a_person(town: Town, came: Arrived) -> None:
    """Nor can a signature that the person made for something else."""
    ours = town.recipient().office(NOW).identity.signing_key(NOW.date())
    by_the_office = sign(Acknowledged(arrived=came, notices=ALL, person=OFFICER, at=NOW), ours)
    forged = Acknowledgement(person=OFFICER, notices=ALL, at=NOW, sshsig=by_the_office)
    some = signs(town, came, notices=("caveats",))
    more = some.model_copy(update={"notices": ALL})
    later = some.model_copy(update={"at": NOW + dt.timedelta(hours=1)})
    another = signs(town, came.model_copy(update={"ciphertext": "sha256:" + "0" * 64}))
    elsewhere = signs(
        town, came.model_copy(update={"agreement": came.agreement.model_copy(update={"version": "9.0.0"})})
    )
    for each in (forged, more, later, another, elsewhere):
        assert told(town, each) == ["acknowledgement.bad_signature"]
    assert sent(town) == {"state": "delivered", "by": []}
    assert told(town, signs(town, came)) == []
    assert sent(town) == {"state": "acknowledged", "by": [OFFICER]}


def test_whom_the_card_does_not_certify_waits_until_the_card_has_come(town: Town, came: Arrived) -> None:
    """The agreement names a second officer, whom a newer card certifies; the receipt is quicker."""
    recipient, sender = town.recipient(), town.sender
    recipient.certifies("data.officer.2", "Petugas Contoh", "open")
    recipient.does("export", "--as", "data.officer.2", "--out", town.folder / "tables", "--acknowledge")
    recipient.does("deliver", "--to-folder", town.stick)
    said = sender.run("receive", "--from-folder", town.stick)
    assert said.codes == ["acknowledgement.not_certified"]
    assert "newest card" in said.err
    assert sent(town) == {"state": "delivered", "by": []}
    assert sender.run("status", "--json").json["outbox"][-1]["kind"] == "bundle"  # nobody was told no
    sender.workspace.cards.add(recipient.workspace.own.card(), NOW.date())
    sender.does("receive", "--again")
    assert sent(town) == {"state": "acknowledged", "by": ["data.officer.2"]}


def test_what_is_known_counts_though_its_person_has_left(town: Town, came: Arrived) -> None:
    assert told(town, first := signs(town, came)) == []
    recipient = town.recipient()
    identity = dismiss(load_identity(recipient.workspace.identity_file, PASSPHRASE), OFFICER)
    save_identity(identity, recipient.workspace.identity_file, PASSPHRASE, work_factor=10)
    card = issue_card(identity, NOW.date(), previous=recipient.workspace.own.card())
    recipient.workspace.own.save_card(card)
    town.sender.workspace.cards.add(card, NOW.date())
    assert told(town, first) == []
    assert told(town, signs(town, came, at=NOW + dt.timedelta(hours=1))) == ["acknowledgement.not_certified"]
    assert sent(town)["by"] == [OFFICER]


def test_a_receipt_names_the_version_of_the_agreement_under_which_it_came(town: Town, came: Arrived) -> None:
    """All have signed another one since."""
    text = (
        town.sender.workspace.agreements.newest(AGREEMENT)
        .file.read_bytes()
        .replace(b"version: 1.1.0", b"version: 1.2.0", 1)
    )
    newer = town.sender.workspace.agreements.add(text)
    roots = {party: town.recipient(party).office(NOW).identity.root for party in ("yks", *RECIPIENTS)}
    signatures = Signatures.of(*(sign_agreement(newer.agreement, p, roots[p], FOUNDED) for p in roots))
    for desk in (town.sender, town.recipient()):
        desk.workspace.agreements.add_signatures(desk.workspace.agreements.add(text), signatures)
    assert told(town, under=Reference.to(newer.agreement)) == ["letter.foreign_receipt"]
    assert sent(town)["state"] == "delivered"


def test_a_receipt_that_comes_twice_is_noted_once(town: Town, came: Arrived) -> None:
    given = signs(town, came)
    assert told(town, given, given) == told(town, given) == []
    kinds = [each["kind"] for each in town.sender.run("audit", "entries", "--json").json]
    assert (kinds.count("bundle.acknowledged"), kinds.count("notices.acknowledged")) == (1, 1)


def test_some_of_the_notices_are_not_all_of_them(town: Town, came: Arrived) -> None:
    """Whoever acknowledged the rest later has acknowledged all."""
    some = signs(town, came, notices=("caveats",))
    rest = signs(town, came, at=NOW + dt.timedelta(hours=1), notices=("confidentiality", "prohibited"))
    assert told(town, some) == []
    assert sent(town)["by"] == []
    assert told(town, some, rest) == []
    assert sent(town)["by"] == [OFFICER]
    assert len(noted(town.sender)) == 2


@needs("ssh-keygen")
def test_ssh_keygen_verifies_on_both_sides_what_a_person_has_signed(town: Town, bundle: Path, tmp_path: Path) -> None:
    recipient, sender = town.recipient(), town.sender
    recipient.does("receive", "--from-folder", bundle.parent)
    recipient.does("open", *AS_OFFICER, bundle, "--out", tmp_path / "out", "--acknowledge")
    answered(town)
    sender.does("card", "export", tmp_path / "keys")
    ours, theirs = (files_of(desk.folder / "acknowledgements") for desk in (recipient, sender))
    assert ours == theirs != {}
    (statement,) = (sender.folder / "acknowledgements").rglob("*.json")
    arguments = ["-f", tmp_path / "keys/allowed_signers", "-I", f"gt-ntt/{OFFICER}", "-Overify-time=20261005"]
    namespace = ["-n", "data-sharing-exchange/acknowledgement/v1", "-s", statement.with_suffix(".sig")]
    with statement.open("rb") as message:
        done = subprocess.run(["ssh-keygen", "-Y", "verify", *arguments, *namespace], stdin=message, check=False)
    assert done.returncode == 0
    said = json.loads(statement.read_bytes())
    assert said["arrived"]["agreement"]["version"] == "1.1.0"
    assert said["notices"] == list(ALL)


def test_without_what_was_signed_somebody_is_asked_again(town: Town, bundle: Path, tmp_path: Path) -> None:
    recipient = town.recipient()
    recipient.does("open", *AS_OFFICER, bundle, "--out", tmp_path / "first", "--acknowledge")
    (signature,) = (recipient.folder / "acknowledgements").rglob("*.sig")
    signature.unlink()
    said = recipient.run("open", *AS_OFFICER, bundle, "--out", tmp_path / "second")
    assert said.codes == ["open.not_acknowledged"]
    recipient.does("receive", "--from-folder", bundle.parent)
    answered(town)
    assert sent(town) == {"state": "acknowledged", "by": []}


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
