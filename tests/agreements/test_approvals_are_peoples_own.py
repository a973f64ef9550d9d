"""What counts as an approval, and what somebody at the sender's own desk might try instead of asking two people."""

from __future__ import annotations

import datetime as dt
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from agreements.example import SIGNED_ON, agreement, key
from hypothesis import given
from hypothesis import strategies as st
from needs import needs

from exchange.agreements.agreement import Reference
from exchange.agreements.approval import (
    Approval,
    Judged,
    Proposed,
    Statement,
    approvals_missing,
    approve,
    approvers,
    judge,
)
from exchange.crypto import sshsig
from exchange.crypto.signing import SigningKey
from exchange.errors import AgreementError
from exchange.keyring import namespaces
from exchange.keyring.card import SignedCard, issue_card
from exchange.keyring.identity import Identity, new_identity
from exchange.keyring.people import certify, dismiss
from exchange.keyring.shapes import Names, Person, Role
from exchange.keyring.signers_file import signers_file

PACKED = dt.datetime(2026, 11, 5, 1, tzinfo=dt.UTC)
NOW = PACKED + dt.timedelta(hours=3)
LAST = SIGNED_ON + dt.timedelta(days=400)
PROPOSED = Proposed(
    agreement=Reference.to(agreement()),
    bundle="0" * 32,
    ciphertext=f"sha256:{'1' * 64}",
    page=f"sha256:{'2' * 64}",
    recipient="gt-ntt",
    period="2026-10",
)


def person(name: str, *roles: Role, last: dt.date = LAST, signing: SigningKey | None = None) -> Person:
    public = (signing or key(name)).verify_key.openssh()
    return Person(
        id=name, name="Orang (contoh)", roles=roles or ("approve",), key=public, not_before=SIGNED_ON, not_after=last
    )


def sender(*people: Person, root: SigningKey | None = None) -> Identity:
    names = Names(id="Yayasan (contoh)", en="Foundation (example)")
    identity = new_identity("yks", names, "dpo@yks.example", SIGNED_ON, root=root or key("yks"))
    for each in people:
        identity = certify(identity, each)
    return identity


def card(*people: Person, root: SigningKey | None = None) -> SignedCard:
    return issue_card(sender(*people, root=root), SIGNED_ON)


BOTH = card(person("director.1"), person("officer.1"))


def given_by(
    name: str, *, at: dt.datetime = NOW, signing: SigningKey | None = None, about: Proposed = PROPOSED
) -> Approval:
    return approve(about, name, signing or key(name), at)


def judged(*approvals: Approval, by: SignedCard = BOTH) -> Judged:
    return judge(agreement(), PROPOSED, approvals, by.card, packed=PACKED, now=NOW)


def codes(*approvals: Approval, by: SignedCard = BOTH) -> list[str]:
    """Why they do not count; each attack is made beside one good approval, so that it would make two."""
    found = judged(given_by("officer.1"), *approvals, by=by)
    assert approvals_missing(agreement(), found.people) > 0
    return [problem.code for problem in found.problems]


def test_two_people_are_enough_and_one_is_not() -> None:
    one, two = given_by("director.1"), given_by("officer.1")
    assert agreement().approval.people == 2
    assert [approvals_missing(agreement(), judged(*each).people) for each in ((), (one,), (one, two))] == [2, 1, 0]
    assert judged(two, one).people == ("director.1", "officer.1")


def test_the_same_person_twice_counts_once() -> None:
    again = given_by("officer.1", at=NOW - dt.timedelta(hours=1))
    assert codes(again) == []


def test_one_key_under_two_names_is_one_person() -> None:
    shared = BOTH.card.model_copy(
        update={"people": (person("officer.1"), person("officer.2", signing=key("officer.1")))}
    )
    approvals = (given_by("officer.1"), given_by("officer.2", signing=key("officer.1")))
    assert judge(agreement(), PROPOSED, approvals, shared, packed=PACKED, now=NOW).people == ("officer.1",)


