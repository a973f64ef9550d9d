"""The journal helps, and never stands in the way."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from transport.contract import a_file
from transport.queues import NOW, Interrupted, in_another_process, queued, raising

from exchange.errors import Problem, TransportError
from exchange.transport.folder import FolderRoad
from exchange.transport.inbox import Inbox
from exchange.transport.journal import Journal, Line, Meter
from exchange.transport.outbox import Outbox
from exchange.transport.persistence import Persistence
from exchange.transport.road import nobody_watches

WITA = timezone(timedelta(hours=8))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.jsonl", clock=lambda: datetime(2026, 11, 3, 17, tzinfo=WITA))


def written(tmp_path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text("ascii").splitlines()]


def test_each_event_of_a_parcel_is_a_line(journal: Journal, tmp_path: Path) -> None:
    outbox, far = Outbox(tmp_path / "outbox", journal=journal), tmp_path / "far"
    far.mkdir()
    parcel = queued(outbox, tmp_path, "0123456789abcdef0123456789abcdef.age")
    outbox.deliver(lambda _who: FolderRoad(far), NOW)
    outbox.acknowledge(parcel.sha256, NOW)
    lines = written(tmp_path)
    assert [each["state"] for each in lines] == ["queued", "sending", "delivered", "acknowledged"]
    assert {each["file"] for each in lines} == {parcel.name}
    delivered = lines[2]
    assert (delivered["direction"], delivered["counterpart"], delivered["attempt"]) == ("out", "gt-ntt", 1)
    assert delivered["time"] == "2026-11-03T17:00:00+08:00"
    assert isinstance(delivered["rate"], int)
    assert isinstance(delivered["seconds"], float)
    assert journal.last(2)[-1].state == "acknowledged"


def test_a_link_that_breaks_is_a_line_with_its_reason(journal: Journal, tmp_path: Path) -> None:
    patient = Persistence(tries=2, sleep=lambda _seconds: None, chance=lambda: 0.0)
    outbox = Outbox(tmp_path / "outbox", journal=journal, persistence=patient)
    far = tmp_path / "far"
    far.mkdir()
    queued(outbox, tmp_path, "0" * 32 + ".age")
    told: list[tuple[float, int, str]] = []

    def pausing(seconds: float, attempt: int, problem: Problem) -> None:
        told.append((seconds, attempt, problem.code))

    broken = Interrupted(far, before=raising("transport.connection_lost"))
    outbox.deliver(lambda _who: broken, NOW, pausing=pausing)
    pause = next(each for each in written(tmp_path) if each["state"] == "paused")
    assert (pause["code"], pause["attempt"], pause["counterpart"]) == ("transport.connection_lost", 2, "gt-ntt")
    assert told == [(1.0, 2, "transport.connection_lost")]
    assert written(tmp_path)[-1]["code"] == "transport.connection_lost"


def test_what_comes_is_a_line_and_a_strangers_name_for_it_is_not_repeated(journal: Journal, tmp_path: Path) -> None:
    far = tmp_path / "far"
    far.mkdir()
    inbox = Inbox(tmp_path / "inbox", journal=journal, whose=lambda place: "yks" if place.endswith("/far") else "")
    a_file(far, 10_000, "Maria-Santos.xlsx")
    with FolderRoad(far, settle=0) as road:
        (came,) = inbox.receive(road, NOW)
    inbox.quarantined(came.sha256, "seal.damaged", NOW)
    inbox.quarantined(came.sha256, "seal.damaged", NOW)
    lines = written(tmp_path)
    assert [(each["state"], each["counterpart"], each.get("code")) for each in lines] == [
        ("new", "yks", None),
        ("quarantined", "yks", "seal.damaged"),
    ]
    assert {each["sha256"] for each in lines} == {came.sha256[:12]}
    text = (tmp_path / "journal.jsonl").read_text()
    assert "Maria" not in text
    assert str(tmp_path) not in text


def test_what_cannot_be_fetched_is_a_line(journal: Journal, tmp_path: Path) -> None:
    far = tmp_path / "far"
    far.mkdir()
    a_file(far, 10, "x7Qk")
    inbox = Inbox(tmp_path / "inbox", journal=journal)
    with pytest.raises(TransportError), Interrupted(far, before=raising("transport.still_growing")) as road:
        inbox.receive(road, NOW)
    (line,) = written(tmp_path)
    assert (line["state"], line["code"], line["bytes"]) == ("not_fetched", "transport.still_growing", 10)


def test_it_is_private_and_put_aside_when_it_is_long(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl", largest=1000, kept=2)
    for number in range(100):
        journal.note(Line(direction="out", state="queued", attempt=number + 1))
    files = sorted(tmp_path.glob("journal.jsonl*"))
    assert [file.name for file in files] == ["journal.jsonl", "journal.jsonl.1", "journal.jsonl.2"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert all(file.stat().st_size < 1200 for file in files)
    assert [each.attempt for each in journal.last(5)] == [96, 97, 98, 99, 100]
    assert [each.attempt for each in journal.last(1000)][-1] == 100


def test_processes_that_write_at_once_lose_and_mix_nothing(tmp_path: Path) -> None:
    def write(name: str) -> None:
        journal = Journal(tmp_path / "journal.jsonl", largest=20_000, kept=50)
        for number in range(300):
            journal.note(Line(direction="in", state="new", counterpart=name, attempt=number + 1))

    for process in [in_another_process(lambda name=name: write(name)) for name in ("a", "b", "c")]:
        process.join()
        assert process.exitcode == 0
    lines = Journal(tmp_path / "journal.jsonl", kept=50).last(10_000)
    found = {name: [each.attempt for each in lines if each.counterpart == name] for name in ("a", "b", "c")}
    assert found == {name: list(range(1, 301)) for name in ("a", "b", "c")}


def test_half_a_line_spoils_no_other(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.note(Line(direction="out", state="queued"))
    with (tmp_path / "journal.jsonl").open("ab") as file:
        file.write(b'{"time": "2026-1')
    journal.note(Line(direction="out", state="sending"))
    assert [each.state for each in journal.last(9)] == ["queued", "sending"]


def test_where_it_cannot_be_written_everything_goes_all_the_same(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox", journal=Journal(tmp_path / "no" / "folder" / "journal.jsonl"))
    far = tmp_path / "far"
    far.mkdir()
    queued(outbox, tmp_path, "x7Qk")
    assert [each.state for each in outbox.deliver(lambda _who: FolderRoad(far), NOW)] == ["sending", "delivered"]
    (tmp_path / "journal.jsonl").mkdir()
    Journal(tmp_path / "journal.jsonl").note(Line(direction="out", state="queued"))
    assert Journal(tmp_path / "journal.jsonl").last(3) == ()


def test_a_meter_counts_what_moved_in_this_attempt_alone() -> None:
    now = [0.0]
    meter = Meter(nobody_watches, clock=lambda: now[0])
    meter.begin("x")
    meter("x", 600, 1000)
    now[0] = 2.0
    meter("x", 1000, 1000)
    assert meter.end("x") == (2.0, 200)
    assert meter.end("x") == (None, None)
    meter.begin("x")
    meter("x", 1000, 1000)  # a road that says nothing until a file is whole
    now[0] = 4.0
    assert meter.end("x") == (2.0, 500)
    meter.begin("x")
    meter("x", 1000, 1000)
    assert meter.end("x", moved=False)[1] is None


def test_times_have_their_zone(tmp_path: Path) -> None:
    Journal(tmp_path / "journal.jsonl").note(Line(direction="out", state="queued"))
    (line,) = written(tmp_path)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", str(line["time"]))
    assert abs(datetime.fromisoformat(str(line["time"])) - datetime.now(UTC)) < timedelta(minutes=5)
