"""Sticks that are full, write-protected, pulled out; drives whose server is away: nothing lost, twice or half, and a
person is told what to do."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from transport.contract import a_file, hidden
from transport.queues import LATER, NOW, an_outbox, queued

from exchange.errors import TransportError
from exchange.transport import landing
from exchange.transport.folder import FolderRoad
from exchange.transport.inbox import Inbox
from exchange.transport.road import put_one

GONE = [errno.EIO, errno.ENODEV, errno.ESTALE]


def outcome(outbox: Any, stick: Path, now: Any = NOW) -> list[tuple[str, str]]:
    events = outbox.deliver(lambda _party: FolderRoad(stick, settle=0), now)
    return [(each.state, each.code) for each in events if each.state != "sending"]


# --- real limits ---


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 300 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "none", folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nobody may mount here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_what_does_not_fit_waits_and_the_rest_goes(small: Path, tmp_path: Path) -> None:
    outbox = an_outbox(tmp_path)
    queued(outbox, tmp_path, "a0")
    (small / "films").write_bytes(b"x" * (296 << 10))
    assert outcome(outbox, small) == [("queued", "transport.no_space")]
    assert (hidden(small), [each.name for each in small.iterdir()]) == ([], ["films"])
    (small / "films").unlink()
    assert outcome(outbox, small, LATER) == [("delivered", "")]


def test_a_write_protected_stick_is_said_and_read_all_the_same(small: Path, tmp_path: Path) -> None:
    outbox, inbox = an_outbox(tmp_path), Inbox(tmp_path / "inbox")
    queued(outbox, tmp_path, "a0")
    brought = a_file(small, 1000, "b1")
    subprocess.run(["mount", "-o", "remount,ro", small], check=True)
    assert outcome(outbox, small) == [("queued", "transport.permission")]
    with FolderRoad(small, settle=0) as road:
        (arrived,) = inbox.receive(road, NOW)
        assert arrived.path is not None
        assert arrived.path.read_bytes() == brought.read_bytes()
        inbox.done(arrived.sha256, NOW)
        with pytest.raises(TransportError) as refused:
            inbox.clear(road)
        assert refused.value.codes == ("transport.permission",)
        assert inbox.receive(road, LATER) == ()
    subprocess.run(["mount", "-o", "remount,rw", small], check=True)
    assert outcome(outbox, small, LATER) == [("delivered", "")]


# --- imitated ---


def failing(number: int) -> Callable[..., Any]:
    def fail(*_arguments: object, **_options: object) -> None:
        raise OSError(number, "as a stick that is gone")

    return fail


def _fail_at(stick: Path, real: Callable[..., Any], number: int, at: Any, *rest: Any, **more: Any) -> Any:
    """Only what concerns the stick fails."""
    place = Path(f"/proc/self/fd/{at}").readlink() if isinstance(at, int) else Path(at)
    if stick in place.parents:
        raise OSError(number, "as a stick that is gone")
    return real(at, *rest, **more)


@pytest.mark.parametrize("number", GONE)
@pytest.mark.parametrize("step", ["fsync", "open", "rename"])
def test_a_stick_that_is_pulled_out_is_put_in_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    stick, outbox = tmp_path / "stick", an_outbox(tmp_path)
    stick.mkdir()
    queued(outbox, tmp_path, "a0")
    with monkeypatch.context() as faults:
        real = getattr(os, step)
        faults.setattr(os, "link", failing(errno.EPERM))  # as on FAT, where a name is given by renaming
        faults.setattr(os, step, lambda at, *rest, **more: _fail_at(stick, real, number, at, *rest, **more))
        assert outcome(outbox, stick) == [("queued", "transport.drive_gone")]
    assert "a0" not in [each.name for each in stick.iterdir()]
    assert outcome(outbox, stick, LATER) == [("delivered", "")]
    assert [each.name for each in stick.iterdir()] == ["a0"]


@pytest.mark.parametrize("number", GONE)
def test_pulled_out_when_the_name_stood_there_already_it_goes_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    stick, outbox = tmp_path / "stick", an_outbox(tmp_path)
    stick.mkdir()
    queued(outbox, tmp_path, "a0")
    with monkeypatch.context() as faults:
        faults.setattr("exchange.transport.landing.sync_folder", failing(number))
        assert outcome(outbox, stick) == [("queued", "transport.drive_gone")]
    (standing,) = outbox.status()
    assert standing.maybe_there
    assert outcome(outbox, stick, LATER) == [("delivered", "")]
    assert [each.name for each in stick.iterdir()] == ["a0"]


def test_what_a_stick_keeps_otherwise_than_it_was_written_never_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads there takes what stands under a final name, and a kill would leave it there."""
    stick = tmp_path / "stick"
    stick.mkdir()
    file = a_file(tmp_path)

    def spoil(part: BinaryIO) -> None:
        landing.durable(part)
        os.truncate(part.fileno(), part.tell() - 1)

    monkeypatch.setattr("exchange.transport.folder.durable", spoil)
    monkeypatch.setattr(landing, "_rename_to_new", lambda *_names: pytest.fail("it got its name"))
    with FolderRoad(stick, settle=0) as road, pytest.raises(TransportError) as refused:
        put_one(road, file, "a0")
    assert refused.value.codes == ("transport.write_failed",)
    assert list(stick.iterdir()) == []


class SharingViolationError(PermissionError):
    """As Windows raises it: errno is that of a permission."""

    winerror = 32


def test_a_file_that_another_program_holds_open_is_no_question_of_permission() -> None:
    problem = landing.disk_problem(SharingViolationError(errno.EACCES, "sharing violation"), "x7Qk")
    assert problem.code == "transport.in_use"
    assert landing.disk_problem(PermissionError(errno.EACCES, "no"), "x7Qk").code == "transport.permission"


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EBADF])
def test_a_drive_that_makes_no_folder_durable_takes_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    sync = os.fsync

    def only_files(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, "not for folders")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", only_files)
    with FolderRoad(tmp_path, settle=0) as road:
        assert not put_one(road, a_file(tmp_path), "a0").already_there
