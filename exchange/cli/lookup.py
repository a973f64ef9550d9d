"""`exchange lookup`: from a pseudonym that a recipient names back to our case number, by people who may."""

from __future__ import annotations

import click

from exchange.cli import console, desk
from exchange.locale import _


@click.command(
    help=_(
        "Say which case of ours the recipient PARTY knows as PSEUDONYM. It needs a person whom our card certifies to "
        "look up (card people certify), and answers with the case number only. The log has every look-up, also one "
        "that failed, by its codes."
    ),
    epilog=desk.example("exchange lookup pk3vq0d7m2x --agreement DSA-NTT-2026-004 --to io-id --as director.1"),
)
@click.argument("pseudonym")
@desk.agreement_option()
@click.option("--to", "recipient", required=True, metavar="PARTY", help=_("the recipient who knows the pseudonym"))
@desk.as_option()
@desk.dry_run_option()
def lookup(pseudonym: str, agreement_id: str, recipient: str, *, person_id: str | None, dry_run: bool) -> None:
    from exchange.leading_back import attempt, check_ours, look_up

    office = desk.office_to_look()
    with attempt(office, "pseudonym.looked_up", agreement_id, recipient) as tried:
        agreement = check_ours(office, agreement_id, recipient)
        acting = tried.is_of(desk.acting(office.workspace, "look_up", person_id, office.now.date()))
        desk.end_dry_run(dry_run)
        case = look_up(office, acting, agreement, recipient, pseudonym)
    console.answer({"case": case}, [case])
