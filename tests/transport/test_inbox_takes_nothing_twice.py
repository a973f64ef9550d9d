"""The inbox: fetched once, processed once, through kills, replays, growing files and floods."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transport.contract import a_file, digest
from transport.queues import LATER, NOW, Interrupted, die, in_another_process, raising

from exchange.errors import TransportError
from exchange.transport.arrivals import Arrived, Bounds, Share
from exchange.transport.folder import FolderRoad
from exchange.transport.inbox import Inbox
from exchange.transport.refusals import connection_lost
from exchange.transport.road import Fetched, NotFetched, RemoteFile, Wanted, Watch, nobody_watches


@pytest.fixture
def far(tmp_path: Path) -> Path:
    folder = tmp_path / "far"
    folder.mkdir()
    return folder


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "inbox")


def receive(inbox: Inbox, far: Path) -> tuple[Arrived, ...]:
    with FolderRoad(far, settle=0) as road:
        return inbox.receive(road, NOW)


def kept(tmp_path: Path) -> list[str]:
    return sorted(file.name for file in (tmp_path / "inbox" / "files").iterdir())


def test_what_comes_is_kept_sealed_private_and_new(inbox: Inbox, far: Path, tmp_path: Path) -> None:
    file = a_file(far, 10_000, "x7Qk")
    (arrived,) = receive(inbox, far)
    assert (arrived.name, arrived.size, arrived.sha256, arrived.state) == ("x7Qk", 10_000, digest(file), "new")
    assert arrived.arrived_at == NOW
    assert arrived.path is not None
    assert arrived.path.read_bytes() == file.read_bytes()
    for place in [tmp_path / "inbox", *(tmp_path / "inbox").rglob("*")]:
        assert stat.S_IMODE(place.stat().st_mode) & 0o077 == 0, place.name
    assert inbox.waiting() == (arrived,)


def test_nothing_is_taken_twice(inbox: Inbox, far: Path) -> None:
    a_file(far, 10_000, "x7Qk")
    (arrived,) = receive(inbox, far)
    assert receive(inbox, far) == ()
    inbox.opened(arrived.sha256, LATER)
    assert inbox.waiting() == ()
    inbox.done(arrived.sha256, LATER)
    assert receive(inbox, far) == ()
    assert [each.state for each in inbox.status()] == ["done"]


def test_what_was_seen_is_not_even_fetched(inbox: Inbox, far: Path) -> None:
    a_file(far, 10_000, "x7Qk")
    receive(inbox, far)
    with Interrupted(far, before=raising("transport.failed")) as road:
        assert inbox.receive(road, NOW) == ()


def test_a_replay_under_another_name_or_place_is_not_new(inbox: Inbox, far: Path, tmp_path: Path) -> None:
    file = a_file(far, 10_000, "x7Qk")
    (arrived,) = receive(inbox, far)
    inbox.done(arrived.sha256, LATER)
    (far / "y").write_bytes(file.read_bytes())
    other = tmp_path / "other"
    other.mkdir()
    (other / "x7Qk").write_bytes(file.read_bytes())
    assert receive(inbox, far) == ()
    assert receive(inbox, other) == ()
    assert kept(tmp_path) == []


def test_what_was_done_and_stands_there_anew_is_new_once_more(inbox: Inbox, far: Path, tmp_path: Path) -> None:
    """Its sender has put it there again, because our receipt was lost: it must be answered again."""
    file = a_file(far, 10_000, "x7Qk")
    content = file.read_bytes()
    (arrived,) = receive(inbox, far)
    inbox.done(arrived.sha256, NOW)
    with FolderRoad(far, settle=0) as road:
        assert inbox.clear(road) == 1
    file.write_bytes(content)
    os.utime(file, (1, 1))
    (again,) = receive(inbox, far)
    assert (again.sha256, again.state) == (arrived.sha256, "new")
    assert again.path is not None
    assert again.path.read_bytes() == content
    assert receive(inbox, far) == ()


def test_a_file_that_was_damaged_and_is_mended_under_its_name_is_fetched(inbox: Inbox, far: Path) -> None:
    file = a_file(far, 10_000, "x7Qk")
    (damaged,) = receive(inbox, far)
    inbox.quarantined(damaged.sha256, "seal.damaged", NOW)
    file.write_bytes(os.urandom(10_000))
    os.utime(file, (1, 1))
    (whole,) = receive(inbox, far)
    assert whole.sha256 != damaged.sha256


def test_two_senders_may_use_the_same_name(inbox: Inbox, tmp_path: Path) -> None:
    came = []
    for sender in ("yks", "lbh"):
        (tmp_path / sender).mkdir()
        a_file(tmp_path / sender, 10_000, "same")
        came += receive(inbox, tmp_path / sender)
    assert len({arrived.sha256 for arrived in came}) == 2
    assert len({arrived.place for arrived in came}) == 2


def test_a_file_taken_half_is_taken_again_when_it_is_whole(inbox: Inbox, far: Path) -> None:
    whole = os.urandom(20_000)
    (far / "x7Qk").write_bytes(whole[:7_000])
    (half,) = receive(inbox, far)
    inbox.quarantined(half.sha256, "seal.truncated", NOW)
    (far / "x7Qk").write_bytes(whole)
    (arrived,) = receive(inbox, far)
    assert arrived.path is not None
    assert arrived.path.read_bytes() == whole


def test_a_file_opened_twice_is_refused(inbox: Inbox, far: Path) -> None:
    a_file(far, 10_000, "x7Qk")
    (arrived,) = receive(inbox, far)
    inbox.opened(arrived.sha256, LATER)
    with pytest.raises(TransportError) as refused:
        inbox.opened(arrived.sha256, LATER)
    assert refused.value.codes == ("transport.not_now",)
    with pytest.raises(TransportError):
        inbox.opened("0" * 64, LATER)


def test_what_is_done_is_no_longer_kept(inbox: Inbox, far: Path, tmp_path: Path) -> None:
    a_file(far, 10_000, "x7Qk")
    (arrived,) = receive(inbox, far)
    assert inbox.done(arrived.sha256, LATER).path is None
    assert inbox.done(arrived.sha256, LATER).state == "done"
    assert kept(tmp_path) == []


def test_quarantine_keeps_file_and_reason_and_lets_go_again(inbox: Inbox, far: Path, tmp_path: Path) -> None:
    file = a_file(far, 10_000, "x7Qk")
    (arrived,) = receive(inbox, far)
    aside = inbox.quarantined(arrived.sha256, "seal.unknown_sender", LATER)
    assert (aside.state, aside.code, aside.since) == ("quarantined", "seal.unknown_sender", LATER)
    assert receive(inbox, far) == ()
    again = inbox.again(arrived.sha256, LATER)
    assert (again.state, again.code) == ("new", "")
    assert inbox.waiting() == (again,)
    assert again.path is not None
    assert again.path.read_bytes() == file.read_bytes()


def test_a_flood_fills_quarantine_to_its_bound_and_no_further(far: Path, tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox", bounds=Bounds(quarantine=Share(25_000, 90_000)))
    for number in range(5):
        a_file(far, 10_000, f"n{number}")
    for arrived in receive(inbox, far):
        inbox.quarantined(arrived.sha256, "seal.unknown_sender", NOW)
    assert [each.path is not None for each in inbox.status()] == [True, True, False, False, False]
    assert len(kept(tmp_path)) == 2
    assert receive(inbox, far) == (), "and is not fetched again"
    lost = inbox.status()[-1]
    inbox.again(lost.sha256, LATER)
    assert [each.name for each in receive(inbox, far)] == [lost.name], "unless somebody asks for it"


def test_a_flood_on_one_road_leaves_room_for_the_others(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox", bounds=Bounds(quarantine=Share(25_000, 45_000)))
    for road in ("a", "b", "c"):
        (tmp_path / road).mkdir()
        for number in range(4):
            a_file(tmp_path / road, 10_000, f"n{number}")
        for arrived in receive(inbox, tmp_path / road):
            inbox.quarantined(arrived.sha256, "seal.unknown_sender", NOW)
    kept_of = [sum(each.path is not None for each in inbox.status() if each.place.endswith(road)) for road in "abc"]
    assert kept_of == [2, 2, 0], "and there is a bound for all of them together"
    for arrived in inbox.status()[:2]:
        inbox.done(arrived.sha256, LATER)
    a_file(tmp_path / "c", 10_000, "n9")
    (last,) = receive(inbox, tmp_path / "c")
    assert inbox.quarantined(last.sha256, "seal.damaged", LATER).path is not None, "what is let go of makes room"


def test_many_small_files_are_judged_in_rounds_too(far: Path, tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox", bounds=Bounds(files=3))
    for number in range(7):
        a_file(far, 1, f"n{number}")
    rounds = []
    while came := receive(inbox, far):
        rounds.append((len(came), inbox.round_is_full(came)))
        for arrived in came:
            inbox.quarantined(arrived.sha256, "seal.damaged", NOW)
    assert rounds == [(3, True), (3, True), (1, False)]


def test_what_came_is_judged_before_more_is_fetched(far: Path, tmp_path: Path) -> None:
    """However much stands there, the disk holds one round of it."""
    inbox = Inbox(tmp_path / "inbox", bounds=Bounds(round=25_000, quarantine=Share(0, 0)))
    for number in range(7):
        a_file(far, 10_000, f"n{number}")
    rounds = []
    while came := receive(inbox, far):
        rounds.append(len(came))
        assert inbox.round_is_full(came) is (len(came) == 3)
        assert len(kept(tmp_path)) == len(came)
        for arrived in came:
            inbox.quarantined(arrived.sha256, "seal.damaged", NOW)
    assert rounds == [3, 3, 1]


@pytest.mark.parametrize(("total", "spare"), [(1 << 40, 256 << 20), (1 << 30, (1 << 30) // 10)])
def test_nothing_is_fetched_that_would_fill_the_disk(
    far: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, total: int, spare: int
) -> None:
    a_file(far, 10_000, "x7Qk")
    for free, fits in ((spare + 9_999, False), (spare + 10_000, True)):
        usage = SimpleNamespace(total=total, free=free)
        monkeypatch.setattr("shutil.disk_usage", lambda _folder, usage=usage: usage)
        if fits:
            assert len(receive(Inbox(tmp_path / "inbox"), far)) == 1
            continue
        with pytest.raises(TransportError) as refused:
            receive(Inbox(tmp_path / "inbox"), far)
        assert refused.value.codes == ("transport.no_space",)
        assert kept(tmp_path) == []


def test_a_link_that_goes_with_many_on_their_way_is_told_once(inbox: Inbox, far: Path) -> None:
    class Gone(FolderRoad):
        def get(self, files: Iterable[Wanted], watch: Watch = nobody_watches) -> Iterator[Fetched | NotFetched]:
            del watch
            for each in list(files):
                yield NotFetched(each.name, TransportError(connection_lost("far")))

    for number in range(3):
        a_file(far, 100, f"n{number}")
    with Gone(far, settle=0) as road, pytest.raises(TransportError) as refused:
        inbox.receive(road, NOW)
    assert refused.value.codes == ("transport.connection_lost",)


class SeveralAtOnce(FolderRoad):
    """As over SFTP: further files are begun before the first is there."""

    def get(self, files: Iterable[Wanted], watch: Watch = nobody_watches) -> Iterator[Fetched | NotFetched]:
        return super().get(list(files), watch)


def test_what_is_on_its_way_counts_before_more_is_begun(
    far: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        a_file(far, 10_000, f"n{number}")
    inbox, usage = Inbox(tmp_path / "inbox"), SimpleNamespace(total=1 << 40, free=(256 << 20) + 29_999)
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: usage)
    with SeveralAtOnce(far, settle=0) as road, pytest.raises(TransportError) as refused:
        inbox.receive(road, NOW)
    assert refused.value.codes == ("transport.no_space",)
    assert [each.name for each in inbox.waiting()] == ["n0", "n1"]


def test_what_must_wait_has_a_bound_and_comes_again(far: Path, tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox", bounds=Bounds(held=Share(25_000, 90_000)))
    for number in range(3):
        a_file(far, 10_000, f"n{number}")
    for arrived in receive(inbox, far):
        inbox.held(arrived.sha256, "seal.out_of_sequence", NOW)
    assert [(each.state, each.path is not None) for each in inbox.status()] == [
        ("held", True),
        ("held", True),
        ("held", False),
    ]
    assert receive(inbox, far) == (), "not in the same run, or it would stand before what it waits for"
    inbox.fetch_held()
    (again,) = receive(inbox, far)
    assert (again.name, again.state) == ("n2", "new")
    for arrived in inbox.status()[:2]:
        inbox.opened(arrived.sha256, LATER)
        inbox.done(arrived.sha256, LATER)
    assert inbox.held(again.sha256, "seal.out_of_sequence", LATER).path is not None


def test_a_file_beyond_the_bound_is_not_fetched(far: Path, tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox", bounds=Bounds(file=9_999))
    a_file(far, 10_000, "large")
    a_file(far, 9_999, "small")
    with pytest.raises(TransportError) as refused:
        receive(inbox, far)
    assert refused.value.codes == ("transport.too_large",)
    assert [each.name for each in inbox.waiting()] == ["small"]


def test_one_file_that_cannot_be_fetched_does_not_hold_up_the_next(inbox: Inbox, far: Path) -> None:
    for name in ("a", "b", "c"):
        a_file(far, 10_000, name)
    turns = iter(range(9))

    def fail_at_second() -> None:
        if next(turns) == 1:
            raising("transport.permission")()

    with Interrupted(far, before=fail_at_second) as road, pytest.raises(TransportError) as refused:
        inbox.receive(road, NOW)
    assert refused.value.codes == ("transport.permission",)
    assert [each.name for each in inbox.waiting()] == ["a", "c"]
    assert [each.name for each in receive(inbox, far)] == ["b"]


def test_a_dead_link_is_not_asked_again(inbox: Inbox, far: Path) -> None:
    for name in ("a", "b", "c"):
        a_file(far, 10_000, name)
    with Interrupted(far, before=raising("transport.stalled")) as road, pytest.raises(TransportError) as refused:
        inbox.receive(road, NOW)
    assert refused.value.codes == ("transport.stalled",)


def test_a_file_that_changed_since_it_was_listed_is_left_for_later(inbox: Inbox, far: Path, tmp_path: Path) -> None:
    a_file(far, 10_000, "x7Qk")
    growing = Interrupted(far, before=lambda: a_file(far, 12_000, "x7Qk"))
    with growing as road, pytest.raises(TransportError) as refused:
        inbox.receive(road, NOW)
    assert refused.value.codes == ("transport.still_growing",)
    assert kept(tmp_path) == []
    assert [each.size for each in receive(inbox, far)] == [12_000]


def test_what_is_done_can_be_cleared_from_the_box_and_nothing_else(inbox: Inbox, far: Path) -> None:
    for name in ("a", "b", "c"):
        a_file(far, 10_000, name)
    first, second, _third = receive(inbox, far)
    inbox.done(first.sha256, LATER)
    inbox.quarantined(second.sha256, "seal.altered", LATER)
    a_file(far, 10_000, "d")
    with FolderRoad(far, settle=0) as road:
        assert inbox.clear(road) == 1
        assert inbox.clear(road) == 0
    assert sorted(file.name for file in far.iterdir()) == ["b", "c", "d"]


def test_a_name_reused_for_another_size_is_not_cleared_unseen(inbox: Inbox, far: Path) -> None:
    a_file(far, 10_000, "a")
    (first,) = receive(inbox, far)
    inbox.done(first.sha256, LATER)
    a_file(far, 20_000, "a")
    with FolderRoad(far, settle=0) as road:
        assert inbox.clear(road) == 0
    assert (far / "a").exists()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_around_the_download_loses_nothing(inbox: Inbox, far: Path, tmp_path: Path, when: str) -> None:
    file = a_file(far, 10_000, "x7Qk")
    road = Interrupted(far, before=die) if when == "before" else Interrupted(far, after=die)
    killed = in_another_process(lambda: inbox.receive(road, NOW))
    killed.join(60)
    assert killed.exitcode == 9
    assert inbox.status() == ()
    (arrived,) = receive(inbox, far)
    assert kept(tmp_path) == [digest(file)] == [arrived.sha256]


@settings(max_examples=12, deadline=None)
@given(milliseconds=st.integers(0, 60))
def test_a_kill_at_any_moment_takes_each_file_once(tmp_path_factory: pytest.TempPathFactory, milliseconds: int) -> None:
    folder = tmp_path_factory.mktemp("kill")
    far = folder / "far"
    far.mkdir()
    sent = {digest(a_file(far, 10_000, f"n{number}")) for number in range(6)}
    inbox = Inbox(folder / "inbox")
    victim = in_another_process(lambda: receive(inbox, far))
    threading.Event().wait(milliseconds / 1000)
    victim.kill()
    victim.join(60)
    receive(inbox, far)
    assert {each.sha256 for each in inbox.waiting()} == sent
    assert len(inbox.waiting()) == 6
    for each in inbox.waiting():
        assert each.path is not None
        assert digest(each.path) == each.sha256


def test_two_processes_that_receive_at_once_take_each_file_once(inbox: Inbox, far: Path) -> None:
    for number in range(12):
        a_file(far, 10_000, f"n{number:02}")

    def fetch() -> None:
        with contextlib.suppress(TransportError):  # another is at it
            receive(inbox, far)

    for process in [in_another_process(fetch) for _process in range(4)]:
        process.join(60)
        assert process.exitcode == 0
    receive(inbox, far)
    assert len(inbox.waiting()) == 12


def test_times_keep_their_meaning(inbox: Inbox, far: Path) -> None:
    a_file(far, 10_000, "x7Qk")
    with FolderRoad(far, settle=0) as road:
        (arrived,) = inbox.receive(road, NOW + timedelta(microseconds=1))
    assert inbox.status()[0].arrived_at == arrived.arrived_at == NOW + timedelta(microseconds=1)
    with pytest.raises(ValueError, match="zone"):
        inbox.done(arrived.sha256, NOW.replace(tzinfo=None))


@pytest.mark.parametrize("trap", ["link", "pipe"])
def test_what_is_no_file_any_more_when_it_is_fetched_is_left(
    inbox: Inbox, far: Path, tmp_path: Path, trap: str
) -> None:
    """Between listing and fetching: a link to what only we may read, or a pipe that would keep us waiting for ever."""
    a_file(far, 10, "x7Qk")
    secret = a_file(tmp_path, 10, "secret")

    class Turning(FolderRoad):
        def get_file(self, wanted: Wanted) -> Fetched:
            (far / wanted.name).unlink()
            (far / wanted.name).symlink_to(secret) if trap == "link" else os.mkfifo(far / wanted.name)
            return super().get_file(wanted)

    with Turning(far, settle=0) as road, pytest.raises(TransportError):
        inbox.receive(road, NOW)
    assert kept(tmp_path) == []
    assert inbox.status() == ()


def test_a_list_that_lies_about_sizes_fills_no_disk(inbox: Inbox, far: Path, tmp_path: Path) -> None:
    a_file(far, 50_000, "x7Qk")

    class Lying(FolderRoad):
        def list(self) -> tuple[RemoteFile, ...]:
            return (RemoteFile("x7Qk", 10, 0),)

    with Lying(far, settle=0) as road, pytest.raises(TransportError) as refused:
        inbox.receive(road, NOW)
    assert refused.value.codes == ("transport.still_growing",)
    assert kept(tmp_path) == []


def test_one_fault_of_many_files_is_told_of_a_few(inbox: Inbox, far: Path) -> None:
    """Files without content cost their sender nothing, and each of them is larger than any that is expected."""
    for number in range(40):
        os.truncate(a_file(far, 1, f"n{number:02}"), 5 << 30)
    with FolderRoad(far, settle=0) as road, pytest.raises(TransportError) as told:
        inbox.receive(road, NOW)
    assert set(told.value.codes) == {"transport.too_large"}
    assert len(told.value.problems) == 11
    assert "30" in told.value.problems[-1].what
