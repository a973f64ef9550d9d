"""ssh-agents for tests: OpenSSH's own, and ones that lie."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from exchange.crypto import ssh_wire
from exchange.crypto.signing import KEY_TYPE, SigningKey
from exchange.keyring.ssh_agent import VARIABLE

Reply = Callable[[bytes], bytes | None]  # a question to what is put on the line; None: nothing, and the line stays open


@contextmanager
def openssh_agent() -> Iterator[dict[str, str]]:
    """OpenSSH's agent, with no keys; the variables by which it is found."""
    with TemporaryDirectory(prefix="agent-") as folder:  # of a short name: a socket's path holds 108 bytes
        address = f"{folder}/socket"
        agent = subprocess.Popen(["ssh-agent", "-D", "-a", address], stdout=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 10
            while not Path(address).exists() and time.monotonic() < until:
                time.sleep(0.01)
            yield {VARIABLE: address, "PATH": os.environ["PATH"], "HOME": folder}
        finally:
            agent.terminate()
            agent.wait(10)


def add(agent: dict[str, str], key: SigningKey, folder: Path, *options: str) -> None:
    """`ssh-add` of a key; its file is gone afterwards."""
    file = folder / "id_ed25519"
    file.touch(mode=0o600)
    file.write_text(key.openssh_private(), encoding="ascii")
    subprocess.run(["ssh-add", "-q", *options, str(file)], env=agent, capture_output=True, check=True)
    file.unlink()


@contextmanager
def lying_agent(reply: Reply, pause: float = 0) -> Iterator[dict[str, str]]:
    """An agent that answers each question with whatever `reply` makes of it, with a pause before each byte of it."""
    with TemporaryDirectory(prefix="agent-") as folder, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{folder}/socket")
        server.listen()
        over = threading.Event()

        def serve() -> None:
            while True:
                line, _address = server.accept()
                with line, suppress(BrokenPipeError, ConnectionResetError):
                    if over.is_set():
                        return
                    length = int.from_bytes(line.recv(4), "big")
                    answer = reply(line.recv(length))
                    for byte in answer or b"" if pause else ():
                        line.send(bytes([byte]))
                        over.wait(pause)
                    if answer is None:
                        over.wait(10)
                    elif not pause:
                        line.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield {VARIABLE: f"{folder}/socket"}
        finally:
            over.set()
            with socket.socket(socket.AF_UNIX) as last:
                last.connect(f"{folder}/socket")
            thread.join(10)


def framed(content: bytes) -> bytes:
    return ssh_wire.string(content)


def listing(*keys: SigningKey) -> bytes:
    """The answer to the question which keys there are."""
    found = b"".join(ssh_wire.string(key.verify_key.blob()) + ssh_wire.string(b"a comment") for key in keys)
    return bytes([12]) + ssh_wire.uint32(len(keys)) + found


def signature(raw: bytes, kind: str = KEY_TYPE) -> bytes:
    """The answer with a signature."""
    return bytes([14]) + ssh_wire.string(ssh_wire.string(kind.encode()) + ssh_wire.string(raw))