@pytest.mark.parametrize(
    "change",
    [
        {"recipient": "io-id"},
        {"period": "2026-09"},
        {"bundle": "f" * 32},
        {"ciphertext": f"sha256:{'2' * 64}"},
        {"agreement": Reference.to(agreement()).model_copy(update={"version": "9.0.0"})},
        {"agreement": Reference.to(agreement()).model_copy(update={"digest": f"sha256:{'3' * 64}"})},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_approval_of_something_else_does_not_count(change: dict[str, object]) -> None:
    other = PROPOSED.model_copy(update=change)
    assert codes(given_by("director.1", about=other)) == ["approval.other_bundle"]
    signed = given_by("director.1", about=other)
    moved = Approval(signed.statement.model_copy(update={"proposed": PROPOSED}), signed.signature)
    assert codes(moved) == ["approval.bad_signature"]


def test_somebody_elses_signature_is_not_the_persons() -> None:
    assert codes(given_by("director.1", signing=key("officer.1"))) == ["approval.bad_signature"]
    assert codes(given_by("director.1", signing=key("yks"))) == ["approval.bad_signature"], "not even the root's"


def test_a_signature_for_another_kind_of_thing_does_not_count() -> None:
    statement = given_by("director.1").statement
    signed = sshsig.sign(key("director.1"), namespaces.AGREEMENT, statement.message())
    assert codes(Approval(statement, signed)) == ["approval.bad_signature"]


def test_nobody_approves_without_the_role_or_outside_their_days() -> None:
    may_not = card(person("officer.1"), person("director.1", "sign", "director"))
    assert codes(given_by("director.1"), by=may_not) == ["approval.not_certified"]
    over = card(person("officer.1"), person("director.1", last=PACKED.date() - dt.timedelta(days=1)))
    assert codes(given_by("director.1"), by=over) == ["approval.not_certified"]
    assert codes(given_by("stranger")) == ["approval.not_certified"]


def test_whoever_was_dismissed_approves_nothing_not_even_in_the_past() -> None:
    without = issue_card(dismiss(sender(person("director.1"), person("officer.1")), "director.1"), SIGNED_ON)
    for moment in (NOW, PACKED, PACKED - dt.timedelta(days=30)):
        assert codes(given_by("director.1", at=moment), by=without)[0].startswith("approval.")


def test_nobody_approves_before_there_is_a_bundle_or_tomorrow() -> None:
    for moment in (PACKED - dt.timedelta(seconds=1), NOW + dt.timedelta(seconds=1)):
        assert codes(given_by("director.1", at=moment)) == ["approval.other_time"]


def test_people_of_another_root_approve_nothing() -> None:
    """Whoever can write into the workspace can put a card of their own making there; the agreement names our root."""
    forged = card(person("director.1"), person("officer.1"), root=key("somebody else"))
    assert codes(given_by("director.1"), by=forged) == ["approval.other_root"]
    assert judged(given_by("director.1"), given_by("officer.1"), by=forged).people == ()
    assert approvers(agreement(), forged.card, NOW.date()) == ()


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_one_changed_byte_is_one_approval_less(place: int, change: int) -> None:
    approval = given_by("director.1")
    files = [approval.statement.message(), approval.signature.encode()]
    at = place % sum(map(len, files))
    which, inside = (0, at) if at < len(files[0]) else (1, at - len(files[0]))
    spoiled = bytearray(files[which])
    spoiled[inside] ^= change
    files[which] = bytes(spoiled)
    try:
        read = Approval.read(files[0], files[1], "director.1")
    except AgreementError:
        return
    found = judged(given_by("officer.1"), read)
    # Line ends of the armor may be written in several ways; everything else is signed.
    assert found.people == ("officer.1",) or sshsig.claimed_signer(read.signature) == key("director.1").verify_key


def test_an_approval_is_read_only_as_it_was_written() -> None:
    approval = given_by("director.1")
    message = approval.statement.message()
    assert Approval.read(message, approval.signature.encode(), "director.1") == approval
    spoil: list[Callable[[bytes], bytes]] = [
        lambda data: data + b"\n",
        lambda data: data.replace(b":", b": ", 1),
        lambda data: data.replace(b'"approval":1', b'"approval":2'),
        lambda data: data.replace(b"Z", b"+00:00"),
        lambda data: data[:-1],
    ]
    for each in spoil:
        with pytest.raises(AgreementError) as refused:
            Approval.read(each(message), approval.signature.encode(), "director.1")
        assert refused.value.codes == ("approval.unreadable",)


def test_a_moment_without_whole_seconds_in_utc_is_no_moment_of_ours() -> None:
    for moment in (
        NOW.replace(microsecond=5),
        NOW.replace(tzinfo=None),
        NOW.astimezone(dt.timezone(dt.timedelta(hours=8))),
    ):
        with pytest.raises(ValueError, match="whole second"):
            Statement(proposed=PROPOSED, person="director.1", approved_at=moment)


@needs("ssh-keygen")
def test_ssh_keygen_verifies_an_approval(tmp_path: Path) -> None:
    allowed, signature = tmp_path / "allowed_signers", tmp_path / "director.1.sig"
    allowed.write_text(signers_file([BOTH]))
    approval = given_by("director.1")
    signature.write_text(approval.signature)
    arguments = ["-f", str(allowed), "-n", namespaces.APPROVAL, "-s", str(signature), "-Overify-time=20261105120000"]
    for principal, expected in (("yks/director.1", 0), ("yks/officer.1", 255)):
        command = ["ssh-keygen", "-Y", "verify", "-I", principal, *arguments]
        done = subprocess.run(command, input=approval.statement.message(), capture_output=True, check=False)
        assert done.returncode == expected, done
