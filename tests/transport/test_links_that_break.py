"""Links that hang, break or lead to the wrong door: noticed in time, said in plain words, and nothing is lost."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from needs import needs
from transport.contract import a_file, hidden, remote_part
from transport.servers import (
    QUICK,
    KeyPair,
    Relay,
    Truthful,
    a_key_pair,
    asyncssh_server,
    keygen_fingerprint,
    relayed,
    road_to,
)

from exchange.demo.sftp_server import Server, running_server
from exchange.errors import TransportError
from exchange.transport.road import get_one, put_one
from exchange.transport.sftp.line import Deadlines
from exchange.transport.sftp.road import SftpRoad
from exchange.transport.sftp.target import SftpTarget


@pytest.fixture
def far(tmp_path: Path) -> Path:
    folder = tmp_path / "far" / "incoming" / "yks"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(params=[pytest.param("sshd", marks=needs("sshd", "ssh-keygen")), "asyncssh"])
def server(request: pytest.FixtureRequest, far: Path, keys: KeyPair) -> Iterator[Server]:
    with running_server(far.parent.parent, {"yks": keys.public}, kind=request.param) as running:
        yield running


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(TransportError) as refused:
        call()
    (problem,) = refused.value.problems
    assert problem.hint
    assert problem.where
    return problem.code


def enter(road: SftpRoad) -> str:
    def go() -> None:
        with road:
            pass

    return refusal(go)


def test_a_black_holed_upload_is_noticed(server: Server, far: Path, keys: KeyPair, tmp_path: Path) -> None:
    """The link stays up and nothing passes: paramiko alone would wait for ever."""
    file = a_file(tmp_path, 16 << 20)
    with relayed(server.address("yks")) as (relay, address), road_to(address, keys) as road:
        relay.freeze_after(3 << 20)
        assert refusal(lambda: put_one(road, file, "x7Qk")) == "transport.stalled"
        assert not (far / "x7Qk").exists()
    with road_to(server.address("yks"), keys) as road:
        assert not put_one(road, file, "x7Qk").already_there
    assert (far / "x7Qk").read_bytes() == file.read_bytes()
    assert hidden(far) == []


def test_a_black_holed_download_is_noticed(server: Server, far: Path, keys: KeyPair, tmp_path: Path) -> None:
    a_file(far, 16 << 20, "there")
    with relayed(server.address("yks")) as (relay, address), road_to(address, keys) as road:
        relay.freeze_after(3 << 20)
        assert refusal(lambda: get_one(road, "there", tmp_path / "back")) == "transport.stalled"
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("count", [0, 10, 500, 1500, 2500, 3000])
def test_a_link_that_dies_while_shaking_hands_is_noticed(server: Server, keys: KeyPair, count: int) -> None:
    with relayed(server.address("yks")) as (relay, address):
        relay.freeze_after(count)
        assert enter(road_to(address, keys)) == "transport.stalled"


@pytest.mark.parametrize("count", [1, 500, 1500, 2500, 3000])
def test_a_link_that_breaks_while_shaking_hands_is_noticed(server: Server, keys: KeyPair, count: int) -> None:
    with relayed(server.address("yks")) as (relay, address):
        relay.cut_after(count)
        assert enter(road_to(address, keys)) == "transport.connection_lost"


def test_a_link_that_sleeps_between_two_verbs_is_not_hung_up_on(
    server: Server, far: Path, keys: KeyPair, tmp_path: Path
) -> None:
    """Deadlines count only while somebody waits."""
    patient = Deadlines(connect=5, stall=0.3, answer=5)
    with road_to(server.address("yks"), keys, deadlines=patient) as road:
        threading.Event().wait(1)
        put_one(road, a_file(tmp_path), "x7Qk")


def test_a_server_that_keeps_the_link_alive_and_never_answers_is_left(tmp_path: Path, keys: KeyPair) -> None:
    """Bytes now and then keep a link from stalling; a request must be answered all the same."""

    class Sleeping(Truthful):
        async def write(self, file_obj: object, offset: int, data: bytes) -> int:
            await asyncio.sleep(30)
            return len(data)

    Sleeping.root = tmp_path
    (tmp_path / "box").mkdir()
    file = a_file(tmp_path)
    drip = {"keepalive_interval": 0.05, "keepalive_count_max": 10_000}
    with (
        asyncssh_server(Sleeping, **drip) as address,
        road_to(address, keys, deadlines=Deadlines(connect=5, stall=30, answer=1)) as road,
    ):
        assert refusal(lambda: put_one(road, file, "x7Qk")) == "transport.stalled"
    assert not (tmp_path / "box" / "x7Qk").exists()


@pytest.mark.parametrize("cut", [100_000, 1 << 20, 5 << 20, 8 << 20])
def test_after_a_cut_the_upload_is_made_again_and_whole(
    server: Server, far: Path, keys: KeyPair, tmp_path: Path, cut: int
) -> None:
    file = a_file(tmp_path, 8 << 20)
    with relayed(server.address("yks")) as (relay, address), road_to(address, keys) as road:
        relay.cut_after(cut)
        assert refusal(lambda: put_one(road, file, "x7Qk")) == "transport.connection_lost"
        assert refusal(lambda: put_one(road, file, "x7Qk")) == "transport.connection_lost"
        assert not (far / "x7Qk").exists()
        relay.thaw()
        with road_to(address, keys) as again:
            assert not put_one(again, file, "x7Qk").already_there
    assert (far / "x7Qk").read_bytes() == file.read_bytes()
    assert hidden(far) == []


def test_five_cuts_in_64_mib_cost_little(tmp_path: Path, keys: KeyPair) -> None:
    """Each attempt goes on where the last one was cut."""
    written = 0

    class Counting(Truthful):
        async def write(self, file_obj: object, offset: int, data: bytes) -> int:
            nonlocal written
            written += len(data)
            return super().write(file_obj, offset, data)  # type: ignore[return-value]  # asyncssh takes either

    Counting.root = tmp_path
    (tmp_path / "box").mkdir()
    file = a_file(tmp_path, 64 << 20)
    with asyncssh_server(Counting) as server, relayed(server) as (relay, address):
        for cut in range(5):
            with road_to(address, keys) as road:
                relay.cut_after((11 << 20) * (cut + 1))  # reading back counts as well
                assert refusal(partial(put_one, road, file, "x7Qk")) == "transport.connection_lost"
        relay.thaw()
        with road_to(address, keys) as road:
            put_one(road, file, "x7Qk")
    assert (tmp_path / "box" / "x7Qk").read_bytes() == file.read_bytes()
    assert hidden(tmp_path / "box") == []
    assert written <= 75 << 20


def test_a_part_is_gone_on_with_only_as_far_as_it_agrees(
    server: Server, far: Path, keys: KeyPair, tmp_path: Path
) -> None:
    file = a_file(tmp_path, 300_000)
    with road_to(server.address("yks"), keys) as road:
        for agreeing in (0, 1, 70_000, 200_000, 299_999, 300_000):
            for length in (70_000, 299_999, 300_000, 300_001):
                name = f"n{agreeing}-{length}"
                (far / remote_part(name, file)).write_bytes((file.read_bytes()[:agreeing] + bytes(length))[:length])
                assert not put_one(road, file, name).already_there
                assert (far / name).read_bytes() == file.read_bytes(), name
    assert hidden(far) == []


@needs("ssh-keygen")
def test_a_changed_host_key_is_refused_with_the_way_to_confirm_it(
    server: Server, far: Path, keys: KeyPair, tmp_path: Path
) -> None:
    stranger = a_key_pair()
    address = replace(server.address("yks"), host_key=stranger.public)
    with pytest.raises(TransportError) as refused, road_to(address, keys):
        pass
    (problem,) = refused.value.problems
    assert problem.code == "transport.host_key_changed"
    assert keygen_fingerprint(server.host_key, tmp_path) in problem.what
    assert keygen_fingerprint(stranger.public, tmp_path) in problem.what
    assert "Call the recipient" in problem.hint


@pytest.mark.parametrize(
    "host_key", ["", "ssh-ed25519", "ssh-ed25519 !!!!", "ssh-dss AAAA", "ssh-rsa AAAAC3NzaC1lZDI1NTE5"]
)
def test_a_server_whose_key_no_card_names_is_refused(server: Server, keys: KeyPair, host_key: str) -> None:
    address = replace(server.address("yks"), host_key=host_key)
    assert enter(road_to(address, keys)) == "transport.host_key_unknown"


@pytest.mark.parametrize("kind", ["ssh-rsa", "ecdsa-sha2-nistp256", "ssh-ed25519"])
def test_each_kind_of_host_key_can_be_pinned(tmp_path: Path, keys: KeyPair, kind: str) -> None:
    Truthful.root = tmp_path
    (tmp_path / "box").mkdir()
    with asyncssh_server(Truthful, host_kind=kind) as address, road_to(address, keys) as road:
        assert road.list() == ()


def test_a_key_that_the_server_does_not_know_is_refused(server: Server) -> None:
    assert enter(road_to(server.address("yks"), a_key_pair())) == "transport.refused_key"


@pytest.mark.parametrize(
    "text", ["", "nonsense", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"]
)
def test_a_key_of_ours_that_cannot_be_read_is_said_and_not_shown(server: Server, text: str) -> None:
    road = SftpRoad(server.address("yks"), text, deadlines=QUICK)
    assert enter(road) == "transport.bad_key"


def test_a_key_of_another_kind_or_under_a_passphrase_is_refused(server: Server) -> None:
    locked = asyncssh.generate_private_key("ssh-ed25519").export_private_key(passphrase="of an invented person")
    for text in (a_key_pair("ecdsa-sha2-nistp256").private, locked.decode()):
        assert enter(SftpRoad(server.address("yks"), text, deadlines=QUICK)) == "transport.bad_key"


def test_a_folder_that_is_missing_or_a_file_is_said(server: Server, far: Path, keys: KeyPair) -> None:
    a_file(far, 7, "file")
    for directory in ("incoming/nothing", "incoming/file", "nothing"):
        address = replace(server.address("yks"), directory=directory)
        assert enter(road_to(address, keys)) == "transport.no_directory"


def test_nothing_listening_is_said(keys: KeyPair) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert enter(road_to(SftpTarget("127.0.0.1", port, "yks", "box", keys.public), keys)) == "transport.no_connection"


def test_a_host_that_nobody_knows_is_said(keys: KeyPair) -> None:
    for host in ("drop.invalid", "a" * 70 + ".invalid", "..", "\u00e9" * 80):
        address = SftpTarget(host, 22, "yks", "box", keys.public)
        assert enter(road_to(address, keys)) == "transport.no_connection"


@pytest.mark.parametrize(
    "change",
    [
        {"host": ""},
        {"port": 0},
        {"port": 65536},
        {"user": ""},
        {"directory": ""},
        {"host": "a\nb"},
        {"user": "\x1b[2J"},
    ],
)
def test_what_cannot_be_an_address_is_refused(keys: KeyPair, change: dict[str, Any]) -> None:
    good = SftpTarget("drop.example.org", 22, "yks", "incoming", keys.public)
    assert refusal(lambda: replace(good, **change)) == "transport.bad_address"


@contextmanager
def speaking(*lines: bytes) -> Iterator[int]:
    """Something that listens and is no SSH server."""

    def talk(listener: socket.socket) -> None:
        connection, _peer = listener.accept()
        with connection:
            for line in lines:
                connection.sendall(line)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=talk, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]


@pytest.mark.parametrize(
    "line",
    [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-1.0-old\r\n", b"\xff" * 5000, b"SSH-2.0-x\r\n" + b"\0" * 99],
)
def test_something_that_is_no_ssh_server_is_said(keys: KeyPair, line: bytes) -> None:
    with speaking(line) as port:
        code = enter(road_to(SftpTarget("127.0.0.1", port, "yks", "box", keys.public), keys))
    assert code in {"transport.connection_lost", "transport.stalled", "transport.weak_server"}


@pytest.mark.parametrize(
    "weak",
    [
        {"encryption_algs": ["aes128-cbc", "3des-cbc"]},
        {"mac_algs": ["hmac-sha1", "hmac-md5"], "encryption_algs": ["aes128-ctr"]},
        {"kex_algs": ["diffie-hellman-group14-sha1", "diffie-hellman-group14-sha256"]},
    ],
    ids=lambda options: next(iter(options)),
)
def test_a_server_with_outdated_methods_only_is_refused(
    tmp_path: Path, keys: KeyPair, weak: dict[str, list[str]]
) -> None:
    Truthful.root = tmp_path
    with asyncssh_server(Truthful, **weak) as address:
        assert enter(road_to(address, keys)) == "transport.weak_server"


def test_the_post_quantum_exchange_is_taken_where_the_server_has_it(tmp_path: Path, keys: KeyPair) -> None:
    if b"mlkem768x25519-sha256" not in asyncssh.kex.get_kex_algs():
        pytest.skip("this asyncssh has no ML-KEM here")
    Truthful.root = tmp_path
    (tmp_path / "box").mkdir()
    options = {"kex_algs": ["curve25519-sha256", "mlkem768x25519-sha256"]}
    with asyncssh_server(Truthful, **options) as address, watching_paramiko() as said, road_to(address, keys):
        pass
    assert any("mlkem768x25519-sha256" in line for line in said if line.startswith("Kex:"))


def test_an_account_without_sftp_is_said(tmp_path: Path, keys: KeyPair) -> None:
    def none(_channel: Any) -> asyncssh.SFTPServer:
        raise asyncssh.SFTPFailure("no")

    with asyncssh_server(none) as address:
        assert enter(road_to(address, keys)) in {"transport.no_sftp", "transport.connection_lost"}
    with asyncssh_server(None) as address:  # type: ignore[arg-type]  # no subsystem at all
        assert enter(road_to(address, keys)) == "transport.no_sftp"


def test_a_verb_without_entering_is_refused(server: Server, keys: KeyPair, tmp_path: Path) -> None:
    road = road_to(server.address("yks"), keys)
    assert refusal(lambda: road.remove("x7Qk")) == "transport.connection_lost"


def test_a_broken_link_prints_nothing_on_the_screen(keys: KeyPair) -> None:
    """paramiko logs tracebacks, and Python prints what nobody listens to; pytest would hide it, so: a process."""
    program = """
        import sys
        from exchange.errors import TransportError
        from exchange.transport.sftp.road import SftpRoad
        from exchange.transport.sftp.target import SftpTarget
        try:
            with SftpRoad(SftpTarget("127.0.0.1", int(sys.argv[1]), "yks", "box", sys.argv[2]), sys.argv[3]):
                pass
        except TransportError as error:
            print(error.codes[0])
    """
    with speaking(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        ran = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program), str(port), keys.public, keys.private],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])},
        )
    assert (ran.stdout, ran.stderr) == ("transport.connection_lost\n", "")


def test_no_thread_is_left_behind(server: Server, keys: KeyPair) -> None:
    before = threading.active_count()
    for _time in range(3):
        with road_to(server.address("yks"), keys) as road:
            road.list()
    left = [thread for thread in threading.enumerate() if type(thread).__module__.startswith("paramiko")]
    assert not left
    assert threading.active_count() <= before + 1


@contextmanager
def watching_paramiko() -> Iterator[list[str]]:
    said: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    listener, logger = Listener(), logging.getLogger("paramiko")
    before = logger.level
    logger.addHandler(listener)
    logger.setLevel(logging.DEBUG)
    try:
        yield said
    finally:
        logger.removeHandler(listener)
        logger.setLevel(before)


def test_the_relay_itself_forwards_everything(server: Server, far: Path, keys: KeyPair, tmp_path: Path) -> None:
    """A relay that broke links by itself would make every test here pass."""
    file = a_file(tmp_path, 3 << 20)
    with relayed(server.address("yks")) as (relay, address), road_to(address, keys) as road:
        assert isinstance(relay, Relay)
        put_one(road, file, "x7Qk")
        get_one(road, "x7Qk", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == file.read_bytes()
