"""One sheet of a workbook, or a .csv file, as columns of text.

Nothing is interpreted here beyond what Excel itself stores: a date cell is "1990-07-01 00:00:00", a number its digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.errors import ExtractError, Problem
from exchange.extracts.extract import Source

if TYPE_CHECKING:
    import pyarrow as pa

Cell = tuple[int, int]  # row of the sheet from 1, column from 0


@dataclass(frozen=True, slots=True)
class Marks:
    """What the text of the cells does not tell: where Excel shows an error, where a long number stood, what is hidden.

    `errors`: cells such as #DIV/0!. `long_numbers`: number cells of 15 or more digits, of which Excel keeps 15.
    `merged`: cells that a merge has emptied. `hidden`: rows of the sheet.
    """

    errors: frozenset[Cell] = frozenset()
    long_numbers: frozenset[Cell] = frozenset()
    merged: frozenset[Cell] = frozenset()
    hidden: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Sheet:
    """The header rows and the rows below them, as text.

    `headers`: for each header row of the mapping, the text of each column ("" where empty). `columns`: one string array
    per column, null where a cell is empty; their first value stands in row `first_row` of the sheet, empty rows
    included. The first column is that of letter A.
    """

    source: Source
    headers: tuple[tuple[str, ...], ...]
    columns: tuple[pa.StringArray, ...]
    first_row: int
    marks: Marks = Marks()


def letter(index: int) -> str:
    """The letters of a column: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def refusal(code: str, what: str, where: str, hint: str = "") -> ExtractError:
    """One reason why a file cannot be read as an extract."""
    return ExtractError(Problem(code, what, where, hint))
