"""What every road must do. A class for each road runs this suite: see `test_every_road.py`.

The class gives two fixtures: `far`, the folder at the far end as this machine sees it, and `road`, a function that
makes a fresh road to it.
"""

from __future__ import annotations

import hashlib
import os
import stat
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from exchange.errors import TransportError
from exchange.transport.road import Delivery, Road, get_one, put_one

MakeRoad = Callable[[], Road]
SIZES = [0, 1, 32 * 1024 - 1, 32 * 1024 + 1, 256 * 1024, 3 * 1024 * 1024 + 17]

NO_NAMES = (
    "",
    ".",
    "..",
    "../x",
    "a/b",
    "/etc/x",
    ".hidden",
    "-rf",
    "a b",
    "a\x00",
    "a\n",
    "\u00e9",
    "x.part",
    "a" * 201,
)


def a_file(folder: Path, size: int = 100_000, name: str = "sealed") -> Path:
    """Some opaque bytes, as a sealed bundle is."""
    file = folder / name
    file.write_bytes(os.urandom(size))
    return file


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def hidden(far: Path) -> list[str]:
    return sorted(file.name for file in far.iterdir() if file.name.startswith("."))


def remote_part(name: str, file: Path, turn: str = "") -> str:
    """Under which hidden name `file` grows at an SFTP server."""
    return f".{name}.{digest(file)[:16]}{turn}.part"


