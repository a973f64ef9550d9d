"""The outbox: from queued to acknowledged, through kills, refusals, dead links and two processes at once."""

from __future__ import annotations

import contextlib
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transport.contract import a_file, digest
from transport.queues import LATER, NOW, ONCE, Interrupted, an_outbox, die, in_another_process, queued, raising

from exchange.errors import KeyringError, Problem, TransportError
from exchange.transport import ledger
from exchange.transport.folder import FolderRoad
from exchange.transport.outbox import Outbox
from exchange.transport.parcels import Patience, Queued
from exchange.transport.road import Road


@pytest.fixture
def far(tmp_path: Path) -> Path:
    folder = tmp_path / "far"
    folder.mkdir()
    return folder


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return an_outbox(tmp_path)


def states(outbox: Outbox) -> list[str]:
    return [standing.state for standing in outbox.status()]


def files(outbox_folder: Path) -> list[str]:
    return sorted(file.name for file in (outbox_folder / "outbox" / "files").iterdir())


def test_a_bundle_goes_from_queued_to_acknowledged(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    parcel = queued(outbox, tmp_path, "x7Qk")
    assert states(outbox) == ["queued"]
    events = outbox.deliver(lambda _who: FolderRoad(far), NOW)
    assert [(event.state, event.attempts) for event in events] == [("sending", 1), ("delivered", 1)]
    assert digest(far / "x7Qk") == parcel.sha256
    assert files(tmp_path) == ["x7Qk"], "it is kept until the receipt"
    event = outbox.acknowledge(parcel.sha256, LATER)
    assert event is not None
    assert (event.state, event.at, event.parcel) == ("acknowledged", LATER, parcel)
    assert states(outbox) == ["acknowledged"]
    assert files(tmp_path) == []
    assert [each.state for each in outbox.history(parcel.id)] == ["queued", "sending", "delivered", "acknowledged"]
    assert outbox.deliver(lambda _who: FolderRoad(far), LATER) == ()


def test_a_letter_that_awaits_no_receipt_is_done_on_delivery(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    parcel = queued(outbox, tmp_path, "x7Qk", kind="letter", period=None, awaits_receipt=False)
    outbox.deliver(lambda _who: FolderRoad(far), NOW)
    (standing,) = outbox.status()
    assert standing.done
    assert files(tmp_path) == []
    assert outbox.acknowledge(parcel.sha256, LATER) is None
    assert outbox.deliver(lambda _who: FolderRoad(far), NOW + timedelta(days=99)) == ()


def test_what_something_speaks_against_stays_untried_and_the_others_go(
    outbox: Outbox, far: Path, tmp_path: Path
) -> None:
    barred, free = queued(outbox, tmp_path, "x7Qk"), queued(outbox, tmp_path, "y8Rl", kind="letter")

    def against(parcel: Queued) -> Problem | None:
        return Problem("transport.channel_not_agreed", "not so") if parcel.kind == "bundle" else None

    events = outbox.deliver(lambda _who: FolderRoad(far), NOW, at_once=True, against=against)
    said = [(event.parcel.id, event.state, event.code) for event in events if event.state != "sending"]
    assert said == [(barred.id, "queued", "transport.channel_not_agreed"), (free.id, "delivered", "")]
    assert [file.name for file in far.iterdir()] == ["y8Rl"]
    assert next(each for each in outbox.status() if each.parcel == barred).attempts == 0
    outbox.deliver(lambda _who: FolderRoad(far), LATER)
    assert sorted(file.name for file in far.iterdir()) == ["x7Qk", "y8Rl"], "the other road is free"


def test_a_full_disk_under_the_book_is_said_and_not_taken_for_damage(tmp_path: Path) -> None:
    """SQLite takes back by itself what did not fit."""

    def fill() -> None:
        with ledger.Book(tmp_path / "b.sqlite", "CREATE TABLE IF NOT EXISTS l (line BLOB)").transaction() as book:
            book.execute("PRAGMA max_page_count = 4")
            book.execute("INSERT INTO l VALUES (zeroblob(1000000))")

    with pytest.raises(TransportError) as refused:
        fill()
    assert refused.value.codes == ("transport.no_space",)


def test_no_road_is_entered_where_nothing_may_go(outbox: Outbox, tmp_path: Path) -> None:
    queued(outbox, tmp_path, "x7Qk")
    events = outbox.deliver(lambda _who: pytest.fail("a road"), NOW, against=lambda _parcel: Problem("no", "no"))
    assert [(event.state, event.code) for event in events] == [("queued", "no")]


def test_a_receipt_counts_once_and_for_its_own_digest(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    parcel = queued(outbox, tmp_path, "x7Qk")
    outbox.deliver(lambda _who: FolderRoad(far), NOW)
    assert outbox.acknowledge("0" * 64, LATER) is None
    assert outbox.acknowledge(parcel.sha256, LATER) is not None
    assert outbox.acknowledge(parcel.sha256, LATER) is None
    assert outbox.refuse(parcel.sha256, LATER, "seal.altered", "no") is None
    assert states(outbox) == ["acknowledged"]


def test_a_refusal_is_kept_with_its_reason(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    parcel = queued(outbox, tmp_path, "x7Qk")
    outbox.deliver(lambda _who: FolderRoad(far), NOW)
    outbox.refuse(parcel.sha256, LATER, "agreement.expired", "the agreement has expired")
    (standing,) = outbox.status()
    assert (standing.state, standing.code, standing.done) == ("refused", "agreement.expired", True)


def test_a_receipt_that_comes_before_our_own_note_of_delivery_stands(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    """The recipient may be quicker than the end of our own upload."""
    parcel = queued(outbox, tmp_path, "x7Qk")
    quick = Interrupted(far, after=lambda: outbox.acknowledge(parcel.sha256, NOW))
    events = outbox.deliver(lambda _who: quick, NOW)
    assert [event.state for event in events] == ["sending"]
    assert states(outbox) == ["acknowledged"]


def test_no_receipt_in_time_is_overdue_and_one_may_still_come(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    parcel = queued(outbox, tmp_path, "x7Qk")
    outbox.deliver(lambda _who: FolderRoad(far), NOW)
    assert outbox.deliver(lambda _who: FolderRoad(far), NOW + timedelta(days=7)) == ()
    (event,) = outbox.deliver(lambda _who: FolderRoad(far), NOW + timedelta(days=7, seconds=1))
    assert (event.state, event.code) == ("overdue", "transport.no_receipt")
    assert outbox.deliver(lambda _who: FolderRoad(far), NOW + timedelta(days=8)) == ()
    assert outbox.acknowledge(parcel.sha256, NOW + timedelta(days=9)) is not None


def test_what_is_overdue_can_be_sent_again(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    parcel = queued(outbox, tmp_path, "x7Qk")
    outbox.deliver(lambda _who: FolderRoad(far), NOW)
    outbox.deliver(lambda _who: FolderRoad(far), NOW + timedelta(days=8))
    (far / "x7Qk").unlink()
    assert outbox.retry(parcel.id, NOW + timedelta(days=8)) is not None
    outbox.deliver(lambda _who: FolderRoad(far), NOW + timedelta(days=8))
    assert digest(far / "x7Qk") == parcel.sha256
    assert outbox.retry("unknown", LATER) is None


def test_a_failed_attempt_waits_twice_as_long_each_time(tmp_path: Path, far: Path) -> None:
    outbox = an_outbox(tmp_path, persistence=replace(ONCE, chance=lambda: 0.5))
    queued(outbox, tmp_path, "x7Qk")
    road = Interrupted(far, before=raising("transport.write_failed"))
    now, pauses = NOW, []
    for attempt in range(1, 13):
        events = outbox.deliver(lambda _who: road, now)
        assert [event.state for event in events] == ["sending", "queued"]
        (standing,) = outbox.status()
        assert (standing.attempts, standing.code) == (attempt, "transport.write_failed")
        assert outbox.deliver(lambda _who: road, standing.due - timedelta(microseconds=1)) == (), "not before it is due"
        pauses.append((standing.due - now).total_seconds())
        now = standing.due
    assert pauses[:4] == [45, 90, 180, 360]
    assert pauses[-1] == 6 * 3600 * 0.75, "and never longer than this"


def test_a_person_does_not_wait_for_the_pause(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    queued(outbox, tmp_path, "x7Qk")
    outbox.deliver(lambda _who: Interrupted(far, before=raising("transport.stalled")), NOW)
    assert outbox.deliver(lambda _who: FolderRoad(far), NOW) == ()
    assert [event.state for event in outbox.deliver(lambda _who: FolderRoad(far), NOW, at_once=True)][-1] == "delivered"


@given(attempts=st.integers(1, 10_000), chance=st.floats(0, 1, exclude_max=True))
def test_a_pause_lies_between_half_and_all_of_its_length(attempts: int, chance: float) -> None:
    patience = Patience()
    whole = patience.pause(attempts, 1)
    assert whole / 2 <= patience.pause(attempts, chance) <= whole <= patience.longest
    assert patience.pause(attempts + 1, 1) >= whole


def test_a_dead_server_holds_up_only_its_own_parcels(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    for name in ("a1", "a2"):
        queued(outbox, tmp_path, name, "dead")
    queued(outbox, tmp_path, "b1", "alive")
    asked: list[str] = []

    def road_for(who: str) -> Road:
        asked.append(who)
        return FolderRoad(far if who == "alive" else tmp_path / "nothing")

    outbox.deliver(road_for, NOW)
    assert asked == ["alive", "dead"], "one connection each"
    assert [(each.parcel.name, each.state, each.code) for each in outbox.status()] == [
        ("a1", "queued", "transport.no_directory"),
        ("a2", "queued", "transport.no_directory"),
        ("b1", "delivered", ""),
    ]


def test_a_missing_card_puts_parcels_back_with_its_reason(outbox: Outbox, tmp_path: Path) -> None:
    queued(outbox, tmp_path, "x7Qk")

    def road_for(_who: str) -> Road:
        raise KeyringError(Problem("keyring.no_card", "no card"))

    (event,) = outbox.deliver(road_for, NOW)
    assert (event.state, event.code) == ("queued", "keyring.no_card")


def test_a_link_that_dies_in_the_middle_puts_back_the_rest(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    for name in ("a1", "a2", "a3"):
        queued(outbox, tmp_path, name)
    turns = iter(range(9))

    def fail_at_second() -> None:
        if next(turns) == 1:
            raising("transport.connection_lost")()

    outbox.deliver(lambda _who: Interrupted(far, before=fail_at_second), NOW)
    assert states(outbox) == ["delivered", "queued", "queued"]
    assert next(turns) == 2, "the third was not tried on a dead link"
    outbox.deliver(lambda _who: FolderRoad(far), LATER)
    assert states(outbox) == ["delivered"] * 3


def test_one_parcel_that_fails_does_not_hold_up_the_next(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    for name in ("a1", "a2"):
        queued(outbox, tmp_path, name)
    a_file(far, 10_000, "a1")
    events = outbox.deliver(lambda _who: FolderRoad(far), NOW)
    assert [(event.parcel.name, event.state) for event in events] == [
        ("a1", "sending"),
        ("a1", "failed"),
        ("a2", "sending"),
        ("a2", "delivered"),
    ]
    assert outbox.deliver(lambda _who: FolderRoad(far), LATER, at_once=True) == (), "only a person can help"
    (far / "a1").unlink()
    outbox.retry("id-a1", LATER)
    assert [event.state for event in outbox.deliver(lambda _who: FolderRoad(far), LATER)] == ["sending", "delivered"]


@pytest.mark.parametrize("damage", [lambda file: file.write_bytes(b"other"), lambda file: file.unlink()])
def test_what_the_disk_changed_never_leaves(
    outbox: Outbox, far: Path, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    queued(outbox, tmp_path, "x7Qk")
    damage(tmp_path / "outbox" / "files" / "x7Qk")
    (event,) = outbox.deliver(lambda _who: FolderRoad(far), NOW)
    assert (event.state, event.code) == ("failed", "transport.altered")
    assert list(far.iterdir()) == []


def test_parcels_of_one_recipient_go_in_the_order_in_which_they_were_queued(
    outbox: Outbox, far: Path, tmp_path: Path
) -> None:
    """A correction comes after what it corrects, a withdrawal after what it withdraws."""
    for seconds, name in ((0, "z"), (1, "m"), (1, "a")):
        queued(outbox, tmp_path, name, queued_at=NOW + timedelta(seconds=seconds))
    events = outbox.deliver(lambda _who: FolderRoad(far), NOW, at_once=True)
    assert [event.parcel.name for event in events if event.state == "delivered"] == ["z", "m", "a"]


# --- queueing ---


def test_queueing_again_changes_nothing(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    file = a_file(tmp_path)
    parcel = Queued(
        "id", "x7Qk", "gt-ntt", "bundle", None, 100_000, digest(file), NOW, awaits_approval=False, awaits_receipt=True
    )
    outbox.queue(file, parcel)
    outbox.deliver(lambda _who: FolderRoad(far), NOW)
    outbox.queue(file, parcel)
    assert states(outbox) == ["delivered"]


def test_what_does_not_match_its_parcel_is_not_queued(outbox: Outbox, tmp_path: Path) -> None:
    file = a_file(tmp_path)
    good = Queued(
        "id", "x7Qk", "gt-ntt", "bundle", None, 100_000, digest(file), NOW, awaits_approval=False, awaits_receipt=True
    )
    for bad in (replace(good, size=1), replace(good, sha256="0" * 64)):
        with pytest.raises(TransportError) as refused:
            outbox.queue(file, bad)
        assert refused.value.codes == ("transport.altered",)
    with pytest.raises(TransportError) as refused:
        outbox.queue(file, replace(good, name="../x"))
    assert refused.value.codes == ("transport.bad_name",)
    assert outbox.status() == ()


def test_another_parcel_under_the_same_id_name_or_digest_is_refused_and_harms_nothing(
    outbox: Outbox, far: Path, tmp_path: Path
) -> None:
    file, other = a_file(tmp_path), a_file(tmp_path, 5, "other")
    good = Queued(
        "id", "x7Qk", "gt-ntt", "bundle", None, 100_000, digest(file), NOW, awaits_approval=False, awaits_receipt=True
    )
    outbox.queue(file, good)
    another = Queued(
        "id2", "y", "gt-ntt", "bundle", None, 5, digest(other), NOW, awaits_approval=False, awaits_receipt=True
    )
    for bad in (replace(another, id="id"), replace(another, name="x7Qk")):
        with pytest.raises(TransportError) as refused:
            outbox.queue(other, bad)
        assert refused.value.codes == ("transport.name_taken",)
    with pytest.raises(TransportError):
        outbox.queue(file, replace(good, id="id3", name="z"))
    outbox.deliver(lambda _who: FolderRoad(far), NOW)
    assert digest(far / "x7Qk") == good.sha256


def test_the_queue_is_private(outbox: Outbox, tmp_path: Path) -> None:
    queued(outbox, tmp_path, "x7Qk")
    for place in [tmp_path / "outbox", *(tmp_path / "outbox").rglob("*")]:
        assert stat.S_IMODE(place.stat().st_mode) & 0o077 == 0, place.name


def test_a_damaged_book_is_said(outbox: Outbox, tmp_path: Path) -> None:
    queued(outbox, tmp_path, "x7Qk")
    (tmp_path / "outbox" / "outbox.sqlite").write_bytes(b"no database at all" * 1000)
    with pytest.raises(TransportError) as refused:
        outbox.status()
    assert refused.value.codes == ("transport.queue_damaged",)


def test_a_book_that_is_held_for_too_long_is_said(
    outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued(outbox, tmp_path, "x7Qk")
    real = ledger._open
    monkeypatch.setattr(ledger, "_open", lambda file, wait=0.0: real(file, 0.0))
    with ledger.Book(tmp_path / "outbox" / "outbox.sqlite", "").transaction(), pytest.raises(TransportError) as refused:
        outbox.status()
    assert refused.value.codes == ("transport.queue_busy",)


# --- kills, and two at once ---


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_around_the_upload_loses_nothing_and_sends_nothing_twice(
    outbox: Outbox, far: Path, tmp_path: Path, when: str
) -> None:
    parcel = queued(outbox, tmp_path, "x7Qk")
    road = Interrupted(far, before=die) if when == "before" else Interrupted(far, after=die)
    killed = in_another_process(lambda: outbox.deliver(lambda _who: road, NOW))
    killed.join(60)
    assert killed.exitcode == 9
    assert states(outbox) == ["sending"]
    events = outbox.deliver(lambda _who: FolderRoad(far), NOW)
    assert [event.state for event in events] == ["sending", "delivered"]
    assert [file.name for file in far.iterdir()] == ["x7Qk"]
    assert digest(far / "x7Qk") == parcel.sha256


@settings(max_examples=12, deadline=None)
@given(milliseconds=st.integers(0, 60))
def test_a_kill_at_any_moment_loses_nothing(tmp_path_factory: pytest.TempPathFactory, milliseconds: int) -> None:
    folder = tmp_path_factory.mktemp("kill")
    far = folder / "far"
    far.mkdir()
    outbox = an_outbox(folder)
    parcels = [queued(outbox, folder, f"n{number}") for number in range(6)]
    victim = in_another_process(lambda: outbox.deliver(lambda _who: FolderRoad(far), NOW))
    threading.Event().wait(milliseconds / 1000)
    victim.kill()
    victim.join(60)
    outbox.deliver(lambda _who: FolderRoad(far), NOW)
    assert states(outbox) == ["delivered"] * 6
    assert {file.name: digest(file) for file in far.iterdir()} == {each.name: each.sha256 for each in parcels}


@settings(max_examples=10, deadline=None)
@given(milliseconds=st.integers(0, 30))
def test_a_kill_while_queueing_leaves_all_of_it_or_nothing(
    tmp_path_factory: pytest.TempPathFactory, milliseconds: int
) -> None:
    folder = tmp_path_factory.mktemp("kill")
    outbox = an_outbox(folder)
    file = a_file(folder, 4 << 20)
    parcel = Queued(
        "id", "x7Qk", "gt-ntt", "bundle", None, 4 << 20, digest(file), NOW, awaits_approval=False, awaits_receipt=True
    )
    victim = in_another_process(lambda: outbox.queue(file, parcel))
    threading.Event().wait(milliseconds / 1000)
    victim.kill()
    victim.join(60)
    for standing in outbox.status():
        assert digest(folder / "outbox" / "files" / standing.parcel.name) == parcel.sha256
    outbox.queue(file, parcel)
    assert states(outbox) == ["queued"]


def test_what_a_kill_left_lying_is_swept(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    queued(outbox, tmp_path, "x7Qk")
    for name in (".y.part", "never-got-its-line"):
        a_file(tmp_path / "outbox" / "files", 7, name)
    outbox.deliver(lambda _who: FolderRoad(far), NOW)
    assert files(tmp_path) == ["x7Qk"]


def test_two_processes_that_deliver_at_once_send_each_parcel_once(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    parcels = [queued(outbox, tmp_path, f"n{number:02}") for number in range(12)]

    def deliver() -> None:
        with contextlib.suppress(TransportError):  # another is at it
            outbox.deliver(lambda _who: FolderRoad(far), NOW)

    for process in [in_another_process(deliver) for _process in range(4)]:
        process.join(60)
        assert process.exitcode == 0
    outbox.deliver(lambda _who: FolderRoad(far), NOW)
    assert states(outbox) == ["delivered"] * 12
    for parcel in parcels:
        assert [event.state for event in outbox.history(parcel.id)] == ["queued", "sending", "delivered"]


def test_a_second_process_does_nothing_meanwhile_and_says_so(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    queued(outbox, tmp_path, "x7Qk")
    said: list[tuple[str, ...]] = []

    def deliver() -> None:
        with pytest.raises(TransportError) as busy:
            outbox.deliver(lambda _who: FolderRoad(far), NOW)
        said.append(busy.value.codes)

    outbox.deliver(lambda _who: Interrupted(far, before=deliver), NOW)
    assert said == [("transport.others_deliver",)]
    assert states(outbox) == ["delivered"]


def test_queueing_and_looking_go_on_while_another_delivers(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    queued(outbox, tmp_path, "first")
    busy = Interrupted(far, before=lambda: queued(outbox, tmp_path, "second"))
    outbox.deliver(lambda _who: busy, NOW)
    assert states(outbox) == ["delivered", "queued"]


@contextmanager
def closed(folder: Path) -> Iterator[None]:
    folder.rename(folder.with_name("away"))
    yield
    folder.with_name("away").rename(folder)


def test_a_drive_that_comes_back_is_tried_again(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    queued(outbox, tmp_path, "x7Qk")
    with closed(far):
        outbox.deliver(lambda _who: FolderRoad(far), NOW)
        assert states(outbox) == ["queued"]
    outbox.deliver(lambda _who: FolderRoad(far), LATER)
    assert states(outbox) == ["delivered"]


# --- approvals ---


def test_what_awaits_an_approval_is_not_sent_before_it_is_released(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    parcel = queued(outbox, tmp_path, "x7Qk", awaits_approval=True)
    assert outbox.deliver(lambda _who: FolderRoad(far), NOW, at_once=True) == ()
    assert outbox.retry(parcel.id, NOW) is None
    event = outbox.release(parcel.sha256, NOW)
    assert event is not None
    assert outbox.release(parcel.sha256, NOW) is None, "once"
    outbox.deliver(lambda _who: FolderRoad(far), NOW)
    assert [each.state for each in outbox.history(parcel.id)] == ["packed", "queued", "sending", "delivered"]
    assert outbox.reject(parcel.sha256, NOW) is None, "it has left"


def test_what_is_rejected_never_leaves(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    parcel = queued(outbox, tmp_path, "x7Qk", awaits_approval=True)
    assert outbox.reject(parcel.sha256, NOW) is not None
    assert outbox.release(parcel.sha256, NOW) is None
    assert outbox.acknowledge(parcel.sha256, NOW) is None
    assert outbox.deliver(lambda _who: FolderRoad(far), NOW, at_once=True) == ()
    assert (states(outbox), files(tmp_path), [*far.iterdir()]) == (["rejected"], [], [])


def test_an_objection_at_the_last_moment_puts_it_back(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    parcel = queued(outbox, tmp_path, "x7Qk", awaits_approval=True)
    outbox.release(parcel.sha256, NOW)
    objection = Problem("approval.missing", "one of two")
    (event,) = outbox.deliver(lambda _who: FolderRoad(far), NOW, objection=lambda _standing: objection)
    assert (event.state, event.code) == ("packed", "approval.missing")
    assert [*far.iterdir()] == []
    assert outbox.deliver(lambda _who: FolderRoad(far), NOW, at_once=True) == ()
    outbox.release(parcel.sha256, NOW)
    outbox.deliver(lambda _who: FolderRoad(far), NOW)
    assert states(outbox) == ["delivered"]


def test_what_may_have_left_cannot_be_rejected(outbox: Outbox, far: Path, tmp_path: Path) -> None:
    parcel = queued(outbox, tmp_path, "x7Qk", awaits_approval=True)
    outbox.release(parcel.sha256, NOW)
    outbox.deliver(lambda _who: Interrupted(far, before=raising("transport.unreachable")), NOW)
    outbox.deliver(lambda _who: FolderRoad(far), NOW, at_once=True, objection=lambda _standing: Problem("a.b", "no"))
    assert states(outbox) == ["packed"]
    assert outbox.reject(parcel.sha256, NOW) is None
