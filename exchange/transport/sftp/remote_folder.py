"""The four verbs on one folder of an SFTP server, over a conversation that is open already.

Uploading: a hidden part, gone on with where a broken link left it, every WRITE's status read, fsync where offered, the
size checked, then a rename that never replaces. Downloading: the size before and after, and every byte in between.
"""

from __future__ import annotations

import contextlib
import hashlib
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from exchange.errors import TransportError
from exchange.transport import refusals
from exchange.transport.landing import disk_errors, landing, name_taken, still_growing
from exchange.transport.road import Delivery, NotThereError, RemoteFile, check_name, is_name, part_name, sha256_of
from exchange.transport.sftp.conversation import Conversation
from exchange.transport.sftp.packets import OPEN_NEW, OPEN_READ, OPEN_WRITE, Attributes

WORTH_RESUMING = 64 * 1024  # bytes; less is sent again sooner than it is read back


@dataclass(frozen=True, slots=True)
class RemoteFolder:
    """`directory` as the server shows it; `where` is host:port. `read_back`: see `SftpRoad`."""

    talk: Conversation
    directory: str
    where: str
    read_back: bool = False

    def check(self) -> None:
        """Raises TransportError unless the folder is there."""
        there = self.talk.stat(self.directory, follow=True)
        if there is None or (there.mode is not None and not stat.S_ISDIR(there.mode)):
            raise TransportError(refusals.no_directory(f"{self.where}/{self.directory}"))

    def put(self, source: Path, name: str) -> Delivery:
        final = self._path(check_name(name))
        with disk_errors(source.name):
            size, digest = source.stat().st_size, sha256_of(source)
        there = self.talk.stat(final)
        if there is None:
            part = self._upload(source, name, size, digest)
            if self._rename(part, final):
                return Delivery(name, size, digest, already_there=False)
            there = self.talk.stat(final)
        if there is None:
            raise TransportError(refusals.write_failed(self._at(name)))
        return self._again(name, size, digest, there)

    def look(self) -> tuple[RemoteFile, ...]:
        """What stands there now under names that we take, growing or not."""
        entries = self.talk.names(self.directory)
        return tuple(
            RemoteFile(name, found.size, found.mtime or 0)
            for name, found in entries
            if is_name(name) and found.size is not None and _is_regular(found)
        )

    def get(self, name: str, target: Path, most: int | None = None) -> None:
        path = self._path(check_name(name))
        with landing(target) as file:
            handle = self.talk.open(path, OPEN_READ)
            size = self.talk.size_of(handle, path)
            if size is None:
                raise TransportError(refusals.short_read(self._at(name)))
            if most is not None and size > most:
                raise TransportError(still_growing(self._at(name)))
            for block in self.talk.read(handle, path, size):
                file.write(block)
            if self.talk.size_of(handle, path) != size:
                raise TransportError(still_growing(self._at(name)))
            self.talk.close(handle, path)

    def remove(self, name: str) -> None:
        self.talk.remove(self._path(check_name(name)))

    # --- uploading ---

    def _upload(self, source: Path, name: str, size: int, digest: str) -> str:
        """The path of a hidden file that holds all of `source`, durably."""
        part, handle, held = self._part(source, name, size)
        try:
            with disk_errors(source.name), source.open("rb") as content:
                content.seek(held)
                self.talk.write(handle, part, held, content.read)
            if self.talk.offers(b"fsync@openssh.com"):
                self.talk.sync(handle, part)
            stands = self.talk.size_of(handle, part)
            self.talk.close(handle, part)
            self._check_part(part, name, size, stands, digest)
        except TransportError as error:
            reason = self._why(error, name, size)
            with contextlib.suppress(TransportError):
                self.talk.remove(part)
            raise NotThereError(*reason.problems) from error
        return part

    def _check_part(self, part: str, name: str, size: int, stands: int | None, digest: str) -> None:
        if stands != size:
            raise TransportError(refusals.wrong_size(self._at(name), size, stands))
        if self.read_back and self._digest(part, size) != digest:
            raise TransportError(refusals.wrong_content(self._at(name)))

    def _part(self, source: Path, name: str, size: int) -> tuple[str, bytes, int]:
        """A hidden file to write to, and how much of `source` it holds already: new, gone on with, or stepped round."""
        denied: list[TransportError] = []
        for stem in (name, f"{name}.2", f"{name}.3"):
            part = self._path(part_name(stem))
            with _refusals_noted(denied):
                return part, self._new(part), 0
            with _refusals_noted([]):
                handle, held = self._resumed(part, source, size)
                if held:
                    return part, handle, held
            with _refusals_noted([]):
                self.talk.remove(part)
                return part, self._new(part), 0
        self.check()
        if any("transport.permission" in error.codes for error in denied):
            raise denied[0]
        raise TransportError(refusals.in_the_way(self._at(name)))

    def _new(self, part: str) -> bytes:
        """A handle to a file that nobody else has open."""
        return self.talk.open(part, OPEN_WRITE | OPEN_NEW)

    def _resumed(self, part: str, source: Path, size: int) -> tuple[bytes, int]:
        """A handle to what a broken link left, and as far as it still agrees with `source`; nothing, if not worth it.

        A session of ours that died without the server's knowing may still write into it: it writes the same bytes to
        the same places, and only a whole part is ever renamed.
        """
        found = self.talk.stat(part)
        if found is None or not _is_regular(found) or not WORTH_RESUMING <= (found.size or 0) <= size:
            return b"", 0
        handle = self.talk.open(part, OPEN_READ | OPEN_WRITE)
        held = self._agreeing(handle, part, found.size or 0, source)
        if held >= WORTH_RESUMING:
            return handle, held
        self.talk.close(handle, part)
        return b"", 0

    def _agreeing(self, handle: bytes, part: str, length: int, source: Path) -> int:
        """How many of the part's first `length` bytes are those of `source`, in whole blocks."""
        held, agrees = 0, True
        with disk_errors(source.name), source.open("rb") as content:
            for block in self.talk.read(handle, part, length):
                agrees = agrees and block == content.read(len(block))
                held += len(block) if agrees else 0
        return held

    def _rename(self, part: str, final: str) -> bool:
        """Whether `part` is now `final`; False if something else got there first. Nothing is ever replaced.

        The plain rename refuses to replace, in one step. Where a server cannot do it (no hard links), the name is
        looked at, then `posix-rename` is used.
        """
        failed: list[TransportError] = []
        with _refusals_noted(failed):
            self.talk.rename(part, final)
            return True
        if self.talk.stat(final) is not None:
            self.talk.remove(part)
            return False
        if not self.talk.offers(b"posix-rename@openssh.com"):
            raise failed[0]
        self.talk.posix_rename(part, final)
        return True

    def _again(self, name: str, size: int, digest: str, there: Attributes) -> Delivery:
        """What stands under the name already is this file, or it is an error.

        Where the account may not read (a letter box), equal size under a random name counts as the same file: nobody
        else knows the name, parts never get it unless they are whole, and the receipt will name the digest.
        """
        if there.size != size or (there.mode is not None and not stat.S_ISREG(there.mode)):
            raise TransportError(name_taken(self._at(name)))
        try:
            stands = self._digest(self._path(name), size)
        except TransportError as error:
            if "transport.permission" not in error.codes:
                raise
            stands = digest
        if stands != digest:
            raise TransportError(name_taken(self._at(name)))
        return Delivery(name, size, digest, already_there=True)

    def _digest(self, path: str, size: int) -> str:
        handle = self.talk.open(path, OPEN_READ)
        digest = hashlib.sha256()
        for block in self.talk.read(handle, path, size):
            digest.update(block)
        self.talk.close(handle, path)
        return digest.hexdigest()

    def _why(self, error: TransportError, name: str, size: int) -> TransportError:
        """A server says 'failure' when its disk is full: ask it for the room that is left."""
        if "transport.failed" not in error.codes:
            return error
        with contextlib.suppress(TransportError):
            room = self.talk.free_space(self.directory)
            if room is not None and room < size:
                return TransportError(refusals.no_space(self._at(name)))
        return TransportError(refusals.write_failed(self._at(name)))

    def _path(self, name: str) -> str:
        return f"{self.directory.rstrip('/')}/{name}"

    def _at(self, name: str) -> str:
        return f"{self.where}/{name}"


def _is_regular(found: Attributes) -> bool:
    """A server that does not say what a thing is, is not believed to have a file."""
    return found.mode is not None and stat.S_ISREG(found.mode)


@contextlib.contextmanager
def _refusals_noted(noted: list[TransportError]) -> Iterator[None]:
    """The server may say no inside the block, and the conversation goes on; a broken link is raised."""
    try:
        yield
    except TransportError as error:
        if not {"transport.failed", "transport.permission", "transport.no_such_file"} & set(error.codes):
            raise
        noted.append(error)
