"""The four verbs on one folder of an SFTP server, as coroutines over a conversation that is open already.

Uploading: a hidden part, gone on with where a broken link left it, every WRITE's status read, fsync where offered, the
size checked, then a rename that never replaces. Downloading: into a part of ours, likewise gone on with; the size and
time before and after, and every byte in between.
"""

from __future__ import annotations

import contextlib
import hashlib
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from exchange.errors import TransportError
from exchange.transport import refusals
from exchange.transport.landing import disk_errors, landing, name_taken, still_growing
from exchange.transport.road import (
    Delivery,
    Fetched,
    NotThereError,
    Outgoing,
    RemoteFile,
    Wanted,
    Watch,
    check_name,
    is_name,
    part_name,
)
from exchange.transport.sftp.conversation import POSIX_RENAME, Conversation
from exchange.transport.sftp.packets import OPEN_NEW, OPEN_READ, OPEN_WRITE, Attributes
from exchange.transport.sftp.passing import Coming, Leaving

OVERLAP = 64 * 1024  # bytes at the end of our own part that are fetched again and compared


@dataclass(frozen=True, slots=True)
class RemoteFolder:
    """`directory` as the server shows it; `where` is host:port. `read_back`: see `SftpRoad`. Raises TransportError."""

    talk: Conversation
    directory: str
    where: str
    read_back: bool = False

    async def check(self) -> None:
        """Raises TransportError unless the folder is there."""
        there = await self.talk.stat(self.directory, follow=True)
        if there is None or (there.mode is not None and not stat.S_ISDIR(there.mode)):
            raise TransportError(refusals.no_directory(f"{self.where}/{self.directory}"))

    async def put(self, outgoing: Outgoing, watch: Watch) -> Delivery:
        name, final = outgoing.name, self._path(check_name(outgoing.name))
        with disk_errors(outgoing.source.name), outgoing.source.open("rb") as content:
            leaving = Leaving(content, outgoing, watch)
            there = await self.talk.stat(final)
            if there is None:
                part = await self._upload(leaving)
                if await self._rename(part, final):
                    return Delivery(name, leaving.size, leaving.sha256, already_there=False)
                there = await self.talk.stat(final)
            if there is None:
                raise TransportError(refusals.write_failed(self._at(name)))
            return await self._again(leaving, there)

    async def look(self) -> tuple[RemoteFile, ...]:
        """What stands there now under names that we take, growing or not."""
        entries = await self.talk.names(self.directory)
        return tuple(
            RemoteFile(name, found.size, found.mtime or 0)
            for name, found in entries
            if is_name(name) and found.size is not None and _is_regular(found)
        )

    async def get(self, wanted: Wanted, watch: Watch) -> Fetched:
        name, path = wanted.name, self._path(check_name(wanted.name))
        with landing(wanted.target, go_on=True) as file:
            handle = await self.talk.open(path, OPEN_READ)
            with self.talk.holding(handle):
                found = await self.talk.attributes(handle, path)
                size = found.size
                if size is None:
                    raise TransportError(refusals.short_read(self._at(name)))
                if wanted.most is not None and size > wanted.most:
                    raise TransportError(still_growing(self._at(name)))
                coming = Coming(file, name, size, watch)
                held = await self._held(handle, path, file, size)
                coming.go_on_from(held)
                await self.talk.read(handle, path, held, size, coming.take)
                after = await self.talk.attributes(handle, path)
            await self.talk.close(handle, path)
            if (after.size, after.mtime) != (size, found.mtime):
                coming.go_on_from(0)  # no part of a file that was another meanwhile
                raise TransportError(still_growing(self._at(name)))
        return Fetched(name, size, coming.sha256)

    async def remove(self, name: str) -> None:
        await self.talk.remove(self._path(check_name(name)))

    # --- uploading ---

    async def _upload(self, leaving: Leaving) -> str:
        """The path of a hidden file that holds all of `source`, durably."""
        name = leaving.name
        part, handle, held = await self._part(leaving)
        try:
            with self.talk.holding(handle):
                leaving.go_on_from(held)
                await self.talk.write(handle, part, held, leaving.read, leaving.moved)
                leaving.check()
            await self._check_part(part, leaving, await self.talk.finish(handle, part))
        except TransportError as error:
            reason = await self._why(error, name, leaving.size)
            with contextlib.suppress(TransportError):
                await self.talk.remove(part)
            raise NotThereError(*reason.problems) from error
        return part

    async def _check_part(self, part: str, leaving: Leaving, stands: int | None) -> None:
        if stands != leaving.size:
            raise TransportError(refusals.wrong_size(self._at(leaving.name), leaving.size, stands))
        if self.read_back and await self._digest(part, leaving.size) != leaving.sha256:
            raise TransportError(refusals.wrong_content(self._at(leaving.name)))

    async def _part(self, leaving: Leaving) -> tuple[str, bytes, int]:
        """A hidden file to write to, and how much it holds already: new, gone on with, or stepped round."""
        denied: list[TransportError] = []
        parts = [self._path(part_name(f"{leaving.stem}{turn}")) for turn in ("", ".2", ".3")]
        for part in parts:
            unread: list[TransportError] = []
            with _refusals_noted(denied):
                return part, await self._new(part), 0
            with _refusals_noted(unread):
                resumed = await self._resumed(part, leaving)
                if resumed is not None:
                    return part, *resumed
            if unread and await self._may_get_its_name(part, leaving):
                continue
            with _refusals_noted([]):
                return part, await self._anew(part), 0
        with _refusals_noted([]):  # the oldest, whose session is long over
            return parts[0], await self._anew(parts[0]), 0
        await self.check()
        if any("transport.permission" in error.codes for error in denied):
            raise denied[0]
        raise TransportError(refusals.in_the_way(self._at(leaving.name)))

    async def _new(self, part: str) -> bytes:
        """A handle to a file that nobody else has open."""
        return await self.talk.open(part, OPEN_WRITE | OPEN_NEW)

    async def _anew(self, part: str) -> bytes:
        await self.talk.remove(part)
        return await self._new(part)

    async def _may_get_its_name(self, part: str, leaving: Leaving) -> bool:
        """Whether a part that we may not read is whole: the RENAME of the session that wrote it may still come, and
        would give the final name to whatever grows in its place."""
        found = await self.talk.stat(part)
        return found is not None and found.size == leaving.size

    async def _resumed(self, part: str, leaving: Leaving) -> tuple[bytes, int] | None:
        """A handle to what a broken link left, and how much of it agrees with the source; None, if nothing does.

        Another session may be writing into it: one of ours that died without the server's knowing, or one on another
        machine. The name of a part tells its content, so that all of them write the same bytes to the same places, and
        whichever is whole first may rename it. What is removed and made anew agreed with nothing.
        """
        found = await self.talk.stat(part)
        if found is None or not _is_regular(found) or found.size is None or found.size > leaving.size:
            return None
        handle = await self.talk.open(part, OPEN_READ | OPEN_WRITE)
        with self.talk.holding(handle):
            held = await self._agreeing(handle, part, found.size, leaving)
        if held or not found.size:
            return handle, held
        await self.talk.close(handle, part)
        return None

    async def _agreeing(self, handle: bytes, part: str, length: int, leaving: Leaving) -> int:
        """How many of the part's first `length` bytes are those of the source, in whole blocks."""
        held, agrees = 0, True
        leaving.content.seek(0)

        def compare(block: memoryview) -> None:
            nonlocal held, agrees
            agrees = agrees and block == leaving.content.read(len(block))
            held += len(block) if agrees else 0

        await self.talk.read(handle, part, 0, length, compare)
        return held

    async def _rename(self, part: str, final: str) -> bool:
        """Whether `part` is now `final`; False if something else got there first. Nothing is ever replaced.

        The plain rename refuses to replace, in one step. Where a server cannot do it (no hard links), the name is
        looked at, then `posix-rename` is used.
        """
        failed: list[TransportError] = []
        with _refusals_noted(failed):
            await self.talk.rename(part, final)
            return True
        if await self.talk.stat(final) is not None:
            await self.talk.remove(part)
            return False
        if not self.talk.offers(POSIX_RENAME):
            raise failed[0]
        await self.talk.posix_rename(part, final)
        return True

    async def _again(self, leaving: Leaving, there: Attributes) -> Delivery:
        """What stands under the name already is this file, or it is an error.

        Where the account may not read (a letter box), equal size under a random name counts as the same file: nobody
        else knows the name, parts never get it unless they are whole, and the receipt will name the digest.
        """
        name, size = leaving.name, leaving.size
        if there.size != size or (there.mode is not None and not stat.S_ISREG(there.mode)):
            raise TransportError(name_taken(self._at(name)))
        digest = leaving.whole()
        try:
            stands = await self._digest(self._path(name), size)
        except TransportError as error:
            if "transport.permission" not in error.codes:
                raise
            stands = digest
        if stands != digest:
            raise TransportError(name_taken(self._at(name)))
        return Delivery(name, size, digest, already_there=True)

    async def _digest(self, path: str, size: int) -> str:
        handle = await self.talk.open(path, OPEN_READ)
        digest = hashlib.sha256()
        with self.talk.holding(handle):
            await self.talk.read(handle, path, 0, size, digest.update)
        await self.talk.close(handle, path)
        return digest.hexdigest()

    async def _why(self, error: TransportError, name: str, size: int) -> TransportError:
        """A server says 'failure' when its disk is full: ask it for the room that is left."""
        if "transport.failed" not in error.codes:
            return error
        with contextlib.suppress(TransportError):
            room = await self.talk.free_space(self.directory)
            if room is not None and room < size:
                return TransportError(refusals.no_space(self._at(name)))
        return TransportError(refusals.write_failed(self._at(name)))

    # --- downloading ---

    async def _held(self, handle: bytes, path: str, file: BinaryIO, size: int) -> int:
        """How much of our own part is the beginning of the file: all of it, if its end is; else nothing.

        The end is compared, not all: files never change under their names, and a power cut damages the end of what was
        written last. The seal tells the rest.
        """
        held = file.seek(0, 2)
        if not OVERLAP <= held <= size:
            return 0
        agrees, overlap = True, held - OVERLAP
        with disk_errors(self._at(path)):
            file.seek(overlap)
            ours = memoryview(file.read(OVERLAP))
            compared = 0

        def compare(block: memoryview) -> None:
            nonlocal agrees, compared
            agrees = agrees and block == ours[compared : compared + len(block)]
            compared += len(block)

        await self.talk.read(handle, path, overlap, held, compare)
        return held if agrees else 0

    # --- places ---

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
