"""`exchange agreement suspend | resume | terminate`: stop sending under an agreement, at once, by signed letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.agreements.state import Ground
    from exchange.seal.sealing import SealedBundle

GROUNDS = ("breach_unreported", "onward_transfer_without_approval", "risk_to_survivor")


@click.command(
    help=_("Stop sending under the agreement ID from today on, and tell the others by letter."),
    epilog=desk.example("exchange agreement suspend DSA-NTT-2026-004"),
)
@click.argument("agreement_id", metavar="ID")
@desk.dry_run_option()
def suspend(agreement_id: str, *, dry_run: bool) -> None:
    from exchange.duties.notices import suspend as give

    office = desk.office()
    office.workspace.agreements.newest(agreement_id)
    desk.end_dry_run(dry_run)
    _say(agreement_id, give(office, agreement_id))


@click.command(
    help=_(
        "Lift our own suspension of the agreement ID and tell the others by letter: it counts from tomorrow on if it "
        "was given today."
    ),
    epilog=desk.example("exchange agreement resume DSA-NTT-2026-004"),
)
@click.argument("agreement_id", metavar="ID")
@desk.dry_run_option()
def resume(agreement_id: str, *, dry_run: bool) -> None:
    from exchange.duties.notices import resume as give

    office = desk.office()
    office.workspace.agreements.newest(agreement_id)
    desk.end_dry_run(dry_run)
    _say(agreement_id, give(office, agreement_id))


@click.command(
    help=_(
        "End the agreement ID: sending stops today, and it ends after its days of notice, or at once on a ground that "
        "it lists. What was received stays under its retention."
    ),
    epilog=desk.example("exchange agreement terminate DSA-NTT-2026-004 --ground risk_to_survivor"),
)
@click.argument("agreement_id", metavar="ID")
@click.option("--ground", type=click.Choice(GROUNDS), help=_("why it ends at once"))
@desk.dry_run_option()
def terminate(agreement_id: str, *, ground: Ground | None, dry_run: bool) -> None:
    from exchange.duties.notices import terminate as give

    office = desk.office()
    office.workspace.agreements.newest(agreement_id)
    desk.end_dry_run(dry_run)
    _say(agreement_id, give(office, agreement_id, ground))


def _say(agreement_id: str, letters: tuple[SealedBundle, ...]) -> None:
    told = [sealed.envelope.recipient for sealed in letters]
    console.answer({"agreement": agreement_id, "told": told}, told)
    desk.say_recorded(len(told))
