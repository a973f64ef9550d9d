"""Every clock of an organisation, read off its log and its outbox: nothing is unlocked for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator

from exchange.agreements.agreement import Agreement
from exchange.agreements.clause import numbers
from exchange.agreements.signatures import verify
from exchange.audit.entries import Entry, Opening
from exchange.duties import (
    breach,
    compelled,
    feedback,
    linking,
    reporting,
    retention,
    review,
    rights,
    urgent,
    withdrawal,
)
from exchange.duties.clock import Clock, Facts, about
from exchange.workspace.workspace import Workspace

# What each duty makes of the facts. Each new duty adds its line.
DUTIES: tuple[Callable[[Facts], Iterable[Clock]], ...] = (
    withdrawal.clocks,
    reporting.clocks,
    review.clocks,
    rights.clocks,
    breach.clocks,
    urgent.clocks,
    compelled.clocks,
    feedback.clocks,
    retention.clocks,
    linking.clocks,
)


def read_clocks(facts: Facts) -> tuple[Clock, ...]:
    """All clocks of one agreement: the open ones first, those that end soonest before others."""
    return _in_order(clock for duty in DUTIES for clock in duty(facts))


def all_clocks(workspace: Workspace, now: dt.datetime) -> tuple[Clock, ...]:
    """The clocks of every agreement that is in force or was, in the same order."""
    return _in_order(clock for facts in gathered(workspace, now) for clock in read_clocks(facts))


def _in_order(clocks: Iterable[Clock]) -> tuple[Clock, ...]:
    return tuple(
        sorted(clocks, key=lambda each: (not each.open, each.ends, each.code, each.party, each.owed_to, each.about))
    )


def gathered(workspace: Workspace, now: dt.datetime) -> Iterator[Facts]:
    """The facts of every agreement, each in the version that binds us on that day."""
    there = {f"sha256:{digest}": at for digest, at in workspace.outbox.delivered().items()}
    logs: dict[str, tuple[Entry, ...]] = {}
    for agreement in in_force(workspace, now):
        entries = logs.setdefault(agreement.network, entries_of(workspace, agreement.network))
        own = tuple(each for each in entries if about(agreement, each))
        yield Facts(agreement, workspace.party, now, own, there)


def in_force(workspace: Workspace, now: dt.datetime) -> Iterator[Agreement]:
    """Of each agreement the newest version that all have signed and that is in effect: a draft starts no clock."""
    newest: dict[str, Agreement] = {}
    for each in workspace.agreements.all():
        read = each.agreement
        begun = read.term.effective <= read.day(now)
        if begun and not verify(read, each.signatures):
            newest[read.id] = max((read, newest.get(read.id, read)), key=lambda one: numbers(one.version))
    return iter(newest.values())


def entries_of(workspace: Workspace, network: str) -> tuple[Entry, ...]:
    """What our log in a network still tells, oldest first."""
    if network not in workspace.logs.networks():
        return ()
    with workspace.logs.open(network) as log:
        return tuple(Opening.read(data).entry for _number, _leaf, data in log.raw_records() if data is not None)
