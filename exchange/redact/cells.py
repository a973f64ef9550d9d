"""The cells of a large CSV, each column's distinct ones a block at a time; and which of them can say nothing.

A million row keys are a million different cells. They are read by the rules of the last look only where those could
find anything: what is told here of a cell without reading it is proved by a test that reads it too.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import TYPE_CHECKING

from exchange.extracts import arrow

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

LARGE = 1_000_000  # bytes of a CSV from which this pays
_BLOCK = 16 * 2**20  # bytes read at once
_ONE_WORD = "^[A-Za-z0-9]*[A-Za-z][A-Za-z0-9]*$"
_LONG_NUMBER = "[0-9]{7}"  # as short as the last look looks for them inside a word
_HEX = "^[0-9A-Fa-f]+$"
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def columns(content: bytes) -> Iterator[tuple[str, pa.StringArray]] | None:
    """Each column's head and distinct cells, block by block; None where `csv.reader` could read the file otherwise:
    with quotes in it, other line ends, or a head that is cut off."""
    head, end, _rest = content.partition(b"\n")
    if not end or b'"' in content or content.count(b"\r") != content.count(b"\r\n"):
        return None
    try:
        names = next(csv.reader([head.decode("utf-8-sig").rstrip("\r")]), [])
    except (UnicodeDecodeError, csv.Error):
        return None
    return _blocks(content, names) if len(names) > 1 and len(content) > len(head) + 1 else None


def _blocks(content: bytes, names: list[str]) -> Iterator[tuple[str, pa.StringArray]]:
    """ArrowInvalid while reading on, where lines are of unequal length or no text."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    numbers = [str(number) for number in range(len(names))]
    kinds = dict.fromkeys(numbers, pa.dictionary(pa.int32(), pa.string()))
    reader = arrow_csv.open_csv(
        pa.BufferReader(content),
        arrow_csv.ReadOptions(column_names=numbers, skip_rows=1, block_size=_BLOCK),
        arrow_csv.ParseOptions(quote_char=False, ignore_empty_lines=False),
        arrow_csv.ConvertOptions(column_types=kinds, strings_can_be_null=False),
    )
    for batch in reader:
        yield from ((name, column.dictionary) for name, column in zip(names, batch.columns, strict=True))


def opaque(cells: pa.StringArray) -> pa.BooleanArray:
    """The cells of one length that hold one word, no long number, and no other text in base64 or hexadecimal: nothing
    can be read in them but the word itself."""
    import numpy as np
    import pyarrow.compute as pc

    lengths = np.asarray(pc.binary_length(cells))
    alike = lengths == np.bincount(lengths).argmax()
    found = alike & arrow.bools_of(pc.match_substring_regex(cells, _ONE_WORD))
    for pattern in (_LONG_NUMBER, _HEX):
        found &= ~arrow.bools_of(pc.match_substring_regex(cells, pattern))
    those = cells.filter(arrow.bools(found))
    if len(those):
        found[found] = ~_may_hide_text(_letters(those))
    return arrow.bools(found)


def _letters(those: pa.StringArray) -> NDArray[np.uint8]:
    """Texts of one length as rows of letters."""
    import numpy as np

    _there, ends, letters = those.buffers()
    places = np.frombuffer(ends, np.int32, len(those) + 1, those.offset * 4)
    return np.frombuffer(letters, np.uint8)[places[0] : places[-1]].reshape(len(those), -1)


def _may_hide_text(letters: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether what base64 makes of a word could be UTF-8 or UTF-16, wherever its groups begin; maybe it is neither."""
    import numpy as np

    value = np.zeros(256, np.uint8)
    value[np.frombuffer(_BASE64, np.uint8)] = np.arange(len(_BASE64))
    sextets = value[letters]
    found = np.zeros(len(letters), bool)
    for start in range(4):
        left = np.flatnonzero(~found)
        for end in (start + 12, letters.shape[1]):  # nearly all end at once; the beginning of a text is text
            left = left[_may_be_text(_bytes_of(sextets[left, start:end]))]
        found[left] = True
    return found


def _bytes_of(sextets: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RFC 4648: the bytes of each row of base64 values; a last one that stands alone says nothing."""
    import numpy as np

    rows, length = sextets.shape
    groups = np.zeros((rows, -(-length // 4), 4), np.uint8)
    groups.reshape(rows, -1)[:, :length] = sextets
    one, two, three, four = (groups[:, :, place] for place in range(4))
    found = np.stack([one << 2 | two >> 4, (two & 15) << 4 | three >> 2, (three & 3) << 6 | four], axis=2)
    return found.reshape(rows, -1)[:, : length * 6 // 8]


def _may_be_text(data: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """In UTF-8 every byte that begins a sign is followed by one that goes on with it, and none goes on with nothing;
    in UTF-16 every other byte of our alphabet is zero."""
    follows, begins, plain = (data >= 0x80) & (data < 0xC0), data >= 0xC0, data < 0x80
    wrong = (begins[:, :-1] & ~follows[:, 1:]) | (plain[:, :-1] & follows[:, 1:])
    as_utf8 = ~(wrong.any(axis=1) | follows[:, 0])
    even = data.shape[1] // 2 * 2
    found: NDArray[np.bool_] = as_utf8 | ~data[:, 1:even:2].any(axis=1) | ~data[:, :even:2].any(axis=1)
    return found
