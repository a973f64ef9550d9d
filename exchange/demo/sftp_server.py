"""An SFTP server on the loopback, for the demo and for tests: OpenSSH's sshd where it is installed, else asyncssh.

>>> with running_server(folder, {"yks": "ssh-ed25519 AAAA…"}) as server:
...     address = server.address("yks", "incoming")     # of the account's own two folders: incoming, outgoing

What an account puts into its `incoming` lies in `folder/incoming/<account>`; what lies in `folder/outgoing/<account>`
it finds in `outgoing`.

**What this lacks against a real drop box.** With sshd every account is the operating system's user who runs this
program: a key is tied to its own folder by the directory it starts in, to SFTP by a forced command, and to no
forwarding by `restrict`; but there is no chroot (which needs root and a tree that only root may write), so that one
account can name, and read, whatever this user can. On the loopback, with invented people, that is enough. A real
drop box gives each sender an operating system's account and a chroot. The asyncssh server has a root for each
account, but runs inside this process.

The server ends with the block, on Ctrl-C, and, since sshd serves one connection at a time on a socket of ours
(`sshd -i`), also when this process is killed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from exchange.transport.sftp.target import SftpTarget

if TYPE_CHECKING:
    import asyncssh

Kind = Literal["sshd", "asyncssh"]
FOLDERS = ("incoming", "outgoing")
# What nobody needs who only puts, lists, fetches and removes: links, rights, times, folders.
DENIED = "symlink,hardlink,setstat,fsetstat,lsetstat,mkdir,rmdir"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs. `host_key` is one line in OpenSSH's form; `user`: None where each account has its own."""

    host: str
    port: int
    host_key: str
    kind: Kind
    user: str | None = None

    def address(self, account: str, directory: str = "incoming") -> SftpTarget:
        """Where `account` puts ("incoming") or fetches ("outgoing")."""
        return SftpTarget(self.host, self.port, self.user or account, directory, self.host_key)


@contextmanager
def running_server(
    folder: Path, accounts: Mapping[str, str], *, kind: Kind | None = None, run_as: str | None = None
) -> Iterator[Server]:
    """Serve `accounts` (name → public key, OpenSSH's line) from `folder` until the block ends.

    `kind` asks for one of the two servers; without it sshd is taken if it works here. `run_as` runs sshd as another
    user of this machine (only root can; tests of permissions do).
    """
    for account in accounts:
        for name in FOLDERS:
            (folder / name / account).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="exchange-sftp-") as run:
        config = None if kind == "asyncssh" else _configure(Path(run), folder, accounts, run_as)
        if config is None and kind == "sshd":
            raise RuntimeError("sshd is not installed or does not work here")
        serve = _asyncssh(folder, accounts) if config is None else _sshd(config, run_as)
        with serve as server:
            yield server


# --- OpenSSH's sshd ---


