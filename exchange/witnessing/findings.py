"""What people must be told first: logs that were changed or contradicted, and who does not keep watch any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.state import state
from exchange.audit.checkpoint import log_origin, network_of, witness_name
from exchange.audit.heads import Heads
from exchange.audit.log import Log
from exchange.audit.witness import Witness
from exchange.crypto.signing import VerifyKey
from exchange.duties.notices import noted
from exchange.duties.overview import entries_of, in_force
from exchange.duties.reporting import silent_after
from exchange.errors import AuditError, Problem
from exchange.locale import _
from exchange.witnessing.contradictions import contradictions, unproved
from exchange.witnessing.logs import log_key_of
from exchange.workspace.workspace import Workspace


def log_findings(workspace: Workspace, now: dt.datetime) -> tuple[Problem, ...]:
    """What is wrong with logs, the gravest first: ours changed by somebody; theirs contradicted, or not proved; then
    who has shown no new head of its log for long, and who has not cosigned ours. Reads only, and needs no secret
    key."""
    told = (*contradictions(workspace), *unproved(workspace, now))
    return (*_altered(workspace), *told, *_quiet(workspace, now))


def _altered(workspace: Workspace) -> Iterator[Problem]:
    key = workspace.own.card().card.log_verify_key
    for network in workspace.logs.networks():
        with workspace.logs.open(network) as log:
            try:
                Heads(log).check(key)
            except AuditError as error:
                yield from error.problems


def _quiet(workspace: Workspace, now: dt.datetime) -> Iterator[Problem]:
    key, logs = workspace.own.card().card.log_verify_key, workspace.logs.networks()
    for (network, party), limit in _partners(workspace, now).items():
        theirs = log_key_of(workspace, party, now)
        if theirs is None:
            continue
        if network in workspace.witnesses.networks():
            with workspace.witnesses.open(network) as witness:
                yield from _stale(witness, network, party, now, limit)
        if network in logs:
            with workspace.logs.open(network) as log:
                yield from _silent(log, key, party, theirs, now - limit)


def _partners(workspace: Workspace, now: dt.datetime) -> dict[tuple[str, str], dt.timedelta]:
    """With whom we share under an agreement in force, in which network, and after how long each is silent."""
    found: dict[tuple[str, str], dt.timedelta] = {}
    for agreement in _active(workspace, now):
        for other, limit in silent_after(agreement, workspace.party):
            found[agreement.network, other] = min(limit, found.get((agreement.network, other), limit))
    return found


def _active(workspace: Workspace, now: dt.datetime) -> Iterator[Agreement]:
    """In force, and neither suspended nor over: nobody need write under another."""
    told = {network: entries_of(workspace, network) for network in workspace.logs.networks()}
    for each in in_force(workspace, now):
        signed = workspace.agreements.find(Reference.to(each))
        given = noted(each, told.get(each.network, ()))
        if signed and state(each, signed.signatures, each.day(now), given) == "active":
            yield each


def _stale(witness: Witness, network: str, party: str, now: dt.datetime, limit: dt.timedelta) -> Iterator[Problem]:
    since = dict(witness.silent(at=now, longer_than=limit)).get(log_origin(party, network))
    if since is not None:
        what = _("it has shown no new checkpoint of its log since {day}").format(day=f"{since:%Y-%m-%d}")
        hint = _("does it still send, and do its receipts come? call them")
        yield Problem("audit.stale", what, party, hint)


def _silent(log: Log, key: VerifyKey, party: str, theirs: VerifyKey, before: dt.datetime) -> Iterator[Problem]:
    since = Heads(log).unanswered(key, witness_name(log_origin(party, network_of(log.origin))), theirs)
    if since is not None and since < before:
        what = _("it has cosigned nothing of our log since the checkpoint of {day}").format(day=f"{since:%Y-%m-%d}")
        hint = _("nobody vouches for what is newer; call them, and show it to the auditor: exchange audit show")
        yield Problem("audit.silent", what, party, hint)
