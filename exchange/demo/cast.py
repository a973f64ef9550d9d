"""The organisations of the demo, all invented, each with a workspace, keys and cards on this machine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from exchange.crypto.signing import SigningKey
from exchange.demo.scenario import CSOS
from exchange.demo.sftp_server import running_server
from exchange.keyring.card import issue_card
from exchange.keyring.certification import issue_certification
from exchange.keyring.identity import Identity, new_identity
from exchange.keyring.identity_file import save_identity
from exchange.keyring.people import Acting, acting_as, certify, save_person_key
from exchange.keyring.safety_words import safety_words
from exchange.keyring.shapes import Names, Person, Role, SftpAddress
from exchange.office import Office
from exchange.workspace.workspace import Workspace

NETWORK = "ntt"
AUDITOR = "independent-auditor"
# One passphrase for all, in a file beside the workspaces: these people do not exist, and the reader shall look inside.
PASSPHRASE = "semua orang di sini rekaan"  # noqa: S105  # said aloud, on purpose
PASSPHRASE_FILE = "passphrase.txt"  # noqa: S105  # a file's name
PERSON_PASSPHRASE = "setiap orang punya sendiri"  # noqa: S105  # likewise, of every person
PERSON_PASSPHRASE_FILE = "person-passphrase.txt"  # noqa: S105  # a file's name
WORK_FACTOR = 10  # real identities use 18; the demo would spend ten seconds on it
FOUNDED = dt.date(2026, 8, 20)
PEOPLE_UNTIL = dt.date(2027, 9, 24)
# Who decides at a CSO what leaves, by their offices.
APPROVERS = (("director.1", "Direktur (contoh)"), ("data.officer.1", "Petugas data (contoh)"))


@dataclass(frozen=True, slots=True)
class Organisation:
    id: str
    name: str
    contact: str
    serves: bool = False  # has a drop box that others reach over SFTP
    users: tuple[str, ...] = ()  # the people whom the agreements name among those who may open


RECIPIENTS = (
    Organisation(
        "gt-ntt",
        "Sekretariat Gugus Tugas PP-TPPO Provinsi NTT (contoh)",
        "sekretariat@gtntt.example",
        True,
        ("data.officer.1", "data.officer.2"),
    ),
    Organisation("dinas-p3a", "Dinas P3A Provinsi NTT (contoh)", "data@p3a.example", True, ("statistician.1",)),
    Organisation(
        "io-id",
        "International organisation, counter-trafficking unit (contoh)",
        "dp@io.example",
        True,
        ("case.data.officer",),
    ),
)
SENDERS = tuple(Organisation(cso.id, cso.name, f"dpo@{cso.id}.example") for cso in CSOS)
CAST = (*SENDERS, *RECIPIENTS, Organisation(AUDITOR, "Auditor (contoh)", "auditor@auditor.example"))


@dataclass(frozen=True, slots=True)
class Network:
    """Everybody, at one moment of the story; `people`: who approves at each sender, who opens at each
    recipient. `at` moves the clock; nothing else changes."""

    folder: Path
    now: dt.datetime
    members: Mapping[str, tuple[Workspace, Identity]]
    people: Mapping[str, tuple[Acting, ...]]

    def office(self, party: str) -> Office:
        workspace, identity = self.members[party]
        return Office(workspace, identity, self.now)

    def at(self, now: dt.datetime) -> Network:
        return Network(self.folder, now, self.members, self.people)

    def offices(self, organisations: Iterable[Organisation]) -> Iterator[Office]:
        return (self.office(each.id) for each in organisations)


@contextmanager
def gathered(folder: Path, now: dt.datetime) -> Iterator[Network]:
    """Workspaces, keys, running drop boxes, and cards exchanged and confirmed. The drop boxes end with the block."""
    founded = {each.id: _founded(folder / each.id, each) for each in CAST}
    members = {party: (workspace, identity) for party, (workspace, identity, _people) in founded.items()}
    network = Network(folder, now, members, {party: people for party, (_, _, people) in founded.items()})
    with ExitStack() as servers:
        for each in CAST:
            address = servers.enter_context(_drop_box(network, each.id)) if each.serves else None
            workspace, identity = members[each.id]
            workspace.own.save_card(issue_card(identity, FOUNDED, sftp=address))
        _introduce(network)
        yield network


def words(network: Network, one: str, other: str) -> tuple[str, ...]:
    """The safety words that two organisations read to each other over the phone."""
    keys = [network.members[party][1].root.verify_key for party in (one, other)]
    return safety_words(keys[0], keys[1])


def with_approvers(workspace: Workspace, identity: Identity) -> tuple[Identity, tuple[Acting, ...]]:
    """The identity that certifies two people, and these people at work: only together do they let anything leave."""
    people: list[Acting] = []
    for person_id, name in APPROVERS:
        identity, acting = _certified(workspace, identity, person_id, name, "approve")
        people.append(acting)
    return identity, tuple(people)


def _founded(folder: Path, organisation: Organisation) -> tuple[Workspace, Identity, tuple[Acting, ...]]:
    workspace = Workspace.create(folder, organisation.id)
    names = Names(id=organisation.name, en=organisation.name)
    identity = new_identity(organisation.id, names, organisation.contact, FOUNDED)
    identity, people = with_approvers(workspace, identity) if organisation in SENDERS else (identity, ())
    for user in organisation.users:
        identity, acting = _certified(workspace, identity, user, f"{user} (contoh)", "open")
        people = (*people, acting)
    save_identity(identity, workspace.identity_file, PASSPHRASE, work_factor=WORK_FACTOR)
    return workspace, identity, people


def _certified(
    workspace: Workspace, identity: Identity, person_id: str, name: str, role: Role
) -> tuple[Identity, Acting]:
    """With one of its people, whose key lies in the workspace under the person's own passphrase."""
    key, last = SigningKey.generate(), PEOPLE_UNTIL
    public = key.verify_key.openssh()
    person = Person(id=person_id, name=name, roles=(role,), key=public, not_before=FOUNDED, not_after=last)
    save_person_key(key, workspace.people.key_file(person_id), PERSON_PASSPHRASE, work_factor=WORK_FACTOR)
    workspace.people.save_certification(issue_certification(identity, person))
    return certify(identity, person), acting_as(person, key)


@contextmanager
def _drop_box(network: Network, party: str) -> Iterator[SftpAddress]:
    """A real SFTP server for one recipient, with an account for each sender."""
    accounts = {}
    for sender in SENDERS:
        client = network.members[sender.id][1].sftp_client
        accounts[sender.id] = client.verify_key.openssh() if client else ""
    with running_server(network.members[party][0].dropbox, accounts) as server:
        yield SftpAddress(host=server.host, port=server.port, user=server.user, host_key=server.host_key)


def _introduce(network: Network) -> None:
    """Everybody takes everybody's card and confirms it. Reading eight words over the phone is left to imagination."""
    for workspace, _identity in network.members.values():
        for other, _other in network.members.values():
            if other.party != workspace.party:
                workspace.cards.add(other.own.card(), FOUNDED)
                workspace.cards.confirm(other.party, FOUNDED)
