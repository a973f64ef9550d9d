"""Somebody who may write to a recipient's box fills it with spoiled files: nothing of them is believed, stored or
answered, the disk does not fill, and the true bundles still come."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from seal.forging import Parts, unlocked
from seal.mutations import KINDS, Genuine
from seal.parties import Party
from simulator import SENDER, TABLES, CarriersRoad, Simulated, founded, quick_folder

from exchange.transport.arrivals import Bounds, Share
from exchange.transport.inbox import Inbox
from exchange.transport.road import RemoteFile

OF_EACH = 2


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with quick_folder(tmp_path_factory.mktemp("flood")) as folder:
        network = founded(folder / "network", rows=12)
        network.pack()
        network.deliver()
        yield network


@pytest.fixture
def network(ready: Simulated, tmp_path: Path) -> Simulated:
    return ready.copied(tmp_path / "copy")


def genuine(network: Simulated) -> Genuine:
    (file,) = (carried.content for carried in network.carrier.boxes[TABLES].values())
    sides = []
    for party in (SENDER, TABLES):
        office = network.office(party)
        sides.append(Party(office.identity, office.workspace.cards, office.workspace.ledger))
    ours = sides[1].identity
    return Genuine(file, unlocked(file, ours), Parts.of(file, ours), *sides)


def spoiled(of: Genuine) -> Iterator[bytes]:
    """By whoever does not hold the sender's key; what seals anew in the sender's name is another test's."""
    for kind, (maker, spoil) in KINDS.items():
        if maker != "sender" and kind != "another file's part":
            for seed in range(OF_EACH):
                yield spoil(random.Random(f"flood/{kind}/{seed}"), of)


def test_a_flood_is_put_aside_in_silence_within_its_share_and_the_true_bundle_comes(
    network: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounds = Bounds(round=800_000, quarantine=Share(600_000, 900_000))
    monkeypatch.setattr("exchange.transport.inbox.Bounds", lambda: bounds)
    kept: list[int] = []
    aside = Inbox.quarantined

    def weighed(self: Inbox, *given: object) -> object:
        kept.append(sum(file.stat().st_size for file in self._files.iterdir()))
        return aside(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Inbox, "quarantined", weighed)
    of = genuine(network)
    flood = {file for file in spoiled(of) if file != of.file}
    for number, file in enumerate(sorted(flood)):
        network.carrier.put(TABLES, f"00{number:03}.age", file)  # listed before the true one
    taken = network.receive(TABLES).taken
    outcomes = [each.outcome for each in taken]
    # Who can read the bundle can encrypt it anew, and then it is the same bundle.
    assert set(outcomes) <= {"quarantined", "accepted", "repeated"}
    assert outcomes.count("accepted") == 1
    assert outcomes.count("quarantined") >= len(flood) - 4
    assert {each.sender for each in taken if each.outcome == "quarantined"} == {""}
    assert len(network.segments(TABLES)) == 1
    letters = [each.parcel for each in network.office(TABLES).workspace.outbox.status()]
    assert {(each.recipient, each.kind) for each in letters} == {(SENDER, "letter")}
    assert len(letters) == outcomes.count("accepted") + outcomes.count("repeated")
    assert max(kept) <= bounds.quarantine.road + bounds.round + max(map(len, flood))
    inbox = network.office(TABLES).workspace.inbox.status()
    assert sum(each.size for each in inbox if each.path) <= bounds.quarantine.road
    assert not list(network.folder.rglob("README.html"))


def test_whoever_keeps_bringing_more_keeps_no_run_from_ending(
    network: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the receipts of all others would never leave."""
    monkeypatch.setattr("exchange.transport.inbox.Bounds", lambda: Bounds(files=3))
    monkeypatch.setattr("exchange.receiving.ROUNDS", 4)
    rubbish, look = random.Random(0), CarriersRoad.list

    def more(road: CarriersRoad) -> tuple[RemoteFile, ...]:
        for _file in range(5):
            network.carrier.put(TABLES, f"{rubbish.randbytes(16).hex()}.age", rubbish.randbytes(99))
        return look(road)

    monkeypatch.setattr(CarriersRoad, "list", more)
    received = network.receive(TABLES)
    assert len(received.taken) == 4 * 3
    assert [problem.code for problem in received.problems] == ["receive.more_waits"]
