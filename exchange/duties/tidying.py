"""Leftovers on this machine: found where our commands wrote them and in folders that somebody names, then deleted.

It never follows a link and never leaves the folder that was named: a file is deleted through the open folders above
it, each entered without following, and only if it is still the one that was listed. An extract is listed where it was
packed from, and deleted only if that is asked: it may be the only copy that its owner has.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from exchange.audit.entries import Counts
from exchange.crypto.hashing import hash_stream
from exchange.duties.leftover_marks import opened_in, sort_of
from exchange.duties.leftovers import Piece, Sort, Written, forget_what_is_gone, written
from exchange.errors import Problem, UsageError
from exchange.locale import _
from exchange.merge.export import ABOUT
from exchange.office import Office
from exchange.workspace.workspace import is_workspace

_ENTER = getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_BY_HANDLE = os.unlink in os.supports_dir_fd and bool(_ENTER)


@dataclass(frozen=True, slots=True)
class Leftover:
    """A file with people's data in the clear, at `inside` in the folder `root`. `changed`: since it was written."""

    sort: Sort
    root: Path
    inside: Path
    changed: bool
    status: os.stat_result

    @property
    def path(self) -> Path:
        return self.root / self.inside


@dataclass(frozen=True, slots=True)
class Tidied:
    """What was deleted, and what could not be: it had changed meanwhile, or may not be deleted."""

    deleted: tuple[Leftover, ...]
    left: tuple[Leftover, ...]


# --- finding ---


def find(office: Office, folders: Sequence[Path]) -> tuple[Leftover, ...]:
    """Leftovers where they were written, in the workspace's exports, and anywhere in `folders`. UsageError
    (tidy.no_folder): one of these is a link, or no folder."""
    wrong = [each for each in folders if each.is_symlink() or not each.is_dir()]
    what, hint = _("this is no folder, or only a link to one"), _("name the folder itself")
    UsageError.raise_all(Problem("tidy.no_folder", what, each.name or ".", hint) for each in wrong)
    known = written(office)
    found = [leftover for each in known for leftover in _remembered(each)]
    for root in (office.workspace.exports, *(each.resolve() for each in folders)):
        found += _below(root, known)
    return tuple({each.path: each for each in reversed(found)}.values())[::-1]


def _remembered(each: Written) -> Iterator[Leftover]:
    """What lies where it was written. An extract that was changed since is somebody's work, and no leftover."""
    for piece in each.pieces:
        found = _leftover(each.sort, each.root, Path(piece.path))
        if found is not None:
            changed = not _is(piece, found)
            if not (changed and each.sort == "extract"):
                yield Leftover(found.sort, found.root, found.inside, changed, found.status)


def _below(root: Path, known: Sequence[Written]) -> Iterator[Leftover]:
    """What has a mark of ours, or is a copy of what we wrote, in `root` and the folders in it; no other workspace."""
    copies = {(piece.size, piece.sha256): each.sort for each in known for piece in each.pieces}
    for at, folders, files in os.walk(root, followlinks=False):
        here = Path(at)
        folders[:] = [each for each in sorted(folders) if not is_workspace(here / each)]
        opened = [each.relative_to(root) for each in opened_in(here) if each.is_relative_to(here)]
        listed: dict[Path, Sort] = dict.fromkeys(opened, "opened")
        for name in sorted(files):
            inside = (here / name).relative_to(root)
            sort = None if inside in listed else _sort(here / name, copies)
            if sort is not None:
                listed[inside] = sort
        if "export" in listed.values() and ABOUT in files:
            listed.setdefault((here / ABOUT).relative_to(root), "export")
        yield from (each for inside, sort in listed.items() if (each := _leftover(sort, root, inside)) is not None)


def _sort(file: Path, copies: dict[tuple[int, str], Sort]) -> Sort | None:
    with suppress(OSError):
        status = file.lstat()
        if stat.S_ISREG(status.st_mode):
            if any(size == status.st_size for size, _sha256 in copies):
                copy = copies.get((status.st_size, _hash(file)))
                if copy is not None:
                    return copy
            return sort_of(file)
    return None


def _leftover(sort: Sort, root: Path, inside: Path) -> Leftover | None:
    """None where there is no such file, or a link is on the way to it."""
    with suppress(OSError):
        if ".." not in inside.parts and not any(each.is_symlink() for each in _steps(root, inside)):
            status = (root / inside).lstat()
            if stat.S_ISREG(status.st_mode):
                return Leftover(sort, root, inside, changed=False, status=status)
    return None


def _steps(root: Path, inside: Path) -> Iterator[Path]:
    """The folders from `root` down to the file, without it."""
    return (root.joinpath(*inside.parts[:depth]) for depth in range(len(inside.parts)))


def _is(piece: Piece, found: Leftover) -> bool:
    with suppress(OSError):
        return found.status.st_size == piece.size and _hash(found.path) == piece.sha256
    return False


def _hash(file: Path) -> str:
    with file.open("rb") as source:
        return hash_stream("sha256", source).hex()


# --- deleting ---


def tidy(office: Office, found: Iterable[Leftover]) -> Tidied:
    """Delete what was found, and note how much."""
    deleted: list[Leftover] = []
    left: list[Leftover] = []
    for each in found:
        (deleted if _delete(each) else left).append(each)
    forget_what_is_gone(office)
    if deleted:
        counts = Counts(files=len(deleted), bytes=sum(each.status.st_size for each in deleted))
        for network in office.workspace.logs.networks():
            office.note(network, office.entry("leftovers.deleted", counts=counts))
    return Tidied(tuple(deleted), tuple(left))


def _delete(found: Leftover) -> bool:
    """Whether it is gone: the very file that was listed, and its folder too if that is empty now."""
    try:
        return _delete_by_handle(found) if _BY_HANDLE else _delete_by_path(found)
    except OSError:
        return False


def _delete_by_handle(found: Leftover) -> bool:
    *folders, name = found.inside.parts
    with ExitStack() as open_ones:
        handles = [_entered(open_ones, found.root)]
        for folder in folders:
            handles.append(_entered(open_ones, folder, handles[-1]))
        if not _same(os.stat(name, dir_fd=handles[-1], follow_symlinks=False), found.status):
            return False
        os.unlink(name, dir_fd=handles[-1])
        for folder, above in zip(reversed(folders), reversed(handles[:-1]), strict=True):
            with suppress(OSError):  # something else is in it
                os.rmdir(folder, dir_fd=above)
    return True


def _entered(open_ones: ExitStack, folder: Path | str, above: int | None = None) -> int:
    handle = os.open(folder, os.O_RDONLY | _ENTER, dir_fd=above)
    open_ones.callback(os.close, handle)
    return handle


def _delete_by_path(found: Leftover) -> bool:
    """Where there are no handles of folders (Windows)."""
    if found.path.resolve() != found.root.resolve() / found.inside or not _same(found.path.lstat(), found.status):
        return False
    found.path.unlink()
    return True


def _same(now: os.stat_result, then: os.stat_result) -> bool:
    """What is there now is the file that was listed, as it was."""
    return stat.S_ISREG(now.st_mode) and all(
        getattr(now, name) == getattr(then, name) for name in ("st_dev", "st_ino", "st_size", "st_mtime_ns")
    )
