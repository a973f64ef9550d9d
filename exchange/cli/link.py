"""`exchange link`: the linking agent links; a sender sends the filters for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.errors import Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.agent.rounds import Group
    from exchange.agent.station import Round
    from exchange.linking_rounds import Due, Sent
    from exchange.office import Office


@click.command(
    help=_(
        "For a linking agent: link the filters that have come from all senders, and write to each recipient which rows "
        "are of one person. The filters are deleted at once, or after two days where some senders are missing, and "
        "their deletion is certified. For a sender: --send writes the filters of all that recipients hold once more, "
        "on the day on which the senders of a network agreed that the agent links."
    ),
    epilog=desk.example("exchange receive", "exchange link --dry-run", "exchange link", "exchange deliver"),
)
@click.option("--incomplete", is_flag=True, help=_("link also where senders are missing that took part before"))
@click.option("--send", "sending", is_flag=True, help=_("for a sender: write the filters for the linking agent again"))
@desk.dry_run_option()
def link(*, incomplete: bool, sending: bool, dry_run: bool) -> None:
    if sending and incomplete:
        what, hint = _("--incomplete is for the linking agent"), _("leave it away, or leave --send away")
        raise UsageError(Problem("usage.two_ways", what, hint=hint))
    office = desk.office()
    if sending:
        _send(office, dry_run=dry_run)
    else:
        _link(office, incomplete=incomplete, dry_run=dry_run)


def _link(office: Office, *, incomplete: bool, dry_run: bool) -> None:
    from exchange.agent.station import link as link_all
    from exchange.agent.station import would_link

    if dry_run:
        groups, missing = would_link(office)
        console.answer({"dry_run": True, "groups": [_of_group(each) for each in groups]}, _groups(groups))
        for problem in missing:
            console.warn(problem)
        desk.say_nothing_changed()
        return
    rounds = link_all(office, incomplete=incomplete)
    console.answer([asdict(each) for each in rounds], _rounds(rounds))
    console.say(_("the letters wait in the outbox: exchange deliver"))


def _send(office: Office, *, dry_run: bool) -> None:
    from exchange.linking_rounds import due, send

    those = due(office, again=True)
    if dry_run:
        console.answer({"dry_run": True, "to": [each.agent for each in those]}, _due(those))
        desk.say_nothing_changed()
        return
    sent, problems = send(office, those)
    console.answer([asdict(each) for each in sent], _sent(sent))
    for problem in problems:
        console.warn(problem)
    if sent:
        console.say(_("the letters wait in the outbox: exchange deliver"))
    elif not problems:
        console.say(_("no recipient holds anything that is linked through an agent"))


def _of_group(group: Group) -> dict[str, str | int]:
    return {
        "network": group.network,
        "epoch": group.epoch,
        "recipient": group.recipient,
        "senders": len(group.filters),
        "rows": group.rows,
    }


def _groups(groups: Iterable[Group]) -> list[str]:
    head = (_("network"), _("epoch"), _("recipient"), _("senders"), _("rows"))
    return list(console.table(head, [tuple(map(str, _of_group(each).values())) for each in groups]))


def _rounds(rounds: Sequence[Round]) -> list[str]:
    head = (_("network"), _("epoch"), _("recipient"), _("senders"), _("rows"), _("people"))
    return list(console.table(head, [tuple(map(str, asdict(each).values())) for each in rounds]))


def _due(those: Sequence[Due]) -> list[str]:
    head = (_("agreement"), _("linking agent"), _("recipient"), _("bundles"))
    rows = [(each.agreement.id, each.agent, each.recipient, str(len(each.bundles))) for each in those]
    return list(console.table(head, rows))


def _sent(sent: Sequence[Sent]) -> list[str]:
    head = (_("agreement"), _("linking agent"), _("recipient"), _("bundles"), _("rows"))
    return list(console.table(head, [tuple(map(str, asdict(each).values())) for each in sent]))
