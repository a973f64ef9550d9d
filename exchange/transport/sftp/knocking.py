"""Whether an account that is let in may more than SFTP: run a program, have a terminal, forward connections.

What is asked for is harmless if it is granted: the program says a word of ours, the connection goes to the SSH port
that we came through, and nobody is told of the port that would listen.

paramiko waits without end for most of these answers, so the line watches (`Line.waiting`). What is not answered is not
known to be shut, and is an error.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.errors import TransportError
from exchange.transport.sftp.line import Deadlines
from exchange.transport.sftp.link import Link
from exchange.transport.sftp.session import Session

if TYPE_CHECKING:
    import paramiko

_WAIT = 3.0  # seconds for a program to say its word; an SFTP server in its place says nothing
_FORBIDDEN = frozenset({1, 3, 4})  # RFC 4254, section 5.1; 2 means that it tried


@dataclass(frozen=True, slots=True)
class Doors:
    """What the account may besides SFTP: run a program, have a terminal, connect on from the server, listen there."""

    runs: bool
    terminal: bool
    forwards: bool
    listens: bool


def knock(link: Link, deadlines: Deadlines) -> Doors:
    """Try each door, over the connection that is there. Raises TransportError where the server stops answering.

    Listening is asked for last: paramiko takes any answer to a global request for the one it waits for, so the answers
    to earlier nudges must have come, and they come before those to the other doors.
    """
    hand = _Hand(link.session, deadlines)
    with link.session.quiet():
        return Doors(
            runs=hand.tries(hand.run),
            terminal=hand.tries(hand.have_a_terminal),
            forwards=hand.tries(hand.forward),
            listens=hand.tries(hand.listen),
        )


@dataclass(frozen=True, slots=True)
class _Hand:
    session: Session
    deadlines: Deadlines

    def tries(self, door: Callable[[], bool]) -> bool:
        """A refusal shuts one door, as does nonsense; a connection that is gone says nothing of any."""
        try:
            is_open = door()
        except Exception as error:
            if not self.session.alive():
                raise TransportError(self.session.line.why_lost()) from error
            return False
        self.session.line.answered()
        return is_open

    def run(self) -> bool:
        """A server that forces SFTP accepts the request, and does not run what it names."""
        word = secrets.token_hex(16)
        with self.session.line.waiting():
            channel = self._channel("session")
            channel.exec_command(f"echo {word}")
        return _says(channel, word.encode())

    def have_a_terminal(self) -> bool:
        with self.session.line.waiting():
            channel = self._channel("session")
            channel.get_pty()
        channel.close()
        return True

    def forward(self) -> bool:
        import paramiko

        try:
            with self.session.line.waiting():
                channel = self._channel("direct-tcpip", ("127.0.0.1", 22), ("127.0.0.1", 0))
        except paramiko.ChannelException as error:
            return error.code not in _FORBIDDEN
        channel.close()
        return True

    def listen(self) -> bool:
        transport = self.session.transport
        with self.session.line.waiting():
            port = transport.request_port_forward("127.0.0.1", 0)
            transport.cancel_port_forward("127.0.0.1", port)
        return True

    def _channel(self, kind: str, *addresses: tuple[str, int]) -> paramiko.Channel:
        """paramiko's own deadline comes after the line's, which ends the connection: silence is no refusal."""
        return self.session.transport.open_channel(kind, *addresses, timeout=2 * self.deadlines.answer)


def _says(channel: paramiko.Channel, word: bytes) -> bool:
    said, until = b"", time.monotonic() + _WAIT
    channel.shutdown_write()
    with suppress(TimeoutError):
        while (left := until - time.monotonic()) > 0 and len(said) < 4096:
            channel.settimeout(left)
            if not (more := channel.recv(256)):
                break
            said += more
    channel.close()
    return word in said
