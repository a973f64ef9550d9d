"""The road through a folder: a USB stick, a shared drive, or the drop box that a party keeps on its own machine."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from exchange.errors import Problem, TransportError
from exchange.locale import _
from exchange.transport.landing import altered, disk_errors, durable, landing, name_taken, still_growing
from exchange.transport.road import (
    BLOCK,
    Delivery,
    Fetched,
    OneByOne,
    Outgoing,
    RemoteFile,
    Wanted,
    check_name,
    is_name,
    part_name,
    settled,
    sha256_of,
)


def _anything(_file: Path) -> bool:
    return True


class FolderRoad(OneByOne):
    """A `Road` to the folder `path`, which must exist.

    `settle`: seconds between the two looks by which a file that still grows is told from a whole one; None: as usual.
    `ours`: of what others have put there as well, only this is listed.
    """

    def __init__(self, path: Path, *, settle: float | None = None, ours: Callable[[Path], bool] = _anything) -> None:
        self._folder = path
        self._settle = settle
        self._ours = ours
        self._known: set[RemoteFile] = set()

    @property
    def place(self) -> str:
        return self._folder.absolute().as_uri()

    def __enter__(self) -> Self:
        with disk_errors(self._folder.name):
            if not stat.S_ISDIR(self._folder.stat().st_mode):
                raise NotADirectoryError(errno.ENOTDIR, "not a directory")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def list(self) -> tuple[RemoteFile, ...]:
        with disk_errors(self._folder.name):
            return settled(self._look, self._settle, self._known)

    def remove(self, name: str) -> None:
        with disk_errors(self._where(name)):
            (self._folder / check_name(name)).unlink(missing_ok=True)

    def put_file(self, outgoing: Outgoing) -> Delivery:
        source, name, final = outgoing.source, outgoing.name, self._folder / check_name(outgoing.name)
        with disk_errors(self._where(name)):
            size, digest = source.stat().st_size, sha256_of(source)
            if outgoing.sha256 not in {None, digest}:
                raise TransportError(altered(name))
            if final.exists():
                return self._again(final, size, digest)
            self._write(source, final, digest)
        return Delivery(name, size, digest, already_there=False)

    def get_file(self, wanted: Wanted) -> Fetched:
        name, origin, digest = wanted.name, self._folder / check_name(wanted.name), hashlib.sha256()
        with disk_errors(self._where(name)), landing(wanted.target) as file, _plain_file(origin) as content:
            before = os.fstat(content.fileno())
            left = before.st_size
            if wanted.most is not None and left > wanted.most:
                raise TransportError(still_growing(self._where(name)))
            while block := content.read(min(left, BLOCK)):
                digest.update(block)
                left -= file.write(block)
            after = os.fstat(content.fileno())
            same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
            if not same or file.tell() != after.st_size:
                raise TransportError(still_growing(self._where(name)))
        return Fetched(name, after.st_size, digest.hexdigest())

    def _where(self, name: str) -> str:
        return f"{self._folder.name}/{name}"  # never the whole path: it may run through a person's home

    def _look(self) -> tuple[RemoteFile, ...]:
        found = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if is_name(entry.name) and entry.is_file(follow_symlinks=False) and self._ours(Path(entry.path)):
                    with suppress(FileNotFoundError):  # somebody else took it away meanwhile
                        status = entry.stat(follow_symlinks=False)
                        found.append(RemoteFile(entry.name, status.st_size, int(status.st_mtime)))
        return tuple(found)

    def _again(self, final: Path, size: int, digest: str) -> Delivery:
        """The file that stands there already is ours, or it is an error."""
        if final.stat().st_size != size or sha256_of(final) != digest:
            raise TransportError(name_taken(self._where(final.name)))
        return Delivery(final.name, size, digest, already_there=True)

    def _write(self, source: Path, final: Path, digest: str) -> None:
        # Ciphertext for the folder's readers: the umask decides who they are, as for any file put there.
        with source.open("rb") as content, landing(final, mode=0o666, replace=False) as file:
            shutil.copyfileobj(content, file, BLOCK)
            durable(file)
            # Read back: a stick may have taken less than it said. (What it kept in its cache, nobody can know.)
            if sha256_of(final.with_name(part_name(final.name))) != digest:
                raise TransportError(_wrong_content(self._where(final.name)))


def _plain_file(path: Path) -> BinaryIO:
    """The file, and nothing that somebody put in its place: no link to what only we may read, no pipe to wait for."""
    flags = (getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))
    file = os.fdopen(os.open(path, os.O_RDONLY | sum(flags)), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise FileNotFoundError(errno.ENOENT, "not a file")
    return file


def _wrong_content(where: str) -> Problem:
    return Problem(
        "transport.write_failed",
        _("what was written there does not read back as it was"),
        where,
        _("use another stick or drive"),
    )
