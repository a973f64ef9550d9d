"""`exchange compelled`: a court or an authority compels us to disclose what we received; the sender is told."""

from __future__ import annotations

import datetime as dt

import click

from exchange.cli import console, desk
from exchange.cli.texts import named_texts, texts_option
from exchange.locale import _


@click.command(
    help=_(
        "Tell the sender of the agreement ID that somebody compels us to disclose: who (authority), by which law "
        "(law), what it asks for (asked), what is given (given). Tell before anything is given. Where the law "
        "forbade that, --already-given says when, and the text not_told_before says why."
    ),
    epilog=desk.example(
        "exchange compelled DSA-NTT-2026-004", "exchange compelled DSA-NTT-2026-004 --text authority=who.txt"
    ),
)
@click.argument("agreement_id", metavar="ID")
@click.option(
    "--already-given",
    type=desk.a_day(),
    metavar="DAY",
    help=_("the day on which it was given, where the law forbade to tell before"),
)
@texts_option()
@desk.dry_run_option()
def compelled(agreement_id: str, *, already_given: dt.datetime | None, texts: tuple[str, ...], dry_run: bool) -> None:
    from exchange.duties.compelled import asks, check, must_say, tell
    from exchange.duties.correspondence import binding

    office = desk.office()
    agreement = binding(office, agreement_id)
    for line in asks(agreement):
        console.say(line)
    given_on = already_given.date() if already_given else None
    said = named_texts(texts, must_say(already_given=given_on is not None))
    told = check(office, agreement_id, said, given_on)
    desk.end_dry_run(dry_run)
    letter = tell(office, told)
    console.answer({"letter": letter.id, "told": [letter.recipient]}, [letter.id])
    desk.say_recorded(1)
