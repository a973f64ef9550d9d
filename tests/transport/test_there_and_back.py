"""A bundle goes to the recipient's server, a receipt comes back: both queues, both directions, a server that dies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from needs import needs
from transport.queues import LATER, NOW, an_outbox, queued
from transport.servers import KeyPair, road_to

from exchange.demo.sftp_server import Kind, Server, running_server
from exchange.transport.folder import FolderRoad
from exchange.transport.inbox import Inbox
from exchange.transport.road import Road


@pytest.fixture(params=[pytest.param("sshd", marks=needs("sshd", "ssh-keygen")), "asyncssh"])
def server(request: pytest.FixtureRequest, tmp_path: Path, keys: KeyPair) -> Iterator[Server]:
    kind: Kind = request.param
    with running_server(tmp_path / "drop", {"yks": keys.public}, kind=kind) as running:
        yield running


def test_a_bundle_and_its_receipt(server: Server, keys: KeyPair, tmp_path: Path) -> None:
    """The sender has no server: it puts into `incoming` and polls `outgoing` of the recipient's."""
    ours, theirs = an_outbox(tmp_path / "yks"), an_outbox(tmp_path / "gt-ntt")
    bundle = queued(ours, tmp_path, "x7Qk")

    ours.deliver(lambda _who: road_to(server.address("yks"), keys), NOW)
    with FolderRoad(tmp_path / "drop" / "incoming" / "yks", settle=0) as box:
        inbox = Inbox(tmp_path / "gt-ntt" / "inbox")
        (arrived,) = inbox.receive(box, NOW)
        assert arrived.sha256 == bundle.sha256
        inbox.opened(arrived.sha256, NOW)
        letter = queued(theirs, tmp_path, "r9", "yks", kind="letter", period=None, awaits_receipt=False)
        theirs.deliver(lambda who: FolderRoad(tmp_path / "drop" / "outgoing" / who), NOW)
        inbox.done(arrived.sha256, NOW)
        assert inbox.clear(box) == 1

    with road_to(server.address("yks", "outgoing"), keys) as road:
        (receipt,) = Inbox(tmp_path / "yks" / "inbox").receive(road, LATER)
        assert Inbox(tmp_path / "yks" / "inbox").receive(road, LATER) == ()
    assert receipt.sha256 == letter.sha256
    assert ours.acknowledge(bundle.sha256, LATER) is not None
    assert [each.done for each in (*ours.status(), *theirs.status())] == [True, True]


def test_a_server_that_is_down_and_comes_back(tmp_path: Path, keys: KeyPair) -> None:
    outbox = an_outbox(tmp_path)
    queued(outbox, tmp_path, "x7Qk")
    queued(outbox, tmp_path, "y8")
    with running_server(tmp_path / "drop", {"yks": keys.public}, kind="asyncssh") as server:
        dead = server.address("yks")

    def down(_who: str) -> Road:
        return road_to(dead, keys)

    events = outbox.deliver(down, NOW)
    assert {(event.state, event.code) for event in events} == {("queued", "transport.no_connection")}
    assert outbox.deliver(down, NOW + timedelta(seconds=1)) == ()
    with running_server(tmp_path / "drop", {"yks": keys.public}, kind="asyncssh") as server:
        outbox.deliver(lambda _who: road_to(server.address("yks"), keys), LATER)
    assert [standing.state for standing in outbox.status()] == ["delivered", "delivered"]
    assert sorted(file.name for file in (tmp_path / "drop" / "incoming" / "yks").iterdir()) == ["x7Qk", "y8"]
