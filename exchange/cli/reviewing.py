"""`exchange agreement reviewed`: the parties have looked at the agreement again, and leave it as it is."""

from __future__ import annotations

import click

from exchange.cli import console, desk
from exchange.locale import _


@click.command(
    help=_(
        "Note that the agreement ID was reviewed by its parties and stays as it is; that stops its clock. What is to "
        "change needs a new version, and every signature."
    ),
    epilog=desk.example("exchange agreement reviewed DSA-NTT-2026-004"),
)
@click.argument("agreement_id", metavar="ID")
@desk.dry_run_option()
def reviewed(agreement_id: str, *, dry_run: bool) -> None:
    from exchange.duties.review import reviewed as note

    office = desk.office_to_look()
    office.workspace.agreements.newest(agreement_id)
    desk.end_dry_run(dry_run)
    note(office, agreement_id)
    console.answer({"agreement": agreement_id, "reviewed": office.now.isoformat()}, ())
    console.say(_("recorded: the agreement was reviewed"))
