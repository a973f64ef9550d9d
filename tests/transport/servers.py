"""Far ends for tests: keys, a server that lies, and a relay that stops."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

from exchange.transport.sftp.line import Deadlines
from exchange.transport.sftp.road import SftpRoad
from exchange.transport.sftp.target import SftpTarget

QUICK = Deadlines(connect=5, stall=1, answer=5)


@dataclass(frozen=True)
class KeyPair:
    """OpenSSH's text forms."""

    private: str
    public: str


def a_key_pair(kind: str = "ssh-ed25519") -> KeyPair:
    key = asyncssh.generate_private_key(kind)
    return KeyPair(key.export_private_key().decode(), key.export_public_key().decode().strip())


class Trusting(asyncssh.SSHServer):
    """Lets everybody in who has a key."""

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == "yks"


@contextmanager
def asyncssh_server(
    sftp: Callable[[Any], asyncssh.SFTPServer],
    *,
    host_kind: str = "ssh-ed25519",
    door: Callable[[], asyncssh.SSHServer] = Trusting,
    **options: Any,
) -> Iterator[SftpTarget]:
    """An SFTP server in a thread that lets those in whom `door` lets; the address has the directory "box"."""

    connections: list[asyncssh.SSHServerConnection] = []

    def opened() -> asyncssh.SSHServer:
        server = door()
        made = server.connection_made

        def connection_made(conn: asyncssh.SSHServerConnection) -> None:
            connections.append(conn)
            made(conn)

        server.connection_made = connection_made  # type: ignore[method-assign]
        return server

    host = asyncssh.generate_private_key(host_kind)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[host], server_factory=opened, sftp_factory=sftp, **options
        )

    async def close(acceptor: asyncssh.SSHAcceptor) -> None:
        acceptor.close()
        for connection in connections:
            connection.abort()
            await connection.wait_closed()
        await acceptor.wait_closed()

    acceptor = asyncio.run_coroutine_threadsafe(listen(), loop).result()
    try:
        yield SftpTarget("127.0.0.1", acceptor.get_port(), "yks", "box", host.export_public_key().decode())
    finally:
        asyncio.run_coroutine_threadsafe(close(acceptor), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class Truthful(asyncssh.SFTPServer):
    """An honest server on `root`; liars inherit from it and override what they lie about."""

    root: Path

    def __init__(self, channel: Any) -> None:
        super().__init__(channel, chroot=str(self.root).encode())


def road_to(address: SftpTarget, keys: KeyPair, **options: Any) -> SftpRoad:
    return SftpRoad(address, keys.private, **({"deadlines": QUICK, "settle": 0.05} | options))


class Relay:
    """Forwards TCP to a port until it is told to stop: `freeze` keeps the link up and lets nothing through."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._lock = threading.Lock()
        self._open = threading.Event()
        self._open.set()
        self._budget: int | None = None
        self._rate: float | None = None
        self.passed = 0
        self._cut_at_budget = False
        self.passed = 0  # bytes, both ways taken together
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def freeze(self) -> None:
        self._open.clear()

    def is_frozen(self) -> bool:
        return not self._open.is_set()

    def throttle(self, rate: float) -> None:
        """Let `rate` bytes a second through, each way of each connection."""
        self._rate = rate

    def reset(self) -> None:
        """End every connection as a router does that has forgotten it: with RST, in the middle."""
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.cut()

    def thaw(self) -> None:
        self._budget = None
        self._open.set()

    def freeze_after(self, count: int) -> None:
        """Let `count` more bytes through, both ways taken together."""
        self._budget, self._cut_at_budget = count, False

    def cut_after(self, count: int) -> None:
        """Break every connection after `count` more bytes."""
        self._budget, self._cut_at_budget = count, True

    def cut(self) -> None:
        sockets, self._sockets = self._sockets, []  # those of now, and not one that comes while these are cut
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        self._open.set()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _peer = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._port))
                self._sockets += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    def _pump(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(16384):
                self._spend(len(data))
                self._open.wait()
                if self._rate:
                    time.sleep(len(data) / self._rate)
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)

    def _spend(self, count: int) -> None:
        with self._lock:
            self.passed += count
            if self._budget is None:
                return
            self._budget -= count
            if self._budget > 0:
                return
            self._budget = None
        if self._cut_at_budget:
            self.cut()
        else:
            self.freeze()


@contextmanager
def relayed(address: SftpTarget) -> Iterator[tuple[Relay, SftpTarget]]:
    """The same server behind a relay."""
    relay = Relay(address.port)
    try:
        yield relay, SftpTarget(address.host, relay.port, address.user, address.directory, address.host_key)
    finally:
        relay.close()


def keygen_fingerprint(public: str, folder: Path) -> str:
    file = folder / "host.pub"
    file.write_text(public)
    shown = subprocess.run(["ssh-keygen", "-l", "-f", str(file)], capture_output=True, text=True, check=True)
    return shown.stdout.split()[1]
