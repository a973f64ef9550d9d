"""From the name of a server to a TCP connection, within a deadline.

The system's own look-up of names has none and cannot be interrupted; so it runs in a thread that nobody waits for
longer than that. Each address of a name gets a share of the time that is left, IPv6 and IPv4 in turn (as RFC 8305,
section 4, orders them), so that a server is reached though one of the two leads nowhere.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
from itertools import chain, zip_longest
from typing import Any

from exchange.errors import TransportError
from exchange.locale import _
from exchange.transport.refusals import no_connection

_Address = tuple[socket.AddressFamily, Any]  # and the address in the form of its family
_LEAST = 0.05  # seconds that the last address gets, however late it is


def reach(host: str, port: int, seconds: float, where: str) -> socket.socket:
    """A connection to `port` of `host`. Raises TransportError (transport.no_connection)."""
    until = time.monotonic() + seconds
    try:
        addresses = in_turn(look_up(host, port, seconds))
    except (OSError, UnicodeError) as error:
        raise TransportError(no_connection(where, _why(error))) from error
    errors: list[OSError] = []
    for number, address in enumerate(addresses):
        share = (until - time.monotonic()) / (len(addresses) - number)
        try:
            return _connect(address, max(share, _LEAST))
        except OSError as error:
            errors.append(error)
    telling = min(errors, key=_how_little_it_tells, default=socket.gaierror())
    raise TransportError(no_connection(where, _why(telling))) from telling


def in_turn(addresses: list[_Address]) -> list[_Address]:
    """Those of the family that the system prefers and those of the other, alternately."""
    preferred = [each for each in addresses if each[0] == addresses[0][0]]
    others = [each for each in addresses if each[0] != addresses[0][0]]
    return [each for each in chain.from_iterable(zip_longest(preferred, others)) if each is not None]


def look_up(host: str, port: int, seconds: float) -> list[_Address]:
    """What the name stands for. OSError or UnicodeError where that is nothing; TimeoutError."""
    found: queue.SimpleQueue[list[_Address] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.put([(family, address) for family, _kind, _protocol, _name, address in answers])
        except (OSError, UnicodeError) as error:
            found.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = found.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, list):
        return answer
    raise answer


def _connect(address: _Address, seconds: float) -> socket.socket:
    family, place = address
    plain = socket.socket(family, socket.SOCK_STREAM)
    try:
        plain.settimeout(seconds)
        plain.connect(place)
    except BaseException:
        plain.close()
        raise
    return plain


def _how_little_it_tells(error: OSError) -> int:
    """Something refused us, so the host is there; or nobody answered; or there is no way to it."""
    return 0 if isinstance(error, ConnectionRefusedError) else 1 if isinstance(error, TimeoutError) else 2


def _why(error: Exception) -> str:
    """In our words: the system's own differ from one to the next, and may name what they should not."""
    if isinstance(error, socket.gaierror | UnicodeError):
        return _("nobody knows a server of this name")
    if isinstance(error, ConnectionRefusedError):
        return _("nothing listens at this port")
    if isinstance(error, TimeoutError):
        return _("no answer in time")
    return _("the network is not reachable")
