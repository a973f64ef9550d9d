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
    from exchange.duties.withdrawal import who_got
    from exchange.duties.withdrawal import withdraw as withdraw_case

    office = desk.office()
    agreement = office.workspace.agreement(agreement_id).agreement
    case = _asked() if case == "-" else case
    if dry_run:
        may_know = [party.id for party in agreement.recipients if not agreement.tier_of(party.id).gated]
        console.answer({"dry_run": True, "told_if_they_got_it": may_know}, may_know)
        desk.say_nothing_changed()
        return
    letters = withdraw_case(office, agreement_id, case)
    got = who_got(office, agreement, case)
    told = [sealed.envelope.recipient for sealed in letters]
    gated = [party for party in got if party not in told]
    warnings = [] if got else [_never_released()]
    console.answer(
        {"agreement": agreement_id, "told": told, "gated": gated, "warnings": console.problem_documents(warnings)}, told
    )
    desk.say_recorded(len(told))
    if gated:
        what = _("{parties} got no row that could be recalled; from the next release on this person is not in it")
        console.say(what.format(parties=", ".join(gated)))
    for problem in warnings:
        console.warn(problem)


def _never_released() -> Problem:
    """Rightly so for somebody who is new; but a mistyped number would leave the true person in what is sent."""
    what = _("no release under this agreement ever held this case number, so nobody is told")
    hint = _("compare it with the workbook; if it was mistyped, withdraw the right number as well")
    return Problem("withdraw.never_released", what, hint=hint)


def _asked() -> str:
    """The case number, from a person, who types it twice since it is not shown; or from stdin."""
    if console.interactive():
        again = _("the same case number again")
        return str(click.prompt(_("case number"), hide_input=True, confirmation_prompt=again, err=True))
    content = sys.stdin.buffer.read(MAX_CASE + 1)
    try:
        return content.decode("utf-8").strip("\r\n")
    except UnicodeDecodeError:
        raise UsageError(Problem("withdraw.case", _("this is no case number"))) from None
