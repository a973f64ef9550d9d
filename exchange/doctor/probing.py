"""Looking at a server from outside. Nothing stays there, and no name or byte of anybody else's is read."""

from __future__ import annotations

import contextlib
import secrets
import socket
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from exchange.doctor.facts import Folder, Inside, ServerFacts, Trial
from exchange.doctor.hello import MOST, OUR_LINE, Hello, first_line, read_offer
from exchange.errors import TransportError
from exchange.transport.road import part_name
from exchange.transport.sftp.conversation import FSYNC, LIMITS, POSIX_RENAME, STATVFS, Conversation, Work
from exchange.transport.sftp.knocking import Doors, knock
from exchange.transport.sftp.line import Deadlines
from exchange.transport.sftp.link import Link
from exchange.transport.sftp.login import Login
from exchange.transport.sftp.packets import OPEN_NEW, OPEN_READ, OPEN_WRITE
from exchange.transport.sftp.reaching import look_up, reach
from exchange.transport.sftp.target import JumpHost, SftpTarget

SIZE = 256 * 1024  # bytes of the file that is tried
EXTENSIONS = (FSYNC, LIMITS, POSIX_RENAME, STATVFS)
# What a whole server has, and a folder that an account is locked into has not.
_OF_A_SERVER = ("/etc/ssh", "/usr/bin", "/proc/self")
_SAYS_NO = frozenset({"transport.permission", "transport.failed", "transport.no_such_file", "transport.unsupported"})


@dataclass(frozen=True, slots=True)
class Examination:
    """`target`: the folder where we put; `outgoing`: the one where we fetch; `via`: the jump hosts on the way, behind
    which nobody sees how the server greets; `clock`: seconds since 1970."""

    target: SftpTarget
    outgoing: str
    login: Login
    deadlines: Deadlines
    via: tuple[JumpHost, ...] = ()
    clock: Callable[[], float] = time.time

    def facts(self) -> ServerFacts:
        target, through = self.target, tuple(each.where for each in self.via)
        seen = ServerFacts(target.where, target.user, through, (), None, None, None)
        if not through:
            until = time.monotonic() + self.deadlines.connect
            seen = replace(seen, addresses=_addresses(target, until), hello=_hello(target, until))
        left: list[str] = []
        try:
            link = self._link()
            try:
                seen = replace(seen, inside=self._inside(link, left))
            finally:
                link.close()
        except TransportError as error:
            seen = replace(seen, kept_out=error.problems[0])
        return replace(seen, left=tuple(left))

    def _link(self) -> Link:
        return Link(self.target, self.login, self.deadlines, self.via)

    def _inside(self, link: Link, left: list[str]) -> Inside:
        """`left` takes what could not be removed, also where this raises."""
        talk, directory = link.talk, self.target.directory
        trips = [_timed(talk, directory) for _time in range(3)]
        name, trial, refused = f"doctor-{secrets.token_hex(16)}", None, None
        incoming = self._folder(talk, directory, name, left)
        clears = not left
        outgoing = self._folder(talk, self.outgoing, name, left)
        if incoming.takes and clears:  # what is tried there would be left as well
            try:
                trial = self._tried(talk, name, left)
            except TransportError as error:
                refused = error.problems[0]
        return Inside(
            trip=statistics.median(trips),
            extensions=tuple(each.decode() for each in EXTENSIONS if talk.offers(each)),
            block=talk.pace.block,
            free=_free(talk, directory),
            sees_server=any(_there(talk, path) for path in _OF_A_SERVER),
            incoming=incoming,
            outgoing=outgoing,
            trial=trial,
            refused=refused,
            doors=_doors(link, self.deadlines),
        )

    # --- files of our own ---

    def _folder(self, talk: Conversation, path: str, name: str, left: list[str]) -> Folder:
        """What stands there is not asked for: whether we may ask is enough."""
        if not _there(talk, path):
            return Folder(path, there=False, lists=False, takes=False)
        trial = f"{path}/{part_name(name)}"
        handles: list[bytes] = []

        async def make() -> None:
            handles.append(await talk.open(trial, OPEN_WRITE | OPEN_NEW))
            await talk.close(handles[0], trial)

        try:
            takes = _may(talk, make)
        finally:
            if handles:
                left += self._cleared(talk, (trial,))
        return Folder(path, there=True, lists=_may(talk, lambda: talk.look_into(path)), takes=takes)

    def _tried(self, talk: Conversation, name: str, left: list[str]) -> Trial:
        first, second = (f"{self.target.directory}/{part_name(each)}" for each in (name, f"{name}.2"))
        content = secrets.token_bytes(SIZE)
        try:
            began = time.monotonic()
            handle = talk.run(talk.open(first, OPEN_WRITE | OPEN_NEW))
            talk.run(talk.write(handle, first, 0, _blocks(content), lambda _size: None))
            before = self.clock()
            talk.run(talk.finish(handle, first))
            took = time.monotonic() - began
            found = talk.run(talk.stat(first))
            read_back, down = _read_back(talk, first, content)
            renames = _may(talk, lambda: talk.rename(first, second))
            replaces = renames and _replaces(talk, first, second)
        finally:
            left += self._cleared(talk, (first, second))
        clock = None if found is None or found.mtime is None else found.mtime - before
        return Trial(read_back, renames, replaces, clock, SIZE / took, down)

    def _cleared(self, talk: Conversation, paths: tuple[str, ...]) -> tuple[str, ...]:
        """What could not be removed; over another connection where this one is gone."""
        left = _remove(talk, paths)
        if left:
            with contextlib.suppress(TransportError):
                link = self._link()
                try:
                    left = _remove(link.talk, left)
                finally:
                    link.close()
        return left


