"""Whatever a server says in SSH itself, before it shows its key and after: a TransportError comes of it, soon, and our
memory stays small."""

from __future__ import annotations

import contextlib
import resource
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import paramiko
import pytest
from paramiko.auth_handler import AuthHandler
from transport.servers import KeyPair, a_key_pair

from exchange.errors import TransportError
from exchange.transport.sftp.guarded import CHANNEL_WINDOW
from exchange.transport.sftp.knocking import knock
from exchange.transport.sftp.line import Deadlines
from exchange.transport.sftp.link import Link
from exchange.transport.sftp.login import Login, Password, Passwords, PrivateKey
from exchange.transport.sftp.packets import Kind, packet, string, u32
from exchange.transport.sftp.target import SftpTarget

SOON = Deadlines(connect=3, stall=2, answer=3)
MANY = 2**32 - 1
NO_TEXT = b"\xff\xfe"
BANNER = b"SSH-2.0-x\r\n"
POINT = b"\x09" + bytes(31)
HOST_KEY = string(b"ssh-ed25519") + string(bytes(range(32)))


def in_the_clear(payload: bytes) -> bytes:
    """A packet before anything is encrypted (RFC 4253, section 6)."""
    padding = 16 - (len(payload) + 5) % 8
    return struct.pack(">IB", len(payload) + padding + 1, padding) + payload + bytes(padding)


def offer(exchange: bytes = b"curve25519-sha256@libssh.org", host_key: bytes = b"ssh-ed25519") -> bytes:
    lists = (exchange, host_key, *[b"aes128-ctr"] * 2, *[b"hmac-sha2-256"] * 2, *[b"none"] * 2, b"", b"")
    return in_the_clear(b"\x14" + bytes(16) + b"".join(map(string, lists)) + b"\0" + u32(0))


def answer(host_key: bytes, point: bytes, signature: bytes) -> bytes:
    return in_the_clear(b"\x1f" + string(host_key) + string(point) + string(signature))


SAID = {
    "names that are no text": offer(NO_TEXT),
    "a farewell that is no text": in_the_clear(b"\x01" + u32(2) + string(b"\xff\x1b[2J") + string(b"")),
    "an empty packet": struct.pack(">IB", 12, 11) + bytes(11),
    "more padding than packet": struct.pack(">IB", 12, 200) + bytes(11),
    "a point of order two": offer() + answer(HOST_KEY, bytes(32), b"x"),
    "a short point": offer() + answer(HOST_KEY, bytes(3), b"x"),
    "a short key": offer() + answer(string(b"ssh-ed25519") + string(b"abc"), POINT, b"x"),
    "a key of no kind": offer() + answer(string(NO_TEXT), POINT, b"x"),
    "a short signature": offer() + answer(HOST_KEY, POINT, string(b"ssh-ed25519") + string(b"x")),
    "a signature of no kind": offer() + answer(HOST_KEY, POINT, string(NO_TEXT) + string(b"x")),
    "a point on no curve": offer(b"ecdh-sha2-nistp256") + answer(HOST_KEY, b"\x04abc", b"x"),
    "a secret of nothing": offer(b"mlkem768x25519-sha256") + answer(HOST_KEY, bytes(1120), b"x"),
    "an RSA key of zero": offer(host_key=b"rsa-sha2-512")
    + answer(string(b"ssh-rsa") + string(b"\0") * 2, POINT, string(b"rsa-sha2-512") + string(b"x")),
}


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    near, _peer = listener.accept()  # fails once the test is over, and ends the thread
                    with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
                        serve(near)

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def refused(target: SftpTarget, login: Login) -> str:
    with pytest.raises(TransportError) as caught:
        Link(target, login, SOON)
    return caught.value.codes[0]


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
def test_nonsense_before_a_key_is_shown_is_a_broken_connection(said: bytes, keys: KeyPair) -> None:
    def serve(near: socket.socket) -> None:
        with near:
            near.sendall(BANNER + said)
            near.settimeout(2)
            while near.recv(4096):
                pass

    with listening(serve) as port:
        target = SftpTarget("127.0.0.1", port, "yks", "box", keys.public)
        assert refused(target, PrivateKey(keys.private)) == "transport.connection_lost"


def test_a_packet_of_four_gigabytes_is_not_waited_for(keys: KeyPair) -> None:
    sent = 0

    def serve(near: socket.socket) -> None:
        nonlocal sent
        with near:
            near.sendall(BANNER + struct.pack(">IB", 0xFFFFFFF4, 4))
            while True:
                sent += near.send(bytes(65536))

    with listening(serve) as port:
        target = SftpTarget("127.0.0.1", port, "yks", "box", keys.public)
        began = time.monotonic()
        assert refused(target, PrivateKey(keys.private)) == "transport.connection_lost"
        assert time.monotonic() - began < SOON.connect
    assert sent < 16 << 20


# --- a server that has shown its key ---


class Willing(paramiko.ServerInterface):  # type: ignore[misc]  # paramiko has no types
    def get_allowed_auths(self, _user: str) -> str:
        return "publickey"

    def check_auth_publickey(self, _user: str, _key: Any) -> int:
        return int(paramiko.AUTH_SUCCESSFUL)

    def check_channel_request(self, _kind: str, _number: int) -> int:
        return int(paramiko.OPEN_SUCCEEDED)

    def check_channel_subsystem_request(self, _channel: Any, _name: str) -> bool:
        return True


