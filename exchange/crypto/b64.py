"""Base 64 (RFC 4648, section 4) read strictly: one text for one string of bytes, or a refusal."""

from __future__ import annotations

import base64
import binascii


def encode(data: bytes | bytearray) -> str:
    """`data` with padding."""
    return base64.b64encode(data).decode("ascii")


def decode(text: str | bytes) -> bytes:
    """The bytes of canonical, padded `text`; ValueError for anything else."""
    raw = text.encode("ascii", "strict") if isinstance(text, str) else bytes(text)
    try:
        data = base64.b64decode(raw, validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None
    # Python ignores unused trailing bits; two texts for one value would let a file change without its meaning.
    if base64.b64encode(data) != raw:
        raise ValueError("not canonical base64")
    return data


def encode_raw(data: bytes) -> str:
    """`data` without padding, as in the header of an age file."""
    return encode(data).rstrip("=")


def decode_raw(text: str) -> bytes:
    """The bytes of canonical `text` without padding; ValueError for anything else."""
    if text.endswith("="):
        raise ValueError("padded base64")
    return decode(text + "=" * (-len(text) % 4))
