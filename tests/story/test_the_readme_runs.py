"""Every command that README.md shows to a sender, a recipient and an auditor is run as shown, against real servers.

What comes from elsewhere in the README – a card by e-mail, an agreement, the others' signatures, the month's workbook –
is laid into the folder before the command that needs it.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest
from cli.organisations import PACKING, PASSPHRASE, SIGNING, THEIRS, Desk, founded
from cli.town import AGREEMENT, RECIPIENTS, SENDER, drafted
from crypto.stock_age import at_a_terminal

from exchange.agreements.signatures import Signatures, sign
from exchange.demo.scenario import build
from exchange.demo.sftp_server import running_server
from exchange.demo.workbooks import write_workbook
from exchange.keyring.card import issue_card, read_card
from exchange.keyring.identity_file import load_identity
from exchange.keyring.safety_words import safety_words
from exchange.keyring.shapes import SftpAddress
from exchange.workspace.workspace import Workspace

HOUSE = Path(__file__).parents[2]
FOUNDED = dt.date(2026, 8, 20)
MAKES_KEYS = ("exchange init", "exchange card people certify")


def commands(section: str) -> list[str]:
    """The lines of the `sh` blocks under a heading of README.md."""
    text = (HOUSE / "README.md").read_text(encoding="utf-8").split(f"## {section}\n", 1)[1].split("\n## ", 1)[0]
    return [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]


@dataclass(frozen=True)
class Reader:
    """Somebody who types what README.md shows: a home, a shell, and `exchange` on the path."""

    home: Path

    @property
    def folder(self) -> Path:
        return self.home / "exchange"

    def types(self, command: str, now: str) -> None:
        if command.endswith("--confirm"):
            self._reads_words(command, now)
            return
        if command.startswith("exchange approve"):
            self._at_a_terminal(command, now, "y")
            return
        here = self.folder if self.folder.exists() else self.home
        done = subprocess.run(
            ["bash", "-ec", command], cwd=here, env=self.environment(now), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        if command.startswith(MAKES_KEYS):
            people = Workspace(self.folder, SENDER).people.folder.glob("*.age")
            Desk(self.folder, SENDER).hasten(**{key.stem: THEIRS for key in people})

    def environment(self, now: str) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "PATH": f"{self.home / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(HOUSE),
            "EXCHANGE_PASSPHRASE_FILE": str(self.home / "passphrase"),
            "EXCHANGE_PERSON_PASSPHRASE_FILE": str(self.home / "theirs"),
            "EXCHANGE_NOW": now,
        }

    def _reads_words(self, command: str, now: str) -> None:
        """The other side reads eight words over the phone, and they are typed at a terminal."""
        party = command.split()[-2]
        other = read_card((self.folder / f"{party}.card.json").read_bytes()).card.root_key
        ours = Workspace(self.folder, SENDER).own.card().card.root_key
        self._at_a_terminal(command, now, " ".join(safety_words(other, ours)))

    def _at_a_terminal(self, command: str, now: str, answer: str) -> None:
        variables = [f"{name}={value}" for name, value in self.environment(now).items()]
        at_a_terminal(["env", "-C", str(self.folder), *variables, *command.split()], answer)


@pytest.fixture
def recipients(tmp_path: Path) -> dict[str, Desk]:
    return {party: founded(tmp_path, party, FOUNDED) for party in (*RECIPIENTS, "independent-auditor")}


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    home = tmp_path / "home"
    (home / "bin").mkdir(parents=True)
    program = home / "bin" / "exchange"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m exchange "$@"\n')
    program.chmod(0o755)
    for name, text in (("passphrase", PASSPHRASE), ("theirs", THEIRS)):
        secret = home / name
        secret.touch(mode=0o600)
        secret.write_text(text + "\n")
    return Reader(home)


def lay_out(command: str, reader: Reader, recipients: dict[str, Desk]) -> None:
    """What has come by e-mail before this command is typed."""
    folder, ours = reader.folder, Workspace(reader.folder, SENDER)
    if command.startswith("exchange card add"):
        for party, desk in recipients.items():
            desk.workspace.cards.add(ours.own.card(), FOUNDED)
            desk.workspace.cards.confirm(SENDER, FOUNDED)
            (folder / f"{party}.card.json").write_bytes(desk.workspace.own.card().to_bytes())
    if command.startswith("exchange agreement check"):
        keys = {party: desk.workspace.own.card().card.fingerprint for party, desk in recipients.items()}
        text = drafted({SENDER: ours.own.card().card.fingerprint, **keys})
        (folder / "dsa.yaml").write_bytes(text)
        (folder / "mapping.yaml").write_bytes(files("exchange.demo").joinpath("mapping-htcds.yaml").read_bytes())
        for party in ("dinas-p3a", "io-id"):  # confirmed as README shows it for gt-ntt
            ours.cards.add(recipients[party].workspace.own.card(), FOUNDED)
            ours.cards.confirm(party, FOUNDED)
        for desk in recipients.values():
            desk.workspace.agreements.add(text)
    if command.startswith("exchange agreement signatures import"):
        agreement = ours.agreements.newest(AGREEMENT)
        theirs = (sign(agreement.agreement, p, key_of(recipients[p]), dt.date(2026, 8, 25)) for p in RECIPIENTS)
        (folder / command.split()[-1]).write_bytes(Signatures.of(*theirs).to_json())
    if command.startswith("exchange check"):
        write_workbook(build().workbook(SENDER, "2026-09").reports[:80], folder / "cases.xlsx")
        (folder / "note.txt").write_text("Tidak ada perubahan metode atau staf.\n", encoding="utf-8")


def key_of(desk: Desk):  # type: ignore[no-untyped-def]  # a SigningKey
    return load_identity(desk.folder / "identity.age", PASSPHRASE).root


def opened(recipients: dict[str, Desk], accounts: dict[str, str], servers: ExitStack) -> None:
    """The recipients' drop boxes go up, and their cards name them."""
    for party in RECIPIENTS:
        workspace = recipients[party].workspace
        server = servers.enter_context(running_server(workspace.dropbox, accounts))
        address = SftpAddress(host=server.host, port=server.port, user=server.user, host_key=server.host_key)
        identity = load_identity(workspace.identity_file, PASSPHRASE)
        workspace.own.save_card(issue_card(identity, FOUNDED, sftp=address, previous=workspace.own.card()))


