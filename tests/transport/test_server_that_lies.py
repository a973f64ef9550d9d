"""A server that fails or lies at the worst moment: it is noticed every time, and no half file gets a final name."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import resource
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from transport.contract import a_file, hidden, remote_part
from transport.servers import KeyPair, Truthful, asyncssh_server, road_to

from exchange.errors import TransportError
from exchange.transport.road import get_one, put_one
from exchange.transport.sftp import conversation
from exchange.transport.sftp.pace import Pace
from exchange.transport.sftp.road import SftpRoad

Serve = Callable[[type[Truthful]], SftpRoad]


@pytest.fixture
def far(tmp_path: Path) -> Path:
    folder = tmp_path / "far" / "box"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def serve(far: Path, keys: KeyPair) -> Iterator[Callable[..., SftpRoad]]:
    """A road to a server of the given class."""
    with contextlib.ExitStack() as servers:

        def start(liar: type[Truthful], **options: Any) -> SftpRoad:
            liar.root = far.parent
            return road_to(servers.enter_context(asyncssh_server(liar)), keys, **options)

        yield start


def refusal(road: SftpRoad, file: Path) -> str:
    with road, pytest.raises(TransportError) as refused:
        put_one(road, file, "x7Qk")
    (problem,) = refused.value.problems
    assert problem.hint
    return problem.code


def outcome(road: SftpRoad, file: Path) -> tuple[str, ...]:
    """The codes of the refusal; none if the road says that all went well."""
    try:
        with road:
            put_one(road, file, "x7Qk")
    except TransportError as refused:
        return refused.codes
    return ()


def failing_write(index: int, error: Exception) -> tuple[type[Truthful], list[int]]:
    """A server whose WRITE number `index` fails, and the list of those that it was asked for."""
    asked: list[int] = []

    class Failing(Truthful):
        async def write(self, file_obj: object, offset: int, data: bytes) -> int:
            asked.append(offset)
            if len(asked) - 1 == index:
                raise error
            return super().write(file_obj, offset, data)  # type: ignore[return-value]  # asyncssh takes either

    return Failing, asked


def test_every_single_write_that_fails_is_noticed_in_a_small_file(serve: Serve, far: Path, tmp_path: Path) -> None:
    """paramiko's put() and Debian 12's sftp report success for some of these."""
    file = a_file(tmp_path, 256 * 1024)
    for index in itertools.count():
        liar, asked = failing_write(index, asyncssh.SFTPFailure("no"))
        codes = outcome(serve(liar), file)
        if not codes:
            break
        assert codes == ("transport.write_failed",)
        assert list(far.iterdir()) == []
    assert len(asked) == index > 3, "it ended well only when no write was left to fail"


def test_each_of_256_writes_that_fails_is_noticed(
    serve: Serve, far: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "Pace", partial(Pace, block=1024))
    file = a_file(tmp_path, 256 * 1024)
    turn = -1
    asked = 0

    class Failing(Truthful):
        async def write(self, file_obj: object, offset: int, data: bytes) -> int:
            nonlocal asked
            asked += 1
            if offset == turn * 1024:
                raise asyncssh.SFTPFailure("no")
            return super().write(file_obj, offset, data)  # type: ignore[return-value]  # asyncssh takes either

    with serve(Failing) as road:
        for turn in range(256):  # noqa: B007 - the server reads it
            with pytest.raises(TransportError) as refused:
                put_one(road, file, "x7Qk")
            assert refused.value.codes == ("transport.write_failed",)
            assert list(far.iterdir()) == []
        turn = -1
        put_one(road, file, "x7Qk")
    assert asked >= 256
    assert (far / "x7Qk").read_bytes() == file.read_bytes()


def counting_handles(*, write: Exception | None = None, read: Exception | None = None) -> type[Truthful]:
    """A server that knows how many files it holds open, and fails to write or to read."""

    class Counting(Truthful):
        held = 0

        def open(self, *arguments: Any) -> object:
            opened = super().open(*arguments)
            type(self).held += 1
            return opened

        def close(self, file_obj: object) -> None:
            type(self).held -= 1
            super().close(file_obj)

        def write(self, file_obj: object, offset: int, data: bytes) -> int:
            if write is not None:
                raise write
            return super().write(file_obj, offset, data)  # type: ignore[return-value]  # asyncssh takes either

        def read(self, file_obj: object, offset: int, size: int) -> bytes:
            if read is not None:
                raise read
            return super().read(file_obj, offset, size)  # type: ignore[return-value]  # asyncssh takes either

    return Counting


@pytest.mark.parametrize(
    ("fails", "verb"),
    [
        ({"write": OSError(errno.ENOSPC, "disk full")}, "put"),
        ({"read": asyncssh.SFTPFailure("no")}, "put over a part"),
        ({"read": asyncssh.SFTPFailure("no")}, "get"),
        ({}, "get too much"),
    ],
)
def test_what_fails_is_not_held_open_at_the_server(
    serve: Serve, far: Path, tmp_path: Path, fails: dict[str, Exception], verb: str
) -> None:
    """An open file keeps its room on a full disk though its name is gone; and servers bound how many may be open."""
    file, counting = a_file(tmp_path), counting_handles(**fails)
    if verb == "put over a part":
        (far / remote_part("x7Qk", file)).write_bytes(file.read_bytes()[:50_000])
    if verb.startswith("get"):
        a_file(far, 100_000, "x7Qk")
    with serve(counting) as road:
        for _time in range(3):
            with contextlib.suppress(TransportError):
                if verb.startswith("put"):
                    put_one(road, file, "x7Qk")
                else:
                    get_one(road, "x7Qk", tmp_path / "back", 10 if verb == "get too much" else None)
        road.list()
        assert counting.held == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("index", [0, 7, -1])
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (asyncssh.SFTPPermissionDenied("no"), "transport.permission"),
        (asyncssh.SFTPFailure("disk full"), "transport.write_failed"),
        (OSError(errno.ENOSPC, "disk full"), "transport.write_failed"),
        (asyncssh.SFTPNoSuchFile("gone"), "transport.no_such_file"),
        (asyncssh.SFTPOpUnsupported("no"), "transport.unsupported"),
        (asyncssh.SFTPEOFError(), "transport.garbled"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_first_middle_and_last_write_that_fails_in_a_large_file(
    serve: Serve, far: Path, tmp_path: Path, index: int, error: Exception, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "Pace", partial(Pace, room=128 * 1024))
    file = a_file(tmp_path, 3 * 1024 * 1024)
    liar, _asked = failing_write(index if index >= 0 else 23, error)
    assert refusal(serve(liar), file) == code
    assert not (far / "x7Qk").exists()
    if code != "transport.garbled":
        assert hidden(far) == []


def test_a_full_disk_is_called_a_full_disk(serve: Serve, far: Path, tmp_path: Path) -> None:
    """SFTP has no word for it: the server says 'failure', and tells its free space when asked."""

    class Full(Truthful):
        async def write(self, file_obj: object, offset: int, data: bytes) -> int:
            raise OSError(errno.ENOSPC, "no space")

        def statvfs(self, path: bytes) -> asyncssh.SFTPVFSAttrs:
            return asyncssh.SFTPVFSAttrs(bsize=4096, frsize=4096, blocks=1000, bfree=3, bavail=3)

    assert refusal(serve(Full), a_file(tmp_path)) == "transport.no_space"
    assert list(far.iterdir()) == []


def test_a_short_write_is_noticed_by_the_size(serve: Serve, far: Path, tmp_path: Path) -> None:
    class Short(Truthful):
        async def write(self, file_obj: object, offset: int, data: bytes) -> int:
            return super().write(file_obj, offset, data[: len(data) - 1] if offset else data)  # type: ignore[return-value]  # asyncssh takes either

    assert refusal(serve(Short), a_file(tmp_path)) == "transport.wrong_size"
    assert list(far.iterdir()) == []


def test_bytes_kept_wrongly_under_an_ok_are_noticed_when_read_back(
    serve: Callable[..., SftpRoad], far: Path, tmp_path: Path
) -> None:
    """Without `read_back` it takes the recipient's receipt; the outbox keeps the file until then."""

    class Careless(Truthful):
        async def write(self, file_obj: object, offset: int, data: bytes) -> int:
            return super().write(file_obj, offset, bytes(len(data)))  # type: ignore[return-value]  # asyncssh takes either

    assert refusal(serve(Careless, read_back=True), a_file(tmp_path)) == "transport.wrong_content"
    assert list(far.iterdir()) == []


