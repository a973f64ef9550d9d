"""Files that only their owner may read: written whole or not at all, refused when others could read them.

On Windows a file in the user's own folder takes that folder's access list; modes are not looked at there.
"""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from exchange.errors import KeyringError
from exchange.keyring.refusals import refused
from exchange.locale import _

MAX_SIZE = 1024 * 1024
"""Bytes; nothing that is kept so is larger."""

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
# A pipe that somebody put in a file's place must not keep us waiting.
_PLAINLY = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_MODES_COUNT = os.name == "posix"


def write_private(path: Path, data: bytes) -> None:
    """Put `data` at `path` with mode 0600, replacing what was there in one step. KeyringError (file.not_written)."""
    try:
        _replace(path, data)
    except OSError as error:
        raise _unusable("file.not_written", path, error) from None


def read_private(path: Path) -> bytes:
    """What `path` holds. KeyringError: file.missing, file.not_private (its group or others may read or write it),
    file.unreadable."""
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


def _check_private(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise refused("file.unreadable", _("this is not a file"), where=path.name)
    if _MODES_COUNT and status.st_mode & _OTHERS:
        hint = _("chmod 600 {file}, and consider who may have read it").format(file=path.name)
        raise refused("file.not_private", _("others on this machine may read this file"), where=path.name, hint=hint)


def _replace(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


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
