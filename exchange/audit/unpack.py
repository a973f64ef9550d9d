"""Reading an evidence pack from a stranger: a folder or a tar, with limits, and without believing anything.

Whatever cannot be read becomes a finding, and the rest is still read. Nothing is unpacked to the disk. Of a tar the
headers are read here, plain files of USTAR and nothing else: what has grown upon that (pax, GNU names, sparse files)
costs the library's reader hours for a few crafted bytes.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from exchange.audit.entries import MAX_OPENING

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_MAX_FILE = 16 * 1024 * 1024
_BLOCK = 256 * 1024
_MAX_FILES = 100_000
"""Ten million entries have 80,000 tiles."""
_HEADER = tarfile.BLOCKSIZE
# What reading can raise: the library lets some of its own mistakes about hostile headers through.
_UNREADABLE = (OSError, tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError, LookupError)


@dataclass(frozen=True, slots=True)
class _Part:
    """Where a file of the pack lies: `size` bytes from `offset` on in `path`; None for all of them."""

    path: Path
    offset: int = 0
    size: int | None = None

    def chunks(self, most: int | None = None) -> Iterator[bytes]:
        """Its content piece by piece, up to `most` bytes. Raises EOFError where it is cut off."""
        left = min((each for each in (self.size, most) if each is not None), default=None)
        with self.path.open("rb") as file:
            file.seek(self.offset)
            while left is None or left > 0:
                chunk = file.read(_BLOCK if left is None else min(_BLOCK, left))
                if not chunk and self.size is not None:
                    raise EOFError
                if not chunk:
                    return
                left = None if left is None else left - len(chunk)
                yield chunk


class PackFiles:
    """The files of a pack by name. `damage` counts what could not be listed or read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._parts: dict[str, _Part] = {}
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
        """Nothing stays open."""

    def names(self, folder: str = "") -> list[str]:
        """The files in `folder`, by name; those without a folder for ""."""
        prefix = f"{folder}/" if folder else ""
        return sorted(name for name in self._parts if name.startswith(prefix) and "/" not in name[len(prefix) :])

    def read(self, name: str, limit: int | None = None) -> bytes | None:
        """The content of a file, or None where it is missing, unreadable or longer than `limit` bytes (16 MiB)."""
        if name not in self._parts:
            return None
        limit = _MAX_FILE if limit is None else limit
        content: bytes | None
        try:
            content = b"".join(self._parts[name].chunks(limit + 1))
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
        part = self._parts.get(name, _Part(self._path))
        return part.path, part.offset

    def blocks(self, name: str) -> Iterator[tuple[int, bytes]]:
        """(byte offset, lines with newlines between them), some hundred lines at once, as far as the file can be read.

        A line that has no newline, or goes on for too long without one, comes with what it lacks: it hashes to
        nothing known.
        """
        if name not in self._parts:
            return
        offset, rest = 0, b""
        try:
            for chunk in self._parts[name].chunks():
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
                self._add(name, _Part(path))

    def _list_tar(self) -> None:
        with self._path.open("rb") as file:
            for name, plain, offset, size in _members(file):
                if plain and _NAME.fullmatch(name) and name not in self._parts:
                    self._add(name, _Part(self._path, offset, size))
                else:
                    self.damage.append("")

    def _add(self, name: str, part: _Part) -> None:
        if len(self._parts) >= _MAX_FILES:
            raise OverflowError
        self._parts[name] = part


def _members(file: BinaryIO) -> Iterator[tuple[str, bool, int, int]]:
    """Of each file in a tar: its name, whether it is plain, where it begins, its size. Folders are left out. Raises
    what is in `_UNREADABLE` where no more can be told."""
    offset = 0
    for _each in range(2 * _MAX_FILES):
        file.seek(offset)
        header = file.read(_HEADER)
        if not header.strip(b"\0"):
            return
        member = tarfile.TarInfo.frombuf(header, "ascii", "surrogateescape")
        folder = member.type == tarfile.DIRTYPE
        if member.size < 0 or (folder and member.size):
            raise tarfile.ReadError
        if not folder:
            yield member.name, member.type in (tarfile.REGTYPE, tarfile.AREGTYPE), offset + _HEADER, member.size
        offset += _HEADER + -(-member.size // _HEADER) * _HEADER
    raise OverflowError
