"""A small network in one folder – a sender, two recipients – and a carrier between them that can lie.

Everything but the carrier is real: workspaces, keys, agreements, the workbook, the two halves of the road. `Carrier`
lives in memory and does what it is told, each trick by the name of a method, until it is `honest` again; `Simulated`
is the network at a moment that the test sets. Modelled on python-tuf's repository simulator.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from exchange.agreements.period import Period
from exchange.audit.checkpoint import log_origin
from exchange.audit.entries import Entry, Kind
from exchange.audit.verify import Verdict, verify
from exchange.checking import Job
from exchange.delivering import deliver
from exchange.demo import agreements
from exchange.demo.audit import hand_over
from exchange.demo.cast import AUDITOR, CAST, FOUNDED, NETWORK, Network, Organisation, with_approvers
from exchange.demo.scenario import Scenario, build
from exchange.demo.story import approve_all, at
from exchange.demo.workbooks import write_workbook
from exchange.errors import Problem, TransportError
from exchange.keyring.card import issue_card
from exchange.keyring.identity import Identity, new_identity
from exchange.keyring.identity_file import save_identity
from exchange.keyring.people import Acting
from exchange.keyring.shapes import Names
from exchange.matching.secret import NetworkSecret
from exchange.merge.segment import Segment
from exchange.merging import open_store
from exchange.office import Office
from exchange.receiving import Received, receive
from exchange.registers import keep_network_secret
from exchange.sending import Packed, pack
from exchange.transport.landing import landing, name_taken
from exchange.transport.parcels import Event, Standing
from exchange.transport.road import Delivery, Fetched, OneByOne, Outgoing, RemoteFile, Wanted
from exchange.workspace.workspace import Workspace

SENDER = "yks"
ROWS, TABLES = "io-id", "gt-ntt"  # who gets rows of personal data, who gets gated ones
RECIPIENTS = (TABLES, ROWS)
AGREEMENT = agreements.agreement_id(SENDER)
PASSPHRASE = "semua orang di sini rekaan"
NOTE = "Tidak ada perubahan metode atau staf pada periode ini."
START = at(11, 5)
OVERDUE = dt.timedelta(days=8)  # after which a sender may try again what nobody has acknowledged


# --- the carrier ---


@dataclass(frozen=True, slots=True)
class Carried:
    """A file in somebody's box; `mtime` as the carrier says it."""

    content: bytes
    mtime: int


