"""`exchange agreement explain`: which clause does what with a field, or with one row on the sender's own machine.

A row's values are shown to the person at the terminal alone: not in a file or a pipe, not in JSON, not in the log.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.cli.words import held_word
from exchange.errors import Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.agreements.agreement import Agreement
    from exchange.agreements.explaining import Step
    from exchange.agreements.permit import Permit
    from exchange.consent.consented import HeldReason
    from exchange.extracts.extract import Extract, Finding


@click.command(
    help=_(
        "Explain what the agreement ID does with one field for one recipient, clause by clause. With --row, --extract "
        "and --period: whether that row of our own workbook goes or stays, by which clause, and what becomes of each "
        "value. Values are shown on a terminal alone, and nothing is noted."
    ),
    epilog=desk.example(
        "exchange agreement explain DSA-NTT-2026-004 --field x_OriginRegency --to io-id",
        "exchange agreement explain DSA-NTT-2026-004 --to io-id --row 12 --extract cases.xlsx --period 2026-10",
    ),
)
@click.argument("agreement_id", metavar="ID")
@click.option("--to", "recipient", required=True, metavar="PARTY", help=_("the recipient"))
@click.option("--field", metavar="FIELD", help=_("a field, by its name in the agreement"))
@click.option("--row", type=click.IntRange(min=1), help=_("a row of the sheet, as Excel counts"))
@click.option("--extract", type=desk.a_path(), help=_("the workbook with the row"))
@click.option("--period", "-p", metavar="2026-10", help=_("a month (2026-10) or a quarter (2026-Q3)"))
@desk.mapping_option()
def explain(
    agreement_id: str,
    recipient: str,
    field: str | None,
    row: int | None,
    extract: Path | None,
    period: str | None,
    mapping: Path | None,
) -> None:
    if row is None and field is not None:
        _explain_field(desk.here().agreements.newest(agreement_id).agreement, field, recipient)
    elif row is not None and extract is not None and period is not None:
        _explain_row(_Question(agreement_id, recipient, field, row, extract, period, mapping))
    else:
        hint = _("either --field, or --row with --extract and --period")
        raise UsageError(Problem("usage.explain", _("what is to be explained?"), hint=hint))


def _explain_field(agreement: Agreement, field: str, recipient: str) -> None:
    from exchange.agreements.explaining import explain_field, leaves

    steps = [*explain_field(agreement, field, recipient), *_in_tokens(agreement, field, recipient)]
    match, goes = agreement.tier_of(recipient).match, leaves(agreement, field, recipient)
    matched = bool(_in_tokens(agreement, field, recipient)) and match is not None and match.via == "recipient"
    document = {"field": field, "recipient": recipient, "leaves": goes, "in_match_tokens": matched}
    said = _("nothing of it reaches {party}")
    if goes or matched:
        said = _("something of it reaches {party}") if goes else _("only match tokens of it reach {party}")
    console.answer({**document, "clauses": _documents(steps)}, [*_table(steps), said.format(party=recipient)])


def _in_tokens(agreement: Agreement, field: str, recipient: str) -> list[Step]:
    """Names and numbers never leave, but keyed tokens are made from them."""
    from exchange.agreements.explaining import Step
    from exchange.matching.roles import roles

    tier = agreement.tier_of(recipient)
    parts = roles(agreement.data)
    used = {*parts.names, parts.identity, parts.phone, parts.birthdate, parts.regency, parts.sex}
    if tier.match is None or field not in used:
        return []
    clause = f"tiers.{agreement.party(recipient).tier}.match"
    if tier.match.via == "agent":
        said = _("a filter is made from it, under the senders' secret key, for the linking agent {agent} alone")
        return [Step(clause, said.format(agent=agreement.agent.id if agreement.agent else "–"))]
    return [Step(clause, _("match tokens are made from it and others, under the senders' secret key"))]


def _documents(steps: Sequence[Step]) -> list[dict[str, str]]:
    return [{"clause": each.clause, "says": each.says} for each in steps]


def _table(steps: Sequence[Step]) -> list[str]:
    return console.table((_("clause"), _("what it does")), [(each.clause, each.says) for each in steps])


# --- one row ---


@dataclass(frozen=True, slots=True)
class _Question:
    agreement: str
    recipient: str
    field: str | None
    row: int
    extract: Path
    period: str
    mapping: Path | None


def _explain_row(asked: _Question) -> None:
    from exchange.agreements.explaining import explain_field
    from exchange.agreements.period import Period
    from exchange.checking import Job, check
    from exchange.extracts.extract import only_row
    from exchange.preparing import consented

    office = desk.office_to_look()
    period = Period.read(asked.period)
    sent = office.workspace.releases.current(asked.agreement, asked.recipient)
    again = str(period) in {release.period for release in sent}  # what was sent can be asked about as well
    job = Job(asked.extract, asked.agreement, period, (asked.recipient,), corrects=again, mapping=asked.mapping)
    checked = check(office, job)
    (leave,) = checked.permits
    if asked.field is not None:
        explain_field(leave.agreement, asked.field, asked.recipient)
    alone = only_row(checked.extract, asked.row)
    if not len(alone):
        hint = _("rows are counted as in Excel; the header and empty rows are no cases")
        raise UsageError(Problem("usage.no_such_row", _("there is no case in this row"), str(asked.row), hint))
    rows = consented(office, replace(checked, extract=alone), leave)
    stays = rows.held_back.by_reason[0][0] if rows.held_back.by_reason else None
    console.answer(_row_document(asked, alone, leave, stays), _row_lines(asked, alone, leave, stays))


def _row_document(asked: _Question, alone: Extract, leave: Permit, stays: HeldReason | None) -> dict[str, Any]:
    return {
        "row": asked.row,
        "recipient": asked.recipient,
        "goes": stays is None,
        "reason": stays,
        "clauses": clauses_of(stays, leave, alone.findings) if stays else [],
        "findings": [{"code": each.code, "field": each.field, "what": each.what} for each in alone.findings],
    }


def _row_lines(asked: _Question, alone: Extract, leave: Permit, stays: HeldReason | None) -> Iterator[str]:
    if stays:
        yield _("row {row} stays: {why}").format(row=asked.row, why=held_word(stays))
        yield from (f"  {clause}" for clause in clauses_of(stays, leave, alone.findings))
    else:
        said = _("row {row} goes on for {party}; where too few look alike, some of it may still be withheld")
        yield said.format(row=asked.row, party=asked.recipient)
        yield f"  tiers.{leave.recipient.tier}.protect"
    for each in alone.findings:
        yield f"  {each.field}: {each.what} [{each.code}]"
    yield ""
    gets = _("what {party} would get") if stays else _("what {party} gets")
    yield from console.table(
        (_("field"), *([_("value")] if _shown() else []), gets.format(party=asked.recipient)),
        _fields(asked, alone, leave),
    )
    if not _shown():
        console.say(_("values are shown on a terminal alone"))


def _fields(asked: _Question, alone: Extract, leave: Permit) -> Iterator[tuple[str, ...]]:
    from exchange.agreements.words import treatment

    for name in alone.table.column_names:
        if asked.field in (None, name):
            rule = leave.tier.release.get(name)
            gets = _("withheld") if rule is None else treatment(rule)
            tables = _(" (in tables only)") if rule and name not in leave.tier.row_fields else ""
            value = [alone.table.column(name)[0].as_py()] if _shown() else []
            yield (name, *value, gets + tables)


def _shown() -> bool:
    """Only a person sees values: what goes into a file or a pipe could be kept, or sent on."""
    return sys.stdout.isatty()


def clauses_of(reason: HeldReason, leave: Permit, findings: Sequence[Finding]) -> list[str]:
    """The clauses by which a row is held back for a reason."""
    who = leave.recipient.id
    clauses: dict[HeldReason, list[str]] = {
        "outside_period": ["data.period", "term"],
        "not_included": [f"data.include.{name}" for name in leave.agreement.data.include],
        "finding": [f"data.schema.fields.{each.field}" for each in findings if each.weight == "hold" and each.field],
        "status": ["consent.fields.status", "consent.accept"],
        "withdrawn": ["consent.withdrawal"],
        "scope": ["consent.fields.scope", f"consent.scope.{who}"],
        "form": ["consent.fields.form", "consent.forms"],
        "expired": ["consent.fields.given_on", "consent.valid_months", "consent.minors.renew_at"],
        "evidence": ["consent.fields.evidence", "consent.evidence"],
        "minor": ["consent.fields.adult", "consent.minors"],
        "deceased": ["consent.deceased"],
    }
    return clauses[reason]
