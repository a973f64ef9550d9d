"""`exchange doctor`: what is right and wrong with a server where bundles are put, seen from outside."""

from __future__ import annotations

import click

from exchange.cli import console, desk
from exchange.cli.findings import finding_documents, finding_lines
from exchange.errors import TransportError
from exchange.finding import wrong
from exchange.locale import _


@click.command(
    help=_(
        "Test the server of PARTY, or our own as others find it: its name, port, methods and key; with our key, where "
        "it lets us in: the folders, what we may do there and what we must not, room, time, speed. A hidden file of "
        "256 KiB is written, read and removed again; nothing of anybody else's is looked at. The status is 11 where "
        "something is wrong."
    ),
    epilog=desk.example("exchange doctor gt-ntt", "exchange --json doctor"),
)
@click.argument("party", required=False)
def doctor(*, party: str | None) -> None:
    from exchange.doctor.judging import judge
    from exchange.examining import examination_of

    examination, asked = examination_of(desk.office(), party)
    findings = judge(examination.facts(), asked)
    document = {"party": asked.party, "server": examination.target.where, "findings": finding_documents(findings)}
    console.answer_partly(document, finding_lines(findings), TransportError, wrong(findings))