def clock(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Each command with the moment at which it is typed: the agreement in August, the month's work in October."""
    now = SIGNING
    for line in lines:
        now = PACKING if line.startswith("exchange check") else now
        yield line, now


def test_a_sender_a_recipient_and_an_auditor_do_as_the_readme_says(
    reader: Reader, recipients: dict[str, Desk], tmp_path: Path
) -> None:
    with ExitStack() as servers:
        for command, now in clock(commands("A sender")):
            if command.startswith("exchange card export"):
                client = Workspace(reader.folder, SENDER).own.card().card.sftp_client_key
                opened(recipients, {SENDER: client or ""}, servers)
            lay_out(command, reader, recipients)
            reader.types(command, now)

        at_the_task_force = Reader(tmp_path / "elsewhere")
        at_the_task_force.home.mkdir()
        (at_the_task_force.home / "bin").symlink_to(reader.home / "bin")
        for secret in ("passphrase", "theirs"):
            (at_the_task_force.home / secret).symlink_to(reader.home / secret)
        at_the_task_force.folder.symlink_to(recipients["gt-ntt"].folder)
        signed = Workspace(reader.folder, SENDER).agreements.newest(AGREEMENT)
        theirs = recipients["gt-ntt"].workspace
        theirs.agreements.add_signatures(theirs.agreements.newest(AGREEMENT), signed.signatures)
        for command in commands("A recipient"):
            at_the_task_force.types(command, PACKING)
        assert (at_the_task_force.folder / "september" / "people.csv").read_bytes()

        reader.types("exchange receive", PACKING)
        assert "acknowledged" in Desk(reader.folder, SENDER).does("--json", "status")
        for command in commands("An auditor"):
            reader.types(command, PACKING)
