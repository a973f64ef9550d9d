"""`exchange audit …`: the log that nobody can rewrite. Verifying needs no workspace: an auditor has none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.cli.audit_keys import known_keys
from exchange.cli.groups import Group
from exchange.errors import AuditError, Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.audit.findings import Finding
    from exchange.audit.log import Log, Record
    from exchange.audit.verify import Verdict
    from exchange.workspace import Workspace


@click.group(
    cls=Group,
    help=_("Every organisation keeps a log of counts and digests, never of data, that nobody can rewrite unseen."),
    epilog=desk.example("exchange audit export for-the-auditor.tar", "exchange audit verify yks.tar gt-ntt.tar"),
)
def audit() -> None:
    pass


def network_option() -> desk.Options:
    return click.option("--network", "network_id", metavar="NETWORK", help=_("where we keep more than one log"))


def key_option() -> desk.Options:
    what = _("a party's key as you know it: its card, or its public key file (may be repeated)")
    return click.option("--key", "keys", multiple=True, metavar="PARTY=FILE", help=what)


@audit.command(
    help=_(
        "Verify evidence packs, each on its own, against what the others have witnessed, and together. Keys come from "
        "--key and, where there is a workspace, from its confirmed cards. The status is 13 where anything is wrong."
    ),
    epilog=desk.example("exchange audit verify yks.tar gt-ntt.tar --key yks=yks.card.json"),
)
@click.argument("packs", metavar="PACK…", nargs=-1, required=True, type=desk.a_path())
@key_option()
def verify(packs: tuple[Path, ...], keys: tuple[str, ...]) -> None:
    from exchange.audit.verify import verify as verify_packs

    _refuse_missing(packs)
    verdict = verify_packs(packs, keys=known_keys(packs, keys))
    console.answer(verdict.as_json(), _verdict_lines(verdict))
    if not verdict.ok:
        raise click.exceptions.Exit(AuditError.exit_status)


@audit.command(
    help=_(
        "Write our evidence pack to TARGET: a new folder, or a .tar. It holds nothing personal, and is for whoever may "
        "inspect every agreement that the log tells of: the one auditor whom they name, or --for."
    ),
    epilog=desk.example("exchange audit export yks.tar", "exchange audit export yks.tar --for independent-auditor"),
)
@click.argument("target", type=desk.a_path())
@click.option("--for", "reader", metavar="PARTY", help=_("who is to read it: an auditor or a party"))
@network_option()
@desk.dry_run_option()
def export(target: Path, reader: str | None, network_id: str | None, *, dry_run: bool) -> None:
    from exchange.duties.inspection import log_kept_until, may_read, write_pack

    office = desk.office()
    network = _log_of(office.workspace, network_id)
    made_for = may_read(office, network, reader)
    desk.end_dry_run(dry_run)
    head = write_pack(office, network, target, made_for).checkpoint
    with office.workspace.open_log(network) as log:
        until = log_kept_until(office, log)
    document: dict[str, Any] = {"pack": str(target), "origin": head.origin, "size": head.size, "root": head.root.hex()}
    document |= {"for": made_for.party, "keep_until": None if until is None else str(until)}
    console.answer(document, [str(target)])
    console.say(_("it is for {party} alone").format(party=made_for.name))
    _say_until(until)


def _say_until(until: dt.date | None) -> None:
    if until is not None:
        console.say(_("as it stands, the log must be kept until {day}").format(day=until))


@audit.command(
    help=_("List the entries of our own log, and say until when it must be kept."),
    epilog=desk.example("exchange audit entries --kind bundle.delivered"),
)
@network_option()
@click.option("--kind", metavar="KIND", help=_("only entries of this kind, such as bundle.delivered"))
def entries(network_id: str | None, kind: str | None) -> None:
    from exchange.duties.inspection import log_kept_until

    office = desk.office_to_look()
    with office.workspace.open_log(_log_of(office.workspace, network_id)) as log:
        found = [(record, entry) for record, entry in _entries(log) if kind in (None, entry["kind"])]
        until = log_kept_until(office, log)
    console.answer(
        [{"entry": record.number, **entry} for record, entry in found], (_entry_line(*each) for each in found)
    )
    _say_until(until)


@audit.group(
    cls=Group,
    help=_("Ask the log. Each answer has a sentence and, with --json, its proofs."),
    epilog=desk.example("exchange audit query sent --to gt-ntt --since 2026-10-01 --until 2026-12-31"),
)
def query() -> None:
    pass


@query.command(
    help=_("What went to a recipient in these days (UTC, both included), and under which agreement?"),
    epilog=desk.example("exchange audit query sent --to gt-ntt --since 2026-10-01 --until 2026-12-31"),
)
@click.option("--to", "recipient", required=True, metavar="PARTY", help=_("the recipient"))
@click.option("--since", required=True, type=desk.a_day(), help=_("the first day"))
@click.option("--until", required=True, type=desk.a_day(), help=_("the last day"))
@click.option("--pack", type=desk.a_path(), help=_("ask this evidence pack instead of our own log"))
@key_option()
@network_option()
def sent(
    *,
    recipient: str,
    since: dt.datetime,
    until: dt.datetime,
    pack: Path | None,
    keys: tuple[str, ...],
    network_id: str | None,
) -> None:
    from exchange.audit.queries import History
    from exchange.audit.queries import sent as what_was_sent

    days = (since.date(), until.date())
    if pack:
        _refuse_missing([pack])
        reply = what_was_sent(History.of_pack(pack, known_keys([pack], keys)), recipient, *days)
    else:
        office = desk.office()
        with office.workspace.open_log(_log_of(office.workspace, network_id)) as log:
            log.checkpoint(office.identity.log)
            reply = what_was_sent(History.of_log(log, office.identity.log.verify_key), recipient, *days)
    lines = [f"{each.number}  {each.entry.time:%Y-%m-%d}  {each.entry.period or '–'}" for each in reply.sendings]
    console.answer(reply.as_json(), [reply.sentence, *(f"  {line}" for line in lines)])


def _refuse_missing(packs: Iterable[Path]) -> None:
    """A name that was mistyped says nothing of anybody's log."""
    hint = _("look at its name and place")
    AuditError.raise_all(
        Problem("audit.pack_missing", _("there is no such evidence pack"), pack.name, hint)
        for pack in packs
        if not pack.exists()
    )


