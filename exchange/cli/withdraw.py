"""`exchange withdraw`: a person withdrew consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk, texts
from exchange.errors import Problem
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.protect.releases.releases import Release


@click.command(
    help=_(
        "Record that the person of case number CASE withdrew: nothing about them leaves any more under this agreement, "
        "bundles with them that wait in the outbox are taken back, and whoever got their personal data is told by "
        "letter to erase it. Give - for CASE, so that the number stands "
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
    agreement = office.workspace.agreements.newest(agreement_id).agreement
    case = texts.case_number(case)
    if dry_run:
        may_know = [party.id for party in agreement.recipients if not agreement.tier_of(party.id).gated]
        console.answer({"dry_run": True, "told_if_they_got_it": may_know}, may_know)
        desk.say_nothing_changed()
        return
    stopped = withdraw_case(office, agreement_id, case)
    got, told = who_got(office, agreement, case), list(stopped.told)
    owed = [each.recipient for each in stopped.owed]
    gated = [party for party in got if party not in told and party not in owed]
    warnings = [problem for each in stopped.owed for problem in each.problems]
    warnings += [] if got or stopped.taken_back else [_never_released()]
    document = {
        "agreement": agreement_id,
        "told": told,
        "owed": owed,
        "gated": gated,
        "taken_back": [_release(each) for each in stopped.taken_back],
        "held": [_release(each) for each in stopped.held],
        "warnings": console.problem_documents(warnings),
    }
    console.answer(document, told)
    desk.say_recorded(len(told))
    for each in stopped.taken_back:
        what = _("{party}, {period}: the bundle that waited was taken back; pack the period again")
        console.say(what.format(party=each.recipient, period=each.period))
    for each in stopped.held:
        what = _("{party}, {period}: the bundle may have left before, and is not sent again: exchange approve")
        console.say(what.format(party=each.recipient, period=each.period))
    if owed:
        what = _("the letter to {parties} is owed, and is written when this is mended: exchange deliver")
        console.say(what.format(parties=", ".join(owed)))
    if gated:
        what = _("{parties} got no row that could be recalled; from the next release on this person is not in it")
        console.say(what.format(parties=", ".join(gated)))
    for problem in warnings:
        console.warn(problem)


def _release(release: Release) -> dict[str, str]:
    return {"recipient": release.recipient, "period": release.period, "bundle": release.bundle}


def _never_released() -> Problem:
    """Rightly so for somebody who is new; but a mistyped number would leave the true person in what is sent."""
    what = _("no release under this agreement ever held this case number, so nobody is told")
    hint = _("compare it with the workbook; if it was mistyped, withdraw the right number as well")
    return Problem("withdraw.never_released", what, hint=hint)
