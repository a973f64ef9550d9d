"""`exchange merge`: link the reports in the store, so that each person counts once."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.merge.people import MergeCounts
    from exchange.office import Office


@click.command(
    help=_(
        "Link the reports in the store, so that each person counts once. Links serve counting; they never decide "
        "anything about a case."
    ),
    epilog=desk.example("exchange merge"),
)
@desk.dry_run_option()
def merge(*, dry_run: bool) -> None:
    from exchange.receiving import merge_received

    office = desk.office()
    if dry_run:
        reports, people = _would_be(office)
        console.answer({"reports": reports, "people": people}, [_counted(reports, people)])
        desk.say_nothing_changed()
        return
    counts = merge_received(office).counts
    console.answer(asdict(counts), _lines(counts))


def _would_be(office: Office) -> tuple[int, int]:
    """Reports and people, without giving anybody an id."""
    from exchange.merge.grouping import group
    from exchange.merge.linking.linking import link
    from exchange.receiving import open_store

    with open_store(office) as store:
        records = store.records()
    return len(records), len(set(group(records, link(records)).group_of))


def _counted(reports: int, people: int) -> str:
    return _("{reports} reports, {people} people").format(reports=reports, people=people)


def _lines(counts: MergeCounts) -> list[str]:
    lines = [_counted(counts.reports, counts.people)]
    if counts.undecided:
        lines.append(_("{count} pairs are undecided: they count as different people").format(count=counts.undecided))
    if counts.held:
        lines.append(_("{count} people come from groups that grew beyond reason").format(count=counts.held))
    if counts.apart:
        what = _("{count} reports cannot be compared with the others: their match tokens are of another epoch")
        lines.append(what.format(count=counts.apart))
    return lines
