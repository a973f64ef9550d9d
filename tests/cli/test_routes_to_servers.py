"""`exchange card route`: over which jump hosts and with which key we get to a partner's server; what it is good for."""

from __future__ import annotations

import datetime as dt
import json
import os
import stat
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from cli.organisations import PACKING, Desk
from cli.town import AGREEMENT, FOUNDED, Town
from crypto.ssh_agents import add, openssh_agent
from needs import needs
from transport.servers import Trusting, Truthful, a_key_pair, asyncssh_server
from transport.sshds import ME, Sshd, sshd

from exchange.agreements.agreement import Reference
from exchange.bundle.letters import Suspension
from exchange.crypto.signing import SigningKey
from exchange.keyring.card import issue_card
from exchange.keyring.identity_file import load_identity
from exchange.keyring.shapes import SftpAddress
from exchange.posting import post_letter

HOST_KEY = a_key_pair().public
PASSWORD = "kata sandi rekaan"  # opens nothing but the server of these tests


def has_server(town: Town, address: SftpAddress, party: str = "gt-ntt") -> None:
    """The sender has a card of `party` with this server."""
    recipient = town.recipient(party)
    identity = load_identity(recipient.folder / "identity.age", "orang-orang rekaan saja")
    card = issue_card(identity, FOUNDED, sftp=address, previous=recipient.workspace.own.card())
    town.sender.workspace.cards.add(card, FOUNDED)


def at(server: Sshd) -> SftpAddress:
    (server.box / "incoming").mkdir()
    return SftpAddress(host=server.host, port=server.port, user=ME, directory=str(server.box), host_key=server.host_key)


def client_key(desk: Desk) -> str:
    return str(desk.workspace.own.card().card.sftp_client_key)


def writes(town: Town, *parties: str) -> None:
    """A letter to each waits in the sender's outbox."""
    office = town.sender.office(dt.datetime.fromisoformat(PACKING))
    agreement = Reference.to(office.workspace.agreements.newest(AGREEMENT).agreement)
    for party in parties:
        post_letter(office, party, Suspension(kind="suspension", on=office.now.date()), "ntt", agreement)


@pytest.fixture
def host_key(tmp_path: Path) -> Path:
    file = tmp_path / "gate.pub"
    file.write_text(f"{HOST_KEY} root@gate\n")
    return file


def route(desk: Desk, *options: Any) -> Any:
    return json.loads(desk.does("--json", "card", "route", "gt-ntt", *options))


def test_a_route_is_set_shown_and_taken_away(town: Town, host_key: Path) -> None:
    desk = town.sender
    direct = {"party": "gt-ntt", "login": "identity", "user": None, "via": []}
    assert route(desk) == direct
    agent = "agent:SHA256:" + "a" * 43
    jumps = ("--jump", "yks@gate.example.org:2222", "--jump-host-key", host_key)
    jumps += ("--jump", "yks@[2001:db8::7]", "--jump-host-key", host_key, "--jump-key", "password", "--jump-key", agent)
    given = route(desk, *jumps, "--key", agent, "--user", "mitra-3")
    assert (given["login"], given["user"]) == (agent, "mitra-3")
    assert [(each["user"], each["host"], each["port"], each["login"]) for each in given["via"]] == [
        ("yks", "gate.example.org", 2222, "password"),
        ("yks", "2001:db8::7", 22, agent),
    ]
    assert {each["host_key"] for each in given["via"]} == {HOST_KEY}
    assert all(each["fingerprint"].startswith("SHA256:") for each in given["via"])
    assert route(desk) == given
    shown = desk.does("card", "route", "gt-ntt")
    assert "yks@[2001:db8::7]:22" in shown
    (file,) = (desk.folder / "routes").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert route(desk, "--key", "password")["via"] == []  # what is given replaces all of it
    assert route(desk, "--none") == direct
    assert list((desk.folder / "routes").iterdir()) == []


def test_a_route_is_on_no_card(town: Town, host_key: Path) -> None:
    before = town.sender.card.read_bytes()
    route(town.sender, "--jump", "yks@gate.example.org", "--jump-host-key", host_key)
    assert town.sender.card.read_bytes() == before
    town.sender.does("card", "export", town.folder / "out")
    assert not [file for file in (town.folder / "out").iterdir() if "gate.example" in file.read_text()]


def test_a_dry_run_sets_nothing(town: Town) -> None:
    town.sender.does("card", "route", "gt-ntt", "--key", "password", "--dry-run")
    assert route(town.sender)["login"] == "identity"


def test_everything_that_is_wrong_with_a_route_is_said_at_once(town: Town, tmp_path: Path) -> None:
    two = tmp_path / "two.pub"
    two.write_text(f"gate {HOST_KEY}\ngate {a_key_pair().public}\n")
    jumps = ("--jump", "gate.example.org", "--jump-host-key", two, "--jump", "yks@::1")
    said = town.sender.run("card", "route", "gt-ntt", *jumps, "--key", "agent:SHA256:abc", "--jump-key", "hunter2")
    assert (said.status, set(said.codes)) == (2, {"usage.route"})
    assert len(said.codes) == 5
    assert route(town.sender)["login"] == "identity"


@pytest.mark.parametrize(
    "content",
    ["", "nonsense", "ssh-ed25519 AAAA", "ssh-ed25519 AAAAB3NzaC1yc2EAAAADAQABAAAAgQ==", "ssh-dss AAAAB3NzaC1kc3M="],
)
def test_a_file_without_a_key_of_a_server_is_refused(town: Town, tmp_path: Path, content: str) -> None:
    file = tmp_path / "gate.pub"
    file.write_text(content)
    said = town.sender.run("card", "route", "gt-ntt", "--jump", "yks@gate", "--jump-host-key", file)
    assert said.codes == ["usage.route"]


