"""What goes wrong while files travel to and from OpenSSH's sshd, which serves an ordinary user.

Each fault comes in the middle of a large file, is said in plain words, and once it is mended the same commands bring
everything: each file whole, once, under its own name, and nothing else lies there.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from needs import needs
from transport.contract import a_file, digest, hidden
from transport.other_user import ORDINARY, ROOT
from transport.queues import LATER, NOW, an_outbox, queued
from transport.servers import KeyPair, Relay, relayed, road_to

from exchange.demo.sftp_server import Server, running_server
from exchange.errors import TransportError
from exchange.transport.inbox import Inbox
from exchange.transport.outbox import Outbox
from exchange.transport.persistence import Persistence
from exchange.transport.road import Delivery, NotPut, Outgoing, Road
from exchange.transport.sftp.road import SftpRoad
from exchange.transport.sftp.target import SftpTarget

pytestmark = needs("sshd", "ssh-keygen")

LARGE = 6 << 20
NAMES = ("a1", "b2", "c3")
MIDDLE = 2 << 20


@dataclass(frozen=True)
class Sending:
    """Three parcels that wait: a small one, a large one, a small one. The server is behind a relay."""

    outbox: Outbox
    relay: Relay
    address: SftpTarget
    keys: KeyPair
    far: Path
    digests: dict[str, str]

    def road(self, _recipient: str = "") -> SftpRoad:
        return road_to(self.address, self.keys)

    def deliver(self, road: Callable[[str], Road] | None = None) -> set[str]:
        """The codes of what went wrong."""
        events = self.outbox.deliver(road or self.road, NOW, at_once=True)
        return {event.code for event in events if event.code}

    def check_nothing_is_half(self) -> None:
        for file in self.far.iterdir():
            assert file.name.startswith(".") or self.digests[file.name] == digest(file)

    def check_all_is_there(self) -> None:
        assert {file.name: digest(file) for file in self.far.iterdir()} == self.digests
        assert [each.state for each in self.outbox.status()] == ["delivered"] * 3


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """The folder that is served; the server may do there what an ordinary user may."""
    folder = tmp_path / "box"
    for name in ("incoming", "outgoing"):
        (folder / name / "yks").mkdir(parents=True)
        if ROOT:
            shutil.chown(folder / name / "yks", ORDINARY)
    for parent in (tmp_path, *tmp_path.parents):
        if parent.stat().st_uid == os.geteuid() and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)
    return folder


@pytest.fixture
def server(box: Path, keys: KeyPair) -> Iterator[Server]:
    with running_server(box, {"yks": keys.public}, kind="sshd", run_as=ORDINARY if ROOT else None) as running:
        yield running


@pytest.fixture
def sending(box: Path, server: Server, keys: KeyPair, tmp_path: Path) -> Iterator[Sending]:
    outbox, digests = an_outbox(tmp_path), {}
    for name, size in zip(NAMES, (10_000, LARGE, 10_000), strict=True):
        digests[name] = queued(outbox, tmp_path, name, size=size).sha256
    with relayed(server.address("yks")) as (relay, address):
        yield Sending(outbox, relay, address, keys, box / "incoming" / "yks", digests)


@contextmanager
def in_the_middle(relay: Relay, act: Callable[[], object], *, thaw: bool = True) -> Iterator[None]:
    """Once the relay has let MIDDLE bytes through it holds still, `act` is done, and it goes on."""
    over = threading.Event()

    def wait_and_act() -> None:
        while not relay.is_frozen() and not over.wait(0.002):
            pass
        time.sleep(0.3)  # both sides take what has come through
        act()
        if thaw:
            relay.thaw()

    actor = threading.Thread(target=wait_and_act)
    relay.freeze_after(MIDDLE)
    actor.start()
    try:
        yield
    finally:
        over.set()
        actor.join(timeout=30)
        relay.thaw()


def servers_processes() -> list[int]:
    """Every process that serves a connection: children of ours, and theirs."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    ours = {os.getpid()}
    while more := {child for child, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return [each for each in ours if "sshd" in _command(each)]


def _command(process: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/comm").read_text()
    return ""


def kill_the_server() -> None:
    for process in servers_processes():
        with contextlib.suppress(OSError):
            os.kill(process, signal.SIGKILL)


Fault = Callable[[Sending], tuple[Callable[[], object], Callable[[], object], set[str]]]
"""What is done in the middle, what mends it, and the codes with which it is told."""


def nothing() -> None:
    """There is nothing to mend."""


def a_cut(sending: Sending) -> tuple[Callable[[], object], Callable[[], object], set[str]]:
    return sending.relay.cut, nothing, {"transport.connection_lost"}


def a_reset(sending: Sending) -> tuple[Callable[[], object], Callable[[], object], set[str]]:
    return sending.relay.reset, nothing, {"transport.connection_lost"}


def a_server_that_is_killed(_sending: Sending) -> tuple[Callable[[], object], Callable[[], object], set[str]]:
    return kill_the_server, nothing, {"transport.connection_lost", "transport.stalled"}  # by how busy we are


def a_black_hole(_sending: Sending) -> tuple[Callable[[], object], Callable[[], object], set[str]]:
    return lambda: time.sleep(1.5), nothing, {"transport.stalled"}


def a_right_that_is_taken_away(sending: Sending) -> tuple[Callable[[], object], Callable[[], object], set[str]]:
    return (
        lambda: sending.far.chmod(0o555),
        lambda: sending.far.chmod(0o755),
        {"transport.permission"},
    )


def a_folder_that_goes(sending: Sending) -> tuple[Callable[[], object], Callable[[], object], set[str]]:
    away = sending.far.with_name("away")
    return (
        lambda: sending.far.rename(away),
        lambda: away.rename(sending.far),
        {"transport.no_such_file", "transport.no_directory"},
    )


FAULTS = (
    a_cut,
    a_reset,
    a_server_that_is_killed,
    a_black_hole,
    a_right_that_is_taken_away,
    a_folder_that_goes,
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_in_the_middle_is_told_and_once_mended_everything_is_there_once(sending: Sending, fault: Fault) -> None:
    act, mend, codes = fault(sending)
    with in_the_middle(sending.relay, act):
        told = sending.deliver()
    mend()
    assert told
    assert told <= codes | {"transport.stalled"}  # where we are so busy that holding still takes too long
    sending.check_nothing_is_half()
    assert {each.state for each in sending.outbox.status()} <= {"queued", "delivered"}
    assert all(each.reason and each.due > NOW for each in sending.outbox.status() if each.state == "queued")
    sending.deliver()
    sending.check_all_is_there()


@pytest.mark.parametrize("fault", [a_cut, a_reset, a_server_that_is_killed], ids=lambda fault: fault.__name__)
def test_a_link_that_breaks_is_made_again_by_the_same_run(sending: Sending, fault: Fault, tmp_path: Path) -> None:
    outbox = an_outbox(tmp_path, persistence=Persistence(first=0.01))
    act, _mend, _codes = fault(sending)
    with in_the_middle(sending.relay, act):
        assert replace(sending, outbox=outbox).deliver() == set()
    sending.check_all_is_there()


@contextmanager
def a_disk_of(folder: Path, room: int) -> Iterator[Callable[[int], None]]:
    """A file system of `room` bytes at `folder`; the function gives it another size."""
    user = pwd.getpwnam(ORDINARY)
    options = f"size={room},mode=755,uid={user.pw_uid},gid={user.pw_gid}"
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("no file system can be mounted here")

    def resize(room: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={room}", str(folder)], check=True)

    try:
        yield resize
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("room", [4096, 12 << 10, 32 << 10, 100 << 10, 1 << 20, LARGE - 4096, LARGE])
def test_a_disk_that_is_full_at_any_point_keeps_nothing_half(sending: Sending, room: int) -> None:
    with a_disk_of(sending.far, room) as resize:
        assert sending.deliver() <= {"transport.write_failed", "transport.no_space"}
        sending.check_nothing_is_half()
        assert hidden(sending.far) == [], "what cannot be finished takes no room from others"
        waiting = [each for each in sending.outbox.status() if each.state == "queued"]
        assert "b2" in {each.parcel.name for each in waiting} or room == LARGE
        resize(2 * LARGE)
        assert sending.deliver() == set()
        sending.check_all_is_there()


def test_a_link_that_is_slow_is_not_taken_for_a_dead_one(sending: Sending) -> None:
    """Each answer takes longer than nothing may move."""
    sending.relay.throttle(400_000)
    small = an_outbox(sending.far.parent.parent.parent / "slow")
    parcel = queued(small, sending.far.parent.parent.parent, "slow", size=700_000)
    assert replace(sending, outbox=small).deliver() == set()
    assert digest(sending.far / "slow") == parcel.sha256


def test_two_senders_with_the_same_name_do_not_replace_each_other(sending: Sending, tmp_path: Path) -> None:
    """Both write at once; one is first, and the other is told that the name is taken."""
    files = [a_file(tmp_path, LARGE, each) for each in ("one", "two")]
    outcomes: list[Delivery | NotPut] = []

    def put(file: Path) -> None:
        with sending.road() as road:
            outcomes.extend(road.put([Outgoing(file, "same")]))

    senders = [threading.Thread(target=put, args=(file,)) for file in files]
    for each in senders:
        each.start()
    for each in senders:
        each.join(timeout=60)
    told = [each.error.codes for each in outcomes if isinstance(each, NotPut)]
    (kept,) = [each for each in outcomes if isinstance(each, Delivery)]
    assert told == [("transport.name_taken",)]
    assert digest(sending.far / "same") == kept.sha256
    assert hidden(sending.far) == []


# --- fetching ---


@pytest.mark.parametrize("fault", [a_cut, a_reset, a_server_that_is_killed, a_black_hole], ids=lambda f: f.__name__)
def test_a_fetch_that_breaks_goes_on_where_it_was(
    sending: Sending, box: Path, keys: KeyPair, tmp_path: Path, fault: Fault
) -> None:
    theirs = a_file(box / "outgoing" / "yks", LARGE, "there")
    inbox = Inbox(tmp_path / "inbox")
    outgoing = replace(sending.address, directory="outgoing")
    act, _mend, codes = fault(sending)
    with in_the_middle(sending.relay, act), pytest.raises(TransportError) as told, road_to(outgoing, keys) as road:
        inbox.receive(road, NOW)
    assert set(told.value.codes) <= codes | {"transport.stalled"}
    assert inbox.status() == ()
    before = sending.relay.passed
    with road_to(outgoing, keys) as road:
        (came,) = inbox.receive(road, LATER)
    assert came.sha256 == digest(theirs)
    assert sending.relay.passed - before < LARGE - MIDDLE // 4, "what had come was not fetched again"


def test_what_changed_since_a_fetch_broke_is_fetched_from_its_beginning(
    sending: Sending, box: Path, keys: KeyPair, tmp_path: Path
) -> None:
    """The same name, size and time, and another content: no mixture of the two is ever kept."""
    there = a_file(box / "outgoing" / "yks", LARGE, "there")
    stamp = there.stat().st_mtime
    inbox = Inbox(tmp_path / "inbox")
    outgoing = replace(sending.address, directory="outgoing")
    middle = in_the_middle(sending.relay, sending.relay.cut)
    with middle, pytest.raises(TransportError), road_to(outgoing, keys) as road:
        inbox.receive(road, NOW)
    there.write_bytes(os.urandom(LARGE))
    os.utime(there, (stamp, stamp))
    with road_to(outgoing, keys) as road:
        (came,) = inbox.receive(road, LATER)
    assert came.sha256 == digest(there)


@pytest.mark.parametrize("clock", [1, 4_000_000_000])
def test_a_server_whose_clock_is_wrong_is_served_all_the_same(
    server: Server, box: Path, keys: KeyPair, tmp_path: Path, clock: int
) -> None:
    there = a_file(box / "outgoing" / "yks", 10_000, "there")
    os.utime(there, (clock, clock))
    inbox = Inbox(tmp_path / "inbox")
    with road_to(server.address("yks", "outgoing"), keys) as road:
        (came,) = inbox.receive(road, NOW)
        assert came.sha256 == digest(there)
        assert inbox.receive(road, LATER) == ()
