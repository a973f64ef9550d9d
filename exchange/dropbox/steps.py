"""The steps by which a drop box comes into being. Each knows whether it is needed, what it does, and how a person would
do it: the script that is printed and what `--apply` does are one list.
"""

from __future__ import annotations

import os
import shlex
import tempfile
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from exchange.dropbox.acting import acting_as
from exchange.dropbox.box import GROUP, INCOMING, OUTGOING, DropBox
from exchange.dropbox.refusals import in_one_line, sshd_refuses
from exchange.dropbox.sshd_config import sshd_config
from exchange.dropbox.sshd_word import sshd_objects
from exchange.dropbox.system import Stands, System
from exchange.errors import TransportError
from exchange.locale import _

NO_SHELL = "/usr/sbin/nologin"


class Step(Protocol):
    """Taking it twice changes nothing the second time. `take` raises TransportError and OSError."""

    def words(self) -> str: ...

    def script(self) -> str: ...

    def needed(self, system: System) -> bool: ...

    def take(self, system: System) -> None: ...


@dataclass(frozen=True, slots=True)
class MakeGroup:
    """The group whose members sshd locks in."""

    name: str

    def words(self) -> str:
        return _("make the group {name}").format(name=self.name)

    def script(self) -> str:
        return f"getent group {self.name} >/dev/null || groupadd --system {self.name}"

    def needed(self, system: System) -> bool:
        return system.group(self.name) is None

    def take(self, system: System) -> None:
        system.change_accounts("groupadd", "--system", self.name)


@dataclass(frozen=True, slots=True)
class MakeAccount:
    """An account of a sender: no shell, no home, no password ("*", since sshd keeps out what is locked by "!")."""

    name: str

    def words(self) -> str:
        return _("make the account {name}").format(name=self.name)

    def script(self) -> str:
        return f"getent passwd {self.name} >/dev/null || {shlex.join(['useradd', *self._options(), self.name])}"

    def needed(self, system: System) -> bool:
        return system.user(self.name) is None

    def take(self, system: System) -> None:
        system.change_accounts("useradd", *self._options(), self.name)

    def _options(self) -> tuple[str, ...]:
        plain = ("--system", "--no-create-home", "--user-group", "--groups", GROUP)
        return (*plain, "--home-dir", "/", "--shell", NO_SHELL, "--password", "*", "--comment", "exchange drop box")


@dataclass(frozen=True, slots=True)
class MakeFolder:
    """A folder with its owner, group and mode."""

    path: PurePosixPath
    owner: str
    group: str
    mode: int

    def words(self) -> str:
        return _("make the folder {path} ({owner}:{group}, {mode})").format(
            path=self.path, owner=self.owner, group=self.group, mode=f"{self.mode:04o}"
        )

    def script(self) -> str:
        return f"install -d -o {self.owner} -g {self.group} -m {self.mode:04o} {self.path}"

    @property
    def wanted(self) -> Stands:
        return Stands(self.owner, self.group, self.mode, "folder")

    def needed(self, system: System) -> bool:
        return system.stands(self.path) != self.wanted

    def take(self, system: System) -> None:
        at, owner, group = system.at(self.path), system.user(self.owner), system.group(self.group)
        at.mkdir(mode=0o700, exist_ok=True, parents=False)
        os.chown(at, owner.uid if owner else 0, group.gid if group else 0, follow_symlinks=False)
        at.chmod(self.mode)


@dataclass(frozen=True, slots=True)
class WriteFile:
    """A file that is all ours: root's, for everybody to read."""

    path: PurePosixPath
    content: str

    def words(self) -> str:
        return _("write {path}").format(path=self.path)

    def script(self) -> str:
        new = f"{self.path}.new"
        write = f"mkdir -p {self.path.parent}\ncat > {new} <<'END'\n{self.content}END"
        return f"{write}\nchmod 0644 {new}\nmv -fT {new} {self.path}"

    def needed(self, system: System) -> bool:
        if system.stands(self.path) != Stands("root", "root", 0o644, "file"):
            return True
        return system.at(self.path).read_text(errors="replace") != self.content

    def take(self, system: System) -> None:
        at = system.at(self.path)
        at.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        descriptor, part = tempfile.mkstemp(dir=at.parent, prefix=".exchange-")
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(self.content)
                file.flush()
                os.fsync(file.fileno())
            Path(part).chmod(0o644)
            Path(part).replace(at)
        except BaseException:
            with suppress(OSError):
                Path(part).unlink()
            raise


