"""paramiko's connection, held to what a server may send.

paramiko believes what a server says of itself: how many extensions or questions follow, and that nothing is sent beyond
the window. A server that lies about these would make it count for an hour, or fill our memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import paramiko

    from exchange.transport.sftp.line import Line

CHANNEL_WINDOW = 16 << 20  # bytes the server may send ahead: measured, 2 MiB (paramiko's own) halves a download


def guarded(line: Line) -> paramiko.Transport:
    """A connection over `line` that begins when it is told to."""
    import paramiko
    from paramiko.common import MSG_CHANNEL_DATA, MSG_CHANNEL_EXTENDED_DATA

    class Guarded(paramiko.Transport):  # type: ignore[misc]  # paramiko has no types
        _channel_handler_table = paramiko.Transport._channel_handler_table | {
            MSG_CHANNEL_DATA: _take,
            MSG_CHANNEL_EXTENDED_DATA: _leave,
        }

        def _parse_ext_info(self, message: paramiko.Message) -> None:
            """Nothing of it is needed: the keys that we show sign in one way that every server knows."""

    return Guarded(line, default_window_size=CHANNEL_WINDOW)


def _take(channel: paramiko.Channel, message: paramiko.Message) -> None:
    import paramiko

    if len(channel.in_buffer) > 2 * CHANNEL_WINDOW:
        raise paramiko.SSHException("the server does not keep to the window")
    channel._feed(message)


def _leave(_channel: paramiko.Channel, _message: paramiko.Message) -> None:
    """What a program at the server says besides its output: nobody reads it."""
