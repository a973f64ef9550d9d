"""How an SSH server greets: its software, and the methods it offers, in the clear before anything is encrypted.

Bytes only: RFC 4253, section 4.2 (the first line) and 7.1 (SSH_MSG_KEXINIT).
"""

from __future__ import annotations

from dataclasses import dataclass

OUR_LINE = b"SSH-2.0-exchange_doctor\r\n"
MOST = 64 * 1024  # bytes of a greeting that are read
_KEXINIT = 20
_STRICT = "kex-strict-s-v00@openssh.com"


@dataclass(frozen=True, slots=True)
class Hello:
    """`software`: as it calls itself, printable. `strict`: it notices when packets are cut out of the handshake."""

    software: str
    exchanges: tuple[str, ...]
    host_keys: tuple[str, ...]
    ciphers: tuple[str, ...]
    macs: tuple[str, ...]
    strict: bool


def first_line(data: bytes) -> tuple[str, bytes] | None:
    """The line by which a server says that it speaks SSH 2, and what came after it; None while that is not there.
    ValueError for something else than SSH 2."""
    while b"\n" in data:
        line, _end, data = data.partition(b"\n")
        if line.startswith(b"SSH-"):
            if not line.startswith((b"SSH-2.0-", b"SSH-1.99-")):
                raise ValueError("not SSH 2")
            return _printable(line.rstrip(b"\r").split(b"-", 2)[2]), data
    if len(data) > MOST:
        raise ValueError("not SSH")
    return None


def read_offer(software: str, data: bytes) -> Hello | None:
    """What the server's first packet offers; None while it is not all there. ValueError where it is none."""
    if len(data) < 5:
        return None
    length, padding = int.from_bytes(data[:4], "big"), data[4]
    if not 22 < length <= MOST:
        raise ValueError("not a first packet")
    if len(data) < 4 + length:
        return None
    payload = data[5 : 4 + length - padding]
    if payload[:1] != bytes([_KEXINIT]):
        raise ValueError("not an offer")
    lists = list(_name_lists(payload[17:], 6))
    exchanges, host_keys, ciphers, macs = lists[0], lists[1], lists[3], lists[5]
    real = tuple(each for each in exchanges if not each.startswith(("kex-strict-", "ext-info-")))
    return Hello(software, real, host_keys, ciphers, macs, _STRICT in exchanges)


def _name_lists(data: bytes, count: int) -> list[tuple[str, ...]]:
    found = []
    for _list in range(count):
        end = 4 + int.from_bytes(data[:4], "big")
        if len(data) < end:
            raise ValueError("a list ends too soon")
        text = data[4:end].decode("ascii")  # UnicodeDecodeError is a ValueError
        if not text.isprintable():
            raise ValueError("not names")
        found.append(tuple(filter(None, text.split(","))))
        data = data[end:]
    return found


def _printable(line: bytes) -> str:
    """It may say anything: what could rewrite a screen is left out."""
    return "".join(each for each in line[:120].decode("ascii", "replace") if each.isascii() and each.isprintable())