@dataclass(frozen=True, slots=True)
class TellSshd:
    """sshd's own file. What sshd does not take would keep everybody out once it is started again: it is taken back."""

    box: DropBox

    @property
    def file(self) -> WriteFile:
        return WriteFile(self.box.sshd_file, sshd_config(self.box))

    def words(self) -> str:
        return self.file.words()

    def script(self) -> str:
        """A file that does not end in ".conf" is none of sshd's."""
        file, before, refusal = self.file.path, f"{self.file.path}.before", shlex.quote(in_one_line(sshd_refuses("")))
        restore = f"if [ -e {before} ]; then mv -fT {before} {file}; else rm -f {file}; fi"
        return "\n".join(
            [
                f"take_back() {{ rm -f {file}.new; {restore}; }}",
                f"rm -f {before}",
                f"[ ! -e {file} ] || cp -p {file} {before}",
                "trap take_back EXIT",
                "trap 'exit 1' HUP INT TERM",
                self.file.script(),
                f"sshd -t || {{ echo {refusal} >&2; exit 1; }}",
                "trap - EXIT HUP INT TERM",
                f"rm -f {before}",
            ]
        )

    def needed(self, system: System) -> bool:
        return self.file.needed(system)

    def take(self, system: System) -> None:
        at = system.at(self.file.path)
        before = at.read_text() if at.exists() else None
        try:
            self.file.take(system)
            self._ask(system)
        except BaseException:
            if before is None:
                at.unlink(missing_ok=True)
            else:
                WriteFile(self.file.path, before).take(system)
            raise

    def _ask(self, system: System) -> None:
        objection = sshd_objects(self.box, system)
        if objection is not None:
            raise TransportError(sshd_refuses(objection))


@dataclass(frozen=True, slots=True)
class KeepOnlyKeys:
    """The keys of accounts that no sender has any more are removed: the account stays, and nobody gets in by it."""

    folder: PurePosixPath
    names: tuple[str, ...]

    def words(self) -> str:
        return _("remove the keys of those who are senders no more")

    def script(self) -> str:
        kept = f"{'|'.join(self.names)}) ;; " if self.names else ""
        return f'for key in {self.folder}/*; do case "${{key##*/}}" in {kept}*) rm -f "$key" ;; esac; done'

    def needed(self, system: System) -> bool:
        return bool(self.gone(system))

    def take(self, system: System) -> None:
        for each in self.gone(system):
            each.unlink()

    def gone(self, system: System) -> tuple[Path, ...]:
        at = system.at(self.folder)
        return tuple(sorted(each for each in at.iterdir() if each.name not in self.names)) if at.is_dir() else ()


@dataclass(frozen=True, slots=True)
class LinkFolder:
    """`link`, in the workspace, leads to a folder of the drop box. It is made as the keeper, to whom all that lies in
    the workspace belongs: root follows nobody's links."""

    link: Path
    target: PurePosixPath
    keeper: str

    def words(self) -> str:
        names = "/".join(self.link.parts[-3:])
        return _("link {path} in the workspace to {target}").format(path=names, target=self.target)

    def script(self) -> str:
        folder, link = shlex.quote(str(self.link.parent)), shlex.quote(str(self.link))
        clear = f"if [ -L {link} ]; then rm -f {link}; elif [ -d {link} ]; then rmdir {link}; fi"
        make = f"umask 077 && mkdir -p {folder} && {clear} && ln -sT {self.target} {link}"
        return f"runuser -u {self.keeper} -- sh -c {shlex.quote(make)}"

    def needed(self, system: System) -> bool:
        return not self.link.is_symlink() or self.link.readlink() != Path(self.target)

    def in_the_way(self) -> bool:
        """Whether something else is there that is not ours to remove."""
        return self.link.is_dir() and not self.link.is_symlink() and any(self.link.iterdir())

    def take(self, system: System) -> None:
        keeper = system.user(self.keeper)
        with acting_as(keeper.uid, keeper.gid) if keeper else nullcontext():
            for folder in (self.link.parent.parent, self.link.parent):
                folder.mkdir(mode=0o700, exist_ok=True)
            if self.link.is_symlink():
                self.link.unlink()
            elif self.link.is_dir():
                self.link.rmdir()
            self.link.symlink_to(self.target, target_is_directory=True)


def make_steps(box: DropBox) -> tuple[Step, ...]:
    """All but the links, in order: accounts before the folders that are theirs; keys before sshd lets them in."""
    accounts = box.accounts
    return (
        MakeGroup(GROUP),
        *(MakeAccount(each.name) for each in accounts),
        *folders(box),
        MakeFolder(box.keys, "root", "root", 0o755),
        KeepOnlyKeys(box.keys, tuple(each.name for each in accounts)),
        *(WriteFile(box.keys / each.name, box.key_line(each)) for each in accounts),
        WriteFile(box.deadline_file, box.deadline()),
        TellSshd(box),
    )


def folders(box: DropBox) -> tuple[MakeFolder, ...]:
    made = [MakeFolder(box.folder, "root", "root", 0o711)]
    for each in box.accounts:
        home = box.home(each)
        made += [
            MakeFolder(home, "root", "root", 0o755),
            MakeFolder(home / INCOMING, box.keeper, each.name, 0o730),
            MakeFolder(home / OUTGOING, box.keeper, each.name, 0o2750),
        ]
    return tuple(made)


def link_steps(box: DropBox, workspace: Path) -> tuple[LinkFolder, ...]:
    """`workspace`: the folder "dropbox" of the keeper's workspace, where `receive` and `deliver` look."""
    return tuple(
        LinkFolder(workspace / name / each.sender.party, box.home(each) / name, box.keeper)
        for each in box.accounts
        for name in (INCOMING, OUTGOING)
    )
