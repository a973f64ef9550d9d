"""A person signs for a party only if the root that the agreement names certified them for that, on that day."""

from __future__ import annotations

import datetime as dt
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from agreements.example import SIGNED_ON, agreement, key, signed
from needs import needs

from exchange.agreements.signatures import Signature, Signatures, merge, sign, signed_by, verify
from exchange.crypto import sshsig
from exchange.crypto.signing import SigningKey
from exchange.errors import AgreementError
from exchange.keyring.card import issue_card
from exchange.keyring.certification import SignedCertification, issue_certification, read_certification
from exchange.keyring.identity import Identity, new_identity
from exchange.keyring.namespaces import AGREEMENT, APPROVAL, CARD
from exchange.keyring.people import certify
from exchange.keyring.shapes import Names, Person
from exchange.keyring.signers_file import signers_file

DIRECTOR, STRANGER = SigningKey(b"\x01" * 32), SigningKey(b"\x02" * 32)
SCAN = "sha256:" + "ab" * 32
(SIGNATORY,) = [each for each in agreement().signatories if each.party == "gt-ntt"]


def person(**changes: object) -> Person:
    """The signatory, certified to sign for a year around the day of signing."""
    content: dict[str, object] = {
        "id": "director.1",
        "name": SIGNATORY.name,
        "roles": ("sign",),
        "key": DIRECTOR.verify_key.openssh(),
        "not_before": SIGNED_ON,
        "not_after": SIGNED_ON + dt.timedelta(days=400),
    }
    return Person.model_validate(content | changes)


@cache
def identity(party: str) -> Identity:
    names = Names(id=party, en=party)
    return new_identity(party, names, f"dpo@{party}.example", dt.date(2026, 8, 1), root=key(party))


def certification(party: str = "gt-ntt", **changes: object) -> SignedCertification:
    return issue_certification(identity(party), person(**changes))


def by_person(word: SignedCertification | None = None, who: SigningKey = DIRECTOR) -> Signature:
    return sign(agreement(), "gt-ntt", who, SIGNED_ON, certification=word or certification())


def unguarded(
    word: SignedCertification | None, who: SigningKey = DIRECTOR, namespace: str = AGREEMENT, **changes: object
) -> Signature:
    """A signature that our own `sign` would refuse to make."""
    statement = by_person().statement.model_copy(update=changes)
    made = sshsig.sign(who, namespace, statement.message())
    return Signature(statement=statement, certification=word, sshsig=made)


def counts(signature: Signature) -> bool:
    return "gt-ntt" in signed_by(agreement(), Signatures.of(signature))


def test_a_certified_person_signs_for_the_party() -> None:
    others = signed(agreement(), "yks", "dinas-p3a", "io-id")
    assert verify(agreement(), merge(others, Signatures.of(by_person()))) == ()


def test_it_travels_whole_and_merges_without_conflict() -> None:
    both = Signatures.of(by_person(), *signed(agreement()).entries)
    read = Signatures.from_json(both.to_json(), "x")
    assert read == both
    assert read.to_json() == both.to_json()
    stripped = Signatures.of(by_person().model_copy(update={"certification": None}))
    assert merge(both, stripped).to_json() == merge(stripped, both).to_json()
    assert verify(agreement(), merge(stripped, both)) == ()


NOT_THEIRS = {
    "before the first day": certification(not_before=SIGNED_ON + dt.timedelta(days=1)),
    "after the last day": certification(not_before=dt.date(2026, 1, 1), not_after=SIGNED_ON - dt.timedelta(days=1)),
    "another role": certification(roles=("approve", "open", "director")),
    "another party's person": certification("yks"),
    "another name than the signatory's": certification(name="Someone Else"),
    "another key than the certified one": certification(key=STRANGER.verify_key.openssh()),
    "certified by a root that the agreement does not name": issue_certification(
        replace(identity("gt-ntt"), root_key=STRANGER.verify_key, held_root=STRANGER), person()
    ),
}


@pytest.mark.parametrize("word", NOT_THEIRS.values(), ids=NOT_THEIRS)
def test_whoever_may_not_sign_neither_makes_a_signature_nor_is_believed(word: SignedCertification) -> None:
    with pytest.raises(AgreementError) as caught:
        by_person(word)
    assert set(caught.value.codes) <= {
        "agreement.signer_not_certified",
        "agreement.wrong_key",
        "agreement.other_signatory",
    }
    assert counts(unguarded(certification()))
    assert not counts(unguarded(word))


def test_a_certification_that_was_changed_or_taken_from_elsewhere_is_worth_nothing() -> None:
    genuine, weaker = certification(), certification(roles=("approve",))
    raised = weaker.model_copy(update={"certification": genuine.certification})
    assert not counts(unguarded(raised))
    message = genuine.certification.message()
    as_a_card = genuine.model_copy(update={"signature": sshsig.sign(key("gt-ntt"), CARD, message)})
    assert not counts(unguarded(as_a_card))
    by_the_person = genuine.model_copy(update={"signature": sshsig.sign(DIRECTOR, "x", message)})
    assert not counts(unguarded(by_the_person))
    assert not counts(unguarded(None))  # nobody says who it is
    assert not counts(unguarded(genuine, key("gt-ntt")))  # the root's own signature, passed off as the person's
    assert not counts(unguarded(genuine, namespace=APPROVAL))
    assert not counts(unguarded(genuine, signer="Someone Else"))
    assert not counts(unguarded(genuine, signed_on=SIGNED_ON - dt.timedelta(days=1)))


def test_that_a_page_was_signed_by_hand_only_the_root_key_says() -> None:
    with pytest.raises(AgreementError) as caught:
        sign(agreement(), "gt-ntt", DIRECTOR, SIGNED_ON, scan=SCAN, certification=certification())
    assert caught.value.codes == ("agreement.way_of_signing",)
    assert "paper" in SIGNATORY.by
    assert not counts(unguarded(certification(), by="paper", scan=SCAN))
    assert counts(unguarded(None, key("gt-ntt"), by="paper", scan=SCAN))


def test_a_certification_comes_back_as_it_was_written() -> None:
    assert read_certification(certification().to_bytes()) == certification()


@needs("ssh-keygen")
def test_ssh_keygen_verifies_what_a_person_signed(tmp_path: Path) -> None:
    card = issue_card(certify(identity("gt-ntt"), person()), SIGNED_ON)
    (tmp_path / "allowed").write_text(signers_file([card]), encoding="ascii")
    signature = by_person()
    (tmp_path / "sig").write_text(signature.sshsig, encoding="ascii")
    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "gt-ntt/director.1", "-n", AGREEMENT, "-s", "sig"]
    command.append(f"-Overify-time={SIGNED_ON:%Y%m%d}120000Z")
    message = signature.statement.message()
    good = subprocess.run(command, input=message, cwd=tmp_path, capture_output=True, check=False)
    assert good.returncode == 0, good.stderr
    assert subprocess.run(command, input=b"x", cwd=tmp_path, capture_output=True, check=False).returncode != 0
