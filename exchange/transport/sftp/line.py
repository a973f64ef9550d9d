"""A socket that knows when it has waited long enough.

paramiko reads and writes in steps of a tenth of a second and waits for ever; this socket watches the clock between
those steps, and hangs up when nothing has moved. No thread of its own is needed.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from exchange.errors import Problem, TransportError
from exchange.locale import _
from exchange.transport.refusals import connection_lost, no_connection, stalled


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds. `connect`: until we are let in. `stall`: in which at least one byte must move, either way.

    `answer`: between one whole answer and the next, so that a server that drips one byte at a time is left as well.
    """

    connect: float = 20
    stall: float = 20
    answer: float = 120


class Line(socket.socket):
    """A TCP connection with deadlines. Not watched while nobody waits for it."""

    _deadlines: Deadlines
    _where: str
    stalled: bool
    _watching: bool
    _waited: float
    _moved: float
    _until: float

    @classmethod
    def to(cls, host: str, port: int, deadlines: Deadlines, where: str) -> Self:
        """Connect, trying each address of `host`. Raises TransportError."""
        try:
            plain = socket.create_connection((host, port), timeout=deadlines.connect)
        except (OSError, UnicodeError) as error:
            raise TransportError(no_connection(where, _why(error))) from error
        line = cls(plain.family, plain.type, plain.proto, fileno=plain.detach())
        line._deadlines, line._where = deadlines, where
        line.stalled = line._watching = False
        line._moved = line._until = line._waited = 0.0
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line

    @contextmanager
    def connecting(self) -> Iterator[None]:
        """We are being let in: all of the block is bounded."""
        with self._watched(self._deadlines.connect):
            yield

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Somebody waits for the far end. What our own disk takes in between does not count against it."""
        began = time.monotonic()
        try:
            with self._watched(self._deadlines.answer - self._waited):
                yield
        finally:
            self._waited += time.monotonic() - began

    def answered(self) -> None:
        """A whole answer came: the time for the next one begins."""
        self._waited = 0.0

    @contextmanager
    def _watched(self, seconds: float) -> Iterator[None]:
        self._moved = time.monotonic()
        self._until = self._moved + seconds
        self._watching = True
        try:
            yield
        finally:
            self._watching = False

    def give_up(self) -> None:
        """It has taken too long."""
        self.stalled = True
        self.hang_up()

    def hang_up(self) -> None:
        """End the connection; whoever reads or writes it notices. Closing it here would free its number too soon."""
        with contextlib.suppress(OSError):
            self.shutdown(socket.SHUT_RDWR)

    def why_lost(self) -> Problem:
        return stalled(self._where) if self.stalled else connection_lost(self._where)

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        try:
            data = super().recv(bufsize, flags)
        except TimeoutError:
            self._look_at_the_clock()
            raise
        self._moved = time.monotonic()
        self._look_at_the_clock()
        return data

    def send(self, data: Any, flags: int = 0) -> int:
        try:
            count = super().send(data, flags)
        except TimeoutError:
            self._look_at_the_clock()
            raise
        self._moved = time.monotonic()
        self._look_at_the_clock()
        return count

    def _look_at_the_clock(self) -> None:
        if not self._watching:
            return
        now = time.monotonic()
        if now > self._moved + self._deadlines.stall or now > self._until:
            self.give_up()
            raise ConnectionAbortedError(errno.ECONNABORTED, "nothing moved")


def _why(error: Exception) -> str:
    """In our words: the system's own differ from one to the next, and may name what they should not."""
    if isinstance(error, socket.gaierror | UnicodeError):
        return _("nobody knows a server of this name")
    if isinstance(error, ConnectionRefusedError):
        return _("nothing listens at this port")
    if isinstance(error, TimeoutError):
        return _("no answer in time")
    return _("the network is not reachable")
