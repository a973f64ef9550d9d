"""Receipts and certificates in evidence packs: an auditor sees who signed each, and what was made up."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

import pytest
from cli.organisations import PACKING, Desk, Said, files_of
from cli.test_a_withdrawal_reaches_whoever_got_the_person import packed_for_coordination, withdrawn
from cli.test_partners_who_turn import reference, told
from cli.town import AGREEMENT, Town

from exchange.agreements.agreement import Reference
from exchange.audit.scope import Scope
from exchange.bundle.letters import LetterBody, Receipt, write_letter
from exchange.crypto.signing import SigningKey
from exchange.crypto.sshsig import sign
from exchange.errors import KeyringError, Problem
from exchange.keyring.namespaces import BUNDLE, LETTER
from exchange.papers import papers_kept
from exchange.seal import layout
from exchange.seal.envelope import Envelope
from exchange.seal.layout import Front
from exchange.seal.paper import read_paper
from exchange.workspace.papers import Papers

NOW = dt.datetime.fromisoformat(PACKING).astimezone(dt.UTC)


def verified(*packs: Path, by: tuple[str | Path, ...] = ()) -> Said:
    """What an auditor who has nothing but packs is told."""
    return Desk(packs[0].parent / "nothing", "auditor").run("audit", "verify", *packs, *by, "--json")


def about_papers(said: Said) -> list[tuple[str, str]]:
    found = [each for each in said.json["findings"] if ".paper" in each["said"]]
    assert not any(each["origin"] for each in found), "it is the pack that is wrong, and no log"
    assert all(each["ok"] for each in said.json["logs"])
    return [(each["code"], each["pack"]) for each in found]


def counted(said: Said, party: str = "yks") -> dict[str, int]:
    (told,) = [each for each in said.json["proved"] if each.pop("origin").startswith(f"{party}.")]
    return {key: count for key, count in told.items() if count}


ONE = {"receipts": 1, "receipts_proved": 1}
NONE = {"receipts": 1}


@pytest.fixture
def receipt(packs: tuple[Path, Path]) -> Path:
    """The only receipt in the sender's pack."""
    (file,) = (packs[0] / "receipts").iterdir()
    return file


def test_the_receipt_of_a_bundle_is_proved(packs: tuple[Path, Path], receipt: Path, town: Town) -> None:
    said = verified(*packs)
    assert (said.status, counted(said), counted(said, "gt-ntt")) == (0, ONE, {})
    assert about_papers(said) == []
    told = Desk(packs[0].parent / "nothing", "auditor").run("audit", "verify", *packs).out
    assert "yks.ntt/exchange-log: receipts proved by who gave them: 1 of 1\n" in told
    assert "certificates" not in told
    page = packs[0].parent / "audit.html"
    Desk(packs[0].parent / "nothing", "auditor").does("audit", "report", *packs, "--out", page)
    text = page.read_text(encoding="utf-8")
    assert text.count("yks.ntt/exchange-log: receipts proved by who gave them: 1 of 1") == 1
    assert text.count("yks.ntt/exchange-log: tanda terima yang terbukti dari pemberinya: 1 dari 1") == 1
    (noted,) = town.sender.run("audit", "entries", "--kind", "bundle.acknowledged", "--json").json
    assert receipt.stem == noted["receipt"].removeprefix("sha256:")
    body = read_paper(receipt.read_bytes()).body
    assert isinstance(body, Receipt)
    assert (body.bundle, body.ciphertext) == (noted["bundle"], noted["ciphertext"])


def test_it_is_kept_for_its_owner_alone_and_holds_nobody(town: Town, packs: tuple[Path, Path], receipt: Path) -> None:
    kept = town.sender.folder / "papers" / "receipts" / receipt.name
    assert kept.read_bytes() == receipt.read_bytes()
    assert [each.stat().st_mode & 0o777 for each in (kept, kept.parent, kept.parent.parent)] == [0o600, 0o700, 0o700]
    assert not any(each.encode() in kept.read_bytes() for each in town.identifiers)
    assert not (town.recipient().folder / "papers").exists(), "who only gave receipts has none"


def test_by_which_card_it_was_judged_is_said(packs: tuple[Path, Path], town: Town) -> None:
    def own_keys(*by: str | Path) -> list[str]:
        said = verified(packs[0], by=by)
        assert counted(said) == ONE
        return [
            each["said"] for each in said.json["findings"] if each["code"] == "audit.own_key" and not each["origin"]
        ]

    assert own_keys() == ["the card of gt-ntt is known from the pack alone: compare its fingerprint"]
    assert own_keys("--key", f"gt-ntt={town.recipient().card}") == []
    other = verified(packs[0], by=("--key", f"gt-ntt={town.recipient('io-id').folder / 'log-key'}"))
    assert other.status != 0, "there is no such file"
    (packs[0] / "key.pub").write_text(SigningKey.generate().verify_key.openssh() + "\n")
    other = verified(packs[0], by=("--key", f"gt-ntt={packs[0] / 'key.pub'}"))
    assert counted(other) == NONE, "a card with another key of the log than she knows is not gt-ntt's"
    assert "no card of gt-ntt was shown" in [each["said"] for each in other.json["findings"]]


