"""A person acts only with their own key, in a role that our card gives them, on a day that it names."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import pytest
from needs import needs

from exchange.cli.people import ROLES
from exchange.crypto.signing import SigningKey
from exchange.crypto.sshsig import sign
from exchange.errors import KeyringError
from exchange.keyring.card import Card, issue_card
from exchange.keyring.identity import Identity
from exchange.keyring.namespaces import ACKNOWLEDGEMENT, AGREEMENT, ALL, APPROVAL
from exchange.keyring.people import acting_as, certified, certify
from exchange.keyring.shapes import Person, Role
from exchange.keyring.signers_file import signers_file

Make = Callable[[str], Identity]
FIRST, LAST = date(2026, 9, 1), date(2027, 9, 1)
KEY = SigningKey.generate()


def person(*roles: Role, key: SigningKey = KEY, name: str = "director.1") -> Person:
    public = key.verify_key.openssh()
    return Person(id=name, name="Orang Contoh", roles=roles, key=public, not_before=FIRST, not_after=LAST)


@pytest.fixture(scope="module")
def yks(make: Make) -> Identity:
    return make("yks")


@pytest.fixture(scope="module")
def card(yks: Identity) -> Card:
    return issue_card(certify(yks, person("sign", "open")), FIRST).card


def refusal(call: Callable[[], object]) -> tuple[str, ...]:
    with pytest.raises(KeyringError) as caught:
        call()
    return caught.value.codes


def test_the_command_line_knows_every_role() -> None:
    assert get_args(Role) == ROLES


def test_a_person_acts_in_their_roles_with_their_own_key(card: Card) -> None:
    for role in ("sign", "open"):
        who = acting_as(certified(card, "director.1", role, FIRST), KEY)
        assert who.person.id == "director.1"
    assert KEY.seed.hex() not in repr(who)
    assert "key" not in repr(who).partition("person=")[0]


@pytest.mark.parametrize(
    ("who", "role", "on", "code"),
    [
        ("director.2", "sign", FIRST, "person.unknown"),
        ("director.1", "approve", FIRST, "person.may_not"),
        ("director.1", "director", FIRST, "person.may_not"),
        ("director.1", "sign", FIRST - timedelta(days=1), "person.expired"),
        ("director.1", "sign", LAST + timedelta(days=1), "person.expired"),
    ],
)
def test_nobody_acts_whom_the_card_does_not_certify_for_it(
    card: Card, who: str, role: Role, on: date, code: str
) -> None:
    assert refusal(lambda: certified(card, who, role, on)) == (code,)


def test_another_key_is_not_the_person(card: Card) -> None:
    found = certified(card, "director.1", "sign", LAST)
    assert refusal(lambda: acting_as(found, SigningKey.generate())) == ("person.other_key",)


def test_two_people_never_share_a_key_and_nobody_has_the_root(yks: Identity) -> None:
    one = certify(yks, person("prepare"))
    assert refusal(lambda: certify(one, person("approve", name="director.2"))) == ("person.same_key",)
    assert refusal(lambda: certify(yks, person("sign", key=yks.root))) == ("person.same_key",)
    assert certify(one, person("approve")).people == (person("approve"),)  # the same person with another role


def test_no_card_is_made_without_a_key_to_encrypt_for(yks: Identity) -> None:
    old = replace(yks, encryption_keys=tuple(replace(key, retired=FIRST) for key in yks.encryption_keys))
    assert refusal(lambda: issue_card(old, FIRST)) == ("card.expired",)


@needs("ssh-keygen")
def test_ssh_keygen_lets_a_person_sign_only_what_their_role_allows_and_when(yks: Identity, tmp_path: Path) -> None:
    approver = SigningKey.generate()
    officer = SigningKey.generate()
    people = (
        person("sign"),
        person("approve", key=approver, name="officer.1"),
        person("open", key=officer, name="data.officer.1"),
    )
    card = issue_card(replace(yks, people=people), FIRST)
    (tmp_path / "allowed").write_text(signers_file([card]), encoding="ascii")

    def verifies(principal: str, key: SigningKey, namespace: str, at: str = "20260901120000Z") -> bool:
        (tmp_path / "sig").write_text(sign(key, namespace, b"x"), encoding="ascii")
        command = ["ssh-keygen", "-Y", "verify", "-f", str(tmp_path / "allowed"), "-I", principal, "-n", namespace]
        command += ["-s", str(tmp_path / "sig"), f"-Overify-time={at}"]
        return subprocess.run(command, input=b"x", capture_output=True, check=False).returncode == 0

    for namespace in ALL:
        assert verifies("yks/director.1", KEY, namespace) == (namespace == AGREEMENT)
        assert verifies("yks/officer.1", approver, namespace) == (namespace == APPROVAL)
        assert verifies("yks/data.officer.1", officer, namespace) == (namespace == ACKNOWLEDGEMENT)
        assert not verifies("yks", KEY, namespace)
    assert verifies("yks/director.1", KEY, AGREEMENT, "20270901235959Z")
    assert not verifies("yks/director.1", KEY, AGREEMENT, "20270902000001Z")
    assert not verifies("yks/director.1", KEY, AGREEMENT, "20260831235959Z")
