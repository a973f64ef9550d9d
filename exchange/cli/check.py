"""`exchange check`: what is wrong with an extract, and which rows each recipient could have. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.cli.another_month import another_month
from exchange.cli.words import held_word
from exchange.errors import Problem
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.consent.consented import Consented
    from exchange.extracts.extract import Finding
    from exchange.sending import Checked


@click.command(
    help=_(
        "Check the workbook EXTRACT against an agreement: every finding with sheet, row and column, and for each "
        "recipient how many rows would go and why others stay. No value of a cell is ever shown."
    ),
    epilog=desk.example("exchange check cases.xlsx --agreement DSA-NTT-2026-004 --period 2026-10"),
)
@click.argument("extract", type=desk.a_path())
@desk.agreement_option()
@desk.period_option()
@desk.recipients_option()
@desk.mapping_option()
@desk.corrects_option()
def check(
    *, extract: Path, agreement_id: str, period: str, to: tuple[str, ...], mapping: Path | None, corrects: bool
) -> None:
    from exchange.agreements.period import Period
    from exchange.sending import Job, consented
    from exchange.sending import check as checked_for

    job = Job(extract, agreement_id, Period.read(period), to=to, corrects=corrects, mapping=mapping)
    office = desk.office_to_look()
    checked = checked_for(office, job)
    recipients = [consented(office, checked, leave) for leave in checked.permits]
    warnings = _another_month(checked)
    document = {**_document(checked, recipients), "warnings": console.problem_documents(warnings)}
    console.answer(document, _lines(checked, recipients))
    for problem in warnings:
        console.warn(problem)


def _another_month(checked: Checked) -> list[Problem]:
    from exchange.sending import of_the_period

    rows = len(checked.extract)
    found = (another_month(each.period, rows, of_the_period(checked.extract, each)) for each in checked.permits)
    return list(dict.fromkeys(problem for problems in found for problem in problems))


def _document(checked: Checked, recipients: list[Consented]) -> dict[str, Any]:
    from exchange.extracts.extract import count_by_code

    return {
        "rows": len(checked.extract),
        "findings_by_code": count_by_code(checked.extract.findings),
        "findings": [finding_document(each) for each in checked.extract.findings],
        "recipients": [
            {
                "recipient": each.permit.recipient.id,
                "rows": len(each),
                "held_back": dict(each.held_back.by_reason),
                "late_entries": each.late_entries,
            }
            for each in recipients
        ],
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "weight": finding.weight,
        "sheet": finding.sheet,
        "row": finding.row,
        "column": finding.column,
        "field": finding.field,
        "what": finding.what,
        "hint": finding.hint,
    }


def _lines(checked: Checked, recipients: list[Consented]) -> Iterator[str]:
    from exchange.extracts.extract import count_by_code
    from exchange.extracts.findings import place_of

    findings = checked.extract.findings
    for each in findings:
        yield f"{place_of(each)}: {_weight_word(each)}: {each.what} [{each.code}]" + (
            f" – {each.hint}" if each.hint else ""
        )
    if findings:
        yield ""
        counted = [(code, str(count)) for code, count in count_by_code(findings).items()]
        yield from console.table((_("finding"), _("count")), counted)
        yield ""
    yield _("{count} rows in the extract").format(count=len(checked.extract))
    for rows in recipients:
        yield from _recipient_lines(rows)


def _recipient_lines(rows: Consented) -> Iterator[str]:
    yield _("{party}: {count} rows would go on, {held} are held back").format(
        party=rows.permit.recipient.id, count=len(rows), held=rows.held_back.total
    )
    for reason, count in rows.held_back.by_reason:
        yield f"  {count}  {held_word(reason)} [{reason}]"


def _weight_word(finding: Finding) -> str:
    return _("the row is held back") if finding.weight == "hold" else _("look")
