"""Files that land on our own disk: grown in a hidden part, made durable, renamed; and what the disk refuses."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from exchange.errors import Problem, TransportError
from exchange.locale import _
from exchange.transport.road import LINK_GONE, part_name

_GONE = {errno.EIO, errno.ENODEV, errno.ENXIO, errno.ESTALE, errno.ENOTCONN, errno.EHOSTDOWN, errno.ETIMEDOUT}
"""Of a stick that was pulled out, and of a shared drive whose server is away or has begun anew (NFS, SMB)."""
_HELD_OPEN = {32, 33}  # Windows: sharing violation, lock violation; errno calls both "not allowed"
_NO_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EBADF, errno.EISDIR}  # folders on SMB, and on some FUSE


@contextmanager
def landing(target: Path, *, mode: int = 0o600, replace: bool = True, go_on: bool = False) -> Iterator[BinaryIO]:
    """A file to write to, durable under `target` once the block ends well, gone if it does not.

    `mode` as for `open(2)`, less the umask. `go_on`: what a broken link or an interruption leaves of it stays for the
    next time, which finds it in the file; for folders that only we can write. Raises TransportError for what the disk
    refuses (`disk_problem`), and, unless it may `replace`, for a `target` that has come into being meanwhile.
    """
    part = target.with_name(part_name(target.name))
    with disk_errors(target.name):
        descriptor = _part(part, mode, go_on=go_on)
        try:
            with os.fdopen(descriptor, "r+b" if go_on else "wb") as file:
                yield file
                durable(file)
            part.replace(target) if replace else _rename_to_new(part, target)
        except BaseException as error:
            with contextlib.suppress(OSError):
                if not go_on or (isinstance(error, TransportError) and not LINK_GONE & set(error.codes)):
                    part.unlink(missing_ok=True)
            raise
        sync_folder(target.parent)


def _part(part: Path, mode: int, *, go_on: bool) -> int:
    """What a killed process left is never written on, whoever may hold it open, unless it is to be gone on with."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
    if go_on:
        return os.open(part, flags | getattr(os, "O_NOFOLLOW", 0), mode)
    part.unlink(missing_ok=True)
    return os.open(part, flags | os.O_EXCL, mode)


def _rename_to_new(part: Path, target: Path) -> None:
    """Rename without replacing: a hard link never replaces, and where there are none (FAT) we look first."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:
        if target.exists():
            raise FileExistsError(errno.EEXIST, "exists") from None
        part.rename(target)
    else:
        part.unlink()


def durable(file: BinaryIO) -> None:
    """Return when all that was written to `file` is on the disk. Raises OSError."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable, where the system can (Windows and some shared drives cannot) and where we may
    look into it (not where we may only put)."""
    if os.name == "nt":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


@contextmanager
def disk_errors(where: str) -> Iterator[None]:
    """Turn what our own disk refuses inside the block into a TransportError at `where`."""
    try:
        yield
    except OSError as error:
        raise TransportError(disk_problem(error, where)) from error


def disk_problem(error: OSError, where: str) -> Problem:
    """What a disk refused, in our words; the paths in `error` stay out of it."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return Problem(
            "transport.no_space",
            _("the disk is full"),
            where,
            _("make room, then run the command again: nothing is lost"),
        )
    if error.errno in _GONE:
        return Problem(
            "transport.drive_gone",
            _("the stick or drive does not answer any more"),
            where,
            _("connect it again, then run the command again: nothing is lost, and nothing goes twice"),
        )
    if getattr(error, "winerror", None) in _HELD_OPEN:
        return Problem(
            "transport.in_use",
            _("another program holds this file open"),
            where,
            _("close it there, or wait until a virus scanner has ended, then run the command again"),
        )
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return Problem(
            "transport.permission",
            _("writing or reading is not allowed there"),
            where,
            _("ask the owner of the folder for access, or check that the stick is not write-protected"),
        )
    if error.errno == errno.EEXIST:
        return name_taken(where)
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return Problem(
            "transport.no_directory",
            _("there is no such folder or file"),
            where,
            _("check that the drive is connected"),
        )
    reason = os.strerror(error.errno) if error.errno else type(error).__name__
    return Problem(
        "transport.write_failed",
        _("the disk refused: {reason}").format(reason=reason),
        where,
        _("run the command again; if it stays, try another disk or stick"),
    )


def name_taken(where: str) -> Problem:
    """Another content stands under the name."""
    return Problem(
        "transport.name_taken",
        _("another file stands there under this name"),
        where,
        _("names are random, so this is no accident: ask the recipient what the file is, and have it removed"),
    )


def altered(name: str) -> Problem:
    """A file of ours changed since it was queued, or while it was sent."""
    return Problem(
        "transport.altered",
        _("the file is not the one that was queued"),
        where=name,
        hint=_("pack it again; if this comes back, check the disk"),
    )


def still_growing(where: str) -> Problem:
    """The file changed while it was read."""
    return Problem(
        "transport.still_growing",
        _("the file is still being written"),
        where,
        _("run the command again a little later"),
    )
