"""CSV as RFC 4180 has it, in UTF-8, that no spreadsheet runs as a formula.

Where a spreadsheet could take what it reads for a formula, one apostrophe goes before it; `harmless` and `as_written`
are exact opposites, so a program that reads the file loses nothing. Numbers and phone numbers (`-8.65`, `+62811…`) are
left alone: there is nothing in them to work out. (`+62-811-0001` is marked: Excel would show 62 − 811 − 1.) See OWASP,
"CSV Injection". READING.md beside this file tells a recipient how to take the apostrophes off again.

Excel splits a CSV at the list separator of its own country, which in Indonesia is ";": a cell that a quote holds
together falls apart there, and cells grow together: `-8` before `5+cmd|…` is one sum, whose decimal sign is the comma.
What follows a separator is therefore made harmless like what stands first, and so is a number before such a cell.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from exchange.extracts import arrow

if TYPE_CHECKING:
    import pyarrow as pa

# = + - @ and what some spreadsheets fold into them: every character whose NFKC form starts with one, and U+2212 MINUS.
_STARTERS = r"=+\-@⁺⁼₊₌⩵⩶﬩﹢﹣﹦﹫＋－＝＠−"
_SEPARATORS = r";,|\t\r\n"
_BLANKS = r"\t\r\n"  # dropped by some spreadsheets where a cell begins with them
# What may stand before a formula unseen: blanks of all kinds, characters without a width, controls (but no separator,
# which begins a cell of its own); the quote, which goes where a cell is torn out of a longer one; our own apostrophe.
_UNSEEN = (
    r"'\"\x00-\x08\x0b\x0c\x0e-\x20\x7f-\xa0\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160"
    r"\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0"
    r"\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff"
)
_FIRST = rf"(?=[{_UNSEEN}]*[{_STARTERS}{_BLANKS}])"
_LATER = rf"(?=[{_UNSEEN}]*[{_STARTERS}])"
_DANGEROUS = re.compile(rf"\A{_FIRST}|(?<=[{_SEPARATORS}]){_LATER}")
_MARK = re.compile(rf"\A'{_FIRST}|(?<=[{_SEPARATORS}])'{_LATER}")
_PLAIN = r"^[A-Za-z0-9][A-Za-z0-9_. -]*$"  # neither dangerous nor in need of quotes
_TO_QUOTE = re.compile(r'[,"\r\n]')
_ROWS_AT_ONCE = 65_536
# A number, a phone number in groups, a band without an end ("-5+"): no sign in it but the first could be worked out.
_NUMBER = re.compile(r"[+-][0-9]+(?:[ .,][0-9]+)*(?:[eE][+-]?[0-9]+)?\+?")
_SIGNS = ("+", "-")
# What makes a sum with the number at the head of its line that is more than a number: it goes on with a decimal place.
_SUM = re.compile(r"[0-9](?![0-9 .,:/+-]*\Z)")


def harmless(value: str) -> str:
    """`value` as it is written into a cell."""
    return value if _NUMBER.fullmatch(value) else _DANGEROUS.sub("'", value)


def as_written(cell: str) -> str:
    """The value of a cell that `harmless` made."""
    return _MARK.sub("", cell)


def write(head: Sequence[str], columns: Sequence[Sequence[str]]) -> bytes:
    """A whole CSV file, given column by column: CRLF line ends, quotes only where they are needed."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(map(harmless, head))
    cells = [_harmless_column(column) for column in columns]
    if len(columns) > 1:
        cells[0] = _before(cells[0], columns[1])
    writer.writerows(zip(*cells, strict=True))
    return text.getvalue().encode("utf-8")


def write_table(table: pa.Table) -> bytes:
    """As `write`, of dictionary-encoded columns of text without nulls: a million rows in seconds."""
    import pyarrow.compute as pc

    columns = [table.column(name).unify_dictionaries().combine_chunks() for name in table.column_names]
    if columns and any(value.startswith(_SIGNS) for value in columns[0].dictionary.to_pylist()):
        return write(table.column_names, [column.to_pylist() for column in columns])  # cell by cell: see `_before`
    cells = [_cells(each.dictionary, alone=len(columns) == 1) for each in columns]
    comma, nothing, line_end = map(arrow.text, (",", "", "\r\n"))  # of Python's texts, pyarrow imports pandas
    written = io.BytesIO()
    written.write(write(table.column_names, []))
    for start in range(0, len(table) if columns else 0, _ROWS_AT_ONCE):
        parts = [
            those.take(each.indices.slice(start, _ROWS_AT_ONCE)) for those, each in zip(cells, columns, strict=True)
        ]
        lines = pc.binary_join_element_wise(pc.binary_join_element_wise(*parts, comma), nothing, line_end)
        written.write(lines.buffers()[2])
    return written.getvalue()


def _cells(values: pa.StringArray, *, alone: bool) -> pa.StringArray:
    """Each value as it stands in the file: harmless, in quotes where they are needed. `alone`: in its line, where the
    writer puts an empty one in quotes."""
    import pyarrow.compute as pc

    odd = pc.invert(pc.match_substring_regex(values, _PLAIN))
    cells = [_quoted(harmless(value)) or ('""' if alone else "") for value in values.filter(odd).to_pylist()]
    return pc.replace_with_mask(values, odd, arrow.texts(cells))


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _TO_QUOTE.search(cell) else cell


def _harmless_column(column: Sequence[str]) -> Iterator[str]:
    """Every value once, however often it stands in the column."""
    cells = {value: harmless(value) for value in set(column)}
    return map(cells.__getitem__, column)


def _before(heads: Iterable[str], nexts: Sequence[str]) -> Iterator[str]:
    """The first cell of each line; an apostrophe goes before a number that the next cell would take into a sum."""
    for head, after in zip(heads, nexts, strict=True):
        yield f"'{head}" if head.startswith(_SIGNS) and _SUM.match(after) else head


def read(content: bytes) -> tuple[list[str], Iterator[list[str]]]:
    """The head and the rows of a CSV file that `write` made.

    ValueError or csv.Error, here or while reading on, where it is none; so for a cell of more than 131,072 characters.
    """
    lines = csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)
    head = next(lines, None)
    if head is None:
        raise ValueError("no head")
    return [as_written(name) for name in head], ([as_written(cell) for cell in row] for row in lines)
