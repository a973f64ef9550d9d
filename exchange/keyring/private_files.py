"""Files that only their owner may read: written whole or not at all, refused when others could read them.

On POSIX that is the mode, whose group bits also cap an access list, and the owner: whoever may write in the folder
could put a file of theirs in the place of ours. Links are followed, as secrets are often handed to a service by one;
what counts is the file at their end, once it is open. On Windows it is the access list (`windows_acl`).
"""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from exchange.errors import KeyringError
from exchange.keyring import windows_acl
from exchange.keyring.refusals import refused
from exchange.locale import _

MAX_SIZE = 1024 * 1024
"""Bytes; nothing that is kept so is larger."""

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
# A pipe that somebody put in a file's place must not keep us waiting.
_PLAINLY = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_MODES_COUNT = os.name == "posix"


def write_private(path: Path, data: bytes) -> None:
    """Put `data` at `path`, private, replacing what was there in one step. KeyringError: file.not_written; on Windows
    also file.access_unknown and file.not_private, where the disk keeps no access lists."""
    try:
        _replace(path, data)
    except OSError as error:
        raise _unusable("file.not_written", path, error) from None


def remove_private(path: Path) -> None:
    """Remove `path`; that it is gone already is no error. KeyringError: file.not_written."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _unusable("file.not_written", path, error) from None


def read_private(path: Path) -> bytes:
    """What `path` holds. KeyringError: file.missing, file.not_private (others may read or write it), file.not_yours,
    file.unreadable; on Windows file.access_unknown."""
    try:
        handle = os.open(path, os.O_RDONLY | _PLAINLY)
        with os.fdopen(handle, "rb") as file:
            _check_private(path, os.fstat(file.fileno()))
            data = file.read(MAX_SIZE + 1)
    except FileNotFoundError:
        raise refused("file.missing", _("there is no such file"), where=path.name) from None
    except OSError as error:
        raise _unusable("file.unreadable", path, error) from None
    if len(data) > MAX_SIZE:
        raise refused("file.unreadable", _("the file is far too large"), where=path.name)
    return data


def others_may_enter(folder: Path) -> bool:
    """Whether anybody else of this machine may look into `folder`, or change what lies there. KeyringError
    (file.access_unknown) on Windows."""
    if _MODES_COUNT:
        return bool(folder.stat().st_mode & _OTHERS)
    return bool(windows_acl.strangers(folder))


def make_folder_private(folder: Path) -> None:
    """Keep everybody else out of `folder`. KeyringError on Windows, as `windows_acl.make_private`."""
    if _MODES_COUNT:
        folder.chmod(0o700)
    else:
        windows_acl.make_private(folder)


def _check_private(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise refused("file.unreadable", _("this is not a file"), where=path.name)
    if not _MODES_COUNT:
        if windows_acl.strangers(path):
            raise windows_acl.not_private(path)
        return
    if status.st_uid not in {0, os.geteuid()}:
        hint = _("is it yours? run the command as the user to whom the workspace belongs")
        what = _("this file belongs to somebody else on this machine")
        raise refused("file.not_yours", what, where=path.name, hint=hint)
    if status.st_mode & _OTHERS:
        hint = _("chmod 600 {file}, and consider who may have read it").format(file=path.name)
        raise refused("file.not_private", _("others on this machine may read this file"), where=path.name, hint=hint)


class GrowingFile:
    """A new private file in `folder`, under a hidden name until `keep`; written piece by piece, for what is too large
    to be held. Leaving the `with` without having kept it removes it. `name` is the one that it shall have, where it is
    known before. KeyringError as `write_private`, except for what `file` itself raises."""

    file: BinaryIO

    def __init__(self, folder: Path, name: str = "growing") -> None:
        self._folder = folder
        self._name = name

    def __enter__(self) -> GrowingFile:
        try:
            handle, name = tempfile.mkstemp(dir=self._folder, prefix=f".{self._name}.")  # mkstemp makes it 0600
        except OSError as error:
            raise _unusable("file.not_written", self._folder / self._name, error) from None
        self._path = Path(name)
        self.file = os.fdopen(handle, "wb")
        if not _MODES_COUNT:
            with ExitStack() as undone:
                undone.callback(self._remove)
                windows_acl.make_private(self._path)  # while it is empty
                undone.pop_all()
        return self

    def keep(self, name: str) -> Path:
        """It is whole: on the disk, and under its name, in the place of what was there. Nothing is written after it."""
        path = self._folder / name
        try:
            self.file.flush()
            os.fsync(self.file.fileno())
            self.file.close()
            self._path.replace(path)
            _sync_folder(self._folder)
        except OSError as error:
            raise _unusable("file.not_written", path, error) from None
        return path

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._remove()

    def _remove(self) -> None:
        with suppress(OSError):  # closing writes what is left, and the disk may be full
            self.file.close()
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


def _replace(path: Path, data: bytes) -> None:
    with GrowingFile(path.parent, path.name) as growing:
        growing.file.write(data)
        growing.keep(path.name)


def _sync_folder(folder: Path) -> None:
    if _MODES_COUNT:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _unusable(code: str, path: Path, error: OSError) -> KeyringError:
    reason = os.strerror(error.errno) if error.errno else ""
    return refused(code, _("the file cannot be used: {reason}").format(reason=reason), where=path.name)
