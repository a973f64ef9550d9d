"""What people have written beside the cells of a workbook: Excel's notes and comments, which no cell's value holds.

ECMA-376 part 1, 18.7 (comments); threaded comments as [MS-XLSX] 2.6.205, whose older copy for older Excels is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from exchange.extracts.sheets import read_small
from exchange.extracts.xlsx import archive_of, parts_of_sheet, sheet_parts

_LONGEST = 4000  # characters shown of one note


@dataclass(frozen=True, slots=True)
class Note:
    """A remark at a cell. `text` is one line, without anything that would rewrite a screen."""

    sheet: str
    cell: str
    text: str


def read_notes(path: Path) -> tuple[Note, ...]:
    """Every note and comment, sheet by sheet. ExtractError as of `exchange.extracts.sheets.read_sheets`."""
    archive = archive_of(read_small(path), path.name)
    found: list[Note] = []
    for sheet, part in sheet_parts(archive, path.name).items():
        threads = parts_of_sheet(archive, part, "threadedComment", path.name)
        threaded = [each for root in threads for each in _texts(root, "threadedComment")]
        cells = {cell for cell, _text in threaded}
        notes = parts_of_sheet(archive, part, "comments", path.name)
        plain = [each for root in notes for each in _texts(root, "comment") if each[0] not in cells]
        found += [Note(sheet, cell, text) for cell, text in (*threaded, *plain)]
    return tuple(found)


def one_line(text: str) -> str:
    """A text that somebody wrote as one line that can be shown: no control characters, no marks that turn writing."""
    plain = "".join(letter if letter.isprintable() else "�" for letter in " ".join(text.split()))
    return plain if len(plain) <= _LONGEST else plain[:_LONGEST] + "…"


def _texts(root: ET.Element, name: str) -> Iterator[tuple[str, str]]:
    """The cell and the text of each remark in a part."""
    for each in root.iter():
        if each.tag.rpartition("}")[2] == name:
            runs = [run.text or "" for run in each.iter() if run.tag.rpartition("}")[2] in ("t", "text")]
            yield one_line(each.get("ref", "")), one_line("".join(runs))
