"""`exchange status`: what is owed and by when; what waits, was sent, came; in which state the agreements are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.cli.card_directory import directories_run_out
from exchange.cli.clocks import clock_lines, open_clocks, warn_of_overdue
from exchange.cli.events import show_events
from exchange.cli.known_parcels import Known, known_parcels
from exchange.cli.quarantine import warnings as quarantine_warnings
from exchange.cli.shares import no_shares
from exchange.cli.words import arrival_word, kind_word, parcel_word
from exchange.errors import ExchangeError, Problem
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.transport.arrivals import Arrived
    from exchange.transport.parcels import Standing
    from exchange.workspace.workspace import Workspace

CARD_WARNING = dt.timedelta(days=35)
_TO_ASK = {"transport.host_key_changed", "transport.refused_key", "transport.weak_server", "transport.no_directory"}
"""Where trying again helps nobody."""
_SHOWN = 50
"""Files of a queue, the newest: a flood must not push everything else off the screen."""
_FILE = 12  # digits by which a person names a file


@click.command(
    help=_(
        "Show what is owed and by when, the outbox, the inbox with what was put aside and why, and the agreements. "
        "Changes nothing."
    ),
    epilog=desk.example("exchange status", "exchange status --store", "exchange status --events 50"),
)
@click.option("--store", is_flag=True, help=_("unlock the store as well, and count what it holds"))
@click.option(
    "--events",
    type=click.IntRange(min=1),
    metavar="N",
    help=_("instead: the last N events of the queues, for whoever helps when something does not arrive"),
)
def status(*, store: bool, events: int | None) -> None:
    workspace, now = desk.here(), desk.now()
    if events is not None:
        show_events(workspace, events)
        return
    with workspace.kept_open():
        _status(workspace, now, store=store)


def _status(workspace: Workspace, now: dt.datetime, *, store: bool) -> None:
    if workspace.agent_folder.is_dir():
        _delete_filters(workspace, now)
    made = workspace.recovery.shares_made()
    logs = _logs(workspace, now)
    for each in logs:
        console.warn(each)
    if made is None:
        console.warn(no_shares(workspace.party))
    known = known_parcels(workspace)
    clocks = open_clocks(workspace, now)
    came = workspace.inbox.status()
    document = {
        "party": workspace.party,
        "logs": console.problem_documents(logs),
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


def _logs(workspace: Workspace, now: dt.datetime) -> tuple[Problem, ...]:
    from exchange.witnessing.findings import log_findings

    return log_findings(workspace, now)


def _delete_filters(workspace: Workspace, now: dt.datetime) -> None:
    """What a linking agent may keep no longer goes, whichever command sees it first."""
    from exchange.agent.station import delete_files_due

    count = delete_files_due(workspace, now)
    if count:
        what = _("filters of {count} letters were kept as long as a linking agent may, and are deleted")
        console.say(what.format(count=count))
        console.say(_("certify it: exchange link, or exchange receive"))


def _lines(document: dict[str, Any]) -> Iterator[str]:
    yield _("Clocks")
    yield from clock_lines(document["clocks"]) if document["clocks"] else ("  " + _("nothing is owed now"),)
    yield _("Outbox")
    yield from _outbox_lines(document["outbox"])
    yield _("Inbox")
    came = document["inbox"][-_SHOWN:]
    if len(came) < len(document["inbox"]):
        yield "  " + _("the last {count} of {all}; the others: exchange status --json").format(
            count=len(came), all=len(document["inbox"])
        )
    yield from _table(_came_head(), [_came_row(each) for each in came], _("nothing has come yet"))
    yield _("Agreements")
    if not document["agreements"]:
        yield "  " + _("none is here yet: exchange agreement")
    for each in document["agreements"]:
        yield f"  {each['id']} {each['version']}  {each['in_words']}"
    if document["store"] is not None:
        yield _("Store")
        for held in document["store"]:
            rows = _("damaged") if held["rows"] is None else held["rows"]
            told = _("{sender}, {period}: {rows} rows; to be destroyed on {day}")
            yield "  " + told.format(**{**held, "rows": rows, "day": held["destroy_on"] or "–"})


def _outbox_lines(sent: list[dict[str, Any]]) -> Iterator[str]:
    """What is not finished, and of what is the newest."""
    finished = [each for each in sent if each["finished"]]
    shown = [each for each in sent if not each["finished"]] + finished[-_SHOWN:]
    if len(shown) < len(sent):
        yield "  " + _(
            "{count} of {all}: what waits, and what was finished last; the others: exchange status --json"
        ).format(count=len(shown), all=len(sent))
    elif sent and len(finished) == len(sent):
        yield "  " + _("nothing waits")
    ids = {id(each) for each in shown}
    rows = [_sent_row(each) for each in sent if id(each) in ids]
    yield from _table(_sent_head(), rows, _("nothing waits, and nothing was sent yet"))


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]], empty: str) -> Iterator[str]:
    """A table, or in words that it would be empty."""
    return (f"  {line}" for line in (console.table(head, rows) if rows else [empty]))


def _sent_head() -> tuple[str, ...]:
    return (
        _("recipient"),
        _("kind"),
        _("period"),
        _("file"),
        _("state"),
        _("since"),
        _("attempts"),
        _("next"),
        _("notices"),
        _("reason"),
    )


def _came_head() -> tuple[str, ...]:
    return _("sender"), _("kind"), _("period"), _("file"), _("state"), _("since"), _("notices"), _("reason")


def _sent_row(each: dict[str, Any]) -> tuple[str, ...]:
    return (
        each["recipient"],
        kind_word(each["what"]),
        each["period"] or "",
        each["file"][:_FILE],
        parcel_word(each["state"]),
        _time(each["since"]),
        str(each["attempts"]),
        _time(each["next_attempt"]) if each["next_attempt"] else "",
        _notices(each, came=each["state"] == "acknowledged"),
        "; ".join(filter(None, (_approvals(each), _reason(each), each["to_do"]))),
    )


def _reason(each: dict[str, Any]) -> str:
    return f"{each['reason']} [{each['code']}]" if each["code"] else ""


def _notices(each: dict[str, Any], *, came: bool) -> str:
    """By whom the notices of a bundle were acknowledged, once it has come."""
    if not came or each["what"] not in {"bundle", "correction"}:
        return ""
    return ", ".join(each["notices_acknowledged_by"]) or _("nobody yet")


def _approvals(each: dict[str, Any]) -> str:
    approved = each["approved"]
    if not approved:
        return ""
    said = _("{count} of {asked} approvals").format(**approved)
    when = _(", the last {time}").format(time=_time(approved["at"])) if approved["at"] else ""
    return said + when


def _came_row(each: dict[str, Any]) -> tuple[str, ...]:
    state, since = arrival_word(each["state"]), _time(each["since"])
    file = each["ciphertext"].removeprefix("sha256:")[:12]
    notices = _notices(each, came=each["state"] == "done")
    return each["sender"], kind_word(each["what"]), each["period"], file, state, since, notices, each["code"]


def _sent_document(workspace: Workspace, each: Standing, known: dict[str, Known]) -> dict[str, Any]:
    ciphertext = f"sha256:{each.parcel.sha256}"
    release = workspace.releases.find(ciphertext) if each.parcel.kind == "bundle" else None
    told = known.get(ciphertext)
    approved = _approved(workspace, each, told) if release is not None else None
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
        "next_attempt": each.due.isoformat() if each.state == "queued" and each.attempts else None,
        "finished": each.done,
        "to_do": _to_do(workspace, each),
        "code": each.code,
        "reason": each.reason,
        "approved": approved,
        "notices_acknowledged_by": list(told.acknowledged_by) if told else [],
    }


def _approved(workspace: Workspace, standing: Standing, told: Known | None) -> dict[str, Any] | None:
    """Of how many people how many approved that a bundle leaves, and when the last one did, while that is of interest.
    What waits is judged; of what was released the log tells."""
    from exchange.approving import waits

    at = told.approved_at.isoformat() if told and told.approved_at else None
    if standing.state in {"queued", "sending"} and told is not None and told.approved_by:
        count = len(told.approved_by)
        return {"count": count, "asked": count, "at": at}
    if standing.state != "packed" or standing.code:
        return None
    try:
        found = waits(desk.office_to_look(), standing)
    except ExchangeError:  # `deliver` says why
        return None
    return {"count": len(found.judged.people), "asked": found.agreement.approval.people, "at": at}


def _to_do(workspace: Workspace, standing: Standing) -> str:
    """What a person does about a parcel; "" where nothing is to be done."""
    file = standing.parcel.name[:_FILE]
    if standing.state == "overdue":
        said = _("call {party}{contact}; once more: exchange deliver --again {file}")
        return said.format(party=standing.parcel.recipient, contact=_contact(workspace, standing), file=file)
    if standing.state == "failed" or standing.code == "letter.sealed_with_revoked":
        return _("once more: exchange deliver --again {file}").format(file=file)
    if standing.state == "queued" and standing.code in _TO_ASK:
        return _("ask {party}{contact}; see: exchange doctor {party}").format(
            party=standing.parcel.recipient, contact=_contact(workspace, standing)
        )
    return {"packed": "exchange approve", "queued": "exchange deliver", "sending": "exchange deliver"}.get(
        standing.state, ""
    )


def _contact(workspace: Workspace, standing: Standing) -> str:
    """Whom to call, as the recipient's card says."""
    try:
        known = workspace.cards.find(standing.parcel.recipient)
    except ExchangeError:
        return ""
    return f" ({known.card.contact})" if known is not None else ""


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
    for each in workspace.agreements.all():
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
    last = max(key.not_after for key in workspace.own.card().card.encryption_keys)
    if last < now.date() + CARD_WARNING:
        what = _("partners can encrypt for us until {day} only").format(day=last)
        yield Problem("card.runs_out", what, where=workspace.party, hint=_("renew our keys: exchange card rotate"))


def _revoked(workspace: Workspace) -> Iterator[Problem]:
    from exchange.cli.card import partner_revoked

    for each in workspace.cards.all():
        if each.trust.revoked_on:
            yield from partner_revoked(workspace, each.signed.party)


def _store_counts() -> list[dict[str, Any]]:
    """What lies in the store, and until when."""
    from exchange.duties.disposal import days_of
    from exchange.merging import open_store

    office = desk.office()
    days = days_of(office)
    with open_store(office) as opened:
        return [
            {
                "sender": each.sender,
                "agreement": each.agreement,
                "period": each.period,
                "bundle": each.bundle,
                "rows": each.reports,
                "received": each.received.isoformat(),
                "destroy_on": day.isoformat() if (day := days.get(each.bundle)) else None,
            }
            for each in opened.holdings()
        ]


def _time(moment: str) -> str:
    return console.local(dt.datetime.fromisoformat(moment))
