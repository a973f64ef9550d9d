"""Decrypted members do not stay under a hidden name because a machine stopped while it opened a bundle."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.errors import SealError
from exchange.seal.sinks import FolderSink


def killed(target: Path) -> Path:
    """A run that ends without a word; its folder."""
    sink = FolderSink(target)
    sink.__enter__()
    sink.begin("data/rows.csv", 3)
    sink.write(memoryview(b"abc"))
    (left,) = (each for each in target.parent.iterdir() if each.name.startswith(f".{target.name}.opening-"))
    return left


def test_what_a_killed_run_left_goes_when_the_folder_is_opened_again(tmp_path: Path) -> None:
    target = tmp_path / "out"
    left = killed(target)
    with FolderSink(target) as sink:
        assert not left.exists()
        sink.begin("rows.csv", 3)
        sink.finish()
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_nothing_else_is_removed(tmp_path: Path) -> None:
    """Not what belongs to another folder, is a file or a link, or stands open to others."""
    of_another = killed(tmp_path / "output")
    own, public = tmp_path / ".out.mine", tmp_path / ".out.opening-public"
    for folder in (own, public):
        folder.mkdir()
        (folder / "kept").touch()
    own.chmod(0o700)
    public.chmod(0o755)
    file, link = tmp_path / ".out.opening-file", tmp_path / ".out.opening-link"
    file.touch()
    link.symlink_to(own)
    with FolderSink(tmp_path / "out") as sink:
        sink.begin("rows.csv", 0)
        sink.finish()
    assert all(each.exists() for each in (of_another, own / "kept", public / "kept", file, link))


def test_of_two_runs_at_once_the_first_fails_and_leaves_nothing(tmp_path: Path) -> None:
    def both() -> None:
        with FolderSink(tmp_path / "out") as first:
            with FolderSink(tmp_path / "out") as second:
                second.begin("rows.csv", 0)
                second.finish()
            first.begin("rows.csv", 0)

    with pytest.raises(SealError) as caught:
        both()
    assert caught.value.codes == ("seal.not_written",)
    assert [each.name for each in tmp_path.iterdir()] == ["out"]