def _log_of(workspace: Workspace, named: str | None) -> str:
    """The network whose log is meant."""
    networks = workspace.networks()
    if named is None and len(networks) == 1:
        return networks[0]
    if not networks:
        hint = _("it begins with the first thing that is signed, sent or received")
        raise UsageError(Problem("usage.network", _("we keep no log yet"), hint=hint))
    if named not in networks:
        hint = _("logs are kept of: {names}; choose one with --network").format(names=", ".join(networks))
        raise UsageError(
            Problem("usage.network", _("it is not clear which log is meant"), where=named or "", hint=hint)
        )
    return named


def _entries(log: Log) -> Iterator[tuple[Record, dict[str, Any]]]:
    for record in log.records():
        if record.opening is None:
            yield record, {"kind": "", "erased": True}
        else:
            entry = record.opening.entry
            yield record, entry.model_dump(mode="json", exclude_none=True, exclude_defaults=True)


def _entry_line(record: Record, entry: dict[str, Any]) -> str:
    if "erased" in entry:
        return f"{record.number}  " + _("erased")
    told = [entry.get(name, "") for name in ("counterpart", "period", "note")]
    counts = [f"{name}={count}" for name, count in entry.get("counts", {}).items()]
    return "  ".join([str(record.number), entry["time"], entry["kind"], *filter(None, [*told, *counts])])


def _verdict_lines(verdict: Verdict) -> Iterator[str]:
    for log in verdict.logs:
        word = _("whole and signed") if log.ok else _("NOT in order")
        yield _("{log}: {word}; {size} entries, {witnessed} of them witnessed; key {key}").format(
            log=log.origin or log.pack, word=word, size=log.size, witnessed=log.witnessed, key=log.fingerprint or "–"
        )
    yield _("{count} sendings matched").format(count=sum(match.complete for match in verdict.matches))
    for finding in verdict.findings:
        yield _finding_line(finding)
    yield _("nothing is wrong") if verdict.ok else _("something is wrong")


def _finding_line(finding: Finding) -> str:
    label = _("wrong") if finding.weight == "wrong" else _("look")
    return f"{label}: {finding} [{finding.code}]"