@dataclass(slots=True)
class Carrier:
    """Everybody's boxes, by party and name, and what the carrier has in mind.

    `seen` is all that was ever handed to it: it forgets nothing. Each trick is played on one file, by chance.
    """

    chance: random.Random
    boxes: dict[str, dict[str, Carried]] = field(default_factory=dict)
    seen: list[tuple[str, str, bytes]] = field(default_factory=list)
    late: list[tuple[str, str, bytes]] = field(default_factory=list)
    keeps_nothing: bool = False
    misreads: bool = False
    fails: frozenset[str] = frozenset()
    clock: int = 0

    def put(self, party: str, name: str, content: bytes) -> None:
        self.clock += 1
        self.boxes.setdefault(party, {})[name] = Carried(content, self.clock)

    def honest(self) -> None:
        """It does its duty from now on: what it held back comes, what it spoiled or invented is gone."""
        self.keeps_nothing, self.misreads, self.fails = False, False, frozenset()
        for party, name, content in self.late:
            self.boxes.setdefault(party, {}).setdefault(name, Carried(content, self.clock))
        self.late.clear()
        true = {(party, name, content) for party, name, content in self.seen}
        for party, box in self.boxes.items():
            for name in [name for name, carried in box.items() if (party, name, carried.content) not in true]:
                del box[name]

    # --- tricks ---

    def drops(self) -> None:
        for party, name in self._one():
            del self.boxes[party][name]

    def delays(self) -> None:
        for party, name in self._one():
            self.late.append((party, name, self.boxes[party].pop(name).content))

    def duplicates_under_another_name(self) -> None:
        for party, name in self._one():
            self.put(party, f"{self.chance.randbytes(16).hex()}.age", self.boxes[party][name].content)

    def truncates(self) -> None:
        for party, name in self._one():
            content = self.boxes[party][name].content
            self.put(party, name, content[: self.chance.randrange(max(1, len(content)))])

    def flips_a_bit(self) -> None:
        for party, name in self._one():
            content = bytearray(self.boxes[party][name].content or b"?")
            content[self.chance.randrange(len(content))] ^= 1 << self.chance.randrange(8)
            self.put(party, name, bytes(content))

    def gives_other_bytes(self) -> None:
        """What it has is whole, and under its name; only what it gives is not."""
        self.misreads = True

    def brings_it_to_another_party(self) -> None:
        for party, name in self._one():
            other = self.chance.choice([each for each in (SENDER, *RECIPIENTS) if each != party])
            self.put(other, name, self.boxes[party].pop(name).content)

    def replays_something_old(self) -> None:
        if self.seen:
            party, name, content = self.chance.choice(self.seen)
            self.put(party, self.chance.choice((name, f"{self.chance.randbytes(16).hex()}.age")), content)

    def swaps_two_names(self) -> None:
        for party, name in self._one():
            other = self.chance.choice(sorted(self.boxes[party]))
            one, two = self.boxes[party][name].content, self.boxes[party][other].content
            self.put(party, name, two)
            self.put(party, other, one)

    def adds_junk(self) -> None:
        party = self.chance.choice((SENDER, *RECIPIENTS))
        self.put(party, f"{self.chance.randbytes(4).hex()}.age", self.chance.randbytes(self.chance.choice((0, 9, 999))))

    def shows_half(self) -> None:
        """It shows the beginning now and the whole later, under the same name."""
        for party, name in self._one():
            whole = self.boxes[party][name].content
            self.late.append((party, name, whole))
            self.put(party, name, whole[: len(whole) // 2])

    def refuses_to_work(self) -> None:
        self.fails = frozenset(self.chance.sample(("enter", "put", "list", "get", "remove"), 2))

    def says_delivered_and_keeps_nothing(self) -> None:
        self.keeps_nothing = True

    def _one(self) -> Iterator[tuple[str, str]]:
        """Any file that it holds, if it holds one."""
        held = [(party, name) for party, box in sorted(self.boxes.items()) for name in sorted(box)]
        if held:
            yield self.chance.choice(held)


TRICKS: tuple[Callable[[Carrier], None], ...] = (
    Carrier.drops,
    Carrier.delays,
    Carrier.duplicates_under_another_name,
    Carrier.truncates,
    Carrier.flips_a_bit,
    Carrier.gives_other_bytes,
    Carrier.brings_it_to_another_party,
    Carrier.replays_something_old,
    Carrier.swaps_two_names,
    Carrier.adds_junk,
    Carrier.shows_half,
    Carrier.refuses_to_work,
    Carrier.says_delivered_and_keeps_nothing,
)


@dataclass(slots=True)
class CarriersRoad(OneByOne):
    """A `Road` to the box of `party`."""

    carrier: Carrier
    party: str

    @property
    def place(self) -> str:
        return f"carrier:{self.party}"

    def __enter__(self) -> Self:
        self._works("enter")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def put_file(self, outgoing: Outgoing) -> Delivery:
        self._works("put")
        source, name = outgoing.source, outgoing.name
        content = source.read_bytes()
        there = self._box.get(name)
        if there is not None and there.content != content:
            raise TransportError(name_taken(name))
        self.carrier.seen.append((self.party, name, content))
        if there is None and not self.carrier.keeps_nothing:
            self.carrier.put(self.party, name, content)
        return Delivery(name, len(content), hashlib.sha256(content).hexdigest(), already_there=there is not None)

    def list(self) -> tuple[RemoteFile, ...]:
        self._works("list")
        box = sorted(self._box.items())
        return tuple(RemoteFile(name, len(carried.content), carried.mtime) for name, carried in box)

    def get_file(self, wanted: Wanted) -> Fetched:
        self._works("get")
        if wanted.name not in self._box:
            raise TransportError(Problem("transport.no_such_file", "the carrier has no such file", where=wanted.name))
        content = self._box[wanted.name].content
        if self.carrier.misreads and content:
            content = bytes([content[0] ^ 1]) + content[1:]
        with landing(wanted.target) as file:
            file.write(content)
        return Fetched(wanted.name, len(content), hashlib.sha256(content).hexdigest())

    def remove(self, name: str) -> None:
        self._works("remove")
        self._box.pop(name, None)

    @property
    def _box(self) -> dict[str, Carried]:
        return self.carrier.boxes.setdefault(self.party, {})

    def _works(self, verb: str) -> None:
        if verb in self.carrier.fails:
            raise TransportError(Problem("transport.failed", "the carrier does not feel like it", where=self.party))


# --- the network ---


@dataclass(slots=True)
class Simulated:
    """The network; `now` is set by the test. `packed` is all that was packed, in order."""

    network: Network
    carrier: Carrier
    now: dt.datetime = START
    packed: list[Packed] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.network.folder

    def office(self, party: str = SENDER) -> Office:
        """A fresh office, as a new process would make it."""
        return self.network.at(self.now).office(party)

    def copied(self, to: Path, seed: int = 0) -> Simulated:
        """The same network in another folder, and what its carrier holds; what happens there stays there."""
        shutil.copytree(self.folder, to)
        members = {
            party: (Workspace(to / party, party), identity) for party, (_, identity) in self.network.members.items()
        }
        carrier = Carrier(random.Random(seed), {party: dict(box) for party, box in self.carrier.boxes.items()})
        carrier.seen, carrier.clock = [*self.carrier.seen], self.carrier.clock
        network = Network(to, self.now, members, self.network.people)
        return Simulated(network, carrier, self.now, [*self.packed])

    # --- what people do ---

    def job(self, period: str = "2026-09", **changes: object) -> Job:
        return replace(Job(self.folder / f"{period}.xlsx", AGREEMENT, Period.read(period), note=NOTE), **changes)  # type: ignore[arg-type]  # fields of Job

    def pack(self, period: str = "2026-09", **changes: object) -> tuple[Packed, ...]:
        """Packed, and approved by two people."""
        packed = self.only_pack(period, **changes)
        self.approve()
        return packed

    def only_pack(self, period: str = "2026-09", **changes: object) -> tuple[Packed, ...]:
        packed = pack(self.office(), self.job(period, **changes))
        self.packed += packed
        return packed

    def approve(self) -> None:
        approve_all(self.network.at(self.now), SENDER)

    def deliver(self, party: str = SENDER) -> tuple[Event, ...]:
        with self._carrying():
            return deliver(self.office(party))

    def deliver_unasked(self) -> None:
        """The sender's program has turned: it sends whatever it has sealed, and asks nobody."""
        outbox = self.office().workspace.outbox
        for standing in outbox.status():
            outbox.release(standing.parcel.sha256, self.now)
        outbox.deliver(lambda party: CarriersRoad(self.carrier, party), self.now, at_once=True)

    def receive(self, party: str) -> Received:
        with self._carrying():
            return receive(self.office(party))

    def round(self) -> None:
        """Everybody does what they do every month, or each time a program reminds them."""
        self.deliver()
        for party in RECIPIENTS:
            self.receive(party)
            self.deliver(party)
        self.receive(SENDER)
        self.deliver()

    def retry(self) -> None:
        """The sender looks at what is overdue or has failed, and tries it again; a round follows."""
        self.now += OVERDUE
        self.round()
        for standing in self.standings():
            self.office().workspace.outbox.retry(standing.parcel.id, self.now)
        self.round()

    # --- what can be seen ---

    def standings(self, party: str = SENDER) -> tuple[Standing, ...]:
        """The bundles in an outbox, oldest first."""
        return tuple(each for each in self.office(party).workspace.outbox.status() if each.parcel.kind == "bundle")

    def segments(self, party: str) -> tuple[Segment, ...]:
        with open_store(self.office(party)) as store:
            return store.segments()

    def entries(self, party: str, kind: Kind) -> list[Entry]:
        """The entries of a kind in a party's log, oldest first."""
        with self.office(party).workspace.logs.open(NETWORK) as log:
            return [r.opening.entry for r in log.records() if r.opening and r.opening.entry.kind == kind]

    def audited(self) -> Verdict:
        """What the auditor finds in the logs of all three."""
        packs = self.folder / "packs"
        shutil.rmtree(packs, ignore_errors=True)
        packs.mkdir(mode=0o700)
        parties = (SENDER, *RECIPIENTS)
        cards = self.network.members[AUDITOR][0].cards
        keys = {log_origin(each, NETWORK): cards.confirmed(each).card.log_verify_key for each in parties}
        return verify([hand_over(self.office(each), packs) for each in parties], keys=keys)

    @contextmanager
    def _carrying(self) -> Iterator[None]:
        """All roads lead to the carrier."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                "exchange.delivering.road_to", lambda _office, party, _folder: CarriersRoad(self.carrier, party)
            )
            patch.setattr(
                "exchange.receiving.roads_in", lambda office, *_others: [CarriersRoad(self.carrier, office.party)]
            )
            yield


# --- founding ---


@contextmanager
def quick_folder(otherwise: Path) -> Iterator[Path]:
    """A folder in memory where the system has one: what is durable is not the question here, and disks are slow."""
    memory = Path("/dev/shm")  # noqa: S108  # a folder of a random name inside
    if not os.access(memory, os.W_OK):
        yield otherwise
        return
    with tempfile.TemporaryDirectory(dir=memory, prefix="simulated-") as folder:
        yield Path(folder)


def founded(folder: Path, *, rows: int = 24) -> Simulated:
    """The network in `folder`: cards confirmed, the agreement signed by all, the secret made, two small workbooks."""
    founded = {each.id: _member(folder / each.id, each) for each in CAST if each.id in _PARTIES}
    members = {party: (workspace, identity) for party, (workspace, identity, _people) in founded.items()}
    network = Network(folder, START, members, {party: people for party, (_, _, people) in founded.items()})
    for workspace, _identity in members.values():
        for other, _other in members.values():
            if other.party != workspace.party:
                workspace.cards.add(other.own.card(), FOUNDED)
                workspace.cards.confirm(other.party, FOUNDED)
    agreements.share(network, SENDER)
    for party in _PARTIES[:-1]:
        agreements.hand_round(network, SENDER, agreements.signature(network, SENDER, party))
    office = network.office(SENDER)
    keep_network_secret(office, NetworkSecret.new(NETWORK, "2026", office.randomness))
    for month in ("2026-09", "2026-10"):
        write_workbook(scenario().workbook(SENDER, month).reports[:rows], folder / f"{month}.xlsx")
    return Simulated(network, Carrier(random.Random(0)))


_PARTIES = (SENDER, TABLES, "dinas-p3a", ROWS, AUDITOR)


@cache
def scenario() -> Scenario:
    """The demo's people, made once."""
    return build()


def _member(folder: Path, organisation: Organisation) -> tuple[Workspace, Identity, tuple[Acting, ...]]:
    workspace = Workspace.create(folder, organisation.id)
    names = Names(id=organisation.name, en=organisation.name)
    identity = new_identity(organisation.id, names, organisation.contact, FOUNDED)
    identity, people = with_approvers(workspace, identity) if organisation.id == SENDER else (identity, ())
    save_identity(identity, workspace.identity_file, PASSPHRASE, work_factor=10)
    workspace.own.save_card(issue_card(identity, FOUNDED))
    return workspace, identity, people
