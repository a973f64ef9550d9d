"""What calamine leaves out of a sheet, read from the sheet's XML in one pass over its bytes.

calamine turns error cells into nothing, numbers into text without a trace of their being numbers, and does not say
which rows are hidden or which cells are merged (ECMA-376 part 1, 18.3.1.4 `c`, 18.3.1.73 `row`, 18.3.1.55 `mergeCell`).
A parser of XML would take longer than calamine itself: here blocks of rows are searched for the marks, and only the
rows of a block that holds any are looked at cell by cell.
"""

from __future__ import annotations

import itertools
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from exchange.extracts.sheet import Cell, Marks

_BLOCK = 8 << 20  # bytes read at a time
_LONGEST_ROW = 64 << 20  # bytes; 16,384 cells of Excel's longest text would be more than any sheet of cases
_ROOT = re.compile(rb"<(\w+:)?worksheet\b")
_ERROR = re.compile(rb"""\st=["']e["']""")
_LONG = r"v>(?:[0-9]{15,16}(?:\.[0-9]*)?|[0-9](?:\.[0-9]+)?[eE]\+?15)</"
_NUMBER = re.compile(_LONG.encode())
_TEXT = re.compile(rb"""\st=["'](?!n["'])""")
_SIGNS = ("hidden=", """t=["']e["']""", _LONG)  # looked for in a whole block; what they point at is then looked at
_HIDDEN = re.compile(rb"""\shidden=["'](?:1|true)["']""")
_R = re.compile(rb"""\sr=["']([A-Z]{0,3})([0-9]{0,7})["']""")
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref=["']([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})["']""")
_MOST_MERGED = 1_000_000


@dataclass(frozen=True, slots=True)
class Look:
    """The marks of a sheet, and how far down and right its values reach (0 for an empty sheet)."""

    marks: Marks
    height: int
    width: int


class _Names:
    """The tags of this sheet, with the prefix that its writer uses."""

    def __init__(self, head: bytes) -> None:
        root = _ROOT.search(head)
        if root is None:
            raise ValueError("no worksheet")
        prefix = root[1] or b""
        self.row, self.end_row = b"<" + prefix + b"row", b"</" + prefix + b"row>"
        self.end_cell = b"</" + prefix + b"c>"
        self.start_cell = b"<" + prefix + b"c"
        self.cell = re.compile(b"<" + prefix + rb"c\b([^>]*)>")
        self.placed_cell = re.compile(self.start_cell + rb""" r=["']([A-Z]{1,3})[0-9]""")
        self.head = len(self.start_cell) + len(' r="XFD1')


def look(stream: IO[bytes]) -> Look:
    """The marks of the sheet whose XML is `stream`; ValueError if it is not the XML of a worksheet."""
    rest = stream.read(_BLOCK)
    names = _Names(rest[:65536])
    errors: set[Cell] = set()
    numbers: set[Cell] = set()
    hidden: set[int] = set()
    reach = _Reach()
    for block in _blocks(stream, rest, names):
        if isinstance(block, _Tail):
            marks = Marks(frozenset(errors), frozenset(numbers), block.merged(), frozenset(hidden))
            return Look(marks, reach.height, reach.width)
        if not block.may_be_marked:
            reach.over(block.rows, names)
            continue
        for row in map(reach.row, block.rows, itertools.repeat(names)):
            if row.columns:
                hidden.update([row.number] if row.is_hidden() else [])
                errors.update((row.number, column) for column in row.errors(names))
                numbers.update((row.number, column) for column in row.long_numbers(names))
    raise ValueError("the sheet breaks off")


class _Reach:
    """How far down and right the values of the rows seen so far reach, and the number of the last row."""

    def __init__(self) -> None:
        self.number = self.height = self.width = 0

    def over(self, rows: Sequence[bytes], names: _Names) -> None:
        """Go over rows of which only the last cell counts: most often those of one sheet all stand in one column."""
        tag, end = names.start_cell + b" ", names.end_cell
        starts = (xml.rfind(tag, 0, max(xml.rfind(end), 0)) for xml in rows)
        placed = [
            names.placed_cell.match(head)
            for head in {xml[start : start + names.head] for xml, start in zip(rows, starts, strict=True)}
        ]
        known = [_index(each[1]) + 1 for each in placed if each]
        self.width = max((self.width, *known))
        for xml in rows if len(known) < len(placed) else rows[-1:]:
            self.row(xml, names)

    def row(self, xml: bytes, names: _Names) -> _Row:
        """One row, by itself."""
        start = xml.rfind(names.row)  # rows without cells close themselves and stand before it
        if start < 0:
            raise ValueError("a row ends that did not begin")
        tag = _R.search(xml, start, xml.index(b">", start))
        self.number = int(tag[2]) if tag and tag[2] else self.number + 1
        row = _Row(xml[start:], self.number, _columns(xml[start:], names))
        if row.columns:
            self.height, self.width = self.number, max(self.width, row.columns)
        return row


def _columns(xml: bytes, names: _Names) -> int:
    """How far right the last cell with a value of a row stands, from 1; 0 without one."""
    end = xml.rfind(names.end_cell)
    if end < 0:
        return 0
    start = xml.rfind(names.start_cell + b" ", 0, end)
    written = _R.search(xml, start, xml.index(b">", start)) if start >= 0 else None
    return _index(written[1]) + 1 if written and written[1] else xml.count(names.start_cell, 0, end)


@dataclass(frozen=True, slots=True)
class _Row:
    xml: bytes  # from its start tag to before its end tag
    number: int
    columns: int  # how far right its values reach, from 1; 0 without any

    def is_hidden(self) -> bool:
        return _HIDDEN.search(self.xml[: self.xml.index(b">")]) is not None

    def errors(self, names: _Names) -> Iterator[int]:
        if _ERROR.search(self.xml):
            yield from (column for column, attributes, _value in self.cells(names) if _ERROR.search(attributes))

    def long_numbers(self, names: _Names) -> Iterator[int]:
        for column, attributes, value in self.cells(names) if _NUMBER.search(self.xml) else ():
            if not _TEXT.search(attributes) and _NUMBER.search(value):
                yield column

    def cells(self, names: _Names) -> Iterator[tuple[int, bytes, bytes]]:
        """Column, attributes and content of each cell."""
        column, starts = -1, list(names.cell.finditer(self.xml))
        ends = [start.start() for start in starts[1:]] + [len(self.xml)]
        for start, end in zip(starts, ends, strict=True):
            written = _R.search(start[1])
            column = _index(written[1]) if written and written[1] else column + 1
            yield column, start[1], self.xml[start.end() : end]


class _Tail(bytes):
    """The XML after the last row."""

    def merged(self) -> frozenset[Cell]:
        """Every cell of every merged range but the first, which keeps the value."""
        cells: set[Cell] = set()
        for left, top, right, bottom in _MERGED.findall(self):
            across, down = range(_index(left), _index(right) + 1), range(int(top), int(bottom) + 1)
            if len(cells) + len(across) * len(down) > _MOST_MERGED:
                raise ValueError("merged without end")
            cells.update((row, column) for row in down for column in across)
            cells.discard((int(top), _index(left)))
        return frozenset(cells)


@dataclass(frozen=True, slots=True)
class _Block:
    rows: list[bytes]  # each from after the row before it to before its own end tag
    may_be_marked: bool  # False where nothing in the whole block is


def _blocks(stream: IO[bytes], rest: bytes, names: _Names) -> Iterator[_Block | _Tail]:
    """The rows that have cells, a block at a time, then what follows the last."""
    while True:
        marked = _holds_a_sign(rest)
        *rows, rest = rest.split(names.end_row)
        yield _Block(rows, marked)
        more = stream.read(_BLOCK)
        if not more:
            yield _Tail(rest)
            return
        if len(rest) > _LONGEST_ROW:
            raise ValueError("a row without end")
        rest += more


def _holds_a_sign(block: bytes) -> bool:
    """Arrow's expressions (RE2) go over a block several times as fast as Python's."""
    import pyarrow as pa
    import pyarrow.compute as pc

    bounds = pa.py_buffer(struct.pack("<2q", 0, len(block)))
    whole = pa.LargeBinaryArray.from_buffers(pa.large_binary(), 1, [None, bounds, pa.py_buffer(block)])
    return any(pc.match_substring_regex(whole, sign)[0].as_py() for sign in _SIGNS)


def _index(letters: bytes) -> int:
    index = 0
    for each in letters:
        index = index * 26 + each - ord("A") + 1
    return index - 1
