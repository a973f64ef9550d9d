"""`exchange doctor` before real servers: a drop box set up right, and servers that are wrong in one way each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli.organisations import PASSPHRASE
from cli.town import FOUNDED, SENDER
from dropbox.machine import KEEPER, Machine, a_machine, needs_a_machine, serving_a_drop_box
from dropbox.network import RECIPIENT, Network, a_network
from transport.servers import Truthful, a_key_pair, asyncssh_server, relayed

from exchange.doctor.facts import Asked, ServerFacts
from exchange.doctor.judging import OURS, judge
from exchange.doctor.probing import Examination
from exchange.finding import Finding
from exchange.keyring.card import issue_card
from exchange.keyring.identity_file import load_identity
from exchange.keyring.shapes import SftpAddress
from exchange.transport.sftp.line import Deadlines
from exchange.transport.sftp.login import PrivateKey
from exchange.transport.sftp.target import JumpHost, SftpTarget

ASKED = Asked(RECIPIENT, "dpo@gt-ntt.example", ours=False)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return a_network(tmp_path_factory.mktemp("network"))


@pytest.fixture(scope="module")
def machine(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with a_machine(tmp_path_factory.mktemp("machine")) as made, serving_a_drop_box(made, network):
        yield made


def facts(network: Network, target: SftpTarget, outgoing: str = "outgoing") -> ServerFacts:
    return Examination(target, outgoing, PrivateKey(network.key(SENDER)), Deadlines(5, 2, 5)).facts()


def quantum(seen: ServerFacts) -> list[str]:
    """The note that is made of an sshd before 9.9."""
    return [] if seen.hello is not None and OURS in seen.hello.exchanges else ["doctor.quantum"]


def by_severity(findings: tuple[Finding, ...]) -> dict[str, list[str]]:
    return {kind: [each.code for each in findings if each.severity == kind] for kind in ("wrong", "note")}


def target_at(machine: Machine, user: str = SENDER, directory: str = "incoming") -> SftpTarget:
    return SftpTarget("127.0.0.1", machine.port, user, directory, machine.host_key.strip())


@needs_a_machine
class TestADropBoxSetUpRight:
    def test_nothing_is_wrong_and_nothing_stays(self, network: Network, machine: Machine) -> None:
        seen = facts(network, target_at(machine))
        assert by_severity(judge(seen, ASKED)) == {"wrong": [], "note": quantum(seen)}
        assert seen.inside is not None
        assert seen.inside.trial is not None
        assert abs(seen.inside.trial.clock or 0) < 5
        assert [*(machine.folder / "srv/exchange-dropbox" / SENDER).rglob("*doctor*")] == []

    def test_by_command_from_a_sender_s_workspace(self, network: Network, machine: Machine) -> None:
        recipient, sender = network.desk().workspace, network.desk(SENDER)
        identity = load_identity(recipient.identity_file, PASSPHRASE)
        address = SftpAddress(host="127.0.0.1", port=machine.port, host_key=machine.host_key.rpartition(" ")[0])
        card = issue_card(identity, FOUNDED, sftp=address, previous=recipient.own.card())
        sender.workspace.cards.add(card, FOUNDED)
        sender.workspace.cards.confirm(RECIPIENT, FOUNDED)
        said = sender.run("--json", "doctor", RECIPIENT)
        assert said.status == 0, said
        assert "wrong" not in {each["severity"] for each in said.json["findings"]}
        recipient.own.save_card(card)
        said = network.desk().run("doctor")
        assert said.status == 0, said
        assert "doctor.login" in said.out
        assert "note" in said.out

    def test_a_link_that_breaks_in_the_middle_leaves_nothing(self, network: Network, machine: Machine) -> None:
        incoming = machine.folder / "srv/exchange-dropbox" / SENDER / "incoming"
        with relayed(target_at(machine)) as (relay, target):
            relay.cut_after(120_000)
            seen = facts(network, target)
        assert by_severity(judge(seen, ASKED))["wrong"] == ["transport.connection_lost", "doctor.doors"]
        assert [*incoming.iterdir()] == []

    def test_another_key_than_the_card_s_is_said_and_nothing_is_sent(self, network: Network, machine: Machine) -> None:
        target = SftpTarget("127.0.0.1", machine.port, SENDER, "incoming", a_key_pair().public)
        seen = facts(network, target)
        assert seen.inside is None
        assert by_severity(judge(seen, ASKED))["wrong"] == ["transport.host_key_changed"]

    def test_a_folder_that_is_not_there_or_not_ours_is_said(self, network: Network, machine: Machine) -> None:
        seen = facts(network, target_at(machine, directory="inbox"), "out")
        assert by_severity(judge(seen, ASKED))["wrong"] == ["doctor.incoming", "doctor.outgoing"]
        seen = facts(network, target_at(machine, directory="outgoing"), "incoming")
        assert by_severity(judge(seen, ASKED)) == {
            "wrong": ["doctor.incoming", "doctor.outgoing"],
            "note": [*quantum(seen), "doctor.incoming_lists", "doctor.outgoing_writes"],
        }

    def test_a_stranger_is_kept_out(self, network: Network, machine: Machine) -> None:
        seen = facts(network, target_at(machine, user="gt-ntt"))
        assert by_severity(judge(seen, ASKED))["wrong"] == ["transport.refused_key"]
        ours = judge(seen, Asked(RECIPIENT, "", ours=True))
        assert by_severity(ours) == {"wrong": [], "note": [*quantum(seen), "doctor.login"]}


@contextmanager
def an_ordinary_server(machine: Machine, network: Network, *lines: str) -> Iterator[Machine]:
    """An account with a home, a shell and our key, as many a server has it, on a port of its own."""
    home = f"/home/{KEEPER}"
    public = network.desk(SENDER).workspace.own.card().card.sftp_client_key
    script = (
        f"umask 022; mkdir -p {home}/.ssh {home}/box/incoming {home}/box/outgoing; usermod --shell /bin/sh {KEEPER};"
        f' usermod --password "*" {KEEPER}; echo "{public}" > {home}/.ssh/authorized_keys;'
        f" chmod 755 {home}; chown -R {KEEPER} {home}/.ssh {home}/box;"
        " rm -f /etc/ssh/sshd_config.d/*"
    )
    machine.does("sh", "-c", script)
    (machine.folder / "etc/ssh/sshd_config.d/10-lax.conf").write_text("\n".join([*lines, ""]))
    with machine.serving():
        yield machine


@pytest.fixture(scope="module")
def lax(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with a_machine(tmp_path_factory.mktemp("lax")) as made:
        yield made


@needs_a_machine
class TestAServerAsItOftenIs:
    def test_a_shell_and_forwarding_and_weak_methods_are_said(self, network: Network, lax: Machine) -> None:
        weak = ("KexAlgorithms +diffie-hellman-group14-sha1", "Ciphers +aes128-cbc", "MACs +hmac-sha1")
        with an_ordinary_server(lax, network, *weak):
            seen = facts(network, target_at(lax, KEEPER, "box/incoming"), "box/outgoing")
        assert by_severity(judge(seen, ASKED)) == {
            "wrong": ["doctor.doors"],
            "note": ["doctor.weak", *quantum(seen), "doctor.incoming_lists", "doctor.outgoing_writes"],
        }
        assert seen.inside is not None
        doors = seen.inside.doors
        assert (doors.runs, doors.terminal, doors.forwards, doors.listens) == (True,) * 4
        assert seen.inside.sees_server
        found = next(each.what for each in judge(seen, ASKED) if each.code == "doctor.weak")
        assert all(name in found for name in ("diffie-hellman-group14-sha1", "aes128-cbc", "hmac-sha1"))
        assert by_severity(judge(seen, Asked(RECIPIENT, "", ours=True)))["wrong"] == ["doctor.weak", "doctor.doors"]
        assert [*lax.folder.rglob("*doctor-*")] == []

    def test_it_is_looked_at_over_a_jump_host_as_well(self, network: Network, lax: Machine) -> None:
        login = PrivateKey(network.key(SENDER))
        with an_ordinary_server(lax, network):
            target = target_at(lax, KEEPER, "box/incoming")
            via = (JumpHost(target.host, target.port, KEEPER, target.host_key, login),)
            seen = Examination(target, "box/outgoing", login, Deadlines(), via).facts()
        assert seen.inside is not None
        assert by_severity(judge(seen, ASKED))["note"][0] == "doctor.behind"

    def test_each_door_alone_is_seen(self, network: Network, lax: Machine) -> None:
        shut = ("PermitTTY no", "AllowTcpForwarding no", "ForceCommand internal-sftp")
        for open_, door in ((1, "forwards"), (2, "runs")):
            lines = [line for number, line in enumerate(shut) if number != open_]
            with an_ordinary_server(lax, network, *lines):
                seen = facts(network, target_at(lax, KEEPER, "box/incoming"), "box/outgoing")
            assert seen.inside is not None
            assert getattr(seen.inside.doors, door), door
            assert not seen.inside.doors.terminal

    def test_no_quantum_safe_exchange_is_noted(self, network: Network, lax: Machine) -> None:
        with an_ordinary_server(lax, network, "KexAlgorithms curve25519-sha256@libssh.org"):
            seen = facts(network, target_at(lax, KEEPER, "box/incoming"), "box/outgoing")
        assert "doctor.quantum" in by_severity(judge(seen, ASKED))["note"]

    def test_a_server_without_sftp_is_said(self, network: Network, lax: Machine) -> None:
        with an_ordinary_server(lax, network, "ForceCommand /bin/true"):
            seen = facts(network, target_at(lax, KEEPER, "box/incoming"), "box/outgoing")
        assert seen.inside is None
        assert seen.kept_out is not None


def test_nobody_there_is_one_finding_and_a_name_that_nobody_knows_another(network: Network) -> None:
    key = a_key_pair().public
    seen = facts(network, SftpTarget("127.0.0.1", 1, SENDER, "incoming", key))
    assert by_severity(judge(seen, ASKED))["wrong"] == ["doctor.greeting"]
    seen = facts(network, SftpTarget("no-such-host.invalid", 22, SENDER, "incoming", key))
    assert by_severity(judge(seen, ASKED))["wrong"] == ["doctor.name"]


def test_another_make_of_server_is_looked_at_as_well(network: Network, tmp_path: Path) -> None:
    """One that replaces on rename, knows no fsync, and forbids nothing."""
    for name in ("box", "out"):
        (tmp_path / name).mkdir()

    class Here(Truthful):
        root = tmp_path

    with asyncssh_server(Here) as target:
        seen = facts(network, target, "out")
    assert seen.inside is not None
    assert seen.inside.trial is not None
    assert seen.left == ()
    assert sorted(tmp_path.rglob("*")) == [tmp_path / "box", tmp_path / "out"]
