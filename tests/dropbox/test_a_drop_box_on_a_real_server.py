"""`exchange dropbox --apply` on a machine of its own, and OpenSSH's sshd as it then serves: what a sender can do there,
and what it, or whoever has its key, cannot."""

from __future__ import annotations

import dataclasses
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli.town import SENDER
from dropbox.machine import KEEPER, Machine, a_machine, needs_a_machine, serving_a_drop_box
from dropbox.network import OTHER, Network, a_network
from transport.servers import relayed

from exchange.errors import TransportError
from exchange.transport.folder import FolderRoad
from exchange.transport.road import get_one, put_one
from exchange.transport.sftp.conversation import Conversation
from exchange.transport.sftp.line import Deadlines
from exchange.transport.sftp.link import Link
from exchange.transport.sftp.login import PrivateKey
from exchange.transport.sftp.packets import OPEN_CREATE, OPEN_READ, OPEN_WRITE
from exchange.transport.sftp.target import SftpTarget

pytestmark = needs_a_machine


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return a_network(tmp_path_factory.mktemp("network"))


@pytest.fixture(scope="module")
def machine(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with a_machine(tmp_path_factory.mktemp("machine")) as made, serving_a_drop_box(made, network):
        yield made


@pytest.fixture
def box(machine: Machine) -> Path:
    """The drop box as it is seen from outside the machine."""
    return machine.folder / "srv" / "exchange-dropbox"


@pytest.fixture
def target(machine: Machine) -> SftpTarget:
    return SftpTarget("127.0.0.1", machine.port, SENDER, "incoming", machine.host_key.strip())


@pytest.fixture
def talk(network: Network, target: SftpTarget) -> Iterator[Conversation]:
    """What the sender's key opens, for whoever does not keep to our road."""
    link = Link(target, PrivateKey(network.key(SENDER)), Deadlines())
    yield link.talk
    link.close()


@pytest.fixture
def ssh(machine: Machine, network: Network, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """OpenSSH's own client with the sender's key."""
    key, known = tmp_path / "key", tmp_path / "known_hosts"
    key.touch(mode=0o600)
    key.write_text(network.key(SENDER))
    known.write_text(f"[127.0.0.1]:{machine.port} {machine.host_key}")

    def run(*arguments: str, program: str = "ssh") -> subprocess.CompletedProcess[str]:
        options = ("-F", "none", "-i", str(key), "-o", f"UserKnownHostsFile={known}", "-o", "BatchMode=yes")
        port = "-P" if program == "sftp" else "-p"
        command = [program, *options, port, str(machine.port), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False, input="")

    return run


def a_file(folder: Path, size: int = 300_000) -> Path:
    file = folder / "sealed"
    file.write_bytes(bytes(range(256)) * (size // 256))
    return file


class TestASender:
    def test_delivers_and_delivers_again(self, network: Network, target: SftpTarget, box: Path, tmp_path: Path) -> None:
        file = a_file(tmp_path)
        with network.road(SENDER, target) as road:
            assert not put_one(road, file, "x7Qk").already_there
            assert put_one(road, file, "x7Qk").already_there
        assert (box / SENDER / "incoming" / "x7Qk").read_bytes() == file.read_bytes()

    def test_goes_on_where_a_link_broke(self, network: Network, target: SftpTarget, box: Path, tmp_path: Path) -> None:
        file = a_file(tmp_path, 16 << 20)
        with relayed(target) as (relay, address):
            relay.cut_after(6 << 20)
            with network.road(SENDER, address) as road, pytest.raises(TransportError):
                put_one(road, file, "y8Rl")
        (part,) = (box / SENDER / "incoming").glob(".y8Rl*")
        assert part.stat().st_size > 1 << 20
        before = part.stat().st_ino
        with network.road(SENDER, target) as road:
            put_one(road, file, "y8Rl")
        came = box / SENDER / "incoming" / "y8Rl"
        assert came.stat().st_ino == before
        assert came.read_bytes() == file.read_bytes()

    def test_fetches_its_letters_and_cannot_remove_them(
        self, network: Network, target: SftpTarget, machine: Machine, tmp_path: Path
    ) -> None:
        letter = f"/srv/exchange-dropbox/{SENDER}/outgoing/letter"
        machine.does("sh", "-c", f"umask 022; echo sealed > {letter}", user=KEEPER)
        out = dataclasses.replace(target, directory="outgoing")
        with network.road(SENDER, out) as road:
            assert [each.name for each in road.list()] == ["letter"]
            get_one(road, "letter", tmp_path / "letter")
            with pytest.raises(TransportError) as refused:
                road.remove("letter")
        assert refused.value.codes == ("transport.permission",)
        assert (tmp_path / "letter").read_text() == "sealed\n"

    def test_stock_sftp_delivers_as_well(
        self, ssh: Callable[..., subprocess.CompletedProcess[str]], box: Path, tmp_path: Path
    ) -> None:
        file, batch = a_file(tmp_path), tmp_path / "batch"
        file.chmod(0o644)
        batch.write_text(f"put {file} incoming/.z1.part\nrename incoming/.z1.part incoming/z1\n")
        done = ssh("-b", str(batch), f"{SENDER}@127.0.0.1", program="sftp")
        assert done.returncode == 0, done
        assert (box / SENDER / "incoming" / "z1").read_bytes() == file.read_bytes()


class TestTheKeeper:
    def test_lists_reads_and_removes_what_came(
        self, network: Network, target: SftpTarget, machine: Machine, tmp_path: Path
    ) -> None:
        with network.road(SENDER, target) as road:
            put_one(road, a_file(tmp_path), "k1")
        incoming = f"/home/{KEEPER}/exchange/dropbox/incoming/{SENDER}"
        assert "k1" in machine.does("ls", f"{incoming}/", user=KEEPER).split()
        machine.does("cmp", f"{incoming}/k1", f"/srv/exchange-dropbox/{SENDER}/incoming/k1", user=KEEPER)
        machine.does("rm", f"{incoming}/k1", user=KEEPER)

    def test_leaves_letters_that_their_sender_may_read(
        self, network: Network, target: SftpTarget, box: Path, tmp_path: Path
    ) -> None:
        before = os.umask(0o027)
        try:
            with FolderRoad(box / SENDER / "outgoing") as road:
                put_one(road, a_file(tmp_path), "l3")
        finally:
            os.umask(before)
        with network.road(SENDER, dataclasses.replace(target, directory="outgoing")) as road_in:
            get_one(road_in, "l3", tmp_path / "l3")
        assert (tmp_path / "l3").stat().st_size == (tmp_path / "sealed").stat().st_size

    def test_nobody_else_on_the_machine_gets_in(self, machine: Machine) -> None:
        machine.does("useradd", "--no-create-home", "orang-lain")
        for folder in ("incoming", "outgoing"):
            there = f"/srv/exchange-dropbox/{SENDER}/{folder}"
            for command in (("ls", there), ("touch", f"{there}/x"), ("cat", f"{there}/x7Qk")):
                assert machine.run(*command, user="orang-lain").returncode != 0, command


def refused(talk: Conversation, work: object) -> str:
    with pytest.raises(TransportError) as caught:
        talk.run(work)  # type: ignore[arg-type]
    return caught.value.codes[0]


class TestWhoeverHasASendersKey:
    def test_cannot_list_what_was_put(self, talk: Conversation) -> None:
        assert refused(talk, talk.names("incoming")) == "transport.permission"

    def test_cannot_leave_its_folder(self, talk: Conversation) -> None:
        assert sorted(name for name, _at in talk.run(talk.names("/"))) == [".", "..", "incoming", "outgoing"]
        for path in ("/etc/passwd", "../../etc/passwd", f"../{OTHER}/incoming", f"/srv/exchange-dropbox/{OTHER}"):
            assert talk.run(talk.stat(path)) is None, path

    def test_cannot_write_anywhere_but_incoming(self, talk: Conversation) -> None:
        for path in ("/x", "outgoing/x", "/.ssh/authorized_keys", "/etc/x"):
            codes = {"transport.permission", "transport.no_such_file"}
            assert refused(talk, talk.open(path, OPEN_WRITE | OPEN_CREATE)) in codes, path

    def test_cannot_write_over_a_letter_or_change_rights(
        self, talk: Conversation, machine: Machine, ssh: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
    ) -> None:
        machine.does("sh", "-c", f"echo sealed > /srv/exchange-dropbox/{SENDER}/outgoing/l2", user=KEEPER)
        assert refused(talk, talk.open("outgoing/l2", OPEN_WRITE)) == "transport.permission"
        for line in ("chmod 777 incoming", "mkdir incoming/d", "symlink /etc/passwd incoming/l", "rmdir incoming"):
            batch = tmp_path / "batch"
            batch.write_text(line + "\n")
            assert ssh("-b", str(batch), f"{SENDER}@127.0.0.1", program="sftp").returncode != 0, line

    def test_cannot_read_a_key_or_change_it(self, talk: Conversation) -> None:
        path = f"/etc/ssh/exchange-dropbox/{SENDER}"
        assert refused(talk, talk.open(path, OPEN_READ)) == "transport.no_such_file"
        assert refused(talk, talk.open(path, OPEN_WRITE)) == "transport.no_such_file"

    def test_gets_no_shell_and_runs_nothing(self, ssh: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        for arguments in (("echo", "in"), ("sh", "-c", "echo in"), ("-tt",), ("-T",)):
            options = [each for each in arguments if each.startswith("-t") or each == "-T"]
            done = ssh(*options, f"{SENDER}@127.0.0.1", *(each for each in arguments if each not in options))
            assert "in\n" not in done.stdout, arguments

    def test_forwards_nothing(self, machine: Machine, ssh: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        to_itself = ssh("-W", f"127.0.0.1:{machine.port}", f"{SENDER}@127.0.0.1")
        assert "SSH-2.0" not in to_itself.stdout
        assert "administratively prohibited" in to_itself.stderr
        back = ssh("-o", "ExitOnForwardFailure=yes", "-N", "-R", "0:127.0.0.1:22", f"{SENDER}@127.0.0.1")
        assert back.returncode != 0
        assert "remote port forwarding failed" in back.stderr

    def test_is_nobody_else(self, network: Network, target: SftpTarget) -> None:
        for user in (OTHER, KEEPER, "root"):
            with pytest.raises(TransportError) as caught:
                Link(dataclasses.replace(target, user=user), PrivateKey(network.key(SENDER)), Deadlines())
            assert caught.value.codes == ("transport.refused_key",), user

    def test_cannot_read_what_another_sender_put(self, network: Network, target: SftpTarget, tmp_path: Path) -> None:
        theirs = dataclasses.replace(target, user=OTHER)
        with network.road(OTHER, theirs) as road:
            put_one(road, a_file(tmp_path), "theirs")
        link = Link(target, PrivateKey(network.key(SENDER)), Deadlines())
        with pytest.raises(TransportError):
            link.talk.run(link.talk.open("incoming/theirs", OPEN_READ))
        link.close()


def test_what_comes_is_taken_by_an_ordinary_road(machine: Machine, box: Path, tmp_path: Path) -> None:
    """The recipient's side is a folder, whoever's the files are."""
    with FolderRoad(box / OTHER / "incoming", settle=0) as road:
        assert all(each.name for each in road.list())


def test_old_files_are_removed_and_new_ones_stay(machine: Machine) -> None:
    there = f"/srv/exchange-dropbox/{OTHER}"
    for name in ("incoming/old", "incoming/.cut.part", "incoming/new", "outgoing/old", "outgoing/new"):
        machine.does("touch", "-d", "-59 days" if name.endswith("new") else "-61 days", f"{there}/{name}")
    machine.does("systemd-tmpfiles", "--clean", "/etc/tmpfiles.d/exchange-dropbox.conf")
    left = machine.does("find", there, "-type", "f", "-name", "*[dwt]").split()
    assert sorted(each.removeprefix(f"{there}/") for each in left if "theirs" not in each) == [
        "incoming/new",
        "outgoing/new",
    ]
