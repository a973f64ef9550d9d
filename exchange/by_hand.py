"""What people carry: a folder on a stick or a shared drive, for several parties, that anybody may find.

So nothing on it says to whom something goes: each party's folder has a name that only we can tell, and the page for
whoever holds it is the same everywhere. Whoever receives looks into every folder, takes what a key of theirs seems to
open, and leaves everything else as it lies: it is somebody else's.
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from exchange.errors import Problem, TransportError
from exchange.locale import _
from exchange.office import Office
from exchange.reports.stick_page import NAME, stick_page
from exchange.seal.opening import seems_for_us
from exchange.seal.sealing import SUFFIX
from exchange.transport.folder import FolderRoad
from exchange.transport.landing import disk_errors, landing
from exchange.transport.road import is_name

_HEAD = b"age-encryption.org/"


@dataclass(frozen=True, slots=True)
class Handed:
    """A person now has something to bring to `party`: a folder, or a file of `size` bytes to attach."""

    party: str
    path: Path
    size: int | None = None


Hands = Callable[[Handed], None]


def nobodys_hands(_handed: Handed) -> None:
    """Nobody wants to know."""


def folder_for(office: Office, party: str, on: Path) -> Path:
    """The folder of `party` on a stick or drive of ours: always the same one, and opaque to whoever finds it."""
    name = b32encode(office.identity.key_for(f"by-hand/{party}")[:5]).decode("ascii").lower()
    return on / name


def road_for(office: Office, party: str, on: Path) -> FolderRoad:
    """The road into that folder, which is made if need be; `on` is not: without it the stick is not there, and what
    was written would lie on our own disk and count as delivered. Raises TransportError: also where somebody who had the
    stick has put a link in its place, which would lead what we write off the stick."""
    folder = folder_for(office, party, on)
    if folder.is_symlink():
        what, hint = _("this is a link and no folder"), _("remove it, or take another stick; then run it again")
        raise TransportError(Problem("transport.linked_folder", what, f"{on.name}/{folder.name}", hint))
    with disk_errors(on.name):
        folder.mkdir(exist_ok=True)
    return FolderRoad(folder)


def write_page(on: Path) -> None:
    """What whoever holds the stick does now, in one step, where it is not there already. Raises TransportError."""
    page, content = on / NAME, stick_page().encode("utf-8")
    with disk_errors(NAME):
        if page.is_file() and page.stat().st_size == len(content) and page.read_bytes() == content:
            return
        with landing(page, mode=0o666) as file:
            file.write(content)


@dataclass(slots=True)
class Carried:
    """What was brought in the folder `place`: its own files, and those of the folders in it. `left` are the sealed
    files that are not for us, as far as one can see, and the folders into which we may not look."""

    office: Office
    place: Path
    left: set[Path] = field(default_factory=set)
    _known: dict[tuple[Path, int, int], bool] = field(default_factory=dict)

    def roads(self) -> Iterator[FolderRoad]:
        yield FolderRoad(self.place, ours=self.seems_ours)
        for folder in self._folders():
            yield FolderRoad(folder, ours=self.seems_ours)

    def seems_ours(self, file: Path) -> bool:
        """Each file is looked at once, until it changes."""
        try:
            status = file.stat(follow_symlinks=False)
            key = (file, status.st_size, status.st_mtime_ns)
            if key not in self._known:
                self._known[key] = self._look(file)
        except OSError:  # it is gone, or not for our eyes
            return False
        return self._known[key]

    def _look(self, file: Path) -> bool:
        with file.open("rb") as source:
            sealed = source.read(len(_HEAD)) == _HEAD
            source.seek(0)
            ours = sealed and seems_for_us(source, self.office.identity)
        if not ours and (sealed or file.suffix == SUFFIX):
            self.left.add(file)
        return ours

    def _folders(self) -> tuple[Path, ...]:
        """Not those that systems hide on sticks, whose names are none of ours. A folder that may not be entered is
        somebody else's; that the whole is not there, its own road says."""
        found = []
        try:
            for each in sorted(self.place.iterdir()):
                if is_name(each.name) and each.is_dir() and not each.is_symlink():
                    found.append(each)
        except OSError:
            return ()
        self.left.update(each for each in found if not _may_look(each))
        return tuple(each for each in found if each not in self.left)


def _may_look(folder: Path) -> bool:
    try:
        next(iter(folder.iterdir()), None)
    except OSError:
        return False
    return True
