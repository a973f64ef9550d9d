"""`exchange export`: the merged view as tables, for people who work with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk, notices
from exchange.cli.engine import engine_option, linking, master_option
from exchange.errors import Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.agreements.agreement import Agreement, Reference
    from exchange.agreements.onward_approval import OnwardApproval
    from exchange.agreements.period import Period
    from exchange.audit.entries import Counts
    from exchange.engines.opening import EngineName
    from exchange.merge.export import ExportFormat
    from exchange.merge.people import MergeCounts, Merged
    from exchange.office import Office

ONWARD = "onward"  # the note of an export, in the log, that was of an extract to be passed on
FORMATS: dict[str, ExportFormat] = {"csv": "csv", "xlsx": "xlsx", "parquet": "parquet"}


@click.command(
    help=_(
        "Merge, and write people, reports and conflicts into a folder, each value with its source, and beside them "
        "counts, overlap of the sources, coverage and trends; for a person whom "
        "every agreement names under which the store holds anything. Whoever has these files can read them: they are "
        "private to you, not to be passed on, and to be deleted after use. The notices of what is new are shown and "
        "acknowledged first. --publish writes instead what may be "
        "published: tables of people in which no small count can be worked out. --as-extract writes people first "
        "reported in a period as a workbook to be packed under an agreement of our own, with its mapping and its note, "
        "as far as every source's approver lets data be passed on."
    ),
    epilog=desk.example(
        "exchange export --out october --format csv,xlsx --as data.officer.1",
        "exchange export --publish --out figures --as data.officer.1",
        "exchange export --as-extract --agreement DSA-HUB-2026-001 --period 2026-09 --approval yks.json "
        "--out hub.xlsx --as data.officer.1",
    ),
)
@click.option(
    "--out",
    type=desk.a_path(),
    required=True,
    metavar="FOLDER",
    help=_("a folder, made if it is not there; with --as-extract a workbook"),
)
@click.option("--format", "formats", default="csv", metavar="FORMATS", help=_("csv, xlsx, parquet; commas between"))
@click.option("--publish", is_flag=True, help=_("only tables that may be published, as csv"))
@click.option("--as-extract", is_flag=True, help=_("a workbook to be packed under an agreement of our own"))
@click.option("--agreement", "-a", "own_id", metavar="ID", help=_("with --as-extract: that agreement"))
@click.option("--period", "-p", metavar="PERIOD", help=_("with --as-extract: who was first reported in it"))
@click.option(
    "--approval",
    "approvals",
    type=desk.a_path(),
    multiple=True,
    metavar="FILE",
    help=_("with --as-extract: what a source's approver signed; repeat it"),
)
@notices.acknowledge_option()
@engine_option()
@master_option()
@desk.as_option()
@desk.dry_run_option()
def export(
    *,
    out: Path,
    formats: str,
    person_id: str | None,
    publish: bool,
    as_extract: bool,
    own_id: str | None,
    period: str | None,
    approvals: tuple[Path, ...],
    acknowledge: bool,
    engine: EngineName,
    master: str | None,
    dry_run: bool,
) -> None:
    from exchange.acknowledging import held
    from exchange.duties.standing import bound_by
    from exchange.merging import merge_received, open_store

    wanted = _read_formats(formats)
    if publish and wanted != ["csv"]:
        raise UsageError(Problem("usage.format", _("what is published is written as csv"), where=formats))
    onward = _read_onward(own_id, period, approvals, publish=publish, as_extract=as_extract)
    office = desk.office()
    acting = desk.acting(office.workspace, "open", person_id, office.now.date())
    who = acting.person
    with office.workspace.turn("receiving"):  # nothing else comes between what is asked about and what is written
        _check_named(office, who.id)
        with open_store(office) as store:
            agreements, those = bound_by(office, store), held(office, store)
        desk.end_dry_run(dry_run)
        notices.acknowledged(office, those, acting, given=acknowledge)
        with linking(engine, master) as database:
            merged = merge_received(office, database)
    if onward is not None:
        _pass_on(office, merged, agreements, out, onward, who.id)
    elif publish:
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
    from exchange.merge.counting.figures import figures
    from exchange.merge.export import export as write_tables

    beside = figures(merged, agreements, office.party, max(map(office.today, agreements))) if agreements else None
    files = write_tables(merged, out, wanted, beside)
    remember(office, "export", out, files)
    _note(office, person, _counted(merged.counts), agreements)
    document = {**asdict(merged.counts), "folder": str(out), "files": [file.name for file in files]}
    console.answer(document, [str(file) for file in files])
    for sender, approver in sorted({(each.sender.name, _approver(each)) for each in agreements}):
        what = _("data of {sender} may not be passed on without the approval of {party}")
        console.say(what.format(sender=sender, party=approver))
    console.say(_("delete the files after use: nobody else does"))


@dataclass(frozen=True, slots=True)
class _Onward:
    """What is asked for with --as-extract."""

    own: str
    period: Period
    approvals: tuple[OnwardApproval, ...]


def _read_onward(
    own_id: str | None, period: str | None, approvals: tuple[Path, ...], *, publish: bool, as_extract: bool
) -> _Onward | None:
    from exchange.agreements.period import Period
    from exchange.passing_on import load_approvals

    if not as_extract and not (own_id or period or approvals):
        return None
    if publish or not (as_extract and own_id and period):
        what = _("--as-extract needs --agreement and --period, and goes with nothing else")
        raise UsageError(Problem("usage.as_extract", what))
    return _Onward(own_id, Period.read(period), load_approvals(approvals))


def _pass_on(
    office: Office, merged: Merged, agreements: Sequence[Agreement], out: Path, onward: _Onward, person: str
) -> None:
    from exchange.agreements.agreement import Reference
    from exchange.duties.leftovers import remember
    from exchange.passing_on import pass_on

    own = office.workspace.agreements.newest(onward.own).agreement
    done = pass_on(office, merged, agreements, own, onward.period, onward.approvals, out)
    remember(office, "export", out.absolute().parent, done.files)
    made = done.onward
    came_under = {merged.origins[place].metadata.agreement for place in made.origins}
    those = [each for each in agreements if Reference.to(each) in came_under]
    _note(office, person, _counted(merged.counts), those, ONWARD, Reference.to(own))
    document = {
        "files": [str(file) for file in done.files],
        "people": made.people,
        "k": made.k,
        "values_withheld": made.cells,
        "left_out": made.left_out,
        "not_approved": [problem.where for problem in done.without],
    }
    console.answer(document, [str(file) for file in done.files])
    for problem in done.without:
        console.warn(problem)
    hint = _("pack it with its mapping and note: exchange pack {file} --agreement {agreement} --period {period}")
    console.say(hint.format(file=out.name, agreement=own.id, period=onward.period))


def _approver(agreement: Agreement) -> str:
    return agreement.party(agreement.onward.approval_by).name


def _publish(office: Office, merged: Merged, agreements: Sequence[Agreement], out: Path, person: str) -> None:
    from exchange.audit.entries import Counts
    from exchange.merge.publishing import PUBLISHED, about, publication
    from exchange.merge.publishing import publish as write_publication

    made = publication(merged, agreements)
    files = write_publication(made, out)
    counts = Counts(tables=len(made.tables), cells_withheld=made.cells_withheld)
    _note(office, person, counts, agreements, PUBLISHED)
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
    from exchange.merging import open_store
    from exchange.named_users import check_named_user

    with open_store(office) as store:
        references = [each.agreement for each in store.metadata()]
    check_named_user(office, person, references)


def _note(
    office: Office,
    person: str,
    counts: Counts,
    under: Sequence[Agreement],
    note: str | None = None,
    onward: Reference | None = None,
) -> None:
    """For each agreement under which came what was written, in its network's log; a store in which nothing lies is of
    no network, so that each log says it."""
    from exchange.agreements.agreement import Reference

    exported = partial(office.entry, "store.exported", person=person, counts=counts, note=note, onward=onward)
    for each in {one.id: one for one in under}.values():  # of several versions the newest, which stands last
        office.note(each.network, exported(agreement=Reference.to(each)))
    for network in () if under else office.workspace.logs.networks():
        office.note(network, exported())


def _counted(counts: MergeCounts) -> Counts:
    from exchange.audit.entries import Counts

    return Counts(reports=counts.reports, people=counts.people)


def _read_formats(formats: str) -> list[ExportFormat]:
    names = [name.strip() for name in formats.split(",")]
    unknown = [name for name in names if name not in FORMATS]
    if unknown:
        hint = _("known: {names}").format(names=", ".join(FORMATS))
        raise UsageError(Problem("usage.format", _("there is no such format"), where=", ".join(unknown), hint=hint))
    return [FORMATS[name] for name in names]
