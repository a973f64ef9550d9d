"""`exchange export`: the merged view as tables, for people who work with them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.errors import Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.merge.export import ExportFormat
    from exchange.merge.people import MergeCounts
    from exchange.office import Office

FORMATS: dict[str, ExportFormat] = {"csv": "csv", "xlsx": "xlsx", "parquet": "parquet"}


@click.command(
    help=_(
        "Merge, and write people, reports and conflicts into a folder, each value with its source, for a person whom "
        "every agreement names under which the store holds anything. Whoever has these files can read them: they are "
        "private to you, and to be deleted after use."
    ),
    epilog=desk.example("exchange export --out october --format csv,xlsx --as data.officer.1"),
)
@click.option("--out", type=desk.a_path(), required=True, metavar="FOLDER", help=_("a folder, made if it is not there"))
@click.option("--format", "formats", default="csv", metavar="FORMATS", help=_("csv, xlsx, parquet; commas between"))
@desk.as_option()
@desk.dry_run_option()
def export(out: Path, formats: str, person_id: str | None, *, dry_run: bool) -> None:
    from exchange.merge.export import export as write_tables
    from exchange.receiving import merge_received

    wanted = _read_formats(formats)
    office = desk.office()
    who = desk.acting(office.workspace, "open", person_id, office.now.date()).person
    with office.workspace.turn("receiving"):  # nothing else comes between what is asked about and what is written
        _check_named(office, who.id)
        desk.end_dry_run(dry_run)
        merged = merge_received(office)
    files = write_tables(merged, out, wanted)
    _note(office, merged.counts, who.id)
    document = {**asdict(merged.counts), "folder": str(out), "files": [file.name for file in files]}
    console.answer(document, [str(file) for file in files])
    console.say(_("delete the files after use: nobody else does"))


def _check_named(office: Office, person: str) -> None:
    from exchange.named_users import check_named_user
    from exchange.receiving import open_store

    with open_store(office) as store:
        references = [segment.metadata.agreement for segment in store.segments()]
    check_named_user(office, person, references)


def _note(office: Office, counts: MergeCounts, person: str) -> None:
    """A store holds what came in all networks, so each of their logs says that it was exported."""
    from exchange.audit.entries import Counts

    counted = Counts(reports=counts.reports, people=counts.people)
    for network in office.workspace.networks():
        office.note(network, office.entry("store.exported", person=person, counts=counted))


def _read_formats(formats: str) -> list[ExportFormat]:
    names = [name.strip() for name in formats.split(",")]
    unknown = [name for name in names if name not in FORMATS]
    if unknown:
        hint = _("known: {names}").format(names=", ".join(FORMATS))
        raise UsageError(Problem("usage.format", _("there is no such format"), where=", ".join(unknown), hint=hint))
    return [FORMATS[name] for name in names]
