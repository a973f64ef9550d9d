"""OpenSSH's sshd for tests of the way in: as a jump host, on IPv6, with settings of its own; it can be killed."""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from needs import find

from exchange.demo.sftp_server import locked
from exchange.transport.sftp.login import Login
from exchange.transport.sftp.target import JumpHost, SftpTarget

ME = pwd.getpwuid(os.geteuid()).pw_name


@dataclass
class Sshd:
    """A server that runs; `box` is a folder there that is empty at first."""

    host: str
    port: int
    host_key: str
    box: Path
    _children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def target(self, *, port: int | None = None, host_key: str | None = None) -> SftpTarget:
        return SftpTarget(self.host, port or self.port, ME, str(self.box), host_key or self.host_key)

    def jump(self, login: Login, *, port: int | None = None, host_key: str | None = None) -> JumpHost:
        return JumpHost(self.host, port or self.port, ME, host_key or self.host_key, login)

    def kill(self, sort: signal.Signals = signal.SIGKILL) -> None:
        """Every connection of now ends, or stops (SIGSTOP)."""
        for child in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, sort)


@contextmanager
def sshd(folder: Path, *authorized: str, config: str = "", host: str = "127.0.0.1") -> Iterator[Sshd]:
    """An sshd that lets the lines of `authorized` in as whoever runs the test; one process for each connection."""
    if locked(None):
        import pytest

        pytest.skip("the account of this user is locked for sshd")
    folder.mkdir()
    box = folder / "box"
    box.mkdir()
    host_key = folder / "host_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(host_key)], check=True)
    (folder / "authorized").write_text("".join(f"{line}\n" for line in authorized))
    (folder / "config").write_text(
        f"HostKey {host_key}\nAuthorizedKeysFile {folder / 'authorized'}\nAuthenticationMethods publickey\n"
        "PermitRootLogin yes\nUsePAM no\nStrictModes no\nUseDNS no\nLogLevel ERROR\nPidFile none\n"
        f"Subsystem sftp internal-sftp\n{config}\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    running = Sshd(host, 0, host_key.with_name("host_key.pub").read_text().strip(), box)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:
        running.port = listener.getsockname()[1]
        threading.Thread(target=_serve, args=(listener, folder, running._children), daemon=True).start()
        try:
            yield running
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            running.kill()
            for child in running._children:
                child.wait()


def _serve(listener: socket.socket, folder: Path, children: list[subprocess.Popen[bytes]]) -> None:
    command = [str(find("sshd")), "-i", "-e", "-f", str(folder / "config")]
    with contextlib.suppress(OSError):
        while True:
            connection, _peer = listener.accept()
            with connection, (folder / "log").open("ab") as log:
                children.append(
                    subprocess.Popen(
                        command,
                        stdin=connection.fileno(),
                        stdout=connection.fileno(),
                        stderr=log,
                        start_new_session=True,
                    )
                )
