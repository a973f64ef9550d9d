"""A story of commands, watched from outside: no secret in the clear in output, processes, variables or any file."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest
from cli.organisations import HOUSE, PASSPHRASE, THEIRS, Desk, Said
from cli.test_every_command_has_help import ALL
from cli.town import AGREEMENT, AS_OFFICER, Town
from cli.watching import betrayed, forms, seen_by_others, watched

from exchange.demo.cast import APPROVERS
from exchange.keyring.identity import Identity
from exchange.keyring.identity_file import load_identity
from exchange.keyring.people import load_person_key
from exchange.redact.keys import derive_pseudonym_key
from exchange.registers import network_secret

MISTYPED = "kata-kata yang salah ketik"
INIT = ("init", "--party", "baru", "--name-id", "Baru", "--name-en", "New", "--contact", "dpo@baru.example")
NO_SECRET = {("exchange demo", "seed")}  # by which invented people are drawn
SECRET_WORDS = ("pass", "secret", "seed", "private", "mnemonic", "share", "pin", "token")


@dataclass
class Watch:
    """The commands of a story and what was said; the folder in which all of it happens."""

    folder: Path
    variables: Mapping[str, str]
    said: list[Said] = field(default_factory=list)

    def spawn(self, desk: Desk, *arguments: str | Path, status: int = 0, stdin: str = "") -> None:
        said = desk.spawn(*arguments, stdin=stdin, environment=self.variables)
        assert said.status == status, said
        self.said.append(said)

    def type(self, desk: Desk, *arguments: str, replies: list[tuple[str, str]], status: int) -> None:
        """At a terminal, where what is typed must not appear."""
        code, screen = desk.talk(*arguments, replies=replies)
        assert code == status, screen
        self.said.append(Said(code, screen, ""))

    def crash(self, desk: Desk, fault: str, *arguments: str, status: int) -> None:
        """The same with a fault in the program: `fault` is what happens once the keys are unlocked."""
        script = (
            "import os, sys, exchange.keyring.card as card\n"
            f"def fault(identity, *rest, **more): {fault}\n"
            f"card.issue_card = fault; sys.argv = ['exchange', *{arguments!r}]\n"
            "from exchange.cli.main import main; main()"
        )
        command = [sys.executable, "-c", script]
        environment = {"PATH": os.environ["PATH"], **desk.environment, **self.variables}
        done = subprocess.run(command, capture_output=True, text=True, cwd=HOUSE, env=environment, check=False)
        assert done.returncode == status, done
        self.said.append(Said(done.returncode, done.stdout, done.stderr))


@pytest.fixture
def watch(town: Town) -> Iterator[tuple[Watch, set[bytes]]]:
    variables = watched(town.folder)
    with seen_by_others(variables["TMPDIR"]) as seen:
        yield Watch(town.folder, variables), seen


def keys_of(identity: Identity) -> dict[str, bytes]:
    """Everything secret of an identity, and what is derived from it."""
    client = identity.sftp_client
    assert client is not None
    signing = {f"signing {number}": key.secret for number, key in enumerate(identity.signing_keys)}
    found = {"keeping": identity.keeping}
    for name, key in {"root": identity.root, "sftp": client, "log": identity.log, **signing}.items():
        found |= {name: key.seed, f"{name}'s text": key.openssh_private().splitlines()[2].encode()}
    for number, own in enumerate(identity.encryption_keys):
        found |= {f"age {number}": own.secret.seed, f"age {number}'s text": own.secret.encode().encode()}
    for purpose in ("store", "releases", "releases/shown", "withdrawals", "pseudonyms", "register/network.box"):
        found[purpose] = identity.key_for(purpose)
    return found


def secrets_of(town: Town, new: Desk) -> dict[str, bytes]:
    found = {"passphrase": PASSPHRASE.encode(), "person's": THEIRS.encode(), "mistyped": MISTYPED.encode()}
    for desk in (town.sender, town.recipient(), new):
        identity = load_identity(desk.folder / "identity.age", PASSPHRASE)
        found |= {f"{desk.party} {name}": secret for name, secret in keys_of(identity).items()}
        for file in (desk.folder / "people").glob("*.age"):
            found[file.name] = load_person_key(file, THEIRS).seed
    ours = load_identity(town.sender.folder / "identity.age", PASSPHRASE).key_for("pseudonyms")
    found["pseudonyms of io-id"] = derive_pseudonym_key(ours, AGREEMENT, "io-id")
    office = town.sender.office(None)
    shared = network_secret(office, office.workspace.agreements.newest(AGREEMENT).agreement.network)
    assert shared is not None
    return {**found, "network": shared.secret}


def test_nothing_secret_is_left_anywhere(town: Town, watch: tuple[Watch, set[bytes]]) -> None:
    story, seen = watch
    sender, recipient, new = town.sender, town.recipient(), Desk(town.folder / "baru", "baru")
    # founding, people
    story.spawn(new, *INIT)
    story.spawn(new, "card", "people", "certify", "officer.1", "--name", "Ibu Contoh", "--role", "open")
    story.spawn(new, "card", "export", town.folder / "for-others", "--json")
    story.spawn(new, "card", "rotate", "--dry-run", "--json")
    new.hasten()
    # a month
    story.spawn(sender, "pack", town.workbook, *town.job, "--note", "-", stdin="Tidak ada perubahan.")
    for person, _name in APPROVERS:
        story.spawn(sender, "approve", "--all", "--yes", "--as", person)
    story.spawn(sender, "deliver", "--to-folder", town.stick)
    story.spawn(recipient, "receive", "--from-folder", town.stick)
    story.spawn(recipient, "export", "--out", town.folder / "exported", *AS_OFFICER, "--acknowledge")
    # what goes wrong
    mistyped = [("passphrase: ", MISTYPED)]
    story.type(new, "card", "rotate", replies=mistyped, status=4)
    story.type(new, "card", "rotate", "--json", replies=mistyped, status=4)
    leaking = "raise ValueError(identity.root.seed, identity.root.openssh_private(), sys.argv, os.environ)"
    story.crash(new, leaking, "card", "rotate", status=70)
    story.crash(new, leaking, "--json", "card", "rotate", status=70)
    story.crash(new, "os.abort()", "card", "rotate", status=-6)
    secrets = secrets_of(town, new)
    whole = (new.folder / "identity.age").read_bytes()
    for broken in (whole[:-1], whole[:200], b"AGE-SECRET"):
        (new.folder / "identity.age").write_bytes(broken)
        story.spawn(new, "card", "rotate", status=4)

    ours = set(town.folder.glob("*.passphrase"))  # where an unattended machine keeps its own
    places = {str(file): file.read_bytes() for file in town.folder.rglob("*") if file.is_file() and file not in ours}
    places |= {f"output {n}": (said.out + said.err).encode() for n, said in enumerate(story.said)}
    places |= {f"process {n}": text for n, text in enumerate(seen)}
    assert betrayed(secrets, places) == []
    # The watch was awake: it saw processes with their arguments, and files that are gone.
    assert any(b"\0pack\0" in text for text in seen)
    assert len(list((town.folder / "evidence").iterdir())) > 10
    assert [each for each in (town.folder / "home").rglob("*") if each.is_file()] == []
    assert [each for each in (town.folder / "tmp").rglob("*") if each.is_file()] == []
    assert not list(HOUSE.glob("core*"))


@pytest.mark.parametrize("secret", [bytes(range(200, 232)), b"lima kata \xc3\xa9 yang tidak serupa"])
def test_the_search_finds_a_secret_in_every_form(secret: bytes) -> None:
    for before in (b"", b"x", b"xy", b"xyz"):
        for text in (base64.b64encode(before + secret + b"end"), base64.urlsafe_b64encode(before + secret + b"end")):
            assert betrayed({"it": secret}, {"here": b"..." + text})
    for way in forms(secret):
        assert betrayed({"it": secret}, {"here": b"x" + way + b"y"}) == ["it in here"]
    assert betrayed({"it": secret}, {"here": secret[:-1]}) == []


@pytest.mark.parametrize("path", ALL)
def test_no_command_takes_a_secret_as_an_argument(path: str) -> None:
    for each in ALL[path].params:
        assert not getattr(each, "hide_input", False), (path, each.name)
        assert not getattr(each, "prompt", None), (path, each.name)  # an option that asks can also be typed
        if not isinstance(each.type, click.Path) and not getattr(each, "is_flag", False):
            telling = any(word in str(each.name) for word in SECRET_WORDS)
            assert not telling or (path, each.name) in NO_SECRET, (path, each.name)
