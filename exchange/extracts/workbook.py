"""One sheet of a workbook, or a .csv file, as columns of text; what kind of file it is, its content says.

Nothing is interpreted here beyond what Excel itself stores: a date cell is "1990-07-01 00:00:00", a number its digits.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from exchange.errors import ExtractError, Problem
from exchange.extracts.extract import Source
from exchange.locale import _

if TYPE_CHECKING:
    import pyarrow as pa

    from exchange.extracts.mapping import Mapping

LARGEST_FILE = 100 * 1024 * 1024  # bytes
_OLE2 = bytes.fromhex("d0cf11e0a1b11ae1")  # the container of .xls, and of encrypted .xlsx ([MS-OFFCRYPTO] 2.3)
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

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


def read_sheet(path: Path, mapping: Mapping) -> Sheet:
    """The sheet that `mapping` names, from an .xlsx or .csv file.

    ExtractError, one of: extract.missing_file, unreadable, too_large, empty_file, password, old_excel,
    not_a_workbook, damaged, no_sheet, sheets_alike, encoding, bad_csv, ragged_row.
    """
    content = _content(path)
    if content.startswith(b"PK"):
        from exchange.extracts.xlsx import read_xlsx

        return read_xlsx(content, _source(path, content), mapping)
    if content.startswith(_OLE2):
        raise _old_or_encrypted(content, path.name)
    from exchange.extracts.csv_text import read_csv

    return read_csv(content, _source(path, content), mapping)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise refusal("extract.missing_file", _("there is no such file"), path.name) from None
    except OSError:
        hint = _("close it in Excel, and see whether you may read it")
        raise refusal("extract.unreadable", _("the file cannot be read"), path.name, hint) from None
    if len(content) > LARGEST_FILE:
        raise refusal("extract.too_large", _("larger than 100 MB"), path.name, _("send the cases of one period only"))
    if not content.strip():
        raise refusal("extract.empty_file", _("the file is empty"), path.name)
    return content


def _source(path: Path, content: bytes) -> Source:
    return Source(path.name, hashlib.sha256(content).hexdigest(), "")


def _old_or_encrypted(content: bytes, name: str) -> ExtractError:
    if _ENCRYPTED in content:
        hint = _("open it in Excel, remove the password under File, Info, Protect Workbook, and save it")
        return refusal("extract.password", _("the workbook is protected with a password"), name, hint)
    hint = _("open it in Excel and save it as .xlsx")
    return refusal("extract.old_excel", _("a file of an old Excel"), name, hint)
