"""Every sheet of a small .xlsx as rows of text, for workbooks that are forms and not cases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from exchange.errors import ExtractError, Problem
from exchange.extracts.sheet import Marks, letter, refusal
from exchange.extracts.xlsx import archive_of, columns_of, look_at, sheet_parts
from exchange.locale import _

_LARGEST = 5 << 20  # bytes
_MOST_CELLS = 200_000


def read_sheets(path: Path) -> dict[str, tuple[tuple[str, ...], ...]]:
    """The sheets by name, each a tuple of rows from the first, each row as wide as the sheet; empty cells are "".

    ExtractError: extract.missing_file, too_large, not_a_workbook, password, damaged; and, with sheet and cell,
    extract.error_cell (Excel shows an error there), extract.hidden_row, extract.merged_cell (nobody sees what stands
    there, or to which row it belongs).
    """
    content = read_small(path)
    archive, sheets, problems = archive_of(content, path.name), {}, list[Problem]()
    for name in sheet_parts(archive, path.name):
        seen = look_at(archive, name, path.name)
        if seen.height * seen.width > _MOST_CELLS:
            raise refusal("extract.too_large", _("the sheet reaches over too many cells"), f"{path.name}, {name}")
        problems += _unseen(seen.marks, f"{path.name}, {name}, ")
        columns = columns_of(content, name, path.name) if seen.height else ()
        sheets[name] = tuple(zip(*([each or "" for each in column.to_pylist()] for column in columns), strict=True))
    ExtractError.raise_all(problems)
    return sheets


def read_small(path: Path) -> bytes:
    """What a workbook's file holds. ExtractError: extract.missing_file, extract.too_large."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError:
        raise refusal("extract.missing_file", _("the file cannot be opened"), path.name) from None
    if len(content) > _LARGEST:
        raise refusal("extract.too_large", _("larger than 5 MB"), path.name)
    return content


def _unseen(marks: Marks, where: str) -> Iterator[Problem]:
    """What a person does not see in the sheet, or sees otherwise than it is read."""
    for row, column in sorted(marks.errors):
        yield Problem("extract.error_cell", _("Excel shows an error here"), f"{where}{letter(column)}{row}")
    for row, column in sorted(marks.merged):
        yield Problem("extract.merged_cell", _("a merged cell"), f"{where}{letter(column)}{row}")
    for row in sorted(marks.hidden):
        yield Problem("extract.hidden_row", _("a hidden row"), f"{where}{row}")