def test_without_the_card_it_is_not_judged(packs: tuple[Path, Path]) -> None:
    (packs[0] / "cards" / "gt-ntt.card.json").unlink()
    said = verified(packs[0])
    assert (said.status, counted(said), about_papers(said)) == (0, NONE, [])
    assert ("audit.key_untold", "no card of gt-ntt was shown") in [
        (each["code"], each["said"]) for each in said.json["findings"]
    ]


def test_a_pack_without_papers_accuses_nobody(packs: tuple[Path, Path]) -> None:
    shutil.rmtree(packs[0] / "receipts")
    said = verified(*packs)
    assert (said.status, counted(said), about_papers(said)) == (0, NONE, [])


@pytest.mark.parametrize("place", [600, 1600, 2700, -1])
def test_a_byte_that_was_changed_is_found(packs: tuple[Path, Path], receipt: Path, place: int) -> None:
    content = bytearray(receipt.read_bytes())
    content[place] ^= 1
    receipt.write_bytes(content)
    said = verified(*packs)
    assert (said.status, counted(said), about_papers(said)) == (13, NONE, [("audit.paper_forged", "yks-pack")])


# --- made up ---


@dataclass(frozen=True)
class Making:
    """What somebody who makes up a paper says in it, and how it is signed."""

    envelope: Envelope
    body: LetterBody
    key: SigningKey
    namespace: str = LETTER

    def saying(self, **changes: object) -> Making:
        return replace(self, body=self.body.model_copy(update=changes))

    def sealed(self, **changes: object) -> Making:
        return replace(self, envelope=self.envelope.model_copy(update=changes))

    @property
    def paper(self) -> bytes:
        envelope, mtime = self.envelope.to_bytes(), int(self.envelope.created.timestamp())
        letter = write_letter(self.body, self.envelope.id, self.envelope.sender, self.envelope.recipient)
        size = layout.payload_size(letter.members)
        payload = [*layout.payload_blocks(letter.members, mtime, size)]
        sums = layout.sums(envelope, payload)
        front = Front(sums, sign(self.key, self.namespace, sums).encode(), envelope, size, mtime)
        return b"".join(layout.archive_blocks(front, payload)).rstrip(b"\0")


@pytest.fixture
def making(receipt: Path, town: Town) -> Making:
    """The receipt once more, signed by the recipient that gave it."""
    genuine = read_paper(receipt.read_bytes())
    return Making(genuine.envelope, genuine.body, key_of(town, "gt-ntt"))


def key_of(town: Town, party: str) -> SigningKey:
    return Desk(town.folder / party, party).office(NOW).identity.signing_key(NOW.date())


def root_of(town: Town, party: str) -> SigningKey:
    return Desk(town.folder / party, party).office(NOW).identity.root


def renamed(made: Making, **changes: str) -> Reference:
    assert made.envelope.agreement is not None
    return made.envelope.agreement.model_copy(update=changes)


OTHER = "sha256:" + "0" * 64
FORGED: dict[str, Callable[[Making, Town], Making]] = {
    "a key that nobody knows": lambda made, _town: replace(made, key=SigningKey.generate()),
    "the sender's own key": lambda made, town: replace(made, key=key_of(town, "yks")),
    "another recipient's key": lambda made, town: replace(made, key=key_of(town, "io-id")),
    "its root": lambda made, town: replace(made, key=root_of(town, "gt-ntt")),
    "signed as a bundle is": lambda made, _town: replace(made, namespace=BUNDLE),
    "a day on which its key did not count": lambda made, _town: made.sealed(created=NOW - dt.timedelta(days=400)),
}
UNMATCHED: dict[str, Callable[[Making, Town], Making]] = {
    "of another file": lambda made, _town: made.saying(ciphertext=OTHER),
    "of another bundle": lambda made, _town: made.saying(bundle="0" * 32),
    "given by another": lambda made, town: replace(made, key=key_of(town, "io-id")).sealed(sender="io-id"),
    "given by itself": lambda made, town: replace(made, key=key_of(town, "yks")).sealed(sender="yks"),
    "under another version": lambda made, _town: made.sealed(agreement=renamed(made, version="9.0.0")),
    "given to another": lambda made, _town: made.sealed(recipient="io-id"),
    "under no agreement": lambda made, _town: made.sealed(agreement=None),
}


