"""The cells of a large CSV, each column's distinct ones a block at a time; and which of them can say nothing.

A million row keys are a million different cells. They are read by the rules of the last look only where those could
find anything: what is told here of a cell without reading it is proved by a test that reads it too.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from exchange.extracts import arrow
from exchange.redact.hidden import SHORTEST, SHORTEST_HEX, hidden_texts
from exchange.redact.pieces import UnreadableError, decoded
from exchange.redact.readings import PHONE

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

LARGE = 1_000_000  # bytes of a CSV from which this pays
_BLOCK = 16 * 2**20  # bytes of which the distinct cells are found at once
_PARSED = 2**20  # bytes that Arrow parses at once: they stay in the processor's cache
_ROWS = 50_000  # the same, where `csv.reader` reads
_LINE_END = ord("\n")
_LETTER, _DIGIT, _HEX = 1, 2, 4
_KINDS = bytes(
    _LETTER * sign.isalpha() + _DIGIT * sign.isdigit() + _HEX * (sign in "0123456789abcdefABCDEF")
    if sign.isascii()
    else 0
    for sign in map(chr, range(256))
)
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def columns(content: bytes) -> Iterator[tuple[str, pa.StringArray]]:
    """Each column's head and distinct cells, block by block; some twice. UnreadableError as `pieces`."""
    import pyarrow as pa

    first = content[: content.find(b"\n") + 1]
    try:
        yield from _blocks(content, len(first), next(csv.reader([decoded(first).rstrip("\r\n")])))
    except (pa.ArrowInvalid, StopIteration, csv.Error, UnreadableError):
        yield from _by_reader(decoded(content))


def _blocks(content: bytes, start: int, names: list[str]) -> Iterator[tuple[str, pa.StringArray]]:
    """By Arrow, as `csv.reader` would; ArrowInvalid where that is not certain."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    numbers = [str(number) for number in range(len(names))]
    kinds = dict.fromkeys(numbers, pa.dictionary(pa.int32(), pa.string()))
    read = arrow_csv.ReadOptions(column_names=numbers, block_size=_PARSED)
    parse = arrow_csv.ParseOptions(ignore_empty_lines=False)
    convert = arrow_csv.ConvertOptions(column_types=kinds, strings_can_be_null=False)
    while start < len(content):
        end = content.find(b"\n", start + _BLOCK) + 1 or len(content)
        block = pa.py_buffer(content)[start:end]
        if not _is_plain(block):
            raise pa.ArrowInvalid
        for number, column in enumerate(arrow_csv.read_csv(block, read, parse, convert).columns):
            several = pa.types.is_dictionary(column.type)
            distinct = _dictionary(column) if several else column.combine_chunks()
            yield names[number], distinct
            if several and len(distinct) > len(column) // 2:
                kinds[numbers[number]] = pa.string()  # nothing is gained by finding equal ones
        convert = arrow_csv.ConvertOptions(column_types=kinds, strings_can_be_null=False)
        start = end


def _dictionary(column: pa.ChunkedArray) -> pa.StringArray:
    return column.unify_dictionaries().chunk(0).dictionary if column.num_chunks else arrow.texts([])


def _is_plain(block: pa.Buffer) -> bool:
    """Whether all quotes open or close a whole cell within one line, and lines end as on Windows or Unix."""
    import numpy as np

    signs = np.frombuffer(block, np.uint8)
    returns = np.flatnonzero(signs == ord("\r"))
    if len(returns) and (returns[-1] + 1 == len(signs) or (signs[returns + 1] != ord("\n")).any()):
        return False
    quotes = np.flatnonzero(signs == ord('"'))
    if not len(quotes):
        return True
    if len(quotes) % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    before = signs[opening - 1] if opening[0] else np.append(_LINE_END, signs[opening[1:] - 1])
    last = closing[-1] + 1 == len(signs)
    after = np.append(signs[closing[:-1] + 1], _LINE_END) if last else signs[closing + 1]
    stands = np.isin(before, [*b",\n"]).all() and np.isin(after, [*b",\r\n"]).all()
    return bool(stands) and not _any_between(np.flatnonzero(signs == _LINE_END), opening, closing)


def _any_between(places: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> bool:
    """Whether a place lies between a start and its end. All are sorted."""
    import numpy as np

    return bool((np.searchsorted(places, starts) != np.searchsorted(places, ends)).any())


def _by_reader(text: str) -> Iterator[tuple[str, pa.StringArray]]:
    rows = csv.reader(io.StringIO(text, newline=""))
    try:
        head: list[str] = next(filter(None, rows), [])
        while some := list(islice(rows, _ROWS)):
            for place in range(max(map(len, some))):
                cells = {row[place] for row in some if place < len(row)}
                yield head[place] if place < len(head) else "", arrow.texts(cells)
    except csv.Error:
        raise UnreadableError from None


def opaque(cells: pa.StringArray) -> pa.BooleanArray:
    """The cells of one length that hold one word, no long number, and no other text in base64 or hexadecimal: nothing
    can be read in them but the word itself."""
    import numpy as np

    _all, places = arrow.letters_of(cells)
    lengths = np.diff(places)
    found = lengths == np.bincount(lengths).argmax()
    those = cells.filter(arrow.bools(found))
    # One row for each place in a word: numpy goes along long rows.
    letters = np.ascontiguousarray(arrow.letters_of(those)[0].reshape(len(those), -1).T)
    kinds = np.frombuffer(_KINDS, np.uint8)[letters]
    says_nothing = _is_one_word(kinds)
    doubtful = np.flatnonzero(says_nothing & (_may_hide_text(letters) | _has_run(kinds & _HEX > 0, SHORTEST_HEX)))
    hides = [any(hidden_texts(text)) for text in those.take(arrow.int32s(doubtful)).to_pylist()]
    says_nothing[doubtful] = ~np.array(hides, bool)
    found[found] = says_nothing
    return arrow.bools(found)


def _is_one_word(kinds: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Of ASCII letters and digits, with a letter, without a long number."""
    import numpy as np

    has_letter = np.bitwise_or.reduce(kinds, axis=0) & _LETTER > 0
    return np.asarray((kinds > 0).all(axis=0) & has_letter & ~_has_run(kinds & _DIGIT > 0, PHONE))