def _configure(run: Path, folder: Path, accounts: Mapping[str, str], run_as: str | None) -> Path | None:
    """Write what sshd reads; None where it is missing or refuses. Its own user must be able to read all of it."""
    sshd = _find("sshd")
    if os.name == "nt" or sshd is None or locked(run_as) or _find("ssh-keygen") is None:
        return None
    run.chmod(0o755)
    host_key = run / "host_key"
    subprocess.run(  # noqa: S603 - the program is found, the arguments are ours
        [str(_find("ssh-keygen")), "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(host_key)], check=True
    )
    (run / "authorized_keys").write_text("".join(_admit(run, folder, name, key) for name, key in accounts.items()))
    config = run / "sshd_config"
    config.write_text(
        f"HostKey {host_key}\nAuthorizedKeysFile {run / 'authorized_keys'}\nAuthenticationMethods publickey\n"
        "PermitRootLogin yes\nUsePAM no\nStrictModes no\nUseDNS no\nLogLevel ERROR\nPidFile none\n"
        "PermitTTY no\nDisableForwarding yes\nSubsystem sftp internal-sftp\n"
    )
    if os.geteuid() == 0 and run_as is None:
        with contextlib.suppress(OSError):  # where root's sshd locks itself in; its package makes it at boot
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    if run_as is not None:
        shutil.chown(host_key, run_as)
    checked = subprocess.run([sshd, "-t", "-f", str(config)], capture_output=True, check=False)  # noqa: S603 - as above
    return config if checked.returncode == 0 else None


def locked(user: str | None) -> bool:
    """Whether sshd keeps `user` (None: whoever runs this) out: without PAM it looks for a "!" in the shadow file.

    Where we may not read that file, neither may a server that we start.
    """
    import pwd  # not on Windows, where sshd is not looked for

    name = user or pwd.getpwuid(os.geteuid()).pw_name
    try:
        lines = Path("/etc/shadow").read_text().splitlines()
    except OSError:
        return False
    return any(line.startswith(f"{name}:!") for line in lines)


def _admit(run: Path, folder: Path, account: str, key: str) -> str:
    """One line of authorized_keys. The link is there because internal-sftp takes no directory with a blank in it."""
    home = run / account
    home.mkdir(mode=0o755)
    for name in FOLDERS:
        (home / name).symlink_to((folder / name / account).absolute(), target_is_directory=True)
    return f'restrict,command="internal-sftp -d {home} -P {DENIED}" {key.strip()}\n'


@contextmanager
def _sshd(config: Path, run_as: str | None) -> Iterator[Server]:
    import pwd  # as above

    command = [str(_find("sshd")), "-i", "-e", "-f", str(config)]
    children: list[subprocess.Popen[bytes]] = []
    them = None if run_as is None else pwd.getpwnam(run_as)

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                connection, _peer = listener.accept()
            except OSError:  # the listener is closed: the block has ended
                return
            with connection, (config.parent / "log").open("ab") as log:
                child = subprocess.Popen(  # noqa: S603 - as above
                    command,
                    stdin=connection.fileno(),
                    stdout=connection.fileno(),
                    stderr=log,
                    user=them and them.pw_uid,
                    group=them and them.pw_gid,
                    extra_groups=[] if them else None,
                )
            children.append(child)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        try:
            host_key = config.with_name("host_key.pub").read_text().strip()
            user = run_as or pwd.getpwuid(os.geteuid()).pw_name
            yield Server("127.0.0.1", listener.getsockname()[1], host_key, "sshd", user)
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes the thread; closing alone does not
            for child in children:
                child.terminate()
            for child in children:
                child.wait()


def _find(program: str) -> str | None:
    """Debian keeps servers where ordinary users do not look. sshd insists on being called by its whole path."""
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")


# --- asyncssh, inside this process ---


@contextmanager
def _asyncssh(folder: Path, accounts: Mapping[str, str]) -> Iterator[Server]:
    import asyncio

    import asyncssh

    with tempfile.TemporaryDirectory(prefix="exchange-sftp-") as run, contextlib.ExitStack() as stack:
        homes = Path(run)
        for account in accounts:
            _home(homes / account, folder, account)
        host_key = asyncssh.generate_private_key("ssh-ed25519")
        connections: list[asyncssh.SSHServerConnection] = []
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        stack.callback(loop.close)
        stack.callback(thread.join)
        stack.callback(loop.call_soon_threadsafe, loop.stop)

        async def listen() -> asyncssh.SSHAcceptor:
            return await asyncssh.listen(
                "127.0.0.1",
                0,
                server_host_keys=[host_key],
                server_factory=lambda: _doorkeeper(accounts, connections),
                sftp_factory=lambda channel: _rooted(channel, homes),
            )

        acceptor = asyncio.run_coroutine_threadsafe(listen(), loop).result()
        stack.callback(lambda: asyncio.run_coroutine_threadsafe(_close(acceptor, connections), loop).result())
        shown = host_key.export_public_key().decode().strip()
        yield Server("127.0.0.1", acceptor.get_port(), shown, "asyncssh")


def _home(home: Path, folder: Path, account: str) -> None:
    home.mkdir()
    for name in FOLDERS:
        (home / name).symlink_to((folder / name / account).absolute(), target_is_directory=True)


async def _close(acceptor: asyncssh.SSHAcceptor, connections: list[asyncssh.SSHServerConnection]) -> None:
    acceptor.close()
    for connection in connections:
        connection.abort()
        await connection.wait_closed()
    await acceptor.wait_closed()


def _doorkeeper(accounts: Mapping[str, str], connections: list[asyncssh.SSHServerConnection]) -> asyncssh.SSHServer:
    import asyncssh

    class Doorkeeper(asyncssh.SSHServer):
        """Lets each account in with its own key, and nothing else."""

        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            connections.append(conn)

        def begin_auth(self, username: str) -> bool:
            return True

        def public_key_auth_supported(self) -> bool:
            return True

        def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
            return username in accounts and key == asyncssh.import_public_key(accounts[username])

    return Doorkeeper()


def _rooted(channel: Any, homes: Path) -> asyncssh.SFTPServer:
    import asyncssh

    home = homes / channel.get_extra_info("username")
    return asyncssh.SFTPServer(channel, chroot=str(home).encode())
