"""`exchange status`: what is owed and by when; what waits, was sent, came; in which state the agreements are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.cli.card_directory import directories_run_out
from exchange.cli.clocks import clock_lines, open_clocks, warn_of_overdue
from exchange.cli.known_parcels import Known, known_parcels
from exchange.cli.quarantine import warnings as quarantine_warnings
from exchange.cli.shares import no_shares
from exchange.cli.words import arrival_word, kind_word, parcel_word
from exchange.errors import ExchangeError, Problem
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.transport.inbox import Arrived
    from exchange.transport.outbox import Standing
    from exchange.workspace import Workspace

CARD_WARNING = dt.timedelta(days=35)
_SHOWN = 50
"""Files of the inbox, the newest: a flood must not push everything else off the screen."""


@click.command(
    help=_(
        "Show what is owed and by when, the outbox, the inbox with what was put aside and why, and the agreements. "
        "Changes nothing."
    ),
    epilog=desk.example("exchange status", "exchange status --store"),
)
@click.option("--store", is_flag=True, help=_("unlock the store as well, and count what it holds"))
def status(*, store: bool) -> None:
    workspace, now = desk.here(), desk.now()
    made = workspace.shares_made()
    if made is None:
        console.warn(no_shares(workspace.party))
    known = known_parcels(workspace)
    clocks = open_clocks(workspace, now)
    came = workspace.inbox.status()
    document = {
        "party": workspace.party,
        "recovery_shares": made,
        "clocks": clocks,
        "outbox": [_sent_document(workspace, each, known) for each in workspace.outbox.status()],
        "inbox": [_came_document(each, known) for each in came],
        "agreements": _agreements(workspace, now),
        "store": _store_counts() if store else None,
    }
    console.answer(document, _lines(document))
    warn_of_overdue(clocks)
    senders = {each.sha256: told.counterpart for each in came if (told := known.get(f"sha256:{each.sha256}"))}
    for problem in quarantine_warnings(came, senders):
        console.warn(problem)
    for each in (
        *_expiring(workspace, now),
        *_card_runs_out(workspace, now),
        *_revoked(workspace),
        *workspace.cards.damaged(),
        *directories_run_out(workspace, now.date()),
    ):
        console.warn(each)


def _lines(document: dict[str, Any]) -> Iterator[str]:
    yield _("Clocks")
    yield from clock_lines(document["clocks"])
    yield _("Outbox")
    yield from (f"  {line}" for line in console.table(_sent_head(), [_sent_row(each) for each in document["outbox"]]))
    yield _("Inbox")
    came = document["inbox"][-_SHOWN:]
    if len(came) < len(document["inbox"]):
        yield "  " + _("the last {count} of {all}; the others: exchange status --json").format(
            count=len(came), all=len(document["inbox"])
        )
    yield from (f"  {line}" for line in console.table(_came_head(), [_came_row(each) for each in came]))
    yield _("Agreements")
    for each in document["agreements"]:
        yield f"  {each['id']} {each['version']}  {each['in_words']}"
    if document["store"] is not None:
        yield _("Store")
        for held in document["store"]:
            yield "  " + _("{sender}, {period}: {rows} rows").format(**held)


def _sent_head() -> tuple[str, ...]:
    return _("recipient"), _("kind"), _("period"), _("state"), _("since"), _("attempts"), _("notices"), _("reason")


def _came_head() -> tuple[str, ...]:
    return _("sender"), _("kind"), _("period"), _("file"), _("state"), _("since"), _("notices"), _("reason")


def _sent_row(each: dict[str, Any]) -> tuple[str, ...]:
    return (
        each["recipient"],
        kind_word(each["what"]),
        each["period"] or "",
        parcel_word(each["state"]),
        _time(each["since"]),
        str(each["attempts"]),
        _notices(each, came=each["state"] == "acknowledged"),
        _approvals(each) or (f"{each['reason']} [{each['code']}]" if each["code"] else ""),
    )


def _notices(each: dict[str, Any], *, came: bool) -> str:
    """By whom the notices of a bundle were acknowledged, once it has come."""
    if not came or each["what"] not in {"bundle", "correction"}:
        return ""
    return ", ".join(each["notices_acknowledged_by"]) or _("not acknowledged")


def _approvals(each: dict[str, Any]) -> str:
    approved = each["approved"]
    return _("{count} of {asked} approvals").format(**approved) if approved else ""


def _came_row(each: dict[str, Any]) -> tuple[str, ...]:
    state, since = arrival_word(each["state"]), _time(each["since"])
    file = each["ciphertext"].removeprefix("sha256:")[:12]
    notices = _notices(each, came=each["state"] == "done")
    return each["sender"], kind_word(each["what"]), each["period"], file, state, since, notices, each["code"]


def _sent_document(workspace: Workspace, each: Standing, known: dict[str, Known]) -> dict[str, Any]:
    ciphertext = f"sha256:{each.parcel.sha256}"
    release = workspace.releases.find(ciphertext) if each.parcel.kind == "bundle" else None
    told = known.get(ciphertext)
    approved = _approved(workspace, each) if each.state == "packed" and not each.code else None
    letter = told.kind if told and each.parcel.kind == "letter" and told.kind else each.parcel.kind
    return {
        "recipient": each.parcel.recipient,
        "kind": each.parcel.kind,
        "what": "correction" if release and release.replaces else letter,
        "period": each.parcel.period,
        "file": each.parcel.name,
        "ciphertext": ciphertext,
        "state": each.state,
        "since": each.since.isoformat(),
        "attempts": each.attempts,
        "code": each.code,
        "reason": each.reason,
        "approved": approved,
        "notices_acknowledged_by": list(told.acknowledged_by) if told else [],
    }


def _approved(workspace: Workspace, standing: Standing) -> dict[str, int] | None:
    from exchange.approving import waits

    try:
        found = waits(desk.office_to_look(), standing)
    except ExchangeError:  # `deliver` says why
        return None
    return {"count": len(found.judged.people), "asked": found.agreement.approval.people}


def _came_document(each: Arrived, known: dict[str, Known]) -> dict[str, Any]:
    ciphertext = f"sha256:{each.sha256}"
    told = known.get(ciphertext, Known("", "", ""))
    return {
        "sender": told.counterpart,
        "what": told.kind,
        "period": told.period,
        "ciphertext": ciphertext,
        "state": each.state,
        "since": each.since.isoformat(),
        "code": each.code,
        "notices_acknowledged_by": list(told.acknowledged_by),
        "bytes": each.size,
        "kept": each.path is not None,
    }


def _agreements(workspace: Workspace, now: dt.datetime) -> list[dict[str, str]]:
    from exchange.agreements.state import state
    from exchange.agreements.summary import state_word
    from exchange.duties.notices import noted
    from exchange.duties.overview import entries_of

    found = []
    for each in workspace.agreements():
        read = each.agreement
        given = noted(read, entries_of(workspace, read.network))
        stands = state(read, each.signatures, read.day(now), given)
        found.append({"id": read.id, "version": read.version, "state": stands, "in_words": state_word(stands)})
    return found


def _expiring(workspace: Workspace, now: dt.datetime) -> Iterator[Problem]:
    """A review that is overdue stands under the clocks already."""
    from exchange.duties.overview import in_force
    from exchange.duties.review import warnings

    for agreement in in_force(workspace, now):
        yield from (each for each in warnings(agreement, agreement.day(now)) if each.code == "agreement.expires_soon")


def _card_runs_out(workspace: Workspace, now: dt.datetime) -> Iterator[Problem]:
    """Renewed by itself, unless nobody works here or the root key is kept apart."""
    last = max(key.not_after for key in workspace.own_card().card.encryption_keys)
    if last < now.date() + CARD_WARNING:
        what = _("partners can encrypt for us until {day} only").format(day=last)
        yield Problem("card.runs_out", what, where=workspace.party, hint=_("renew our keys: exchange card rotate"))


def _revoked(workspace: Workspace) -> Iterator[Problem]:
    from exchange.cli.card import partner_revoked

    for each in workspace.cards.all():
        if each.trust.revoked_on:
            yield from partner_revoked(workspace, each.signed.party)


def _store_counts() -> list[dict[str, Any]]:
    from exchange.receiving import open_store

    with open_store(desk.office()) as opened:
        return [
            {
                "sender": each.metadata.sender.id,
                "agreement": each.metadata.agreement.id,
                "period": each.metadata.period,
                "bundle": each.metadata.bundle,
                "rows": each.row_count,
                "received": each.received.isoformat(),
            }
            for each in opened.segments()
        ]


def _time(moment: str) -> str:
    return f"{dt.datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"
