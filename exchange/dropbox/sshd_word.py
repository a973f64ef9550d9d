"""What sshd itself says of its configuration: whether it takes it, and what counts for an account."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exchange.dropbox.box import ETC, Account, DropBox
from exchange.dropbox.system import System, run


def sshd_objects(box: DropBox, system: System) -> str | None:
    """What sshd says against its configuration; None if it takes it, or is not installed here."""
    with _configuration(box, system) as file:
        said = run("sshd", "-t", "-f", str(file))
    if said is None or said.returncode == 0:
        return None
    return "; ".join(said.stderr.splitlines()[:3])


def sshd_settings(box: DropBox, system: System, account: Account) -> tuple[tuple[str, str], ...]:
    """Setting, in small letters, and value; empty where sshd says nothing."""
    with _configuration(box, system) as file:
        said = run("sshd", "-T", "-f", str(file), "-C", f"user={account.name},host=localhost,addr=127.0.0.1")
    lines = said.stdout.splitlines() if said is not None and said.returncode == 0 else []
    return tuple((name, value) for name, _blank, value in (line.partition(" ") for line in lines))


@contextmanager
def _configuration(box: DropBox, system: System) -> Iterator[Path]:
    """The file that sshd reads here; for another tree, one that reads what lies there, with a key of its own: sshd says
    nothing of a configuration without one."""
    main = system.at(ETC / "ssh" / "sshd_config")
    if system.is_this_machine:
        yield main
        return
    with tempfile.TemporaryDirectory(prefix="exchange-dropbox-") as folder:
        key = Path(folder) / "host_key"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
        file = Path(folder) / "sshd_config"
        file.write_text(f"HostKey {key}\nInclude {system.at(box.sshd_file).parent}/*.conf\n")
        yield file
