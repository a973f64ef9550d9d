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

from exchange.audit.entries import MAX_OPENING

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_MAX_FILE = 16 * 1024 * 1024
_BLOCK = 256 * 1024
_MAX_FILES = 100_000
"""Ten million entries have 80,000 tiles."""
# What reading a tar can raise: the library lets some of its own mistakes about hostile headers through.
_UNREADABLE = (OSError, tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError)


class PackFiles:
    """The files of a pack by name. `damage` counts what could not be listed or read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open = ExitStack()
        self._openers: dict[str, Callable[[], IO[bytes] | None]] = {}
        self._places: dict[str, tuple[Path, int]] = {}
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

    def read_all(self, folder: str, limit: int, most: int) -> dict[str, bytes]:
        """What can be read of the files in `folder`, by name: none longer than `limit`, not more than `most` bytes in
        all. Where there is more, the folder itself is damage."""
        found: dict[str, bytes] = {}
        for name in self.names(folder):
            content = self.read(name, limit)
            most -= len(content or b"")
            if most < 0:
                self.damage.append(folder)
                break
            if content is not None:
                found[name] = content
        return found

    def place(self, name: str) -> tuple[Path, int]:
        """The file in which `name` lies, and the byte at which it begins there; the pack itself if it is not there."""
        return self._places.get(name, (self._path, 0))

    def blocks(self, name: str) -> Iterator[tuple[int, bytes]]:
        """(byte offset, lines with newlines between them), some hundred lines at once, as far as the file can be read.

        A line that has no newline, or goes on for too long without one, comes with what it lacks: it hashes to
        nothing known.
        """
        if name not in self._openers:
            return
        offset, rest = 0, b""
        try:
            with self._stream(name) as source:
                while chunk := source.read(_BLOCK):
                    whole, newline, rest = (rest + chunk).rpartition(b"\n")
                    if newline:
                        yield offset, whole
                        offset += len(whole) + 1
                    if len(rest) > MAX_OPENING:
                        yield offset, rest + b"\0"
                        offset, rest = offset + len(rest), b""
            if rest:
                yield offset, rest + b"\0"
        except _UNREADABLE:
            self.damage.append(name)

    def _list_folder(self) -> None:
        for path in self._path.rglob("*"):
            name = path.relative_to(self._path).as_posix()
            if path.is_symlink() or (path.is_file() and not _NAME.fullmatch(name)):
                self.damage.append("")
            elif path.is_file():
                self._add(name, partial(_open_file, path), path, 0)

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
                self._add(member.name, partial(tar.extractfile, member), self._path, member.offset_data)
            else:
                self.damage.append("")

    def _add(self, name: str, opener: Callable[[], IO[bytes] | None], path: Path, offset: int) -> None:
        if len(self._openers) >= _MAX_FILES:
            raise OverflowError
        self._openers[name] = opener
        self._places[name] = path, offset

    def _stream(self, name: str) -> IO[bytes]:
        stream = self._openers[name]()
        if stream is None:
            raise tarfile.ReadError
        return stream


def _open_file(path: Path) -> IO[bytes]:
    return path.open("rb")
