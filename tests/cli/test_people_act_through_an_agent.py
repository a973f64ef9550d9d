"""A certified person whose key lies in ssh-agent acts without a passphrase; no agent without that key lets them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from cli.organisations import PASSPHRASE, Desk
from cli.town import AGREEMENT, Town
from crypto.ssh_agents import add, framed, listing, lying_agent, openssh_agent, signature
from needs import needs

from exchange.crypto.signing import SigningKey
from exchange.demo.cast import APPROVERS

pytestmark = needs("ssh-agent", "ssh-add")
WHO = APPROVERS[0][0]


@pytest.fixture
def agent() -> Iterator[dict[str, str]]:
    with openssh_agent() as environment:
        yield environment


@pytest.fixture
def key(town: Town) -> SigningKey:
    """The key of the person, who is certified for all that this test does; its file is gone."""
    made = town.sender.certifies(WHO, APPROVERS[0][1], "approve", "look_up")
    (town.sender.folder / "people" / f"{WHO}.age").unlink()
    return made


@pytest.fixture
def waiting(town: Town, key: SigningKey) -> Desk:
    """A sender with a bundle that waits for approval, and no passphrase of any person."""
    town.sender.does("pack", town.workbook, *town.job, "--note", "-", stdin="Tidak ada perubahan.")
    return town.sender


def approving(desk: Desk, agent: dict[str, str], *more: str) -> list[str]:
    """Approve everything as the person; the codes of what is refused."""
    nobody = {"EXCHANGE_PERSON_PASSPHRASE_FILE": "", "SSH_AUTH_SOCK": agent.get("SSH_AUTH_SOCK", "")}
    with mock.patch.dict(os.environ, nobody):
        said = desk.run("approve", "--all", "--yes", "--as", WHO, *more)
    assert (said.status == 0) == (not said.codes), said
    return said.codes


def test_an_approval_comes_from_the_agent(
    waiting: Desk, key: SigningKey, agent: dict[str, str], tmp_path: Path
) -> None:
    assert approving(waiting, agent) == ["person.no_key"]
    add(agent, SigningKey.generate(), tmp_path)
    assert approving(waiting, agent) == ["person.no_key"]
    add(agent, key, tmp_path)
    assert approving(waiting, agent) == []
    waiting.does("approve", "--all", "--yes", "--as", APPROVERS[1][0])
    assert waiting.does("deliver", "--to-folder", tmp_path / "stick")
    assert list((tmp_path / "stick").glob("*/*.age"))


def test_an_agent_that_cannot_sign_lets_nobody_act(waiting: Desk, key: SigningKey) -> None:
    def pretends(question: bytes) -> bytes:
        return framed(listing(key) if question == b"\x0b" else signature(bytes(64)))

    with lying_agent(pretends) as agent:
        assert approving(waiting, agent) == ["agent.false"]
        with mock.patch.dict(os.environ, agent):
            said = waiting.run("lookup", "P-1", "-a", AGREEMENT, "--to", "io-id", "--as", WHO)
    assert said.codes == ["agent.false"]
    assert waiting.run("audit", "entries", "--json").json[-1]["codes"] == ["agent.false"]
    assert approving(waiting, {"SSH_AUTH_SOCK": "/nowhere"}) == ["agent.unreachable"]
    assert not list((waiting.folder / "approvals").rglob("*.sig"))


def test_a_broken_agent_keeps_nobody_from_a_key_in_a_file(waiting: Desk, town: Town) -> None:
    town.sender.certifies(WHO, APPROVERS[0][1], "approve")
    with mock.patch.dict(os.environ, {"SSH_AUTH_SOCK": "/nowhere"}):
        waiting.does("approve", "--all", "--yes", "--as", WHO)


def test_a_named_file_goes_before_the_agent(
    waiting: Desk, key: SigningKey, agent: dict[str, str], tmp_path: Path
) -> None:
    add(agent, key, tmp_path)
    with mock.patch.dict(os.environ, {"EXCHANGE_PERSON_KEY": str(tmp_path / "none.age")}):
        assert approving(waiting, agent) == ["person.no_key"]


def test_the_organisations_keys_are_never_asked_of_an_agent(
    waiting: Desk, agent: dict[str, str], tmp_path: Path
) -> None:
    add(agent, waiting.office(None).identity.root, tmp_path)
    secret = Path(waiting.environment["EXCHANGE_PASSPHRASE_FILE"])
    assert secret.read_text() == f"{PASSPHRASE}\n"
    secret.write_text("bukan yang itu sama sekali\n")
    with mock.patch.dict(os.environ, agent):
        assert waiting.run("card", "rotate").codes == ["passphrase.wrong"]
