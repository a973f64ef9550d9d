"""`exchange pack`: from a workbook to one sealed bundle for each recipient, in the outbox."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.cli.another_month import another_month
from exchange.cli.clocks import about_earlier_periods, about_the_agreement
from exchange.cli.words import held_word
from exchange.errors import Problem, UsageError
from exchange.locale import _, ngettext

if TYPE_CHECKING:
    from exchange.checking import Job
    from exchange.office import Office
    from exchange.preparing import Prepared
    from exchange.protect.protected import Account
    from exchange.sending import Packed

MAX_NOTE = 64 * 1024


@click.command(
    help=_(
        "Check, redact, protect and seal: one bundle for each recipient of the period, into the outbox; all of them, "
        "or none and every reason. They wait there until enough people have approved: exchange approve. What each "
        "recipient would get, as a page and without packing: exchange preview."
    ),
    epilog=desk.example(
        "exchange pack cases.xlsx --agreement DSA-NTT-2026-004 --period 2026-10 --note note.txt --dry-run",
        "exchange pack cases.xlsx --agreement DSA-NTT-2026-004 --period 2026-10 --note note.txt",
    ),
)
@click.argument("extract", type=desk.a_path())
@desk.agreement_option()
@desk.period_option()
@desk.recipients_option()
@desk.mapping_option()
@click.option(
    "--note",
    type=desk.a_path(),
    metavar="FILE",
    help=_(
        "the month's note, a text file (- reads it from stdin): gaps, changes of method or staff, what could not be "
        "collected and why; every recipient reads it as it is, so it names no person"
    ),
)
@desk.corrects_option()
@desk.dry_run_option()
def pack(
    *,
    extract: Path,
    agreement_id: str,
    period: str,
    to: tuple[str, ...],
    mapping: Path | None,
    note: Path | None,
    corrects: bool,
    dry_run: bool,
) -> None:
    from exchange.agreements.period import Period
    from exchange.checking import Job
    from exchange.duties.leftovers import remember
    from exchange.sending import pack as pack_all
    from exchange.sending import rehearse

    job = Job(extract, agreement_id, Period.read(period), to, read_note(note), corrects, mapping)
    office = desk.office()
    if dry_run:
        prepared = rehearse(office, job)
        console.answer([document(each) for each in prepared], (line for each in prepared for line in lines(each)))
        _warn(office, job, prepared)
        desk.say_nothing_changed()
        return
    packed = pack_all(office, job)
    remember(office, "extract", extract.parent, [extract])
    console.answer([_sealed(each) for each in packed], (line for each in packed for line in _sealed_lines(each)))
    _warn(office, job, [each.prepared for each in packed])
    asked = packed[0].prepared.permit.agreement.approval.people
    waits = ngettext(
        "the bundles wait for {asked} approval: exchange approve",
        "the bundles wait for {asked} approvals: exchange approve",
        asked,
    )
    console.say(waits.format(asked=asked))


def _warn(office: Office, job: Job, prepared: Sequence[Prepared]) -> None:
    recipients = [each.permit.recipient.id for each in prepared]
    of_another_month = dict.fromkeys(problem for each in prepared for problem in _another_month(each))
    earlier = about_earlier_periods(office, job.agreement, recipients, job.period)
    for problem in (*of_another_month, *about_the_agreement(office, job.agreement), *earlier):
        console.warn(problem)


def _another_month(prepared: Prepared) -> list[Problem]:
    rows = len(prepared.consented) + prepared.consented.held_back.total
    return another_month(prepared.permit.period, rows, prepared.of_the_period)


def read_note(note: Path | None) -> str:
    if note is None:
        return ""
    if str(note) == "-":
        content = sys.stdin.buffer.read(MAX_NOTE + 1)
    else:
        with note.open("rb") as source:
            content = source.read(MAX_NOTE + 1)
    if len(content) > MAX_NOTE:
        hint = _("a note says in a few lines what was missing or changed")
        raise UsageError(Problem("usage.note", _("the note is too long"), where=note.name, hint=hint))
    try:
        return content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        hint = _("save it as UTF-8")
        raise UsageError(Problem("usage.note", _("the note is not UTF-8 text"), where=note.name, hint=hint)) from None


def document(prepared: Prepared) -> dict[str, Any]:
    """What became of the rows of one recipient, for programs."""
    account, rows = prepared.protected.account, prepared.consented
    return {
        "recipient": prepared.permit.recipient.id,
        "period": str(prepared.permit.period),
        "rows_allowed": len(rows),
        "held_back": dict(rows.held_back.by_reason),
        "rows": account.rows_out,
        "gate": account.gate,
        "k_asked": account.k_asked,
        "k_reached": account.k_reached,
        "values_withheld": dict(account.cells_withheld),
        "tables": len(prepared.protected.tables),
        "table_cells_withheld": account.table_cells_withheld,
        "against_replaced": None if account.against is None else asdict(account.against),
        "across_releases": None if account.across is None else asdict(account.across),
        "caveats": [caveat.code for caveat in prepared.metadata.caveats],
        "late": prepared.permit.late,
        "months_left_out": [str(month) for month in prepared.permit.left_out],
        "warnings": console.problem_documents(_another_month(prepared)),
    }


def _sealed(packed: Packed) -> dict[str, Any]:
    sealed = packed.sealed
    return {
        **document(packed.prepared),
        "bundle": sealed.envelope.id,
        "replaces": sealed.envelope.replaces,
        "file": sealed.name,
        "bytes": sealed.size,
        "ciphertext": sealed.ciphertext,
    }


def lines(prepared: Prepared) -> Iterator[str]:
    """The same for people."""
    leave, account, rows = prepared.permit, prepared.protected.account, prepared.consented
    yield _("{party}, {period}: {rows} rows and {tables} tables").format(
        party=leave.recipient.id, period=leave.period, rows=account.rows_out, tables=len(prepared.protected.tables)
    )
    for reason, count in rows.held_back.by_reason:
        yield "  " + _("held back: {count}  {reason}").format(count=count, reason=f"{held_word(reason)} [{reason}]")
    yield "  " + _("look-alikes: {k}, {asked} asked").format(k=account.k_reached or "–", asked=account.k_asked or "–")
    for name, count in account.cells_withheld:
        yield "  " + _("withheld: {count} values of {field}").format(count=count, field=name)
    yield "  " + _("withheld: {count} cells of tables").format(count=account.table_cells_withheld)
    if account.rows_withheld:
        yield "  " + _("withheld: {count} whole rows").format(count=account.rows_withheld)
    yield from _against(account)
    yield from _across(account)
    for month in leave.left_out:
        yield "  " + _("left out: {month}, outside the agreement's term").format(month=month)
    yield "  " + _("caveats: {codes}").format(codes=" ".join(each.code for each in prepared.metadata.caveats) or "–")


def _against(account: Account) -> Iterator[str]:
    against = account.against
    if against is None:
        return
    yield "  " + _("against what it replaces: {new} rows new, {changed} changed, {gone} gone").format(
        new=against.new, changed=against.changed, gone=against.gone
    )
    if against.stale or against.waiting or against.left_with:
        yield "  " + _(
            "left out, because they would point at few: {stale} people told as before, {waiting} newcomers, "
            "{left_with} who leave with others"
        ).format(stale=against.stale, waiting=against.waiting, left_with=against.left_with)


def _across(account: Account) -> Iterator[str]:
    across = account.across
    if across is None or not across.again:
        return
    yield "  " + _("{again} people stand in earlier bundles too; {left_out} rows were left out for it").format(
        again=across.again, left_out=across.left_out
    )
    if across.exposed or across.cells:
        yield "  " + _("all bundles together point at few: {people} people, {cells} cells of tables").format(
            people=across.exposed, cells=across.cells
        )


def _sealed_lines(packed: Packed) -> Iterator[str]:
    yield from lines(packed.prepared)
    yield "  " + _("sealed: {file}, {size} bytes").format(file=packed.sealed.name, size=packed.sealed.size)
