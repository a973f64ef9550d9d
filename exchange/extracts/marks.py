"""What calamine leaves out of a sheet, read from the sheet's XML in one pass over its bytes.

calamine turns error cells into nothing, numbers into text without a trace of their being numbers, and does not say
which rows are hidden or which cells are merged (ECMA-376 part 1, 18.3.1.4 `c`, 18.3.1.73 `row`, 18.3.1.55 `mergeCell`).
A parser of XML would take longer than calamine itself: here blocks of rows are searched for the marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from exchange.extracts.sheet import Cell, Marks

_BLOCK = 8 << 20  # bytes read at a time
_LONGEST_ROW = 64 << 20  # bytes; 16,384 cells of Excel's longest text would be more than any sheet of cases
_ROOT = re.compile(rb"<(\w+:)?worksheet\b")
_ERROR = re.compile(rb"""\st=["']e["']""")
_NUMBER = re.compile(rb"v>(?:[0-9]{15,16}(?:\.[0-9]*)?|[0-9](?:\.[0-9]+)?[eE]\+?15)</")
_TEXT = re.compile(rb"""\st=["'](?!n["'])""")
_SIGNS = (b't="e"', b"t='e'", b"hidden=")  # quick to look for in a whole block; what they point at is then looked at
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


def look(stream: IO[bytes]) -> Look:
    """The marks of the sheet whose XML is `stream`; ValueError if it is not the XML of a worksheet."""
    rest = stream.read(_BLOCK)
    names = _Names(rest[:65536])
    errors: set[Cell] = set()
    numbers: set[Cell] = set()
    hidden: set[int] = set()
    height = width = number = 0
    for row in _rows(stream, rest, names):
        if isinstance(row, _Tail):
            return Look(Marks(frozenset(errors), frozenset(numbers), row.merged(), frozenset(hidden)), height, width)
        number = row.number or number + 1
        columns = row.columns(names)
        if not columns:
            continue
        height, width = number, max(width, columns)
        if row.may_be_marked:
            hidden.update([number] if row.is_hidden() else [])
            errors.update((number, column) for column in row.errors(names))
            numbers.update((number, column) for column in row.long_numbers(names))
    raise ValueError("the sheet breaks off")


@dataclass(frozen=True, slots=True)
class _Row:
    xml: bytes  # from its start tag to before its end tag
    number: int  # 0 where the writer leaves it out
    may_be_marked: bool  # False where nothing in its whole block is

    def is_hidden(self) -> bool:
        return _HIDDEN.search(self.xml[: self.xml.index(b">")]) is not None

    def columns(self, names: _Names) -> int:
        """How far right its last cell with a value stands, from 1; 0 without one."""
        end = self.xml.rfind(names.end_cell)
        if end < 0:
            return 0
        start = self.xml.rfind(names.start_cell + b" ", 0, end)
        written = _R.search(self.xml, start, self.xml.index(b">", start)) if start >= 0 else None
        return _index(written[1]) + 1 if written and written[1] else self.xml.count(names.start_cell, 0, end)

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


def _rows(stream: IO[bytes], rest: bytes, names: _Names) -> Iterator[_Row | _Tail]:
    """Each row that has cells, then what follows the last."""
    while True:
        marked = any(sign in rest for sign in _SIGNS) or _NUMBER.search(rest) is not None
        *rows, rest = rest.split(names.end_row)
        for xml in rows:
            start = xml.rfind(names.row)  # rows without cells close themselves and stand before it
            if start < 0:
                raise ValueError("a row ends that did not begin")
            tag = _R.search(xml, start, xml.index(b">", start))
            yield _Row(xml[start:], int(tag[2]) if tag and tag[2] else 0, marked)
        more = stream.read(_BLOCK)
        if not more:
            yield _Tail(rest)
            return
        if len(rest) > _LONGEST_ROW:
            raise ValueError("a row without end")
        rest += more


def _index(letters: bytes) -> int:
    index = 0
    for each in letters:
        index = index * 26 + each - ord("A") + 1
    return index - 1
