"""`exchange check`: what is wrong with an extract, and which rows each recipient could have. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.cli.another_month import another_month
from exchange.cli.clocks import about_earlier_periods, about_the_agreement
from exchange.cli.words import held_word
from exchange.errors import DisclosureError, Problem
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.checking import Checked, Job
    from exchange.consent.consented import Consented
    from exchange.extracts.extract import Finding
    from exchange.office import Office


@click.command(
    help=_(
        "Check the workbook EXTRACT against an agreement: every finding with sheet, row and column, and for each "
        "recipient how many rows would go and why others stay. No value of a cell is ever shown. With --out, the "
        "workbook is given back with its findings marked and listed; the original is left as it is."
    ),
    epilog=desk.example(
        "exchange check cases.xlsx --agreement DSA-NTT-2026-004 --period 2026-10",
        "exchange check cases.xlsx --agreement DSA-NTT-2026-004 --period 2026-10 --out marked.xlsx",
    ),
)
@click.argument("extract", type=desk.a_path())
@desk.agreement_option()
@desk.period_option()
@desk.recipients_option()
@desk.mapping_option()
@desk.corrects_option()
@click.option("--out", type=desk.a_path(), metavar="OUT.xlsx", help=_("a new file for the workbook with its findings"))
@desk.dry_run_option()
def check(
    *,
    extract: Path,
    agreement_id: str,
    period: str,
    to: tuple[str, ...],
    mapping: Path | None,
    corrects: bool,
    out: Path | None,
    dry_run: bool,
) -> None:
    from exchange.agreements.period import Period
    from exchange.checking import Job
    from exchange.checking import check as checked_for
    from exchange.preparing import consented, open_marks

    job = Job(extract, agreement_id, Period.read(period), to=to, corrects=corrects, mapping=mapping)
    office = desk.office_to_look()
    if out:
        _give_back_marked(office, job, out, dry_run=dry_run)
    checked = checked_for(office, job)
    recipients = [consented(office, checked, leave) for leave in checked.permits]
    warnings = [*_another_month(checked), *_owed(office, checked, job)]
    refused = [problem for each in recipients if (problem := open_marks(office, checked, each))]
    document = {**_document(checked, recipients), "warnings": console.problem_documents(warnings)}
    for problem in warnings:
        console.warn(problem)
    console.answer_partly(document, _lines(checked, recipients), DisclosureError, refused)


def _owed(office: Office, checked: Checked, job: Job) -> list[Problem]:
    recipients = [each.recipient.id for each in checked.permits]
    earlier = about_earlier_periods(office, job.agreement, recipients, job.period)
    return [*about_the_agreement(office, job.agreement), *earlier]


def _another_month(checked: Checked) -> list[Problem]:
    from exchange.preparing import of_the_period

    rows = len(checked.extract)
    found = (another_month(each.period, rows, of_the_period(checked.extract, each)) for each in checked.permits)
    return list(dict.fromkeys(problem for problems in found for problem in problems))


def _give_back_marked(office: Office, job: Job, out: Path, *, dry_run: bool) -> None:
    """Written before anything is refused: it is then that one needs it."""
    from exchange.extracts.mapping import load_mapping
    from exchange.extracts.marking import loses, marked
    from exchange.extracts.reading import examine

    signed = office.workspace.agreements.newest(job.agreement)
    mapping = load_mapping(job.mapping or signed.mapping_file)
    read = examine(job.extract, mapping, signed.agreement.data, on=office.today(signed.agreement))
    content = marked(job.extract, read.findings, mapping.header_rows[-1])
    if loses(job.extract):
        console.say(_("pictures, charts, macros and some pick lists are in the original alone: correct that one"))
    if dry_run:
        desk.say_nothing_changed()
        return
    desk.put_private(out, content)
    console.say(
        _("the workbook with its findings: {file}; it holds people's data, delete it after use").format(file=out.name)
    )


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
    from exchange.extracts.findings import place_of, weight_word

    findings = checked.extract.findings
    for each in findings:
        yield f"{place_of(each)}: {weight_word(each.weight)}: {each.what} [{each.code}]" + (
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
