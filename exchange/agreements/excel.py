"""How XlsxWriter is asked for a workbook: everything in memory, every text a text and never more.

Its habits that would harm are turned off or gone round: it keeps rows in temporary files; makes formulas and links of
texts that look like them; writes a text between `<r>` and `</r>` into the file as it stands, tags and all; and escapes
only every other one of escapes that share an underscore (`_x005F_x0041_`).
"""

from __future__ import annotations

import io
import re
from typing import Any

LONGEST = 16_000  # characters of a cell; Excel's limit is 32,767 units of UTF-16
_CUT = " […]"
_APART = re.compile(r"(?<=\A<)(?=r>)|(?<=_)(?=x[0-9A-Fa-f]{4}_)")  # where a text must be cut to be only a text


def new_workbook(target: io.BytesIO) -> Any:
    """An empty workbook that `close` writes into `target`."""
    import xlsxwriter

    return xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})


def write_text(sheet: Any, row: int, column: int, text: str, pen: Any = None) -> None:
    """`text` in one cell, cut where Excel could not hold it."""
    fitting = text if len(text) <= LONGEST else cut(text)
    if (fitting.startswith("<r>") or "_x" in fitting) and _APART.search(fitting):
        # In pieces, which are escaped each, as if they had fonts of their own: the only public way past those habits.
        first, second, *more = _APART.split(fitting)
        sheet.write_rich_string(row, column, first, second[:1], second[1:], *more, *([pen] if pen else []))
    else:
        sheet.write_string(row, column, fitting, pen)


def cut(text: str) -> str:
    """A text as a cell holds it: one that is too long ends in a mark that says so."""
    return text if len(text) <= LONGEST else text[: LONGEST - len(_CUT)] + _CUT
