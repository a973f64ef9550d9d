"""Organisations that are run by commands alone: in this process where that is enough, else as real processes."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from exchange.cli.main import run
from exchange.crypto.signing import SigningKey
from exchange.demo.cast import APPROVERS
from exchange.keyring.card import issue_card
from exchange.keyring.certification import issue_certification
from exchange.keyring.identity import new_identity
from exchange.keyring.identity_file import load_identity, save_identity
from exchange.keyring.people import certify, load_person_key, save_person_key
from exchange.keyring.shapes import Names, Person, Role, SftpAddress
from exchange.office import Office
from exchange.workspace.workspace import Workspace

HOUSE = Path(__file__).parents[2]
PASSPHRASE = "orang-orang rekaan saja"
THEIRS = "lima kata yang tidak serupa"  # the passphrase of every person who is certified
SIGNING = "2026-08-25T09:00:00+08:00"
CERTIFIED = dt.date(2026, 8, 20)
PACKING = "2026-10-05T09:00:00+08:00"


@dataclass(frozen=True)
class Said:
    """What a command left: its status, stdout, stderr."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def codes(self) -> list[str]:
        """The codes of the problems on stderr."""
        return [line.rsplit("[", 1)[1].rstrip("]") for line in self.err.splitlines() if line.startswith("error:")]


def plug_in(arguments: tuple[str | Path, ...]) -> None:
    """The stick that a command names is there."""
    if "--to-folder" in arguments[:-1]:
        Path(arguments[arguments.index("--to-folder") + 1]).mkdir(parents=True, exist_ok=True)