def test_made_again_with_its_key_it_is_proved(packs: tuple[Path, Path], receipt: Path, making: Making) -> None:
    """So that those below are found for what is wrong with them alone."""
    receipt.write_bytes(making.paper)
    assert counted(verified(*packs)) == ONE


@pytest.mark.parametrize("how", FORGED)
def test_who_did_not_sign_proves_nothing(
    packs: tuple[Path, Path], receipt: Path, making: Making, town: Town, how: str
) -> None:
    receipt.write_bytes(FORGED[how](making, town).paper)
    said = verified(*packs)
    assert (said.status, counted(said), about_papers(said)) == (13, NONE, [("audit.paper_forged", "yks-pack")])


@pytest.mark.parametrize("how", UNMATCHED)
def test_a_genuine_paper_in_the_place_of_another_is_found(
    packs: tuple[Path, Path], receipt: Path, making: Making, town: Town, how: str
) -> None:
    receipt.write_bytes(UNMATCHED[how](making, town).paper)
    said = verified(*packs)
    assert (said.status, counted(said), about_papers(said)) == (13, NONE, [("audit.paper_unmatched", "yks-pack")])


def test_a_paper_of_which_the_log_says_nothing_is_found(packs: tuple[Path, Path], receipt: Path) -> None:
    shutil.copy(receipt, receipt.with_stem("0" * 64))
    said = verified(*packs)
    assert (said.status, counted(said), about_papers(said)) == (13, ONE, [("audit.paper_unmatched", "yks-pack")])
    certificates = packs[0] / "certificates"
    certificates.mkdir()
    receipt.with_stem("0" * 64).rename(certificates / receipt.name)
    assert about_papers(verified(*packs)) == [("audit.paper_unmatched", "yks-pack")]


def test_nobody_gives_itself_a_receipt(packs: tuple[Path, Path], making: Making, town: Town, tmp_path: Path) -> None:
    office = town.sender.office(NOW)
    office.note("ntt", office.entry("bundle.acknowledged", counterpart="yks", ciphertext=OTHER, receipt=OTHER))
    made = replace(making, key=key_of(town, "yks")).sealed(sender="yks", agreement=None).saying(ciphertext=OTHER)
    town.sender.does("audit", "export", tmp_path / "yks")
    (tmp_path / "yks" / "receipts" / ("0" * 64 + ".paper")).write_bytes(made.sealed(recipient="yks").paper)
    said = verified(tmp_path / "yks")
    assert counted(said) == {"receipts": 2, "receipts_proved": 1}
    assert about_papers(said) == [("audit.paper_unmatched", "yks")]


def test_what_stands_in_a_pack_of_another_agreement_stays_out(town: Town, packs: tuple[Path, Path]) -> None:
    sender = town.sender
    sender.does("audit", "export", packs[0].parent / "scoped", "--agreement", AGREEMENT)
    assert "receipts" in {each.name for each in (packs[0].parent / "scoped").iterdir()}
    assert counted(verified(packs[0].parent / "scoped")) == ONE
    assert len(dict(papers_kept(sender.office(NOW), "ntt"))) == 1
    other = Scope(agreements=("DSA-NTT-2026-005",), parties=("gt-ntt", "yks"))
    assert dict(papers_kept(sender.office(NOW), "ntt", other)) == {}


def test_a_key_that_was_lost_by_then_proves_nothing_and_accuses_nobody(
    packs: tuple[Path, Path], town: Town, tmp_path: Path
) -> None:
    recipient = town.recipient().at("2026-10-06T09:00:00+08:00")
    recipient.does("card", "revoke", "--lost", "--since", "2026-10-04T09:00:00+08:00")
    recipient.does("audit", "export", tmp_path / "gt-ntt-again")
    said = verified(packs[0], tmp_path / "gt-ntt-again")
    assert counted(said) == NONE
    assert ("audit.key_in_doubt", "yks-pack") in about_papers(said)


# --- certificates ---


