"""Whether an account that is let in may more than SFTP: run a program, have a terminal, forward connections.

What is asked for is harmless if it is granted: the program says a word of ours, the connection goes to the SSH port
that we came through, and nobody is told of the port that would listen.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.transport.sftp.line import Deadlines
from exchange.transport.sftp.link import Link

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
    """Try each door, over the connection that is there. Where the server does not answer, paramiko would wait for ever;
    the line does not. Whatever a server's nonsense raises means that a door is shut."""
    transport = link.transport
    with link.waiting():
        return Doors(
            runs=_runs(transport, deadlines),
            terminal=_terminal(transport, deadlines),
            forwards=_forwards(transport, deadlines),
            listens=_listens(transport),
        )


def _runs(transport: paramiko.Transport, deadlines: Deadlines) -> bool:
    """A server that forces SFTP accepts the request, and does not run what it names."""
    word = secrets.token_hex(16)
    try:
        channel = transport.open_session(timeout=deadlines.connect)
        channel.settimeout(_WAIT)
        channel.exec_command(f"echo {word}")
        return _says(channel, word.encode())
    except Exception:
        return False


def _says(channel: paramiko.Channel, word: bytes) -> bool:
    said, until = b"", time.monotonic() + _WAIT
    channel.shutdown_write()
    try:
        while time.monotonic() < until and len(said) < 4096 and (more := channel.recv(256)):
            said += more
    except TimeoutError:
        pass
    finally:
        channel.close()
    return word in said


def _terminal(transport: paramiko.Transport, deadlines: Deadlines) -> bool:
    try:
        channel = transport.open_session(timeout=deadlines.connect)
        channel.settimeout(deadlines.connect)
        channel.get_pty()
    except Exception:
        return False
    channel.close()
    return True


def _forwards(transport: paramiko.Transport, deadlines: Deadlines) -> bool:
    import paramiko

    try:
        channel = transport.open_channel("direct-tcpip", ("127.0.0.1", 22), ("127.0.0.1", 0), timeout=deadlines.connect)
    except paramiko.ChannelException as error:
        return error.code not in _FORBIDDEN
    except Exception:
        return False
    channel.close()
    return True


def _listens(transport: paramiko.Transport) -> bool:
    try:
        port = transport.request_port_forward("127.0.0.1", 0)
    except Exception:
        return False
    transport.cancel_port_forward("127.0.0.1", port)
    return True
