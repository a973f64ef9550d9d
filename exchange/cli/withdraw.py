"""`exchange withdraw`: a person withdrew consent."""

from __future__ import annotations

import sys

import click

from exchange.cli import console, desk
from exchange.errors import Problem, UsageError
from exchange.locale import _

MAX_CASE = 400


@click.command(
    help=_(
        "Record that the person of case number CASE withdrew: nothing about them leaves any more under this agreement, "
        "and whoever got their personal data is told by letter to erase it. Give - for CASE, so that the number stands "
        "neither in the shell's history nor in the list of processes: it is asked for, or read from stdin. "
        "A withdrawal is never taken back."
    ),
    epilog=desk.example("exchange withdraw - --agreement DSA-NTT-2026-004"),
)
@click.argument("case")
@desk.agreement_option()
@desk.dry_run_option()
def withdraw(case: str, agreement_id: str, *, dry_run: bool) -> None:
    from exchange.withdrawing import withdraw as withdraw_case

    office = desk.office()
    agreement = office.workspace.agreement(agreement_id).agreement
    case = _asked() if case == "-" else case
    if dry_run:
        may_know = [party.id for party in agreement.recipients if not agreement.tier_of(party.id).gated]
        console.answer({"dry_run": True, "told_if_they_got_it": may_know}, may_know)
        desk.say_nothing_changed()
        return
    letters = withdraw_case(office, agreement_id, case)
    told = [sealed.envelope.recipient for sealed in letters]
    console.answer({"agreement": agreement_id, "told": told}, told)
    console.say(_("recorded; {count} letters wait in the outbox: exchange deliver").format(count=len(told)))


def _asked() -> str:
    """The case number, from a person or from stdin."""
    if console.interactive():
        return str(click.prompt(_("case number"), hide_input=True, err=True))
    content = sys.stdin.buffer.read(MAX_CASE + 1)
    try:
        return content.decode("utf-8").strip("\r\n")
    except UnicodeDecodeError:
        raise UsageError(Problem("withdraw.case", _("this is no case number"))) from None