@dataclass(frozen=True)
class Desk:
    """An organisation's folder, and the commands that its people give."""

    folder: Path
    party: str
    now: str = PACKING

    def at(self, now: str) -> Desk:
        return Desk(self.folder, self.party, now)

    @property
    def environment(self) -> dict[str, str]:
        secret, theirs = (self.folder.parent / f"{self.party}.{kind}" for kind in ("passphrase", "person.passphrase"))
        for file, text in ((secret, PASSPHRASE), (theirs, THEIRS)):
            if not file.exists():
                file.touch(mode=0o600)
                file.write_text(text + "\n")
        return {
            "EXCHANGE_PASSPHRASE_FILE": str(secret),
            "EXCHANGE_PERSON_PASSPHRASE_FILE": os.environ.get("EXCHANGE_PERSON_PASSPHRASE_FILE", str(theirs)),
            "EXCHANGE_NOW": self.now,
            "EXCHANGE_LANGUAGE": "en",
            "EXCHANGE_WORKSPACE": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "1",  # on a full disk Python keeps half a .pyc, for everybody after
        }

    def run(self, *arguments: str | Path, stdin: str = "") -> Said:
        """A command, in this process."""
        plug_in(arguments)
        out, err = io.StringIO(), io.StringIO()
        given = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
        with (
            mock.patch.dict(os.environ, self.environment),
            mock.patch.object(sys, "stdin", given),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            status = run([str(argument) for argument in arguments])
        return Said(status, out.getvalue(), err.getvalue())

    def spawn(
        self,
        *arguments: str | Path,
        stdin: str = "",
        environment: Mapping[str, str] | None = None,
        before: Callable[[], None] | None = None,
    ) -> Said:
        """A command, as a process of its own; `before` runs in it first."""
        plug_in(arguments)
        done = subprocess.run(
            [sys.executable, "-m", "exchange", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=HOUSE,
            env={"PATH": os.environ["PATH"], **self.environment, **(environment or {})},
            preexec_fn=before,  # limits of the child alone; there are no threads here
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def talk(self, *arguments: str | Path, replies: Sequence[tuple[str, str]]) -> tuple[int, str]:
        """A command at a terminal: wait for each prompt, type its reply. The status, and all that was on the screen."""
        command = [sys.executable, "-m", "exchange", *map(str, arguments)]
        environment = {"PATH": os.environ["PATH"], **self.environment, "EXCHANGE_PASSPHRASE_FILE": ""}
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(HOUSE)
            os.execve(sys.executable, command, environment)  # noqa: S606  # as a shell would, at its terminal
        screen, waiting = "", list(replies)
        with contextlib.suppress(OSError):  # the terminal closes when the command ends
            while block := os.read(terminal, 4096):
                screen += block.decode("utf-8", "replace")
                if waiting and waiting[0][0] in screen.rpartition("\n")[2]:
                    os.write(terminal, f"{waiting.pop(0)[1]}\n".encode())
                    screen += "\n"
        _pid, status = os.waitpid(child, 0)
        os.close(terminal)
        return os.waitstatus_to_exitcode(status), screen

    def does(self, *arguments: str | Path, stdin: str = "") -> str:
        """What a command that must succeed puts on stdout."""
        said = self.run(*arguments, stdin=stdin)
        assert said.status == 0, said
        return said.out

    def approves(self) -> None:
        """Two people, one after the other, let everything leave that waits."""
        for person_id, _name in APPROVERS:
            self.does("approve", "--all", "--yes", "--as", person_id)

    def rejects(self, bundle: str, *options: str) -> Said:
        """One person decides that a bundle never leaves."""
        return self.run("approve", "--reject", bundle, "--yes", "--as", APPROVERS[0][0], *options)

    @property
    def workspace(self) -> Workspace:
        return Workspace.open(self.folder)

    @property
    def card(self) -> Path:
        return self.folder / "own" / f"{self.party}.card.json"

    def hasten(self, **people: str) -> None:
        """Lock the identity, and the keys of `people` (id=passphrase), again with less work: a story of forty commands
        would wait for half a minute otherwise."""
        file = self.workspace.identity_file
        save_identity(load_identity(file, PASSPHRASE), file, PASSPHRASE, work_factor=10)
        for person_id, theirs in people.items():
            key = self.workspace.people.key_file(person_id)
            save_person_key(load_person_key(key, theirs), key, theirs, work_factor=10)

    def certifies(self, person_id: str, name: str, *roles: Role, on: dt.date = CERTIFIED) -> SigningKey:
        """A person, certified as `exchange card people certify` does it, in no time; their key."""
        workspace, key = self.workspace, SigningKey.generate()
        public, last = key.verify_key.openssh(), on + dt.timedelta(days=400)
        person = Person(id=person_id, name=name, roles=roles, key=public, not_before=on, not_after=last)
        identity = certify(load_identity(workspace.identity_file, PASSPHRASE), person)
        save_person_key(key, workspace.people.key_file(person_id), THEIRS, work_factor=10)
        workspace.people.save_certification(issue_certification(identity, person))
        save_identity(identity, workspace.identity_file, PASSPHRASE, work_factor=10)
        before = workspace.own.card()
        workspace.own.save_card(issue_card(identity, on, sftp=before.card.sftp, previous=before))
        return key

    def office(self, now: Any) -> Office:
        return Office(self.workspace, load_identity(self.workspace.identity_file, PASSPHRASE), now)


def founded(folder: Path, party: str, on: Any, sftp: SftpAddress | None = None) -> Desk:
    """An organisation as `exchange init` makes it, in no time."""
    workspace = Workspace.create(folder / party, party)
    names = Names(id=f"{party} (contoh)", en=f"{party} (example)")
    # Keys for more than a year: what renewing does is told by its own tests.
    identity = new_identity(party, names, f"dpo@{party}.example", on, ahead=14)
    save_identity(identity, workspace.identity_file, PASSPHRASE, work_factor=10)
    workspace.own.save_card(issue_card(identity, on, sftp=sftp))
    return Desk(folder / party, party)


def files_of(folder: Path) -> dict[str, bytes]:
    """Everything that lies in a folder, by its path."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}
