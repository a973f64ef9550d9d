"""`exchange export`: the merged view as tables, for people who work with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk, notices
from exchange.errors import Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.agreements.agreement import Agreement
    from exchange.merge.export import ExportFormat
    from exchange.merge.people import MergeCounts, Merged
    from exchange.merge.publishing import Publication
    from exchange.office import Office

FORMATS: dict[str, ExportFormat] = {"csv": "csv", "xlsx": "xlsx", "parquet": "parquet"}


@click.command(
    help=_(
        "Merge, and write people, reports and conflicts into a folder, each value with its source, for a person whom "
        "every agreement names under which the store holds anything. Whoever has these files can read them: they are "
        "private to you, not to be passed on, and to be deleted after use. The notices of what is new are shown and "
        "acknowledged first. --publish writes instead what may be "
        "published: tables of people in which no small count can be worked out."
    ),
    epilog=desk.example(
        "exchange export --out october --format csv,xlsx --as data.officer.1",
        "exchange export --publish --out figures --as data.officer.1",
    ),
)
@click.option("--out", type=desk.a_path(), required=True, metavar="FOLDER", help=_("a folder, made if it is not there"))
@click.option("--format", "formats", default="csv", metavar="FORMATS", help=_("csv, xlsx, parquet; commas between"))
@click.option("--publish", is_flag=True, help=_("only tables that may be published, as csv"))
@notices.acknowledge_option()
@desk.as_option()
@desk.dry_run_option()
def export(out: Path, formats: str, person_id: str | None, *, publish: bool, acknowledge: bool, dry_run: bool) -> None:
    from exchange.acknowledging import held
    from exchange.duties.standing import bound_by
    from exchange.receiving import merge_received, open_store

    wanted = _read_formats(formats)
    if publish and wanted != ["csv"]:
        raise UsageError(Problem("usage.format", _("what is published is written as csv"), where=formats))
    office = desk.office()
    acting = desk.acting(office.workspace, "open", person_id, office.now.date())
    who = acting.person
    with office.workspace.turn("receiving"):  # nothing else comes between what is asked about and what is written
        _check_named(office, who.id)
        with open_store(office) as store:
            agreements, those = bound_by(office, store), held(office, store)
        desk.end_dry_run(dry_run)
        notices.acknowledged(office, those, acting, given=acknowledge)
        merged = merge_received(office)
    if publish:
        _publish(office, merged, agreements, out, who.id)
    else:
        _export(office, merged, agreements, out, wanted, who.id)


def _export(
    office: Office,
    merged: Merged,
    agreements: Sequence[Agreement],
    out: Path,
    wanted: Sequence[ExportFormat],
    person: str,
) -> None:
    from exchange.duties.leftovers import remember
    from exchange.merge.export import export as write_tables

    files = write_tables(merged, out, wanted)
    remember(office, "export", out, files)
    _note(office, merged.counts, person)
    document = {**asdict(merged.counts), "folder": str(out), "files": [file.name for file in files]}
    console.answer(document, [str(file) for file in files])
    for sender, approver in sorted({(each.sender.name, _approver(each)) for each in agreements}):
        what = _("data of {sender} may not be passed on without the approval of {party}")
        console.say(what.format(sender=sender, party=approver))
    console.say(_("delete the files after use: nobody else does"))


def _approver(agreement: Agreement) -> str:
    return agreement.party(agreement.onward.approval_by).name


def _publish(office: Office, merged: Merged, agreements: Sequence[Agreement], out: Path, person: str) -> None:
    from exchange.merge.publishing import about, publication
    from exchange.merge.publishing import publish as write_publication

    made = publication(merged, agreements)
    files = write_publication(made, out)
    _note(office, merged.counts, person, published=made)
    document = {
        "folder": str(out),
        "files": [file.name for file in files],
        "min_cell": made.min_cell,
        "cells_withheld": made.cells_withheld,
        "quote": about(made),
    }
    console.answer(document, [str(file) for file in files])
    console.say(_("quote about.txt wherever a figure is shown; two publications compared show who came between"))


def _check_named(office: Office, person: str) -> None:
    from exchange.named_users import check_named_user
    from exchange.receiving import open_store

    with open_store(office) as store:
        references = [each.agreement for each in store.metadata()]
    check_named_user(office, person, references)


def _note(office: Office, counts: MergeCounts, person: str, published: Publication | None = None) -> None:
    """A store holds what came in all networks, so each of their logs says that it was exported."""
    from exchange.audit.entries import Counts
    from exchange.merge.publishing import PUBLISHED

    counted = Counts(reports=counts.reports, people=counts.people)
    if published is not None:
        counted = Counts(tables=len(published.tables), cells_withheld=published.cells_withheld)
    note = PUBLISHED if published else None
    for network in office.workspace.networks():
        office.note(network, office.entry("store.exported", person=person, counts=counted, note=note))


def _read_formats(formats: str) -> list[ExportFormat]:
    names = [name.strip() for name in formats.split(",")]
    unknown = [name for name in names if name not in FORMATS]
    if unknown:
        hint = _("known: {names}").format(names=", ".join(FORMATS))
        raise UsageError(Problem("usage.format", _("there is no such format"), where=", ".join(unknown), hint=hint))
    return [FORMATS[name] for name in names]
