"""The ASCII armor of age files (C2SP age, "ASCII armor"): strict PEM without headers, 64 columns.

decrypt(unarmor(source), target, identities)
with armored(target) as inner:
    encrypt(source, inner, recipients)
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from exchange.crypto import b64
from exchange.crypto.age_failure import armor_failure

BEGIN = b"-----BEGIN AGE ENCRYPTED FILE-----"
END = b"-----END AGE ENCRYPTED FILE-----"

_COLUMNS = 64
_BYTES = _COLUMNS // 4 * 3
_MAX_LINE = 1024
_MAX_BLANK = 1024
"""Bytes of white space that may stand before or after the armor."""


def unarmor(source: BinaryIO) -> BinaryIO:
    """A readable file over what the armor wraps. Reading it raises CryptoError (age.armor) where it is malformed."""
    return cast(BinaryIO, io.BufferedReader(_Unarmored(source)))


@contextmanager
def armored(target: BinaryIO) -> Iterator[BinaryIO]:
    """A writable file whose content stands in `target` as armor once the block is left without an exception."""
    wrapper = _Armored(target)
    yield cast(BinaryIO, wrapper)
    wrapper.finish()


class _Unarmored(io.RawIOBase):
    def __init__(self, source: BinaryIO) -> None:
        self._data = _decoded(source)
        self._held = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # Buffer is 3.12's
        if not self._held:
            self._held = next(self._data, b"")
        taken, self._held = self._held[: len(buffer)], self._held[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


def _decoded(source: BinaryIO) -> Iterator[bytes]:
    if _first_line(source) != BEGIN:
        raise armor_failure()
    short = False
    while (line := _line(source)) != END:
        if short or not line or len(line) > _COLUMNS:
            raise armor_failure()
        try:
            data = b64.decode(line)
        except ValueError:
            raise armor_failure() from None
        short = len(data) < _BYTES
        yield data
    _check_blank_rest(source)


def _first_line(source: BinaryIO) -> bytes:
    blank = 0
    while blank <= _MAX_BLANK:
        raw = source.readline(_MAX_LINE)
        if raw.strip():
            return _without_end(raw)
        if not raw:
            break
        blank += len(raw)
    raise armor_failure()


def _line(source: BinaryIO) -> bytes:
    raw = source.readline(_MAX_LINE)
    if not raw:
        raise armor_failure()
    return _without_end(raw)


def _without_end(raw: bytes) -> bytes:
    return raw.removesuffix(b"\n").removesuffix(b"\r") if raw.endswith(b"\n") else raw


def _check_blank_rest(source: BinaryIO) -> None:
    rest = source.read(_MAX_BLANK + 1)
    if len(rest) > _MAX_BLANK or rest.strip():
        raise armor_failure()


class _Armored:
    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._held = bytearray()
        target.write(BEGIN + b"\n")

    def write(self, data: bytes) -> int:
        self._held += data
        whole = len(self._held) // _BYTES * _BYTES
        for start in range(0, whole, _BYTES):
            self._put(self._held[start : start + _BYTES])
        del self._held[:whole]
        return len(data)

    def finish(self) -> None:
        if self._held:
            self._put(self._held)
        self._target.write(END + b"\n")

    def _put(self, data: bytes | bytearray) -> None:
        self._target.write(b64.encode(data).encode("ascii") + b"\n")
