"""A connection that knows when it has waited long enough, and who along the way fell silent.

paramiko reads and writes in steps of a tenth of a second and waits for ever; a line watches the clock between those
steps, and hangs up when nothing has moved. No thread of its own is needed. A line runs over a socket, or through a
channel of a jump host; then the line to the jump host is `before` it.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Protocol

from exchange.errors import Problem
from exchange.transport.refusals import connection_lost, stalled

AHEAD = 256 * 1024  # bytes that are read at once
LARGEST = 256 * 1024  # bytes; no packet of SSH is larger (OpenSSH's own bound), and paramiko has none


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds. `connect`: until a server has let us in, for each on the way. `stall`: in which at least one byte must
    move, either way.

    `answer`: between one whole answer and the next, so that a server that drips one byte at a time is left as well.
    """

    connect: float = 20
    stall: float = 20
    answer: float = 120

    @property
    def nudge(self) -> float:
        """How long a line that nobody waits for stays quiet: often enough for any NAT, and to tell who fell silent."""
        return min(self.stall, self.connect) / 4

    @property
    def silence(self) -> float:
        """After which a jump host that was nudged counts as silent."""
        return 2 * self.nudge


class Wire(Protocol):
    """What a line runs over: a socket, or a paramiko channel. Both raise TimeoutError when nothing came in time."""

    def settimeout(self, seconds: float | None, /) -> None: ...

    def recv(self, size: int, /) -> bytes: ...

    def send(self, data: bytes, /) -> int: ...


class Line:
    """A connection with deadlines, of the kind that paramiko takes in a socket's place.

    `since`: when getting there began (`time.monotonic`); `connect` counts from then. `end` closes what it runs over
    for both sides, at once and from any thread; `free` gives it back.
    """

    def __init__(
        self,
        wire: Wire,
        deadlines: Deadlines,
        where: str,
        since: float,
        *,
        end: Callable[[], None],
        free: Callable[[], None],
        before: Line | None = None,
    ) -> None:
        self._wire, self._deadlines, self._where, self._before = wire, deadlines, where, before
        self._end, self._free = end, free
        self._moved = self._heard = time.monotonic()
        self._until = since + deadlines.connect
        self._waited = 0.0
        self._ahead = memoryview(b"")  # read and not yet given
        self._stalled = self._hung_up = False
        self._ended = Event()
        self.watched = False
        self.dismissed = False  # the server said in so many words that it is over, before it ended the connection
        self._closed = False  # paramiko looks at this

    @classmethod
    def over(cls, plain: socket.socket, deadlines: Deadlines, where: str, since: float) -> Line:
        """A line over TCP."""
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def end() -> None:
            """Whoever reads or writes it notices. Closing it here would free its number too soon."""
            with contextlib.suppress(OSError):
                plain.shutdown(socket.SHUT_RDWR)

        return cls(plain, deadlines, where, since, end=end, free=plain.close)

    @classmethod
    def through(cls, channel: Wire, before: Line, deadlines: Deadlines, where: str, since: float) -> Line:
        """A line through a jump host. It ends with the line to that: saying farewell on the channel could hang."""
        return cls(channel, deadlines, where, since, end=before.hang_up, free=lambda: None, before=before)

    # --- who waits, and for how long ---

    @contextmanager
    def connecting(self) -> Iterator[None]:
        """We are being let in: all of the block, and what came before it, is bounded."""
        with self._watch(self._until):
            yield

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Somebody waits for the far end. What our own disk takes in between does not count against it."""
        began = time.monotonic()
        try:
            with self._watch(began + self._deadlines.answer - self._waited):
                yield
        finally:
            self._waited += time.monotonic() - began

    def answered(self) -> None:
        """A whole answer came: the time for the next one begins."""
        self._waited = 0.0

    @contextmanager
    def excused(self) -> Iterator[None]:
        """In a block that is watched: a person or an agent is asked, and that time does not count."""
        began = time.monotonic()
        self.watched = False
        try:
            yield
        finally:
            away = time.monotonic() - began
            self._until += away
            self._moved += away
            self.watched = True

    @contextmanager
    def _watch(self, until: float) -> Iterator[None]:
        self._moved, self._until = time.monotonic(), until
        self.watched = True
        try:
            yield
        finally:
            self.watched = False

    # --- the end ---

    def give_up(self) -> None:
        """It has taken too long."""
        self._note_silence(time.monotonic())
        self._stalled = True
        self.hang_up()

    def _note_silence(self, now: float) -> None:
        """Who before us on the way has not been heard either? A jump host that lives answers each nudge."""
        if self._before is not None:
            self._before._note_silence(now)
            self._before._stalled = not self._before.heard_within(self._deadlines.silence, now)

    def heard_within(self, seconds: float, now: float) -> bool:
        return now - self._heard <= seconds

    def hang_up(self) -> None:
        self._hung_up = True
        self._end()

    def close(self) -> None:
        """paramiko has done with it, because we hung up or because the other side did; it says so more than once."""
        self.dismissed |= not (self._hung_up or self._ended.is_set())
        self._note_end()
        self._closed = True
        self._free()

    @property
    def lost(self) -> bool:
        """Whether the connection is gone and we did not end it, except for having waited too long."""
        return self._stalled or self._ended.is_set()

    def why_lost(self) -> Problem:
        """The first on the way that is gone is the one to name."""
        if self._before is not None:
            if not self._stalled:
                self._before._ended.wait(0.3)  # a jump host that goes takes this line with it, and is noted after it
            if self._before.lost:
                return self._before.why_lost()
        return stalled(self._where) if self._stalled else connection_lost(self._where)

    def _note_end(self) -> None:
        if not self._hung_up:
            self._ended.set()

    # --- what paramiko calls ---

    def settimeout(self, seconds: float | None) -> None:
        self._wire.settimeout(seconds)

    def recv(self, size: int) -> bytes:
        """paramiko reads each packet in two small pieces; the system is asked for more, and not so often. It asks for
        what the packet says that it has, which may be 4 GiB, and before anybody has shown a key."""
        if size > LARGEST:
            self.hang_up()
            raise ConnectionAbortedError(errno.ECONNABORTED, "no packet is so large")
        if not self._ahead:
            self._ahead = memoryview(self._read())
        piece, self._ahead = bytes(self._ahead[:size]), self._ahead[size:]
        return piece

    def _read(self) -> bytes:
        try:
            data = self._wire.recv(AHEAD)
        except TimeoutError:
            self._look_at_the_clock()
            raise
        except OSError:
            self._note_end()
            raise
        if not data:
            self._note_end()
        self._moved = self._heard = time.monotonic()
        self._look_at_the_clock()
        return data

    def send(self, data: bytes) -> int:
        try:
            count = self._wire.send(data)
        except TimeoutError:
            self._look_at_the_clock()
            raise
        if count:
            self._moved = time.monotonic()
        self._look_at_the_clock()
        return count

    def _look_at_the_clock(self) -> None:
        if not self.watched:
            return
        now = time.monotonic()
        if now > self._moved + self._deadlines.stall or now > self._until:
            self.give_up()
            raise ConnectionAbortedError(errno.ECONNABORTED, "nothing moved")
