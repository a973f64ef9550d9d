"""CSV as RFC 4180 has it, in UTF-8, that no spreadsheet runs as a formula.

A cell that a spreadsheet could take for a formula gets one leading apostrophe; `harmless` and `as_written` are exact
opposites, so a program that reads the file loses nothing. Numbers and phone numbers (`-8.65`, `+62811…`) are left
alone. See OWASP, "CSV Injection".
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

# The full-width look-alikes of = + - @ count too: some spreadsheets fold them.
_STARTERS = "=+\\-@\t\r\n＝＋－＠"
_DANGEROUS = re.compile(rf"'*[{_STARTERS}]")
_MARKED = re.compile(rf"'+[{_STARTERS}]")
_NUMBER = re.compile(r"[+-]\d[\d .-]*", re.ASCII)


def harmless(value: str) -> str:
    """`value` as it is written into a cell."""
    if _DANGEROUS.match(value) and not _NUMBER.fullmatch(value):
        return "'" + value
    return value


def as_written(cell: str) -> str:
    """The value of a cell that `harmless` made."""
    return cell[1:] if _MARKED.match(cell) else cell


def write(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A whole CSV file: CRLF line ends, quotes only where they are needed."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([harmless(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8")


def read(content: bytes) -> tuple[list[str], Iterator[list[str]]]:
    """The head and the rows of a CSV file that `write` made. ValueError or csv.Error where it is none."""
    lines = csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)
    head = next(lines, None)
    if head is None:
        raise ValueError("no head")
    return head, ([as_written(cell) for cell in row] for row in lines)