def test_a_wrong_size_reported_is_refused(serve: Serve, far: Path, tmp_path: Path) -> None:
    class Miscounting(Truthful):
        def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
            return asyncssh.SFTPAttrs(size=99_999)

    assert refusal(serve(Miscounting), a_file(tmp_path)) == "transport.wrong_size"
    assert list(far.iterdir()) == []


def test_no_size_reported_is_refused(serve: Serve, far: Path, tmp_path: Path) -> None:
    class Silent(Truthful):
        def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
            return asyncssh.SFTPAttrs()

    assert refusal(serve(Silent), a_file(tmp_path)) == "transport.wrong_size"
    a_file(far, 7, "there")
    with serve(Silent) as road, pytest.raises(TransportError):
        get_one(road, "there", tmp_path / "back")
    assert list(tmp_path.glob("*back*")) == []


@pytest.mark.parametrize("verb", ["fsync", "close"])
def test_a_failure_on_fsync_or_close_is_noticed(serve: Serve, far: Path, tmp_path: Path, verb: str) -> None:
    """Where a disk is full, these are the last chance of a server to say so."""

    def fail(self: Truthful, file_obj: object) -> None:
        raise asyncssh.SFTPFailure("no")

    liar = type("Liar", (Truthful,), {verb: fail})
    assert refusal(serve(liar), a_file(tmp_path)) == "transport.write_failed"
    assert not (far / "x7Qk").exists()