def _has_run(which: NDArray[np.bool_], length: int) -> NDArray[np.bool_]:
    """Whether so many of these stand one after another."""
    import numpy as np

    reached = 1
    while reached < length:
        more = min(reached, length - reached)
        which, reached = which[:-more] & which[more:], reached + more
    return np.asarray(which.any(axis=0))


def _may_hide_text(letters: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether what base64 makes of a word could be UTF-8 or UTF-16, wherever its groups begin; maybe it is neither."""
    import numpy as np

    value = np.zeros(256, np.uint8)
    value[np.frombuffer(_BASE64, np.uint8)] = np.arange(len(_BASE64))
    sextets = value[letters]
    length, count = sextets.shape
    found = np.zeros(count, bool)
    for start in range(max(0, min(4, length - SHORTEST + 1))):
        left = np.flatnonzero(~found)
        for end in (start + 4, start + 12, length):  # nearly all end at once; the beginning of a text is text
            left = left[_may_be_text(_bytes_of(sextets[start:end, left]))]
        found[left] = True
    return found


def _bytes_of(sextets: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RFC 4648: the bytes of each column of base64 values; a last one that stands alone says nothing."""
    import numpy as np

    length, count = sextets.shape
    found = np.empty((length * 6 // 8, count), np.uint8)
    for place in range(len(found)):
        at, part = place // 3 * 4, place % 3
        one, two = sextets[at + part], sextets[at + part + 1]
        found[place] = one << np.uint8(2 + 2 * part) | two >> np.uint8(4 - 2 * part)
    return found


def _may_be_text(data: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """In UTF-8 every byte that begins a sign is followed by one that goes on with it, and none goes on with nothing;
    in UTF-16 every other byte of our alphabet is zero."""
    follows, begins, plain = (data >= 0x80) & (data < 0xC0), data >= 0xC0, data < 0x80
    wrong = (begins[:-1] & ~follows[1:]) | (plain[:-1] & follows[1:])
    as_utf8 = ~(wrong.any(axis=0) | follows[0])
    even = len(data) // 2 * 2
    found: NDArray[np.bool_] = as_utf8 | ~data[1:even:2].any(axis=0) | ~data[:even:2].any(axis=0)
    return found
