"""The header of an age v1 file (C2SP age, "Header"): stanzas that wrap the file key, and their MAC.

It knows bytes, not keys: what is in a stanza is the business of each kind of recipient.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from exchange.crypto import b64
from exchange.crypto.age_failure import header_failure, mac_failure
from exchange.crypto.hashing import hkdf
from exchange.locale import _

MAX_HEADER = 64 * 1024
"""Bytes of header that we read: some forty hybrid recipients. The format sets no limit; an attacker would use that."""

_VERSION = b"age-encryption.org/v1\n"
_COLUMNS = 64
_MAC_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Stanza:
    """One recipient's copy of the file key: arguments of visible ASCII, the first one the type, and a body."""

    args: tuple[str, ...]
    body: bytes

    def encode(self) -> bytes:
        text = b64.encode_raw(self.body)
        # The last line is shorter than 64 columns, so a body that fills its lines ends in an empty one.
        lines = [text[start : start + _COLUMNS] for start in range(0, len(text) + 1, _COLUMNS)]
        return "\n".join([f"-> {' '.join(self.args)}", *lines, ""]).encode("ascii")


@dataclass(frozen=True, slots=True)
class Header:
    """The stanzas of a file, the bytes that the MAC covers (up to and with `---`), and the MAC."""

    stanzas: tuple[Stanza, ...]
    covered: bytes
    mac: bytes

    def check(self, file_key: bytes) -> None:
        """Raise CryptoError (age.mac) unless the header was made with `file_key`."""
        if not hmac.compare_digest(_mac(file_key, self.covered), self.mac):
            raise mac_failure()


def encode_header(stanzas: tuple[Stanza, ...], file_key: bytes) -> bytes:
    """The bytes that stand before the payload."""
    covered = _VERSION + b"".join(stanza.encode() for stanza in stanzas) + b"---"
    return covered + b" " + b64.encode_raw(_mac(file_key, covered)).encode("ascii") + b"\n"


def read_header(source: BinaryIO) -> Header:
    """Read a header and leave `source` at the payload's nonce. CryptoError (age.header) if it is malformed."""
    lines = _Lines(source)
    if lines.next() != _VERSION:
        raise header_failure(_("this is not an age file of version 1"))
    stanzas: list[Stanza] = []
    line = lines.next()
    while not line.startswith(b"---"):
        stanzas.append(_read_stanza(line, lines))
        line = lines.next()
    if not stanzas:
        raise _malformed()
    return Header(tuple(stanzas), bytes(lines.seen[: -len(line)]) + b"---", _read_mac(line))


class _Lines:
    """The header's lines with their line feeds; remembers every byte, and stops at MAX_HEADER."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.seen = bytearray()

    def next(self) -> bytes:
        line = self._source.readline(MAX_HEADER - len(self.seen))
        self.seen += line
        if not line.endswith(b"\n"):
            too_long = len(self.seen) >= MAX_HEADER
            raise header_failure(_("the header is too long")) if too_long else _malformed()
        return line


def _read_stanza(line: bytes, lines: _Lines) -> Stanza:
    mark, *args = line[:-1].split(b" ")
    if mark != b"->" or not args or not all(_is_visible(arg) for arg in args):
        raise _malformed()
    text = "".join(_body_lines(lines))
    return Stanza(tuple(arg.decode("ascii") for arg in args), _decode(text))


def _body_lines(lines: _Lines) -> Iterator[str]:
    while True:
        line = lines.next()[:-1]
        if len(line) > _COLUMNS or not line.isascii():
            raise _malformed()
        yield line.decode("ascii")
        if len(line) < _COLUMNS:
            return


def _read_mac(line: bytes) -> bytes:
    if not line.startswith(b"--- ") or not line.isascii():
        raise _malformed()
    mac = _decode(line[4:-1].decode("ascii"))
    if len(mac) != _MAC_LENGTH:
        raise _malformed()
    return mac


def _decode(text: str) -> bytes:
    try:
        return b64.decode_raw(text)
    except ValueError:
        raise _malformed() from None


def _is_visible(arg: bytes) -> bool:
    return bool(arg) and all(0x21 <= byte <= 0x7E for byte in arg)


def _mac(file_key: bytes, covered: bytes) -> bytes:
    return hmac.digest(hkdf(file_key, salt=b"", info=b"header"), covered, "sha256")


def _malformed() -> Exception:
    return header_failure(_("the header of the encrypted file is malformed"))