class RoadContract:
    """Every test here is passed by every road."""

    def part(self, name: str, file: Path) -> str:
        """Under which hidden name `file` grows."""
        del file
        return f".{name}.part"

    @pytest.mark.parametrize("size", SIZES)
    def test_what_is_put_can_be_got_byte_for_byte(self, road: MakeRoad, far: Path, tmp_path: Path, size: int) -> None:
        file = a_file(tmp_path, size)
        with road() as there:
            assert put_one(there, file, "x7Qk") == Delivery("x7Qk", size, digest(file), already_there=False)
            assert (far / "x7Qk").read_bytes() == file.read_bytes()
            get_one(there, "x7Qk", tmp_path / "back")
        assert (tmp_path / "back").read_bytes() == file.read_bytes()
        assert hidden(far) == []

    def test_putting_it_again_answers_already_there(self, road: MakeRoad, far: Path, tmp_path: Path) -> None:
        file = a_file(tmp_path)
        with road() as there:
            put_one(there, file, "x7Qk")
            before = (far / "x7Qk").stat()
            assert put_one(there, file, "x7Qk").already_there
        with road() as there:
            assert put_one(there, file, "x7Qk").already_there
        assert (far / "x7Qk").stat().st_ino == before.st_ino

    @pytest.mark.parametrize("size", [99_999, 100_000])
    def test_another_content_under_the_name_is_refused_and_stays(
        self, road: MakeRoad, far: Path, tmp_path: Path, size: int
    ) -> None:
        theirs = a_file(far, size, "x7Qk").read_bytes()
        with road() as there, pytest.raises(TransportError) as refused:
            put_one(there, a_file(tmp_path), "x7Qk")
        assert refused.value.codes == ("transport.name_taken",)
        assert (far / "x7Qk").read_bytes() == theirs

    def test_a_file_that_appears_during_the_upload_is_not_replaced(
        self, road: MakeRoad, far: Path, tmp_path: Path
    ) -> None:
        """The name is looked at before the upload, and again by the rename itself."""
        file, seen = a_file(tmp_path, 64 << 20), threading.Event()

        def intrude() -> None:
            while not hidden(far) and not seen.is_set():
                time.sleep(0.001)
            (far / "x7Qk").write_bytes(b"first")

        stranger = threading.Thread(target=intrude)
        stranger.start()
        with road() as there, pytest.raises(TransportError) as refused:
            put_one(there, file, "x7Qk")
        seen.set()
        stranger.join()
        assert refused.value.codes == ("transport.name_taken",)
        assert (far / "x7Qk").read_bytes() == b"first"
        assert hidden(far) == []

    def test_a_strangers_partial_file_in_the_way_does_no_harm(self, road: MakeRoad, far: Path, tmp_path: Path) -> None:
        file = a_file(tmp_path)
        with (far / self.part("x7Qk", file)).open("wb") as strangers:
            strangers.write(b"theirs" * 100_000)
            strangers.flush()
            with road() as there:
                put_one(there, file, "x7Qk")
            strangers.write(b"more of theirs")
        assert (far / "x7Qk").read_bytes() == file.read_bytes()
        assert hidden(far) == []

    def test_a_listing_shows_whole_files_only(self, road: MakeRoad, far: Path, tmp_path: Path) -> None:
        a_file(far, 7, "whole")
        a_file(far, 7, ".hidden")
        a_file(far, 7, ".x7Qk.part")
        a_file(far, 7, "x7Qk.part")
        a_file(far, 7, "with blank")
        (far / "folder").mkdir()
        (far / "link").symlink_to(far / "whole")
        with road() as there:
            (only,) = there.list()
        assert (only.name, only.size) == ("whole", 7)
        assert only.mtime == int((far / "whole").stat().st_mtime)

    def test_a_growing_file_is_not_listed(self, road: MakeRoad, far: Path) -> None:
        a_file(far, 7, "whole")
        stop = threading.Event()

        def grow() -> None:
            with (far / "growing").open("ab", buffering=0) as file:
                while not stop.is_set():
                    file.write(b"more")
                    time.sleep(0.002)

        writer = threading.Thread(target=grow)
        writer.start()
        while not (far / "growing").exists():
            time.sleep(0.001)
        try:
            with road() as there:
                names = [file.name for file in there.list()]
        finally:
            stop.set()
            writer.join()
        assert names == ["whole"]

    def test_an_empty_folder_lists_nothing(self, road: MakeRoad) -> None:
        with road() as there:
            assert there.list() == ()

    def test_many_files_are_all_listed(self, road: MakeRoad, far: Path) -> None:
        for number in range(1200):
            (far / f"n{number:04}").write_bytes(b"x")
        with road() as there:
            assert [file.name for file in there.list()] == [f"n{number:04}" for number in range(1200)]

    def test_removing_twice_is_no_error(self, road: MakeRoad, far: Path) -> None:
        a_file(far, 7, "x7Qk")
        with road() as there:
            there.remove("x7Qk")
            assert not (far / "x7Qk").exists()
            there.remove("x7Qk")

    def test_a_file_that_is_larger_than_it_was_listed_is_left(self, road: MakeRoad, far: Path, tmp_path: Path) -> None:
        """Else a server that lists one byte and sends for ever would fill our disk."""
        a_file(far, 100_000, "x7Qk")
        with road() as there:
            with pytest.raises(TransportError) as refused:
                get_one(there, "x7Qk", tmp_path / "back", 99_999)
            assert refused.value.codes == ("transport.still_growing",)
            assert list(tmp_path.glob("*back*")) == []
            get_one(there, "x7Qk", tmp_path / "back", 100_000)
        assert (tmp_path / "back").stat().st_size == 100_000

    def test_getting_what_is_not_there_leaves_nothing(self, road: MakeRoad, tmp_path: Path) -> None:
        with road() as there, pytest.raises(TransportError) as refused:
            get_one(there, "x7Qk", tmp_path / "back")
        assert refused.value.codes[0] in {"transport.no_such_file", "transport.no_directory"}
        assert list(tmp_path.glob("*back*")) == []

    def test_what_is_got_is_private(self, road: MakeRoad, far: Path, tmp_path: Path) -> None:
        a_file(far, 7, "x7Qk")
        with road() as there:
            get_one(there, "x7Qk", tmp_path / "back")
        assert stat.S_IMODE((tmp_path / "back").stat().st_mode) == 0o600

    def test_a_name_that_is_no_name_is_refused(self, road: MakeRoad, far: Path, tmp_path: Path) -> None:
        file = a_file(tmp_path, 7)
        with road() as there:
            for name in NO_NAMES:
                for verb in (
                    there.remove,
                    partial(put_one, there, file),
                    partial(get_one, there, target=tmp_path / "back"),
                ):
                    with pytest.raises(TransportError) as refused:
                        verb(name=name)
                    assert refused.value.codes == ("transport.bad_name",), name
        assert list(far.iterdir()) == []

    def test_a_folder_that_is_missing_is_said_on_entering(self, road: MakeRoad, far: Path) -> None:
        far.rmdir()
        with pytest.raises(TransportError) as refused, road():
            pass
        assert refused.value.codes == ("transport.no_directory",)

    def test_a_source_that_is_missing_is_said(self, road: MakeRoad, tmp_path: Path) -> None:
        with road() as there, pytest.raises(TransportError) as refused:
            put_one(there, tmp_path / "nothing", "x7Qk")
        assert refused.value.codes == ("transport.no_directory",)

    def test_a_road_stays_usable_after_a_refusal(self, road: MakeRoad, far: Path, tmp_path: Path) -> None:
        file = a_file(tmp_path)
        a_file(far, 7, "taken")
        with road() as there:
            with pytest.raises(TransportError):
                put_one(there, file, "taken")
            with pytest.raises(TransportError):
                get_one(there, "missing", tmp_path / "back")
            assert not put_one(there, file, "x7Qk").already_there

    def test_a_place_stays_the_same(self, road: MakeRoad) -> None:
        with road() as one, road() as other:
            assert one.place == other.place

    def test_no_error_names_the_folder_it_lies_in(self, road: MakeRoad, far: Path, tmp_path: Path) -> None:
        """The folder may lie in a person's home."""
        with road() as there, pytest.raises(TransportError) as refused:
            get_one(there, "missing", tmp_path / "back")
        assert str(far.parent) not in str(refused.value)
        assert str(tmp_path) not in str(refused.value)
