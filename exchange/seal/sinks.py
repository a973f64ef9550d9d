"""Where the members of an opened payload go: nowhere, into memory, or into a private folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from exchange.bundle.parcel import Member
from exchange.errors import Problem, SealError
from exchange.keyring.private_files import others_may_enter
from exchange.locale import _


class NoSink:
    """For the first pass: what is not yet verified goes nowhere."""

    def begin(self, path: str, size: int) -> None:
        """Nothing."""

    def write(self, block: memoryview) -> None:
        """Nothing."""


class MemorySink:
    """Members as they are in a parcel."""

    def __init__(self) -> None:
        self._paths: list[str] = []
        self._contents: list[bytearray] = []

    def begin(self, path: str, size: int) -> None:
        self._paths.append(path)
        self._contents.append(bytearray())

    def write(self, block: memoryview) -> None:
        self._contents[-1] += block

    def members(self) -> tuple[Member, ...]:
        return tuple(Member(path, bytes(content)) for path, content in zip(self._paths, self._contents, strict=True))


class OneMemberSink:
    """One member, where it is no larger than `most` bytes; the others go nowhere."""

    def __init__(self, path: str, most: int) -> None:
        self._path, self._most, self._this = path, most, False
        self._content = bytearray()

    def begin(self, path: str, size: int) -> None:
        self._this = path == self._path and size <= self._most

    def write(self, block: memoryview) -> None:
        if self._this:
            self._content += block

    @property
    def content(self) -> bytes:
        return bytes(self._content)


class FolderSink:
    """A new folder. It grows under a hidden name beside its place and takes its name in `finish`; leaving the `with`
    in any other way removes it. What an earlier run of the same folder left there decrypted, because it was killed, is
    removed first; so of two runs at once the first fails. Paths are those that `ustar.is_path` admits. SealError:
    seal.out_exists, seal.not_written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._paths: list[str] = []
        self._file: BinaryIO | None = None

    def __enter__(self) -> FolderSink:
        with _disk(self._folder):
            if self._folder.exists() or self._folder.is_symlink():
                hint = _("name a folder that does not exist yet")
                what = _("the folder is there already")
                raise SealError(Problem("seal.out_exists", what, where=self._folder.name, hint=hint))
            self._sweep()
            # mkdtemp makes it 0700
            self._growing = Path(tempfile.mkdtemp(dir=self._folder.parent, prefix=self._prefix))
        return self

    def begin(self, path: str, size: int) -> None:
        with _disk(self._folder):
            self._end_file()
            target = self._growing / path
            for folder in reversed(target.relative_to(self._growing).parents[:-1]):
                (self._growing / folder).mkdir(mode=0o700, exist_ok=True)
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            self._file = os.fdopen(handle, "wb")
            self._paths.append(path)

    def write(self, block: memoryview) -> None:
        with _disk(self._folder):
            assert self._file  # noqa: S101  # `begin` came first
            self._file.write(block)

    def finish(self) -> tuple[str, ...]:
        """Give the folder its name; the paths in it."""
        with _disk(self._folder):
            self._end_file()
            self._growing.rename(self._folder)
        return tuple(self._paths)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with suppress(OSError):  # closing writes what is left, and the disk may be full
            if self._file:
                self._file.close()
        shutil.rmtree(self._growing, ignore_errors=True)

    @property
    def _prefix(self) -> str:
        return f".{self._folder.name}.opening-"

    def _sweep(self) -> None:
        """Only folders that nobody else may enter: what others put there under such a name is not ours."""
        for left in [each for each in self._folder.parent.iterdir() if each.name.startswith(self._prefix)]:
            if left.is_dir() and not left.is_symlink() and not others_may_enter(left):
                shutil.rmtree(left)

    def _end_file(self) -> None:
        if self._file:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None


@contextmanager
def _disk(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError:
        hint = _("make room or check the rights of the folder, then open it again; nothing was left behind")
        problem = Problem("seal.not_written", _("the folder cannot be written"), where=folder.name, hint=hint)
        raise SealError(problem) from None
