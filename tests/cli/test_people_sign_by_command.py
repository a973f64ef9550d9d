"""A certified person signs for the party without its root key; a signature of whoever is dismissed is not taken in."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.organisations import SIGNING, Desk
from cli.town import AGREEMENT, Town

SIGN = ("agreement", "sign", AGREEMENT, "--as", "ketua.1")
NAME = "Yosef L."


@pytest.fixture
def recipient(town: Town) -> Desk:
    """gt-ntt, where nobody has signed yet and the signatory is certified; the sender knows its newest card."""
    for desk in (town.sender, town.recipient()):
        (desk.folder / "agreements" / AGREEMENT / "1.1.0.signatures.json").unlink()
    recipient = town.recipient().at(SIGNING)
    recipient.certifies("ketua.1", NAME, "sign")
    town.sender.does("card", "add", recipient.card)
    return recipient


@pytest.fixture
def file(recipient: Desk, tmp_path: Path) -> Path:
    """What the person signed, as it travels."""
    recipient.does(*SIGN)
    recipient.does("agreement", "signatures", "export", AGREEMENT, tmp_path / "signatures.json")
    return tmp_path / "signatures.json"


def signed(desk: Desk) -> list[str]:
    (state,) = desk.run("agreement", "status", AGREEMENT, "--json").json
    return list(state["signed"])


def test_a_person_signs_without_the_organisations_passphrase(recipient: Desk) -> None:
    (recipient.folder.parent / "gt-ntt.passphrase").write_text("not the passphrase at all\n")
    said = recipient.run(*SIGN)
    assert said.status == 0, said
    assert signed(recipient) == ["gt-ntt"]
    *_certified, entry = recipient.run("audit", "entries", "--json").json
    assert (entry["kind"], entry["person"]) == ("agreement.signed", "ketua.1")


def test_the_signature_travels_to_others_and_back(town: Town, file: Path, recipient: Desk, tmp_path: Path) -> None:
    town.sender.does("agreement", "signatures", "import", file)
    assert signed(town.sender) == ["gt-ntt"]
    again = tmp_path / "again.json"
    town.sender.does("agreement", "signatures", "export", AGREEMENT, again)
    assert again.read_bytes() == file.read_bytes()
    recipient.does("agreement", "signatures", "import", again)
    assert signed(recipient) == ["gt-ntt"]


def test_a_signature_of_whoever_was_dismissed_is_not_taken_in(town: Town, file: Path, recipient: Desk) -> None:
    recipient.does("card", "people", "dismiss", "ketua.1")
    assert recipient.run(*SIGN).codes == ["person.unknown"]
    town.sender.does("card", "add", recipient.card)
    said = town.sender.run("agreement", "signatures", "import", file)
    assert (said.status, said.codes) == (5, ["agreement.signer_dismissed"])
    assert signed(town.sender) == []


def test_what_was_taken_in_before_the_dismissal_stays(town: Town, file: Path, recipient: Desk) -> None:
    town.sender.does("agreement", "signatures", "import", file)
    recipient.does("card", "people", "dismiss", "ketua.1")
    town.sender.does("card", "add", recipient.card)
    town.sender.does("agreement", "signatures", "import", file)
    assert signed(town.sender) == ["gt-ntt"]


def test_a_persons_signature_needs_a_card_that_is_confirmed(town: Town, file: Path) -> None:
    town.sender.does("card", "revoke", "gt-ntt")
    assert town.sender.run("agreement", "signatures", "import", file).codes == ["card.revoked"]
    stranger = Desk(town.folder / "independent-auditor", "independent-auditor")
    assert stranger.run("agreement", "signatures", "import", file).codes == ["agreement.signer_dismissed"]


def test_only_the_agreements_own_signatory_signs_and_only_with_the_role(recipient: Desk) -> None:
    recipient.certifies("petugas.1", "Orang Lain", "sign")
    recipient.certifies("petugas.2", NAME, "approve")
    assert recipient.run(*SIGN[:-1], "petugas.1").codes == ["agreement.other_signatory"]
    assert recipient.run(*SIGN[:-1], "petugas.2").codes == ["person.may_not"]
    assert recipient.run(*SIGN, "--on", "2026-08-19").codes == ["agreement.signer_not_certified"]
    (recipient.folder / "people" / "ketua.1.json").unlink()
    assert recipient.run(*SIGN).codes == ["person.no_certification"]
    assert signed(recipient) == []
