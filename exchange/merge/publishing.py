"""What a recipient may publish (clause `onward.publish`): tables over the merged view, never a row.

Counted are people, not reports, by the breakdowns on which every agreement behind the rows has agreed for its tables.
The tables that came are not published: what their sender withheld is unknown here, so that nobody could say what else
they would give away, and whoever is known to two senders would count twice. Each publication is protected on its own:
whoever compares two of them sees who came between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from exchange.agreements.agreement import Agreement
from exchange.agreements.clause import Text
from exchange.bundle import csv_text
from exchange.bundle.metadata import CaveatLine
from exchange.errors import DisclosureError, Problem
from exchange.locale import _, language
from exchange.merge.counting.intervals import Interval
from exchange.merge.counting.said import about_links
from exchange.merge.counts import FIRST, agreed_by_all, count_people, least_cell, notice
from exchange.merge.decisions import FalseMergeRate
from exchange.merge.export import written
from exchange.merge.people import Merged
from exchange.merge.refusals import translated
from exchange.protect.protected import ReleasedTable

PUBLISHED = "published"  # the note of an export, in the log, that was of such tables and not of rows


@dataclass(frozen=True, slots=True)
class Publication:
    """Tables of people in which no count below `min_cell` can be worked out, and what is quoted beside them; how many
    people there are in all, and how sure that is."""

    tables: tuple[ReleasedTable, ...]
    people: int | None
    interval: Interval
    false_merges: FalseMergeRate | None
    min_cell: int
    confidentiality: tuple[Text, ...]
    caveats: tuple[CaveatLine, ...]

    @property
    def cells_withheld(self) -> int:
        return sum(cell.count is None for table in self.tables for cell in table.cells)


def publication(merged: Merged, agreements: Sequence[Agreement]) -> Publication:
    """What may be published of `merged`, whose rows came under `agreements`. Of several the strictest counts.

    DisclosureError: `publish.nothing` where no breakdown of all agreements is among the fields of the rows.
    """
    by = tuple(each for each in agreed_by_all(agreements) if set(each) <= set(merged.fields))
    if not by or not merged.counts.people:
        what = _("no row is here by whose fields all agreements let tables be made")
        raise DisclosureError(Problem("publish.nothing", what, hint=_("ask the senders for figures to publish")))
    min_cell = least_cell(agreements)
    counted = count_people(merged, (*by, (FIRST,)), min_cell)  # the same question as for `figures`, the same answer
    quotes = any(each.onward.publish.quote_caveats for each in agreements)
    notices = {each.notices.confidentiality.en: each.notices.confidentiality for each in agreements}
    return Publication(
        tables=counted.tables[: len(by)],
        people=merged.counts.people if merged.counts.people >= min_cell else None,
        interval=counted.interval,
        false_merges=merged.counts.false_merges,
        min_cell=min_cell,
        confidentiality=tuple(notices.values()) if quotes else (),
        caveats=merged.caveats if quotes else (),
    )


def publish(publication: Publication, folder: Path) -> tuple[Path, ...]:
    """Write a publication into `folder`: a .csv for each table, in which a withheld count is empty, and `about.txt`.

    MergeError `store.unusable` for a full disk or a folder that cannot be written.
    """
    files = {f"people-by-{'-'.join(each.fields)}.csv": _csv(each) for each in publication.tables}
    files["about.txt"] = "\n".join(about(publication)).encode()
    with translated():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return tuple(written(folder / name, content) for name, content in files.items())


def about(publication: Publication) -> list[str]:
    """What is quoted wherever the tables are shown, in the language being spoken."""
    least = _("counts below {min_cell} are withheld, and others by which they could be worked out")
    tongue = language()
    return [
        *(each.in_(tongue) for each in publication.confidentiality),
        notice(),
        *about_links(publication.people, publication.interval, publication.false_merges),
        least.format(min_cell=publication.min_cell),
        *(f"{each.code}: {each.text.in_(tongue)} {each.figure}".rstrip() for each in publication.caveats),
    ]


def _csv(table: ReleasedTable) -> bytes:
    columns = [[cell.values[n] for cell in table.cells] for n in range(len(table.fields))]
    people = ["" if cell.count is None else str(cell.count) for cell in table.cells]
    return csv_text.write([*table.fields, "people"], [*columns, people])