def say(transport: paramiko.Transport, payload: bytes) -> None:
    message = paramiko.Message()
    message.add_bytes(payload)
    transport.packetizer.send_message(message)


Then = Callable[[paramiko.Transport, paramiko.Channel], None]


@contextmanager
def a_server(then: Then, interface: Callable[[], Willing] = Willing) -> Iterator[SftpTarget]:
    """It lets everybody in, and does `then` with the first channel."""
    host = paramiko.RSAKey.generate(2048)
    made: list[paramiko.Transport] = []
    open_ones: list[paramiko.Channel] = []  # one that is forgotten is closed

    def serve(near: socket.socket) -> None:
        transport = paramiko.Transport(near)
        made.append(transport)
        transport.add_server_key(host)
        transport.start_server(server=interface())
        channel = transport.accept(5)
        if channel is not None:
            open_ones.append(channel)
            then(transport, channel)

    with listening(serve) as port:
        yield SftpTarget("127.0.0.1", port, "yks", "box", f"ssh-rsa {host.get_base64()}")
        for each in made:
            each.close()


def nothing(_transport: paramiko.Transport, _channel: paramiko.Channel) -> None:
    return None


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What the server says to each request of a login, one after the other; the last again and again."""

    def answering(*said: bytes) -> None:
        left = list(said)

        def answer(self: AuthHandler, _message: paramiko.Message) -> None:
            say(self.transport, left.pop(0) if len(left) > 1 else left[0])

        monkeypatch.setattr(AuthHandler, "_parse_userauth_request", answer)

    return answering


def test_a_refusal_that_is_no_text_is_a_broken_connection(answering: Callable[..., None]) -> None:
    answering(bytes([51]) + string(NO_TEXT) + b"\0")
    with a_server(nothing) as target:
        assert refused(target, PrivateKey(a_key_pair().private)) == "transport.connection_lost"
        typed = Password(Passwords(lambda _account: "secret"))
        assert refused(target, typed) == "transport.connection_lost"


def test_four_milliards_of_questions_are_not_read(answering: Callable[..., None]) -> None:
    answering(bytes([51]) + string(b"keyboard-interactive") + b"\0", bytes([60]) + string(b"") * 3 + u32(MANY))
    with a_server(nothing) as target:
        typed = Password(Passwords(lambda _account: "secret"))
        assert refused(target, typed) == "transport.asks_more"


def test_four_milliards_of_extensions_are_not_read(answering: Callable[..., None]) -> None:
    answering(bytes([7]) + u32(MANY))
    with a_server(nothing) as target:
        assert refused(target, PrivateKey(a_key_pair().private)) == "transport.stalled"
    used = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - used < 0.2, "no thread counts on"


def test_a_refusal_of_a_channel_that_is_no_text_is_a_broken_connection() -> None:
    class Refusing(Willing):
        made: paramiko.Transport

        def check_channel_request(self, kind: str, number: int) -> int:
            for thread in threading.enumerate():
                if isinstance(thread, paramiko.Transport) and thread.server_mode:
                    say(thread, bytes([92]) + u32(0) + u32(1) + string(NO_TEXT) + string(b""))
            return super().check_channel_request(kind, number)

    with a_server(nothing, Refusing) as target:
        assert refused(target, PrivateKey(a_key_pair().private)) == "transport.connection_lost"


@pytest.mark.parametrize("to", ["output", "errors"])
def test_a_server_that_sends_beyond_the_window_fills_no_memory(to: str) -> None:
    def flood(transport: paramiko.Transport, channel: paramiko.Channel) -> None:
        head = bytes([94]) + u32(channel.remote_chanid)
        if to == "errors":
            head = bytes([95]) + u32(channel.remote_chanid) + u32(1)
        else:
            say(transport, head + string(packet(Kind.VERSION, u32(3))))
        until = time.monotonic() + 20
        sent = 0
        while time.monotonic() < until and sent < 12 * CHANNEL_WINDOW:
            say(transport, head + string(bytes(32_000)))
            sent += 32_000

    with a_server(flood) as target:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        login = PrivateKey(a_key_pair().private)
        if to == "errors":
            assert refused(target, login) in {"transport.stalled", "transport.connection_lost"}
        else:
            link = Link(target, login, SOON)
            link.session.transport.join(timeout=20)  # nobody reads meanwhile
            assert not link.session.transport.is_active()
            link.close()
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 90_000  # KiB


def test_a_server_that_answers_no_knock_is_left() -> None:
    class Silent(Willing):
        def check_channel_exec_request(self, _channel: Any, _command: bytes) -> bool:
            time.sleep(15)
            return False

    def greet(_transport: paramiko.Transport, channel: paramiko.Channel) -> None:
        channel.sendall(packet(Kind.VERSION, u32(3)))

    with a_server(greet, Silent) as target:
        link = Link(target, PrivateKey(a_key_pair().private), SOON)
        began = time.monotonic()
        with pytest.raises(TransportError) as left:
            knock(link, SOON)
        assert left.value.codes == ("transport.stalled",)
        assert time.monotonic() - began < 10
        link.close()