def test_the_certificate_of_what_was_destroyed_is_proved(packs: tuple[Path, Path], town: Town, tmp_path: Path) -> None:
    recipient, sender, folder = town.recipient(), town.sender, tmp_path / "again"
    recipient.does("dispose", AGREEMENT, "--all-now")
    recipient.does("deliver", "--to-folder", town.stick)
    sender.does("receive", "--from-folder", town.stick)
    folder.mkdir()
    sender.does("audit", "export", folder / "yks")
    recipient.does("audit", "export", folder / "gt-ntt")
    said = verified(folder / "yks", folder / "gt-ntt")
    both = {**ONE, "certificates": 1, "certificates_proved": 1}
    assert (counted(said), about_papers(said)) == (both, [])
    assert counted(said, "gt-ntt") == {}, "what it certified itself is no paper of another"
    (certificate,) = (folder / "yks" / "certificates").iterdir()
    (paper,) = (folder / "yks" / "receipts").iterdir()
    genuine = read_paper(certificate.read_bytes())
    made = Making(genuine.envelope, genuine.body, key_of(town, "gt-ntt"))
    certificate.write_bytes(made.sealed(agreement=renamed(made, version="9.0.0")).paper)
    assert about_papers(verified(folder / "yks", folder / "gt-ntt")) == [], "bundles may have come under any version"
    for other in (made.sealed(agreement=renamed(made, id="DSA-NTT-2026-005")), made.saying(bundles=("0" * 32,))):
        certificate.write_bytes(other.paper)
        assert about_papers(verified(folder / "yks", folder / "gt-ntt")) == [("audit.paper_unmatched", "yks")]
    certificate.write_bytes(paper.read_bytes())
    said = verified(folder / "yks", folder / "gt-ntt")
    assert about_papers(said) == [("audit.paper_unmatched", "yks")]


def test_the_certificate_of_an_erasure_is_proved_and_the_withdrawal_is_kept_nowhere(town: Town, tmp_path: Path) -> None:
    case = packed_for_coordination(town)
    sender, recipient = town.sender, town.recipient("io-id")
    sender.approves()
    sender.does("deliver", "--to-folder", town.stick)
    recipient.does("receive", "--from-folder", town.stick)
    withdrawn(town, case)
    for giver, taker in ((sender, recipient), (recipient, sender)):
        giver.does("deliver", "--to-folder", town.stick)
        taker.does("receive", "--from-folder", town.stick)
    sender.does("audit", "export", tmp_path / "yks")
    recipient.does("audit", "export", tmp_path / "io-id")
    said = verified(tmp_path / "yks", tmp_path / "io-id")
    assert counted(said) == {**ONE, "certificates": 1, "certificates_proved": 1}
    assert (counted(said, "io-id"), about_papers(said)) == ({}, [])
    assert not (recipient.folder / "papers").exists(), "a withdrawal has a pseudonym: no paper is kept of it"
    (certificate,) = (tmp_path / "yks" / "certificates").iterdir()
    genuine = read_paper(certificate.read_bytes())
    fewer = Making(genuine.envelope, genuine.body, key_of(town, "io-id"))
    for changes, code in (
        ({}, []),
        ({"reports_erased": 7}, [("audit.paper_unmatched", "yks")]),
        ({"letter": "0" * 32}, [("audit.paper_unmatched", "yks")]),
    ):
        certificate.write_bytes(fewer.saying(**changes).paper)
        assert about_papers(verified(tmp_path / "yks", tmp_path / "io-id")) == code


def test_a_receipt_for_what_never_went_there_leaves_no_paper(town: Town, packs: tuple[Path, Path]) -> None:
    recipient, sender = town.recipient("io-id").office(NOW), town.sender.office(NOW)
    body = Receipt(
        kind="receipt",
        bundle="0" * 32,
        ciphertext=OTHER,
        acknowledged=(),
        received=NOW,
        checkpoint=recipient.checkpoint("ntt"),
    )
    before = files_of(town.sender.folder / "papers")
    assert told(town, recipient, sender, body, reference(sender)).outcome == "refused"
    assert files_of(town.sender.folder / "papers") == before


def test_a_machine_that_stops_before_the_paper_is_kept_keeps_it_the_next_time(town: Town, bundle: Path) -> None:
    recipient, sender = town.recipient(), town.sender
    recipient.does("receive", "--from-folder", bundle.parent)
    recipient.does("deliver", "--to-folder", town.stick)
    full = KeyringError(Problem("file.not_written", "the disk is full"))
    with mock.patch.object(Papers, "keep", side_effect=full):
        sender.run("receive", "--from-folder", town.stick)
    assert not (sender.folder / "papers").exists()
    sender.does("receive", "--from-folder", town.stick)
    (noted,) = sender.run("audit", "entries", "--kind", "bundle.acknowledged", "--json").json
    (kept,) = (sender.folder / "papers" / "receipts").iterdir()
    assert kept.stem == noted["receipt"].removeprefix("sha256:")


def test_more_papers_than_anybody_has_are_not_read(packs: tuple[Path, Path], receipt: Path) -> None:
    for number in range(3100):
        (receipt.parent / f"{number:064x}.paper").write_bytes(b"no paper")
    said = verified(*packs)
    assert len(about_papers(said)) <= 3000