@pytest.mark.parametrize(
    ("error", "code"),
    [(asyncssh.SFTPFailure("no"), "transport.failed"), (asyncssh.SFTPPermissionDenied("no"), "transport.permission")],
)
def test_a_refused_rename_is_said(serve: Serve, far: Path, tmp_path: Path, error: Exception, code: str) -> None:
    class Refusing(Truthful):
        def rename(self, oldpath: bytes, newpath: bytes) -> None:
            raise error

        def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
            raise error

    assert refusal(serve(Refusing), a_file(tmp_path)) == code
    assert not (far / "x7Qk").exists()


def test_a_server_without_hard_links_is_served_by_posix_rename(serve: Serve, far: Path, tmp_path: Path) -> None:
    class Simple(Truthful):
        def rename(self, oldpath: bytes, newpath: bytes) -> None:
            raise asyncssh.SFTPFailure("no hard links here")

    file = a_file(tmp_path)
    with serve(Simple) as road:
        assert not put_one(road, file, "x7Qk").already_there
    assert (far / "x7Qk").read_bytes() == file.read_bytes()


def test_a_rename_whose_answer_is_lost_is_recognised_next_time(serve: Serve, far: Path, tmp_path: Path) -> None:
    class Vanishing(Truthful):
        def rename(self, oldpath: bytes, newpath: bytes) -> None:
            super().rename(oldpath, newpath)
            self.channel.get_connection().abort()

    file = a_file(tmp_path)
    assert refusal(serve(Vanishing), file) == "transport.connection_lost"
    with serve(Truthful) as road:
        assert put_one(road, file, "x7Qk").already_there


