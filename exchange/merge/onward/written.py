"""The extract as files that `exchange check` and `exchange pack` take as they are: a workbook, its mapping, the note.

The note of the month carries on what must be known: the caveats of every source behind the rows, what the links mean,
and what was withheld over the joined rows. It is the one place where a sender says things in words of its own.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from exchange.agreements.agreement import Agreement
from exchange.agreements.excel import new_workbook, write_text
from exchange.bundle.metadata import CaveatLine
from exchange.errors import DisclosureError, Problem
from exchange.locale import Language, _, speaking
from exchange.merge.counting.said import notice
from exchange.merge.false_merges import false_merges
from exchange.merge.onward.extract import Onward
from exchange.merge.people import Merged

if TYPE_CHECKING:
    import pyarrow as pa

SHEET = "cases"
LONGEST_NOTE = 8000  # characters, as `bundle.metadata.Note`


def workbook(table: pa.Table) -> bytes:
    """One sheet: the names of the fields, then a row for each person; every cell is text."""
    target = io.BytesIO()
    book = new_workbook(target)
    sheet = book.add_worksheet(SHEET)
    for column, name in enumerate(table.column_names):
        for row, text in enumerate([name, *table.column(name).to_pylist()]):
            write_text(sheet, row, column, text)
    book.close()
    return target.getvalue()


def mapping(own: Agreement) -> str:
    """The mapping of that workbook: every column is called as its field."""
    places = [each.name for each in own.data.fields if (each.codes or "").startswith("kemendagri-")]
    lines = ["mapping: 1", f"sheet: {SHEET}", 'lists: {separator: ";"}', "columns:"]
    lines += [f'  "{each.name}": {each.name}' for each in own.data.fields]
    if places:
        lines += ["places:", *(f"  {name}: code" for name in places)]
    return "\n".join([*lines, ""])


def note(onward: Onward, merged: Merged, tongue: Language) -> str:
    """What travels on in words. DisclosureError `onward.note_too_long`: nothing of it may be left out."""
    with speaking(tongue):
        said = "\n".join(_lines(onward, merged, tongue))
    if len(said) > LONGEST_NOTE:
        what = _("the caveats of all sources are longer than a note may be")
        hint = _("pass on fewer sources at a time")
        raise DisclosureError(Problem("onward.note_too_long", what, hint=hint))
    return said


def _lines(onward: Onward, merged: Merged, tongue: Language) -> Iterator[str]:
    sources = [merged.origins[place].metadata for place in sorted(onward.origins)]
    names = ", ".join(sorted({each.sender.name for each in sources}))
    yield _("Made of reports by {senders}; reports were linked so that each person is here once.").format(senders=names)
    yield notice()
    yield false_merges(merged.counts.false_merges)
    yield _("A day that the reports do not tell is written as the first day of the period of the first report.")
    if onward.k is not None:
        yield _(
            "Over the joined rows every group of look-alikes has at least {k}; {cells} values were withheld for it."
        ).format(k=onward.k, cells=onward.cells)
    if onward.left_out:
        yield _("Some rows were left out because no group of look-alikes was large enough for them.")
    for who, told in _caveats(sources_caveats(merged, onward.origins), tongue):
        yield f"{who}: {told}"


def sources_caveats(merged: Merged, origins: Iterable[int]) -> Iterator[tuple[str, CaveatLine]]:
    """The caveats of these bundles with who gave them, and those about the sources together."""
    for place in sorted(origins):
        said = merged.origins[place].metadata
        yield from ((said.sender.id, each) for each in said.caveats)
    theirs = {(each.code, each.text.en) for origin in merged.origins for each in origin.metadata.caveats}
    yield from (("–", each) for each in merged.caveats if (each.code, each.text.en) not in theirs)


def _caveats(given: Iterable[tuple[str, CaveatLine]], tongue: Language) -> Iterator[tuple[str, str]]:
    """Each text once, with all who gave it."""
    who: dict[str, dict[str, None]] = {}
    for source, caveat in given:
        who.setdefault(caveat.text.in_(tongue), {})[source] = None
    yield from ((", ".join(sources), text) for text, sources in who.items())
