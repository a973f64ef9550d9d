"""How keys and pseudonyms are written: a letter, then base32 in small letters.

No spreadsheet takes such a text for a number (1E5), a date, or a formula (= + - @), and none changes its case.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from exchange.extracts import arrow

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

KEY_BYTES = 16
_LETTERS = b"abcdefghijklmnopqrstuvwxyz234567"
_AT_ONCE = 65_536  # keys, whose bits take 8 MiB


def opaque(prefix: str, key: bytes) -> str:
    """27 characters for 128 bits: "r" for a row key, "p" for a pseudonym."""
    return prefix + base64.b32encode(key).decode("ascii").rstrip("=").lower()


def is_opaque(prefix: str, text: str) -> bool:
    """Whether a text is written as `opaque` writes."""
    return len(text) == 27 and text.startswith(prefix) and not set(text[1:].encode()) - set(_LETTERS)


def all_opaque(prefix: str, keys: bytes) -> pa.StringArray:
    """`opaque` of each KEY_BYTES of `keys`."""
    import numpy as np

    each = np.frombuffer(keys, np.uint8).reshape(-1, KEY_BYTES)
    written = np.empty((len(each), 27), np.uint8)
    written[:, 0] = ord(prefix)
    for at in range(0, len(each), _AT_ONCE):
        written[at : at + _AT_ONCE, 1:] = np.frombuffer(_LETTERS, np.uint8)[_fives(each[at : at + _AT_ONCE])]
    return arrow.texts_of_length(written)


def _fives(keys: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The bits of each key in groups of five, the last filled up with zeros (RFC 4648)."""
    import numpy as np

    bits = np.zeros((len(keys), 130), np.uint8)
    bits[:, : KEY_BYTES * 8] = np.unpackbits(keys, axis=1)
    return np.packbits(bits.reshape(len(keys), 26, 5), axis=2)[:, :, 0] >> np.uint8(3)