def _addresses(target: SftpTarget, until: float) -> tuple[str, ...]:
    try:
        found = look_up(target.host, target.port, until - time.monotonic())
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(place[0]) for _family, place in found))


def _hello(target: SftpTarget, until: float) -> Hello | None:
    """What it says to whoever comes; None where nobody answers, or not as SSH does, or not in time."""
    try:
        with reach(target.host, target.port, _left(until), target.where) as line:
            line.settimeout(_left(until))
            line.sendall(OUR_LINE)
            return _greeted(line, until)
    except (TransportError, OSError, ValueError):
        return None


def _left(until: float) -> float:
    """Seconds. TimeoutError where there are none."""
    if (left := until - time.monotonic()) <= 0:
        raise TimeoutError
    return left


def _greeted(line: socket.socket, until: float) -> Hello | None:
    data, software = b"", None
    while len(data) <= 2 * MOST:
        line.settimeout(_left(until))
        if not (more := line.recv(8192)):
            break
        data += more
        if software is None and (said := first_line(data)) is not None:
            software, data = said
        if software is not None and (hello := read_offer(software, data)) is not None:
            return hello
    return None


def _timed(talk: Conversation, path: str) -> float:
    began = time.monotonic()
    talk.run(talk.stat(path, follow=True))
    return time.monotonic() - began


def _doors(link: Link, deadlines: Deadlines) -> Doors | None:
    """None where no answer came: all else was seen by then, and stays said."""
    with contextlib.suppress(TransportError):
        return knock(link, deadlines)
    return None


def _there(talk: Conversation, path: str) -> bool:
    with contextlib.suppress(TransportError):
        return talk.run(talk.stat(path, follow=True)) is not None
    return False


def _free(talk: Conversation, path: str) -> int | None:
    with contextlib.suppress(TransportError):
        return talk.run(talk.free_space(path))
    return None


def _read_back(
    talk: Conversation, path: str, content: bytes
) -> tuple[Literal["same", "other", "refused"], float | None]:
    came, began = bytearray(), time.monotonic()

    async def read() -> None:
        handle = await talk.open(path, OPEN_READ)
        await talk.read(handle, path, 0, len(content), came.extend)
        await talk.close(handle, path)

    if not _may(talk, read):
        return "refused", None
    return "same" if came == content else "other", len(came) / (time.monotonic() - began)


def _replaces(talk: Conversation, first: str, second: str) -> bool:
    """Whether the plain rename writes over what is there: then two files of one name would become one."""

    async def make() -> None:
        await talk.close(await talk.open(first, OPEN_WRITE | OPEN_NEW), first)
        await talk.rename(first, second)

    return _may(talk, make)


def _remove(talk: Conversation, paths: tuple[str, ...]) -> tuple[str, ...]:
    left = []
    for path in paths:
        try:
            talk.run(talk.remove(path))
        except TransportError:
            left.append(path)
    return tuple(left)


def _blocks(content: bytes) -> Callable[[int], bytes]:
    at = 0

    def block(size: int) -> bytes:
        nonlocal at
        piece = content[at : at + size]
        at += len(piece)
        return piece

    return block


def _may(talk: Conversation, work: Callable[[], Work[None]]) -> bool:
    """Whether the server does it; a broken link is raised."""
    try:
        talk.run(work())
    except TransportError as error:
        if not _SAYS_NO & set(error.codes):
            raise
        return False
    return True