def test_a_letter_box_that_may_not_be_read_recognises_a_file_by_its_size(
    serve: Serve, far: Path, tmp_path: Path
) -> None:
    class LetterBox(Truthful):
        def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
            if pflags & asyncssh.FXF_READ:
                raise asyncssh.SFTPPermissionDenied("no")
            return super().open(path, pflags, attrs)

    file = a_file(tmp_path)
    with serve(LetterBox) as road:
        assert not put_one(road, file, "x7Qk").already_there
        assert put_one(road, file, "x7Qk").already_there
        with pytest.raises(TransportError) as refused:
            put_one(road, a_file(tmp_path, 5, "other"), "x7Qk")
    assert refused.value.codes == ("transport.name_taken",)


def test_partial_files_that_cannot_be_removed_are_stepped_round(serve: Serve, far: Path, tmp_path: Path) -> None:
    class Sticky(Truthful):
        def remove(self, path: bytes) -> None:
            raise asyncssh.SFTPPermissionDenied("no")

    file = a_file(tmp_path)
    a_file(far, 5, remote_part("x7Qk", file))
    with serve(Sticky) as road:
        put_one(road, file, "x7Qk")
    assert (far / "x7Qk").read_bytes() == file.read_bytes()
    for turn in ("", ".2", ".3"):
        a_file(far, 5, remote_part("x8", file, turn))
    with serve(Sticky) as road, pytest.raises(TransportError) as refused:
        put_one(road, file, "x8")
    assert refused.value.codes == ("transport.in_the_way",)


def test_a_listing_that_climbs_out_is_cut_down(serve: Serve, far: Path) -> None:
    class Climbing(Truthful):
        async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
            for name in (b"../../x", b"/etc/passwd", b"..", b"a\x00b", b"\xff\xfe", b".ssh", b"a/b", b"good", b"C:\\x"):
                yield asyncssh.SFTPName(name, attrs=asyncssh.SFTPAttrs(permissions=0o100644, size=3, mtime=1, atime=1))

    with serve(Climbing) as road:
        assert [file.name for file in road.list()] == ["good"]


def test_a_listing_without_end_is_stopped(serve: Serve, far: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "MOST_LISTED", 1000)

    class Endless(Truthful):
        async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
            for number in itertools.count():
                yield asyncssh.SFTPName(b"n%d" % number, attrs=asyncssh.SFTPAttrs(permissions=0o100644, size=3))

    with serve(Endless) as road, pytest.raises(TransportError) as refused:
        road.list()
    assert refused.value.codes == ("transport.garbled",)


