"""Reading an evidence pack from a stranger: a folder or a tar, with limits, and without believing anything.

Whatever cannot be read becomes a finding, and the rest is still read. Nothing is unpacked to the disk.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO, Self

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_MAX_FILE = 16 * 1024 * 1024
_MAX_LINE = 64 * 1024
# What reading a tar can raise: the library lets some of its own mistakes about hostile headers through.
_UNREADABLE = (OSError, tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError)


class PackFiles:
    """The files of a pack by name. `damage` counts what could not be listed or read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open = ExitStack()
        self._openers: dict[str, Callable[[], IO[bytes] | None]] = {}
        self.damage: list[str] = []

    def __enter__(self) -> Self:
        try:
            if self._path.is_dir():
                self._list_folder()
            else:
                self._list_tar()
        except _UNREADABLE:
            self.damage.append("")
        return self

    def __exit__(self, *_exception: object) -> None:
        self._open.close()

    def names(self, folder: str = "") -> list[str]:
        """The files in `folder`, by name; those without a folder for ""."""
        prefix = f"{folder}/" if folder else ""
        return sorted(name for name in self._openers if name.startswith(prefix) and "/" not in name[len(prefix) :])

    def read(self, name: str, limit: int | None = None) -> bytes | None:
        """The content of a file, or None where it is missing, unreadable or longer than `limit` bytes (16 MiB)."""
        if name not in self._openers:
            return None
        limit = _MAX_FILE if limit is None else limit
        try:
            with self._stream(name) as source:
                content = source.read(limit + 1)
        except _UNREADABLE:
            content = None
        if content is None or len(content) > limit:
            self.damage.append(name)
            return None
        return content

    def lines(self, name: str) -> Iterator[tuple[int, bytes]]:
        """(byte offset, line without its newline) as far as the file can be read.

        A line that has no newline, or is longer than 64 KiB, comes with what it lacks: it hashes to nothing known.
        """
        if name not in self._openers:
            return
        offset = 0
        try:
            with self._stream(name) as source:
                while line := source.readline(_MAX_LINE):
                    yield offset, line[:-1] if line.endswith(b"\n") else line + b"\0"
                    offset += len(line)
        except _UNREADABLE:
            self.damage.append(name)

    def _list_folder(self) -> None:
        for path in self._path.rglob("*"):
            name = path.relative_to(self._path).as_posix()
            if path.is_symlink() or (path.is_file() and not _NAME.fullmatch(name)):
                self.damage.append("")
            elif path.is_file():
                self._openers[name] = partial(_open_file, path)

    def _list_tar(self) -> None:
        tar = tarfile.open(self._path, "r:")  # noqa: SIM115  # closed with the pack, by the stack
        self._open.enter_context(tar)
        for member in tar:
            # A sparse member of a few bytes may claim to be terabytes of zeros.
            if (
                member.isfile()
                and not member.issparse()
                and _NAME.fullmatch(member.name)
                and member.name not in self._openers
            ):
                self._openers[member.name] = partial(tar.extractfile, member)
            else:
                self.damage.append("")

    def _stream(self, name: str) -> IO[bytes]:
        stream = self._openers[name]()
        if stream is None:
            raise tarfile.ReadError
        return stream


def _open_file(path: Path) -> IO[bytes]:
    return path.open("rb")
