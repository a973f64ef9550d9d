"""`exchange doctor` before servers that stop answering, drip, or do not let go: it comes to an end in time, and says of
nothing that it is well which it has not seen."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import asyncssh
import pytest
from asyncssh.channel import SSHServerChannel
from asyncssh.connection import SSHConnection, SSHServerConnection
from asyncssh.constants import MSG_GLOBAL_REQUEST, MSG_REQUEST_FAILURE
from transport.servers import KeyPair, Trusting, Truthful, a_key_pair, asyncssh_server

from exchange.doctor.facts import Asked, ServerFacts
from exchange.doctor.judging import judge
from exchange.doctor.probing import Examination
from exchange.finding import Finding
from exchange.transport.sftp.line import Deadlines
from exchange.transport.sftp.login import PrivateKey
from exchange.transport.sftp.target import SftpTarget

ASKED = Asked("gt-ntt", "dpo@gt-ntt.example", ours=False)
SOON = Deadlines(connect=2, stall=1, answer=2)


@pytest.fixture(scope="module")
def keys() -> KeyPair:
    return a_key_pair()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("box", "out"):
        (tmp_path / name).mkdir()
    return tmp_path


def facts(target: SftpTarget, keys: KeyPair, deadlines: Deadlines = SOON) -> ServerFacts:
    return Examination(target, "out", PrivateKey(keys.private), deadlines).facts()


def finding(seen: ServerFacts, code: str) -> Finding:
    return next(each for each in judge(seen, ASKED) if each.code == code)


@pytest.mark.parametrize(
    ("server", "request_"),
    [
        (SSHServerChannel, "_process_exec_request"),
        (SSHServerChannel, "_process_pty_req_request"),
        (SSHServerConnection, "_process_direct_tcpip_open"),
        (SSHServerConnection, "_process_tcpip_forward_global_request"),
    ],
)
def test_a_door_where_nobody_answers_is_left_in_time_and_not_called_shut(
    server: type, request_: str, root: Path, keys: KeyPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Here(Truthful):
        pass

    async def never() -> None:
        await asyncio.sleep(60)

    Here.root = root
    if request_ == "_process_direct_tcpip_open":
        monkeypatch.setattr(Trusting, "connection_requested", lambda *_args: never(), raising=False)
    else:
        monkeypatch.setattr(server, request_, lambda *_args: None)
    with asyncssh_server(Here) as target:
        began = time.monotonic()
        seen = facts(target, keys)
        took = time.monotonic() - began
    assert took < 20, took  # a program that says nothing is waited for 3 seconds
    assert seen.inside is not None
    assert seen.inside.trial is not None
    assert finding(seen, "doctor.doors").severity == "wrong"
    assert "no answer came" in finding(seen, "doctor.doors").what


def test_the_answer_to_a_nudge_is_not_taken_for_a_door_s(
    root: Path, keys: KeyPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that takes its time to listen, and says no to every nudge at once."""

    class Here(Truthful):
        pass

    class Slow(Trusting):
        async def server_requested(self, _host: str, _port: int) -> bool:  # type: ignore[override]
            await asyncio.sleep(0.9)
            return True

    Here.root = root
    real = SSHConnection._process_global_request

    def answer(self: Any, kind: int, number: int, packet: Any) -> None:
        if b"keepalive@openssh.com" in packet.get_full_payload():
            self.send_packet(MSG_REQUEST_FAILURE)
        else:
            real(self, kind, number, packet)

    monkeypatch.setitem(SSHConnection._packet_handlers, MSG_GLOBAL_REQUEST, answer)
    with asyncssh_server(Here, door=Slow) as target:
        seen = facts(target, keys, Deadlines(connect=1, stall=3, answer=6))
    assert seen.inside is not None
    assert seen.inside.doors is not None
    assert seen.inside.doors.listens


@contextmanager
def dripping(line: bytes) -> Iterator[int]:
    """A port where `line` comes for ever, a byte at a time."""
    over = threading.Event()

    def drip(near: socket.socket) -> None:
        with near, suppress(OSError):
            while True:
                for each in line:
                    if over.wait(0.2):
                        return
                    near.sendall(bytes([each]))

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=drip, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        over.set()
        listener.shutdown(socket.SHUT_RDWR)


def test_a_greeting_that_drips_is_left_in_time(keys: KeyPair) -> None:
    with dripping(b"no greeting\r\n") as port:
        began = time.monotonic()
        seen = facts(SftpTarget("127.0.0.1", port, "yks", "box", keys.public), keys, Deadlines(1, 1, 1))
        took = time.monotonic() - began
    assert (seen.hello, seen.inside) == (None, None)
    assert took < 12, took


def test_a_look_up_of_names_that_hangs_is_left_in_time(keys: KeyPair) -> None:
    over = threading.Event()
    began = time.monotonic()
    with mock.patch("socket.getaddrinfo", side_effect=lambda *_args, **_more: over.wait(10) and []):
        seen = facts(SftpTarget("drop.example", 22, "yks", "box", keys.public), keys, Deadlines(0.5, 1, 1))
    took = time.monotonic() - began
    over.set()
    assert (seen.addresses, seen.hello) == ((), None)
    assert took < 9


def test_where_we_may_put_and_not_remove_we_were_let_in_and_what_is_left_is_said(root: Path, keys: KeyPair) -> None:
    class Keeping(Truthful):
        def remove(self, path: bytes) -> None:
            raise asyncssh.SFTPPermissionDenied("kept")

    Keeping.root = root
    with asyncssh_server(Keeping) as target:
        seen = facts(target, keys)
    assert seen.kept_out is None
    assert seen.inside is not None
    assert seen.inside.incoming.takes
    there = sorted(str(each.relative_to(root)) for each in root.rglob("*") if each.is_file())
    assert sorted(seen.left) == there
    assert len(there) == 2, "one in each folder, and no other"
    assert all(each in finding(seen, "doctor.left").what for each in there)


def test_what_is_left_is_said_though_the_trial_failed(root: Path, keys: KeyPair) -> None:
    class Failing(Truthful):
        removed = 0

        def write(self, file_obj: object, offset: int, data: bytes) -> int:
            raise asyncssh.SFTPFailure("full")

        def remove(self, path: bytes) -> None:
            Failing.removed += 1
            if Failing.removed > 2:
                raise asyncssh.SFTPPermissionDenied("kept")
            super().remove(path)

    Failing.root = root
    with asyncssh_server(Failing) as target:
        seen = facts(target, keys)
    assert seen.inside is not None
    assert seen.inside.refused is not None
    left = [each for each in root.rglob("*") if each.is_file()]
    assert len(left) == 1
    assert str(left[0].relative_to(root)) in seen.left
    assert finding(seen, "doctor.left").severity == "wrong"