def test_short_reads_are_asked_again_for_the_rest(serve: Serve, far: Path, tmp_path: Path) -> None:
    class Short(Truthful):
        async def read(self, file_obj: object, offset: int, size: int) -> bytes:
            data: bytes = super().read(file_obj, offset, size)
            return data[: max(1, len(data) // 3)]

    file = a_file(far, 500_000, "there")
    with serve(Short) as road:
        get_one(road, "there", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == file.read_bytes()


def test_a_read_that_ends_early_is_noticed(serve: Serve, far: Path, tmp_path: Path) -> None:
    class Ending(Truthful):
        async def read(self, file_obj: object, offset: int, size: int) -> bytes:
            return b"" if offset >= 100_000 else super().read(file_obj, offset, size)

    a_file(far, 500_000, "there")
    with serve(Ending) as road, pytest.raises(TransportError) as refused:
        get_one(road, "there", tmp_path / "back")
    assert refused.value.codes == ("transport.short_read",)
    assert list(tmp_path.glob("*back*")) == []


def test_a_read_of_more_than_was_asked_for_is_refused(serve: Serve, far: Path, tmp_path: Path) -> None:
    class Generous(Truthful):
        async def read(self, file_obj: object, offset: int, size: int) -> bytes:
            return super().read(file_obj, offset, size) + b"more"

    a_file(far, 50_000, "there")
    with serve(Generous) as road, pytest.raises(TransportError) as refused:
        get_one(road, "there", tmp_path / "back")
    assert refused.value.codes == ("transport.garbled",)
    assert not (tmp_path / "back").exists()


def test_a_file_that_grows_while_it_is_read_is_left_for_later(serve: Serve, far: Path, tmp_path: Path) -> None:
    class Growing(Truthful):
        async def read(self, file_obj: object, offset: int, size: int) -> bytes:
            with (far / "there").open("ab") as file:
                file.write(b"more")
            return super().read(file_obj, offset, size)

    a_file(far, 50_000, "there")
    with serve(Growing) as road, pytest.raises(TransportError) as refused:
        get_one(road, "there", tmp_path / "back")
    assert refused.value.codes == ("transport.still_growing",)
    assert list(tmp_path.glob("*back*")) == []


def test_other_bytes_on_a_read_arrive_as_the_server_gives_them(serve: Serve, far: Path, tmp_path: Path) -> None:
    """A file is opaque here: that it is not what the sender sealed is for its seal to find out, never for luck."""

    class Forging(Truthful):
        async def read(self, file_obj: object, offset: int, size: int) -> bytes:
            return bytes(len(super().read(file_obj, offset, size)))

    a_file(far, 50_000, "there")
    with serve(Forging) as road:
        get_one(road, "there", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == bytes(50_000)


@contextmanager
def a_full_disk(room: int) -> Iterator[None]:
    """No file of this process grows beyond `room` bytes: the system says EFBIG where a full disk says ENOSPC."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_our_own_full_disk_leaves_no_half_file(serve: Serve, far: Path, tmp_path: Path) -> None:
    a_file(far, 50_000, "there")
    with serve(Truthful) as road, a_full_disk(20_000), pytest.raises(TransportError) as refused:
        get_one(road, "there", tmp_path / "back")
    assert refused.value.codes == ("transport.no_space",)
    assert not (tmp_path / "back").exists()


def test_a_rename_that_comes_late_gives_no_name_to_what_its_successor_writes(
    serve: Serve, far: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a letter box: the link fell silent over a RENAME, which still arrives while the next session writes."""
    monkeypatch.setattr(conversation, "Pace", partial(Pace, block=1024))
    file = a_file(tmp_path, 8 * 1024)
    written, halves = 0, []

    class LetterBox(Truthful):
        def read(self, file_obj: object, offset: int, size: int) -> bytes:
            raise asyncssh.SFTPPermissionDenied("no")

        def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
            if pflags & asyncssh.FXF_READ:
                raise asyncssh.SFTPPermissionDenied("no")
            return super().open(path, pflags, attrs)

        async def write(self, file_obj: object, offset: int, data: bytes) -> int:
            nonlocal written
            super().write(file_obj, offset, data)
            written += 1
            await asyncio.sleep(0.05)
            halves.extend(each for each in far.iterdir() if each.name == "x7Qk" and each.stat().st_size < 8 * 1024)
            return len(data)

        async def rename(self, oldpath: bytes, newpath: bytes) -> None:
            if written == 8:
                await asyncio.shield(asyncio.ensure_future(self.late(oldpath, newpath)))
            else:
                super().rename(oldpath, newpath)

        async def late(self, oldpath: bytes, newpath: bytes) -> None:
            while written < 10:
                await asyncio.sleep(0.01)
            super().rename(oldpath, newpath)

    road = serve(LetterBox)
    with road, pytest.raises(TransportError) as refused:
        put_one(road, file, "x7Qk")
    assert refused.value.codes == ("transport.stalled",)
    with road:
        assert put_one(road, file, "x7Qk").already_there
    assert halves == []
    assert (far / "x7Qk").read_bytes() == file.read_bytes()
    assert hidden(far) == []
