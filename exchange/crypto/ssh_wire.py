"""SSH's wire encoding (RFC 4251, section 5) and the text wrapping of OpenSSH's files."""

from __future__ import annotations

from exchange.crypto import b64

_COLUMNS = 70


def uint32(number: int) -> bytes:
    return number.to_bytes(4, "big")


def string(data: bytes) -> bytes:
    """`data` after its length."""
    return uint32(len(data)) + data


class Reader:
    """Reads what `uint32` and `string` wrote. ValueError where the data ends early or goes on."""

    def __init__(self, data: bytes) -> None:
        self._rest = memoryview(data)

    def take(self, length: int) -> bytes:
        if length > len(self._rest):
            raise ValueError("too short")
        taken, self._rest = self._rest[:length], self._rest[length:]
        return bytes(taken)

    def uint32(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        return self.take(self.uint32())

    def end(self) -> None:
        if self._rest:
            raise ValueError("too long")


def armor(kind: str, data: bytes) -> str:
    """`data` between `-----BEGIN kind-----` and `-----END kind-----`, as OpenSSH wraps it."""
    text = b64.encode(data)
    lines = [text[start : start + _COLUMNS] for start in range(0, len(text), _COLUMNS)]
    return "\n".join([f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----", ""])


def unarmor(kind: str, text: str) -> bytes:
    """What stands between the two lines. ValueError if the text is not as `armor` writes it.

    OpenSSH reads more forms; to us one signature has one text, so that a digest over it means one thing.
    """
    first, *lines = text.split("\n")
    if first != f"-----BEGIN {kind}-----" or lines[-2:] != [f"-----END {kind}-----", ""]:
        raise ValueError("not armored")
    data = b64.decode("".join(lines[:-2]))
    if armor(kind, data) != text:
        raise ValueError("not as OpenSSH wraps it")
    return data
