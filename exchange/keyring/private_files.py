"""Files that only their owner may read: written whole or not at all, refused when others could read them.

On POSIX that is the mode, whose group bits also cap an access list, and the owner: whoever may write in the folder
could put a file of theirs in the place of ours. Links are followed, as secrets are often handed to a service by one;
what counts is the file at their end, once it is open. On Windows it is the access list (`windows_acl`).
"""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

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


def _replace(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            if not _MODES_COUNT:
                windows_acl.make_private(temporary)  # while it is empty
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
