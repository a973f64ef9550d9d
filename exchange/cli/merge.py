"""`exchange merge`: link the reports in the store, so that each person counts once."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.cli.engine import engine_option, linking, master_option
from exchange.errors import Problem
from exchange.locale import _, ngettext

if TYPE_CHECKING:
    from exchange.engines.opening import EngineName
    from exchange.engines.sql import Database
    from exchange.merge.linking.calibration import Checked
    from exchange.merge.people import MergeCounts
    from exchange.office import Office


@click.command(
    help=_(
        "Link the reports in the store, so that each person counts once. Links serve counting; they never decide "
        "anything about a case. Of several values the one received last is taken, unless rules say otherwise."
    ),
    epilog=desk.example(
        "exchange merge", "exchange merge --rules merging.yaml", "exchange merge --engine spark --master local[2]"
    ),
)
@click.option(
    "--rules",
    type=desk.a_path(),
    metavar="FILE",
    help=_("which value of a person is taken, field by field, and whose are never shown; kept, and used from now on"),
)
@engine_option()
@master_option()
@desk.dry_run_option()
def merge(*, rules: Path | None, engine: EngineName, master: str | None, dry_run: bool) -> None:
    from exchange.merging import merge_received, merging_rules

    office = desk.office()
    if rules is not None:
        merging_rules(office, rules)  # refuses the file before anything is done
    if dry_run:
        with linking(engine, master) as database:
            reports, people = _would_be(office, database)
        console.answer({"reports": reports, "people": people}, [_counted(reports, people)])
        desk.say_nothing_changed()
        return
    with linking(engine, master) as database:
        if rules is not None:
            office.workspace.save_merging(rules.read_bytes())
        with office.workspace.turn("receiving"):  # nobody withdraws or is disposed of meanwhile
            counts = merge_received(office, database).counts
    console.answer(asdict(counts), _lines(counts))
    warn_of_kept_too_long(office)


def warn_of_kept_too_long(office: Office) -> None:
    """What should have been destroyed is still counted."""
    from exchange.duties.disposal import due

    late = len(due(office))
    if late:
        what = ngettext(
            "{count} bundle in the store is to be destroyed already",
            "{count} bundles in the store are to be destroyed already",
            late,
        ).format(count=late)
        console.warn(Problem("merge.kept_too_long", what, hint=_("destroy and certify them: exchange dispose")))


def _would_be(office: Office, database: Database) -> tuple[int, int]:
    """Reports and people, without giving anybody an id."""
    from exchange.merge.merging import grouped
    from exchange.merging import open_store

    with open_store(office) as store:
        found = grouped(store, database)
    return len(found.records), found.groups.count


def _counted(reports: int, people: int) -> str:
    return _("{reports} reports, {people} people").format(reports=reports, people=people)


def _lines(counts: MergeCounts) -> list[str]:
    from exchange.merge.false_merges import false_merges

    lines = [_counted(counts.reports, counts.people)]
    if counts.undecided:
        undecided = _("{count} pairs are undecided: they count as different people (see exchange review pairs)")
        lines.append(undecided.format(count=counts.undecided))
    if counts.held:
        lines.append(_("{count} people come from groups that grew beyond reason").format(count=counts.held))
    if counts.apart:
        what = _("{count} reports cannot be compared with the others: their match tokens are of another epoch")
        lines.append(what.format(count=counts.apart))
    if counts.anew:
        lines.append(_("what was compared before could not be used: all reports were compared again"))
    lines.append(false_merges(counts.false_merges))
    lines += (_checked(each) for each in counts.checked)
    return lines


def _checked(each: Checked) -> str:
    what = _(
        "check by numbers on papers: of {pairs} pairs that are linked or asked about from {least} % on, "
        "{said} % are said to be one person, and {seen} % are by their numbers"
    )
    said, seen = (f"{100 * value:.1f}" for value in (each.said, each.seen))
    return what.format(pairs=each.pairs, least=f"{100 * each.least:g}", said=said, seen=seen)
