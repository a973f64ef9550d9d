"""`exchange audit …`: the log that nobody can rewrite. Verifying needs no workspace: an auditor has none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.cli.audit_kept import kept_option
from exchange.cli.audit_keys import key_option
from exchange.cli.audit_logs import agreements_option, examined_option, log_of, network_option
from exchange.cli.audit_query import query
from exchange.cli.audit_reading import read
from exchange.cli.audit_report import report
from exchange.cli.audit_stamp import stamp, stamped_line, tsa_option
from exchange.cli.audit_witness import accept, cosign, show, take
from exchange.cli.entry_words import counts_in_words
from exchange.cli.groups import Group
from exchange.cli.words import kind_word
from exchange.errors import AuditError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.audit.findings import Finding
    from exchange.audit.log import Record
    from exchange.audit.papers import Proved
    from exchange.audit.verify import Verdict


_PADDING = "log.padding"  # nothing to read


@click.group(
    cls=Group,
    help=_("Every organisation keeps a log of counts and digests, never of data, that nobody can rewrite unseen."),
    epilog=desk.example("exchange audit export for-the-auditor.tar", "exchange audit verify yks.tar gt-ntt.tar"),
)
def audit() -> None:
    pass


@audit.command(
    help=_(
        "Verify evidence packs, each on its own, against what the others have witnessed, and together; then ask them "
        "every question that needs no answer from you. Keys come from --key and, where there is a workspace, from its "
        "confirmed cards; what that has witnessed itself counts too. Timestamps count that lead to a root of --tsa. "
        "The status is 13 where anything is wrong."
    ),
    epilog=desk.example(
        "exchange audit verify yks.tar gt-ntt.tar --key yks=yks.card.json",
        "exchange audit verify yks.tar --tsa root.pem",
    ),
)
@click.argument("packs", metavar="PACK…", nargs=-1, required=True, type=desk.a_path())
@key_option()
@kept_option()
@tsa_option()
@examined_option()
def verify(
    packs: tuple[Path, ...],
    keys: tuple[str, ...],
    kept: tuple[Path, ...],
    roots: tuple[Path, ...],
    agreements: tuple[str, ...],
) -> None:
    from exchange.asking.examining import examine, with_answers

    found, shown = read(packs, keys, kept, roots, agreements)
    verdict = replace(found, findings=with_answers(found.findings, examine(shown) if shown.histories else ()))
    console.answer(verdict.as_json(), _verdict_lines(verdict))
    if not verdict.ok:
        raise click.exceptions.Exit(AuditError.exit_status)


@audit.command(
    help=_(
        "Write our evidence pack to TARGET: a new folder, or a .tar. It holds nothing personal, and is for whoever may "
        "inspect every agreement that the log tells of: the one auditor whom they name, or --for. With --agreement it "
        "shows only what is told of those agreements, and is for who may inspect them."
    ),
    epilog=desk.example("exchange audit export yks.tar", "exchange audit export yks.tar --agreement DSA-NTT-2026-004"),
)
@click.argument("target", type=desk.a_path())
@click.option("--for", "reader", metavar="PARTY", help=_("who is to read it: an auditor or a party"))
@agreements_option()
@network_option()
@desk.dry_run_option()
def export(
    target: Path, reader: str | None, agreements: tuple[str, ...], network_id: str | None, *, dry_run: bool
) -> None:
    from exchange.duties.inspection import log_kept_until, may_read, write_pack

    office = desk.office()
    network = log_of(office.workspace, network_id)
    made_for = may_read(office, network, reader, agreements)
    would = _("would write the evidence pack of our log of {network} to {file}, for {party} alone")
    desk.end_dry_run(dry_run, would.format(network=network, file=target.name, party=made_for.name))
    head = write_pack(office, network, target, made_for, agreements).checkpoint
    with office.workspace.logs.open(network) as log:
        until = log_kept_until(office, log)
    document: dict[str, Any] = {"pack": str(target), "origin": head.origin, "size": head.size, "root": head.root.hex()}
    document |= {"for": made_for.party, "agreements": sorted({*agreements}) or None}
    document |= {"keep_until": None if until is None else str(until)}
    console.answer(document, [str(target)])
    console.say(_("it is for {party} alone").format(party=made_for.name))
    if agreements:
        console.say(_("it shows only what is told of {agreements}").format(agreements=", ".join(sorted({*agreements}))))
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
    with office.workspace.logs.open(log_of(office.workspace, network_id)) as log:
        hidden = _PADDING if kind is None else ""
        found = [each for each in log.records() if kind in (None, _kind(each)) and _kind(each) != hidden]
        until = log_kept_until(office, log)
    console.answer([_entry_document(each) for each in found], map(_entry_line, found))
    _say_until(until)


def _kind(record: Record) -> str:
    """ "" where the entry was erased."""
    return record.opening.entry.kind if record.opening else ""


def _entry_document(record: Record) -> dict[str, Any]:
    if record.opening is None:
        return {"entry": record.number, "kind": "", "erased": True}
    told = record.opening.entry.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return {"entry": record.number, **told}


def _entry_line(record: Record) -> str:
    from exchange.audit.wording import happened

    if record.opening is None:
        return f"{record.number}  " + _("erased")
    entry = record.opening.entry
    what = f"{entry.kind}: {happened(entry.kind)}"
    agreement = f"{entry.agreement.id} {entry.agreement.version}" if entry.agreement else ""
    told = (entry.counterpart, agreement, entry.period, entry.person, kind_word(entry.note or ""))
    counts = counts_in_words(entry.counts) if entry.counts else ()
    return "  ".join([str(record.number), f"{entry.time:%Y-%m-%dT%H:%M:%SZ}", what, *filter(None, [*told, *counts])])


def _verdict_lines(verdict: Verdict) -> Iterator[str]:
    from exchange.audit.findings import as_told

    for log in verdict.logs:
        word = _("whole and signed") if log.ok else _("NOT in order")
        yield _("{log}: {word}; {size} entries, {witnessed} of them witnessed; key {key}").format(
            log=log.origin or console.in_one_line(log.pack),
            word=word,
            size=log.size,
            witnessed=log.witnessed,
            key=log.fingerprint or "–",
        )
        yield from (f"{log.origin}: {stamped_line(each)}" for each in log.stamps)
        if log.erased:
            yield "  " + _("entries whose content is gone: {count}").format(count=log.erased)
        if log.withheld:
            yield "  " + _("entries withheld, outside of its agreements: {count}").format(count=log.withheld)
    for each in verdict.proved:
        yield from _proved_lines(each)
    for network, agreements in verdict.scopes.items():
        said = _("{network}: only what is told of these agreements was matched and asked: {agreements}")
        yield said.format(network=network, agreements=", ".join(map(console.in_one_line, agreements)) or "–")
    yield _("{count} sendings matched").format(count=sum(match.complete for match in verdict.matches))
    for finding in as_told(verdict.findings):
        yield _finding_line(finding)
    yield _("nothing is wrong") if verdict.ok else _("something is wrong")


def _proved_lines(proved: Proved) -> Iterator[str]:
    said = _("{log}: receipts proved by who gave them: {proved} of {count}")
    if proved.receipts:
        yield said.format(log=proved.origin, proved=proved.receipts_proved, count=proved.receipts)
    said = _("{log}: certificates proved by who gave them: {proved} of {count}")
    if proved.certificates:
        yield said.format(log=proved.origin, proved=proved.certificates_proved, count=proved.certificates)


def _finding_line(finding: Finding) -> str:
    label = _("wrong") if finding.weight == "wrong" else _("look")
    return console.in_one_line(f"{label}: {finding} [{finding.code}]")


for command in (query, report, show, cosign, take, accept, stamp):
    audit.add_command(command)
