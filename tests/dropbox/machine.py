"""A machine of its own for a server: the files of this one, with /etc, /srv and /home of its own (a mount namespace).

Accounts that are made there, and what is written to /etc, are gone when it is. It listens on this machine's loopback.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cli.organisations import HOUSE, PACKING
from dropbox.network import RECIPIENT, Network
from needs import find

KEEPER = "petugas"
OWN = ("etc", "srv", "home")
_MAKE = "; ".join(
    [
        "set -e",
        *(f'mount --bind "$1/{name}" /{name}' for name in OWN),
        "mkdir -p /run/sshd",
        "echo made",
        "exec sleep 600",
    ]
)


def _possible() -> bool:
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    programs = all(find(each) for each in ("sshd", "ssh", "unshare", "nsenter", "useradd", "runuser"))
    return programs and subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode == 0


needs_a_machine = pytest.mark.skipif(not _possible(), reason="needs root, mount namespaces, and OpenSSH's server")


@dataclass(frozen=True)
class Machine:
    """`folder` holds its own parts as they are seen from outside."""

    folder: Path
    pid: int
    port: int

    def run(self, *command: str | Path, user: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """A program there, as root or another user."""
        as_user = ["runuser", "-u", user, "--"] if user else []
        inside = ["nsenter", "--mount", f"--target={self.pid}", "--", *as_user]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", **variables}
        return subprocess.run(
            [*inside, *map(str, command)], capture_output=True, text=True, check=False, env=environment, cwd="/"
        )

    def does(self, *command: str | Path, user: str = "", **variables: str) -> str:
        done = self.run(*command, user=user, **variables)
        assert done.returncode == 0, done
        return done.stdout

    def exchange(self, *arguments: str | Path, user: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """Our command there."""
        ours = {"PYTHONPATH": str(HOUSE), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONNOUSERSITE": "1", "HOME": "/"}
        return self.run(sys.executable, "-m", "exchange", *arguments, user=user, **ours, **variables)

    @property
    def host_key(self) -> str:
        return (self.folder / "etc/ssh/ssh_host_ed25519_key.pub").read_text()

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Its sshd runs inside the block, as it would after a start of the machine."""
        command = [
            "nsenter",
            "--mount",
            f"--target={self.pid}",
            "--",
            str(find("sshd")),
            "-D",
            "-e",
            "-p",
            str(self.port),
        ]
        with (self.folder / "sshd.log").open("wb") as log, subprocess.Popen(command, stderr=log) as server:
            try:
                _wait_for(self.port)
                yield
            finally:
                server.terminate()


@contextmanager
def a_machine(folder: Path) -> Iterator[Machine]:
    """It has an account `KEEPER`, and host keys of its own."""
    for name in OWN:
        (folder / name).mkdir(parents=True, mode=0o755)
    shutil.rmtree(folder / "etc")
    subprocess.run(["cp", "-a", "/etc", str(folder / "etc")], check=True)
    command = ["unshare", "--mount", "--propagation=private", "sh", "-c", _MAKE, "sh", str(folder)]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "made\n"
            machine = Machine(folder, holder.pid, port)
            machine.does("ssh-keygen", "-A")
            machine.does("useradd", "--create-home", KEEPER)
            yield machine
        finally:
            holder.kill()


WORKSPACE = f"/home/{KEEPER}/exchange"


def with_workspace(machine: Machine, network: Network) -> None:
    """The recipient's workspace lies there, and is the keeper's."""
    shutil.copytree(network.folder / RECIPIENT, machine.folder / WORKSPACE[1:])
    machine.does("chown", "-R", f"{KEEPER}:{KEEPER}", f"/home/{KEEPER}")


@contextmanager
def serving_a_drop_box(machine: Machine, network: Network) -> Iterator[None]:
    """Root has set the drop box up, and sshd serves it."""
    with_workspace(machine, network)
    said = machine.exchange("-w", WORKSPACE, "dropbox", "--apply", EXCHANGE_NOW=PACKING)
    assert said.returncode == 0, said
    with machine.serving():
        yield


def _wait_for(port: int) -> None:
    for _try in range(200):
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("sshd does not listen")
