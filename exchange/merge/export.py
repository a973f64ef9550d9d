"""Out of the store, for people who work with tables: rows and figures as csv, xlsx or parquet.

These files can be read by whoever has them: they are private to their owner, and to be deleted after use. No cell is
ever a live formula; every chosen value has its source beside it. The notice stands on every sheet and in every parquet
file; with the caveats of all sources it lies beside the csv files, in `about.txt`.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, assert_never

from exchange.agreements.excel import new_workbook, write_text
from exchange.agreements.words import caveat_kind
from exchange.bundle import csv_text
from exchange.locale import _
from exchange.merge.counting.figures import Figures, tables
from exchange.merge.counting.said import about_links, notice
from exchange.merge.counts import interval_of
from exchange.merge.people import Merged
from exchange.merge.refusals import translated

if TYPE_CHECKING:
    import pyarrow as pa

ExportFormat = Literal["csv", "xlsx", "parquet"]
ABOUT = "about.txt"
_NAMES = ("people", "reports", "conflicts", "counts", "overlap", "coverage", "trends")
_VIEWS = {"merged.xlsx", *(f"{view}.{each}" for view in _NAMES for each in ("csv", "parquet"))}


def export(
    merged: Merged, folder: Path, formats: Iterable[ExportFormat], beside: Figures | None = None
) -> tuple[Path, ...]:
    """Write the views of people, reports and conflicts into `folder`, and the figures `beside` them, replacing what has
    their names; the files written.

    MergeError `store.unusable` for a full disk or a folder that cannot be written.
    """
    views, about = _views(merged, beside), _about(merged, beside)
    with translated():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = {name: content for each in dict.fromkeys(formats) for name, content in _files(views, about, each)}
        files[ABOUT] = "\n".join(about).encode()
        return tuple(written(folder / name, content) for name, content in files.items())


def destroy(folder: Path) -> int:
    """Remove what `export` wrote into `folder` or a folder in it; how many files. MergeError `store.unusable`."""
    with translated():
        views = [each for each in folder.rglob("*") if each.name in _VIEWS and each.is_file()]
        written = dict.fromkeys((*views, *(each.with_name(ABOUT) for each in views)))
        for file in written:
            file.unlink(missing_ok=True)
    return len(written)


def people_view(merged: Merged) -> pa.Table:
    """One row per person; after each field's value the source and period that it was taken from."""
    import pyarrow as pa

    columns = {name: merged.people.column(name) for name in ("person", "reports", "sources", "held")}
    for name in merged.fields:
        columns[name] = merged.people.column(name)
        columns[f"{name} (source)"] = merged.sources.column(name)
    return pa.table(columns)


def _views(merged: Merged, beside: Figures | None) -> dict[str, pa.Table]:
    views = {"people": people_view(merged), "reports": _reports(merged), "conflicts": merged.conflicts}
    return views if beside is None else views | tables(beside)


def _reports(merged: Merged) -> pa.Table:
    """Without those of sensitive sources, which would tell who is known to them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not merged.rules.sensitive:
        return merged.reports
    sensitive = pc.is_in(merged.reports.column("source"), value_set=pa.array(merged.rules.sensitive))
    return merged.reports.filter(pc.invert(sensitive))


def _files(views: dict[str, pa.Table], about: Sequence[str], written_as: ExportFormat) -> list[tuple[str, bytes]]:
    match written_as:
        case "csv":
            return [(f"{name}.csv", csv_text.write(view.column_names, _texts(view))) for name, view in views.items()]
        case "parquet":
            return [(f"{name}.parquet", _parquet(view, about)) for name, view in views.items()]
        case "xlsx":
            return [("merged.xlsx", _workbook(views, about))]
        case _:
            assert_never(written_as)


def _texts(view: pa.Table) -> list[list[str]]:
    return [["" if value is None else str(value) for value in view.column(n).to_pylist()] for n in view.column_names]


def _about(merged: Merged, beside: Figures | None) -> list[str]:
    counts = merged.counts
    caveats = (f"{each.code} ({caveat_kind(each.kind)}): {each.text} {each.figure}" for each in merged.caveats)
    return [
        notice(),
        _("{reports} reports, {people} people, {undecided} pairs undecided").format(
            reports=counts.reports, people=counts.people, undecided=counts.undecided
        ),
        *([_apart(counts.apart)] if counts.apart else []),
        *about_links(counts.people, interval_of(merged), counts.false_merges),
        *([] if beside is None else [about_figures(beside)]),
        *(each.rstrip() for each in caveats),
    ]


def _apart(count: int) -> str:
    what = _("{count} reports cannot be compared with the others: their match tokens are of another epoch")
    return what.format(count=count)


def about_figures(figures: Figures) -> str:
    """How counts, overlap and trends are to be read."""
    least = _("counts below {min_cell} are withheld, and others by which they could be worked out")
    return least.format(min_cell=figures.min_cell)


def _parquet(view: pa.Table, about: Sequence[str]) -> bytes:
    from pyarrow import parquet

    target = io.BytesIO()
    parquet.write_table(view.replace_schema_metadata({"about": "\n".join(about)}), target)
    return target.getvalue()


def _workbook(views: dict[str, pa.Table], about: Sequence[str]) -> bytes:
    target = io.BytesIO()
    book = new_workbook(target)
    sheet = book.add_worksheet("about")
    for row, line in enumerate(about):
        write_text(sheet, row, 0, line)
    for name, view in views.items():
        sheet = book.add_worksheet(name)
        write_text(sheet, 0, 0, about[0])
        for column, (head, texts) in enumerate(zip(view.column_names, _texts(view), strict=True)):
            for row, text in enumerate([head, *texts], 1):
                write_text(sheet, row, column, text)
        sheet.freeze_panes(2, 0)
    book.close()
    return target.getvalue()


def written(file: Path, content: bytes) -> Path:
    """A file that only its owner reads, whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=".")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return file
