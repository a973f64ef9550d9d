"""Filters as codes that a question in SQL can compare: the same words have the same number, alike ones share bits.

A word that was seen rarely and is almost one that is common is taken for a slip of the pen: it gets, beside its own
number, that of the common word (`sound_`). So errors of spelling are found once for every word and not once for every
pair, and two reports meet in a block although one is misspelt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

WORDS = 4
"""So many words of a name are compared, the rarest first; of a longer text `TEXT_WORDS`."""
TEXT_WORDS = 6
COMMON = 6
"""A word is common from so many reports on, and so many times as common as its misspelling."""
MOST_COMMON = 5_000
"""So many common words may be meant by a misspelt one: names have no more."""
ALIKE = 0.62
"""From this Dice coefficient on two words may be one, misspelt."""

Numbers = NDArray[np.int64]


def nodes(rows: pa.Table) -> pa.Table:
    """A row for each of `rows` (columns as in `exchange.matching.filters.schema`): unique_id, and what is compared."""
    import pyarrow as pa

    count = rows.num_rows
    columns: dict[str, object] = {"unique_id": np.arange(count, dtype=np.int32)}
    columns |= _words(rows.column("name"), count, "", WORDS)
    columns |= _words(rows.column("text"), count, "text_", TEXT_WORDS)
    columns |= _chunks(rows.column("birth"), ("year_a", "year_b", "month", None, "day", None))
    columns |= _chunks(rows.column("place"), ("regency", None, "province", None))
    columns |= _chunks(rows.column("sex"), ("sex", None))
    for name in ("number", "phone"):
        columns |= _chunks(rows.column(name), (f"{name}_a", f"{name}_b", f"{name}_c", f"{name}_d"))
    table = pa.table(columns)
    bits = _bits_of(table.column("regency"), count)
    return table.append_column("regency_bits", pa.array(bits, pa.float32()))


def _chunks(column: pa.ChunkedArray, names: tuple[str | None, ...]) -> dict[str, pa.Array]:
    """Every eight bytes of a filter as a number; null where there is no filter, or only zeros."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known = np.asarray(column.is_valid())
    filled = pc.fill_null(column, bytes(8 * len(names))).combine_chunks()
    start = 8 * len(names) * filled.offset
    numbers = np.frombuffer(filled.buffers()[1], dtype="<i8", count=len(names) * len(column), offset=start)
    numbers = numbers.reshape(len(column), len(names))
    return {
        name: pa.array(numbers[:, place], mask=~known | _empty(numbers, names, place))
        for place, name in enumerate(names)
        if name is not None
    }


def _empty(numbers: Numbers, names: tuple[str | None, ...], place: int) -> NDArray[np.bool_]:
    """A part that stands for one value, of which nothing is known; a filter of bits may have eight bytes of zeros."""
    whole = place + 1 < len(names) and names[place + 1] is None
    return (numbers[:, place] == 0) if whole else np.zeros(len(numbers), dtype=np.bool_)


def _words(column: pa.ChunkedArray, count: int, prefix: str, most: int) -> dict[str, pa.Array]:
    """For each row and each of its `most` rarest words: its number, that of the common word it may be, and how many
    bits its rarity is worth; and how many words there are."""
    import pyarrow as pa

    offsets, filters = _flat(column)
    distinct, word = _distinct(filters)
    row = np.repeat(np.arange(count), np.diff(offsets))
    frequency = np.bincount(word, minlength=len(distinct))
    sound = _sounds(distinct, frequency)
    heard = np.bincount(sound[word], minlength=len(distinct))
    bits = np.log2(max(count, 2) / np.maximum(heard[sound], 1))
    order = np.lexsort((word, heard[sound[word]], row))
    row, word = row[order], word[order]
    place = np.arange(len(row)) - np.searchsorted(row, row, side="left")
    columns: dict[str, pa.Array] = {f"{prefix}words": pa.array(np.minimum(np.diff(offsets), most).astype(np.int8))}
    for at in range(most):
        here = place == at
        columns[f"{prefix}word_{at}"] = _filled(row[here], word[here] + 1, -1 - at - most * np.arange(count))
        columns[f"{prefix}sound_{at}"] = _filled(row[here], sound[word[here]] + 1, -1 - at - most * np.arange(count))
        weights = np.zeros(count, dtype=np.float32)
        weights[row[here]] = bits[word[here]]
        columns[f"{prefix}bits_{at}"] = pa.array(weights)
    return columns


def _flat(column: pa.ChunkedArray) -> tuple[Numbers, Numbers]:
    """Where each row's words begin, and all words as four numbers each."""
    import pyarrow.compute as pc

    lengths = np.asarray(pc.fill_null(pc.list_value_length(column), 0), dtype=np.int64)
    values = pc.list_flatten(column).combine_chunks()
    if not len(values):
        return np.zeros(len(column) + 1, dtype=np.int64), np.zeros((0, 4), dtype=np.int64)
    width = values.type.byte_width
    raw = np.frombuffer(values.buffers()[1], dtype="<i8", count=len(values) * width // 8, offset=values.offset * width)
    return np.concatenate([[0], np.cumsum(lengths)]), raw.reshape(len(values), width // 8)


def _distinct(filters: Numbers) -> tuple[Numbers, Numbers]:
    if not len(filters):
        return filters, np.zeros(0, dtype=np.int64)
    packed = np.ascontiguousarray(filters).view([("", "<i8")] * filters.shape[1]).ravel()
    _values, first, number = np.unique(packed, return_index=True, return_inverse=True)
    return filters[first], number.astype(np.int64)


def _sounds(filters: Numbers, frequency: Numbers) -> Numbers:
    """For each word the number of the common word that it is taken for; its own, where there is none."""
    sound = np.arange(len(filters), dtype=np.int64)
    unsigned = filters.view(np.uint64)
    size = np.bitwise_count(unsigned).sum(axis=1).astype(np.int32)
    common = np.flatnonzero(frequency >= COMMON)
    common = common[np.argsort(-frequency[common], kind="stable")][:MOST_COMMON]
    common = common[np.argsort(size[common], kind="stable")]
    for word in np.flatnonzero(frequency <= frequency.max(initial=0) / COMMON):
        # Two sets that are alike are about as large.
        near = common[slice(*np.searchsorted(size[common], [size[word] * 0.45, size[word] * 2.2]))]
        near = near[frequency[near] >= COMMON * frequency[word]]
        if not len(near):
            continue
        shared = np.bitwise_count(unsigned[near] & unsigned[word]).sum(axis=1)
        alike = 2 * shared / (size[near] + size[word])
        best = np.argmax(alike + 0.03 * np.log(frequency[near]) - 10 * (alike < ALIKE))
        if alike[best] >= ALIKE:
            sound[word] = near[best]
    return sound[sound]


def _filled(rows: Numbers, values: Numbers, otherwise: Numbers) -> pa.Array:
    """`values` in their `rows`. Where there is no word stands a number that nobody else has: it is nobody's word, and
    nothing need be asked about null."""
    import pyarrow as pa

    full = otherwise.astype(np.int32)
    full[rows] = values
    return pa.array(full)


def _bits_of(column: pa.ChunkedArray, count: int) -> NDArray[np.float32]:
    """How many bits the rarity of each row's value is worth; 0 where it has none."""
    import pyarrow.compute as pc

    codes = column.combine_chunks().dictionary_encode()
    place = np.asarray(pc.fill_null(codes.indices, -1), dtype=np.int64)
    frequency = np.bincount(place[place >= 0], minlength=1)
    return np.where(place < 0, 0, np.log2(max(count, 2) / np.maximum(frequency[place], 1))).astype(np.float32)