@pytest.mark.parametrize("options", [("--none", "--key", "password"), ("--user", "a b"), ("--jump", "yks@gate:70000")])
def test_what_cannot_be_a_route_is_refused(town: Town, host_key: Path, options: tuple[str, ...]) -> None:
    keys = ("--jump-host-key", host_key) if "--jump" in options else ()
    assert town.sender.run("card", "route", "gt-ntt", *options, *keys).codes == ["usage.route"]


def test_a_route_to_nobody_is_refused(town: Town) -> None:
    assert town.sender.run("card", "route", "nobody", "--key", "password").codes == ["card.unknown"]


def test_a_damaged_route_keeps_everything_of_its_party_and_nothing_of_others(town: Town) -> None:
    for party in ("gt-ntt", "io-id"):
        has_server(town, SftpAddress(host="127.0.0.1", port=1, host_key=HOST_KEY), party)
    route(town.sender, "--key", "password")
    (file,) = (town.sender.folder / "routes").iterdir()
    file.write_text('{"login": "agent:any", "via": [{"host": "gate"}]}')
    writes(town, "gt-ntt", "io-id")
    said = town.sender.run("deliver", "--json").json
    assert {each["code"] for each in said["problems"]} == {"route.malformed", "transport.no_connection"}
    problems = town.sender.run("receive", "--json").json["problems"]
    assert [each["code"] for each in problems].count("transport.no_connection") == 1
    places = {each["where"] for each in problems if each["code"] == "route.malformed"}
    assert places == {"login", "via.0.user", "via.0.host_key"}
    file.chmod(0o640)
    assert "file.not_private" in {each["code"] for each in town.sender.run("deliver", "--json").json["problems"]}


@needs("sshd", "ssh-keygen", "ssh-agent", "ssh-add")
def test_a_letter_goes_over_a_jump_host_with_a_key_of_the_agent(town: Town, tmp_path: Path) -> None:
    """At the jump host the identity's own key, at the server that of the agent."""
    key = SigningKey.generate()
    with (
        sshd(tmp_path / "gate", client_key(town.sender), config="AllowTcpForwarding yes") as gate,
        sshd(tmp_path / "server", key.verify_key.openssh(), config="DisableForwarding yes") as server,
        openssh_agent() as agent,
    ):
        add(agent, key, tmp_path)
        has_server(town, at(server))
        writes(town, "gt-ntt")
        jump = ("--jump", f"{ME}@127.0.0.1:{gate.port}", "--jump-host-key", tmp_path / "gate" / "host_key.pub")
        route(town.sender, "--key", f"agent:{key.verify_key.fingerprint()}", *jump)
        with mock.patch.dict(os.environ, {"SSH_AUTH_SOCK": ""}):
            assert town.sender.run("deliver", "--json").json["problems"][0]["code"] == "agent.no_key"
        with mock.patch.dict(os.environ, agent):
            assert town.sender.does("deliver").startswith("gt-ntt")
        assert len(list((server.box / "incoming").iterdir())) == 1


@needs("sshd", "ssh-keygen")
def test_a_jump_host_that_shows_another_key_gets_nothing(town: Town, tmp_path: Path, host_key: Path) -> None:
    with sshd(tmp_path / "gate", client_key(town.sender)) as gate:
        has_server(town, SftpAddress(host="127.0.0.1", port=1, host_key=HOST_KEY))
        writes(town, "gt-ntt")
        route(town.sender, "--jump", f"{ME}@127.0.0.1:{gate.port}", "--jump-host-key", host_key)
        said = town.sender.run("deliver")
    assert said.codes == ["transport.jump_host_key_changed"]


class ByPassword(Trusting):
    def public_key_auth_supported(self) -> bool:
        return False

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return password == PASSWORD


def test_a_password_is_asked_for_at_a_terminal_and_nowhere_else(town: Town, tmp_path: Path) -> None:
    Truthful.root = tmp_path / "server"
    (Truthful.root / "incoming").mkdir(parents=True)
    with asyncssh_server(Truthful, door=ByPassword) as target:
        has_server(town, SftpAddress(host=target.host, port=target.port, host_key=target.host_key.strip()))
        writes(town, "gt-ntt")
        route(town.sender, "--key", "password")
        assert town.sender.run("deliver").codes == ["transport.nobody_to_ask"]
        replies = [("passphrase: ", "orang-orang rekaan saja"), (f"password of yks@{target.where}: ", PASSWORD)]
        status, screen = town.sender.talk("deliver", replies=replies)
    assert status == 0, screen
    assert PASSWORD not in screen
    assert len(list((Truthful.root / "incoming").iterdir())) == 1
    everything = b"".join(file.read_bytes() for file in town.sender.folder.rglob("*") if file.is_file())
    assert PASSWORD.encode() not in everything


def test_who_has_lost_a_machine_is_told_of_the_jump_hosts_that_know_our_key(town: Town, host_key: Path) -> None:
    route(town.sender, "--jump", "yks@gate.example.org:2222", "--jump-host-key", host_key)
    lost = town.sender.does("card", "revoke", "--lost", "--since", "2026-10-04T20:00:00+08:00")
    assert "jump host gate.example.org:2222" in lost
