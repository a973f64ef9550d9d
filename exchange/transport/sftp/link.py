"""A connection to an SFTP server, over jump hosts if need be: each known by its pinned key, a deadline on everything.

The SFTP on top is our own, because every WRITE's status must be read (`conversation.py`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from exchange.errors import TransportError
from exchange.transport.sftp.conversation import Conversation
from exchange.transport.sftp.line import Deadlines, Line
from exchange.transport.sftp.login import Login
from exchange.transport.sftp.session import Session
from exchange.transport.sftp.target import JumpHost, SftpTarget

if TYPE_CHECKING:
    import paramiko

RECEIVE = 8 << 20  # all that has come: taking a part of it makes paramiko move the rest


class Link:
    """A connection that is made, known to reach the pinned server, and let in. `via`: the jump hosts, ours first."""

    def __init__(self, address: SftpTarget, login: Login, deadlines: Deadlines, via: Sequence[JumpHost] = ()) -> None:
        self._sessions: list[Session] = []
        try:
            for jump in via:
                self._go_on_to(jump, jump.login, deadlines)
            last = self._go_on_to(address, login, deadlines)
            self.talk = Conversation(_ChannelStream(last.open_sftp(), last.line), address.where)
        except BaseException:
            self.close()
            raise

    @property
    def session(self) -> Session:
        """The connection below SFTP, for who asks what else is open (`knocking.py`)."""
        return self._sessions[-1]

    def close(self) -> None:
        """Hang up: the first line ends all that go through it."""
        for session in self._sessions:
            session.line.hang_up()
        for session in reversed(self._sessions):
            session.close()

    def _go_on_to(self, stop: JumpHost | SftpTarget, login: Login, deadlines: Deadlines) -> Session:
        session = Session(stop, login, deadlines, self._sessions[-1] if self._sessions else None)
        self._sessions.append(session)
        return session


class _ChannelStream:
    """The channel, as bytes; its exceptions as ours."""

    def __init__(self, channel: paramiko.Channel, line: Line) -> None:
        self._channel = channel
        self._line = line

    def send(self, data: bytes) -> None:
        with self._errors():
            self._channel.sendall(memoryview(data))  # which is cut into packets without copying the rest each time

    def receive(self) -> bytes:
        with self._errors():
            data: bytes = self._channel.recv(RECEIVE)
        if not data:
            raise TransportError(self._line.why_lost())
        return data

    def answered(self) -> None:
        self._line.answered()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        import paramiko

        try:
            with self._line.waiting():
                yield
        except TimeoutError as error:  # the channel's own, when the line moves and the channel does not
            self._line.give_up()
            raise TransportError(self._line.why_lost()) from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise TransportError(self._line.why_lost()) from error
