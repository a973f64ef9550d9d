"""What a user without rights is told, on our own disk and on a server that runs as somebody ordinary."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from needs import needs
from transport.contract import a_file
from transport.other_user import ORDINARY, ROOT, codes_as_ordinary_user
from transport.servers import KeyPair, road_to

from exchange.demo.sftp_server import running_server
from exchange.errors import TransportError
from exchange.transport.folder import FolderRoad
from exchange.transport.inbox import Inbox
from exchange.transport.outbox import Outbox
from exchange.transport.road import get_one, put_one
from exchange.transport.sftp.road import SftpRoad

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)


def belongs_to_ordinary_user(folder: Path) -> Path:
    folder.mkdir(exist_ok=True, parents=True)
    if ROOT:
        shutil.chown(folder, ORDINARY)
    return folder


@pytest.fixture
def stick(open_folder: Path) -> Path:
    return belongs_to_ordinary_user(open_folder / "stick")


def test_a_folder_that_may_not_be_written_is_said(stick: Path, open_folder: Path) -> None:
    file = a_file(open_folder)
    stick.chmod(0o555)

    def put() -> None:
        with FolderRoad(stick, settle=0) as road:
            put_one(road, file, "x7Qk")

    assert codes_as_ordinary_user(put) == ("transport.permission",)
    assert list(stick.iterdir()) == []


def test_a_folder_into_which_we_may_only_put_takes_files_the_first_time(stick: Path, open_folder: Path) -> None:
    file = a_file(open_folder)
    stick.chmod(0o300)

    def put() -> None:
        with FolderRoad(stick, settle=0) as road:
            assert not put_one(road, file, "x7Qk").already_there

    assert codes_as_ordinary_user(put) == ()
    assert [each.name for each in stick.iterdir()] == ["x7Qk"]


def test_a_folder_that_may_not_be_read_is_said(stick: Path) -> None:
    stick.chmod(0o300)

    def look() -> None:
        with FolderRoad(stick, settle=0) as road:
            road.list()

    assert codes_as_ordinary_user(look) == ("transport.permission",)


def test_a_file_that_may_not_be_read_is_said(stick: Path, open_folder: Path) -> None:
    target = belongs_to_ordinary_user(open_folder / "ours") / "back"
    a_file(stick, 7, "there").chmod(0)

    def get() -> None:
        with FolderRoad(stick, settle=0) as road:
            get_one(road, "there", target)

    assert codes_as_ordinary_user(get) == ("transport.permission",)
    assert list(target.parent.iterdir()) == []


def test_queues_that_belong_to_somebody_else_are_said(open_folder: Path) -> None:
    for kind in (Outbox, Inbox):
        folder = open_folder / kind.__name__
        kind(folder).status()
        if not ROOT:
            folder.chmod(0)
        assert codes_as_ordinary_user(lambda made=kind, at=folder: made(at).status()) == ("transport.permission",)


def test_an_ordinary_user_can_do_all_of_it(stick: Path, open_folder: Path) -> None:
    """Or the tests above would show nothing."""
    ours, file = belongs_to_ordinary_user(open_folder / "ours"), a_file(open_folder)

    def there_and_back() -> None:
        with FolderRoad(stick, settle=0) as road:
            put_one(road, file, "x7Qk")
            Inbox(ours / "inbox").receive(road, NOW)

    assert codes_as_ordinary_user(there_and_back) == ()


@pytest.fixture
def box(open_folder: Path) -> Path:
    for name in ("incoming", "outgoing"):
        belongs_to_ordinary_user(open_folder / "far" / name)
    return belongs_to_ordinary_user(open_folder / "far" / "incoming" / "yks")


@pytest.fixture
def road(box: Path, keys: KeyPair) -> Iterator[SftpRoad]:
    run_as = ORDINARY if ROOT else None
    with running_server(box.parent.parent, {"yks": keys.public}, kind="sshd", run_as=run_as) as server:
        yield road_to(server.address("yks"), keys)


@needs("sshd", "ssh-keygen")
class TestOpenSshRunByAnOrdinaryUser:
    def test_it_serves(self, road: SftpRoad, box: Path, tmp_path: Path) -> None:
        file = a_file(tmp_path)
        with road:
            put_one(road, file, "x7Qk")
            assert [each.name for each in road.list()] == ["x7Qk"]
        assert (box / "x7Qk").read_bytes() == file.read_bytes()

    def test_a_box_that_may_not_be_written_is_said(self, road: SftpRoad, box: Path, tmp_path: Path) -> None:
        box.chmod(0o555)
        with road, pytest.raises(TransportError) as refused:
            put_one(road, a_file(tmp_path), "x7Qk")
        assert refused.value.codes == ("transport.permission",)

    def test_a_write_only_box_takes_a_file_and_recognises_it(self, road: SftpRoad, box: Path, tmp_path: Path) -> None:
        """Incoming of a real drop box: in, and not even a look at what lies there."""
        box.chmod(0o300)
        file = a_file(tmp_path)
        with road:
            assert not put_one(road, file, "x7Qk").already_there
            assert put_one(road, file, "x7Qk").already_there
            with pytest.raises(TransportError) as refused:
                road.list()
        assert refused.value.codes == ("transport.permission",)

    def test_a_read_only_box_gives_and_keeps(self, road: SftpRoad, box: Path, tmp_path: Path) -> None:
        """Outgoing of a real drop box."""
        a_file(box, 7, "receipt").chmod(0o644)
        box.chmod(0o555)
        with road:
            get_one(road, "receipt", tmp_path / "back")
            with pytest.raises(TransportError) as refused:
                road.remove("receipt")
        assert refused.value.codes == ("transport.permission",)
        assert (tmp_path / "back").stat().st_size == 7

    def test_permission_lost_between_two_files_is_said(self, road: SftpRoad, box: Path, tmp_path: Path) -> None:
        file = a_file(tmp_path)
        with road:
            put_one(road, file, "first")
            box.chmod(0o555)
            with pytest.raises(TransportError) as refused:
                put_one(road, file, "second")
            box.chmod(0o755)
            put_one(road, file, "second")
        assert refused.value.codes == ("transport.permission",)

    def test_a_box_that_may_not_be_entered_is_said(self, road: SftpRoad, box: Path) -> None:
        box.chmod(0)
        with road, pytest.raises(TransportError) as refused:
            road.list()
        assert refused.value.codes == ("transport.permission",)

    def test_a_strangers_partial_file_that_cannot_be_removed_is_stepped_round(
        self, road: SftpRoad, box: Path, tmp_path: Path
    ) -> None:
        if not ROOT:
            pytest.skip("only root can make a file of somebody else's")
        (box / ".x7Qk.part").mkdir()
        a_file(box / ".x7Qk.part", 7)
        file = a_file(tmp_path)
        with road:
            put_one(road, file, "x7Qk")
        assert (box / "x7Qk").read_bytes() == file.read_bytes()
