"""The machine on which a drop box is set up: its accounts, its programs, its files below `root`."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from exchange.dropbox.refusals import step_failed
from exchange.errors import TransportError

PATIENCE = 60  # seconds for a program of the system


@dataclass(frozen=True, slots=True)
class User:
    name: str
    uid: int
    gid: int
    home: str
    shell: str


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    gid: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stands:
    """What is at a path: whose, in which group, with which mode; `kind` is "folder", "file" or "other"."""

    owner: str
    group: str
    mode: int
    kind: str


@dataclass(frozen=True, slots=True)
class System:
    """`root`: "/" for this machine; else a folder that holds the tree of another one, such as an image."""

    root: Path = Path("/")

    @property
    def is_this_machine(self) -> bool:
        return self.root == Path("/")

    def at(self, path: PurePosixPath) -> Path:
        return self.root / path.relative_to("/")

    def user(self, name: str) -> User | None:
        return next((each for each in self.users() if each.name == name), None)

    def group(self, name: str) -> Group | None:
        return next((each for each in self.groups() if each.name == name), None)

    def stands(self, path: PurePosixPath) -> Stands | None:
        """What is at `path`, which is not followed where it is a link; None if nothing is."""
        try:
            found = self.at(path).lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        owner = next((each.name for each in self.users() if each.uid == found.st_uid), str(found.st_uid))
        group = next((each.name for each in self.groups() if each.gid == found.st_gid), str(found.st_gid))
        kind = {0o040000: "folder", 0o100000: "file"}.get(found.st_mode & 0o170000, "other")
        return Stands(owner, group, found.st_mode & 0o7777, kind)

    def change_accounts(self, program: str, *arguments: str) -> None:
        """Run `groupadd` or `useradd`. TransportError (dropbox.failed) where it fails."""
        prefix = () if self.is_this_machine else ("--prefix", str(self.root))
        said = run(program, *prefix, *arguments)
        if said is None or said.returncode:
            raise TransportError(step_failed(f"{program} {arguments[-1]}", _first_line(said)))

    def users(self) -> tuple[User, ...]:
        if self.is_this_machine:
            import pwd  # not on Windows; it asks more than the file

            return tuple(User(e.pw_name, e.pw_uid, e.pw_gid, e.pw_dir, e.pw_shell) for e in pwd.getpwall())
        rows = (row for row in self._rows("passwd") if len(row) == 7)
        return tuple(User(row[0], int(row[2]), int(row[3]), row[5], row[6]) for row in rows)

    def groups(self) -> tuple[Group, ...]:
        if self.is_this_machine:
            import grp  # as above

            return tuple(Group(each.gr_name, each.gr_gid, tuple(each.gr_mem)) for each in grp.getgrall())
        rows = (row for row in self._rows("group") if len(row) == 4)
        return tuple(Group(row[0], int(row[2]), tuple(filter(None, row[3].split(",")))) for row in rows)

    def _rows(self, name: str) -> list[list[str]]:
        file = self.root / "etc" / name
        return [line.split(":") for line in file.read_text().splitlines()] if file.exists() else []


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str] | None:
    """A program of the system, run to its end; None where it is not installed or does not end."""
    found = find(program)
    if found is None:
        return None
    try:
        return subprocess.run(  # noqa: S603 - the program is found, the arguments are ours
            [found, *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def find(program: str) -> str | None:
    """Debian keeps the programs of administrators where ordinary users do not look."""
    return shutil.which(program, path=os.pathsep.join(("/usr/sbin", "/sbin", "/usr/bin", "/bin")))


def _first_line(said: subprocess.CompletedProcess[str] | None) -> str:
    return next(iter((said.stderr if said else "").splitlines()), "")
