"""Locked segments as files: private, whole or absent, each under a random name and a random key of its own."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from exchange.crypto.box import lock, new_key, unlock
from exchange.errors import CryptoError
from exchange.merge.refusals import damaged

_ENDING = ".segment"
_CONTEXT = "data-sharing-exchange/store/v1/segment/"


@dataclass(frozen=True, slots=True)
class SegmentFiles:
    """The folder of the segments. Only the table of keys knows what a file is."""

    folder: Path

    def write(self, plain: bytes, came: dt.datetime | None = None) -> tuple[str, bytes]:
        """Lock `plain` into a new file that is on the disk when this returns; its name and key. `came`: the file's own
        time, where that is to be seen without the key."""
        name, key = secrets.token_hex(16), new_key()
        put(self._path(name), lock(key, plain, context=_context(name)), came)
        sync_folder(self.folder)
        return name, key

    def read(self, name: str, key: bytes) -> bytes:
        """What was locked in the file. MergeError `store.damaged` for a file that is missing, altered or another's."""
        try:
            return unlock(key, self._path(name).read_bytes(), context=_context(name))
        except (CryptoError, FileNotFoundError):
            raise damaged() from None

    def sweep(self, known: Collection[str]) -> None:
        """Remove every file that is not `known`: what a crash left, and what was replaced."""
        kept = {self._path(name) for name in known}
        gone = [path for path in self.folder.iterdir() if path not in kept]
        for path in gone:
            path.unlink(missing_ok=True)
        if gone:
            sync_folder(self.folder)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}{_ENDING}"


def put(path: Path, content: bytes, came: dt.datetime | None = None) -> None:
    """A file that only its owner reads, whole or not at all; on the disk, once its folder is too. `came`: its time."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if came is not None:
            os.utime(temporary, (came.timestamp(), came.timestamp()))
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """That names have changed in it is on the disk."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _context(name: str) -> bytes:
    return f"{_CONTEXT}{name}".encode()
