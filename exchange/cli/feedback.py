"""`exchange feedback`: what a recipient gives the sender back for each period."""

from __future__ import annotations

import click

from exchange.cli import console, desk
from exchange.cli.texts import named_texts, texts_option
from exchange.locale import _


@click.command(
    help=_(
        "Tell the sender of the agreement ID, for a period that is over, what the agreement asks us to: the quality of "
        "the data (data_quality), what came of them (results). It is due 30 days after the period's end."
    ),
    epilog=desk.example(
        "exchange feedback DSA-NTT-2026-004 --period 2026-Q3 --text data_quality=quality.txt --text results=results.txt"
    ),
)
@click.argument("agreement_id", metavar="ID")
@click.option("--period", "-p", required=True, metavar="2026-Q3", help=_("a month, a quarter or a year that is over"))
@texts_option()
@desk.dry_run_option()
def feedback(agreement_id: str, *, period: str, texts: tuple[str, ...], dry_run: bool) -> None:
    from exchange.duties.correspondence import binding
    from exchange.duties.feedback import check, give, must_say

    office = desk.office()
    said = named_texts(texts, must_say(binding(office, agreement_id)))
    given = check(office, agreement_id, period, said)
    desk.end_dry_run(dry_run)
    letter = give(office, given)
    console.answer({"letter": letter.id, "told": [letter.recipient]}, [letter.id])
    desk.say_recorded(1)
