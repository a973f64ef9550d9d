"""`exchange anonymise`: disclosure control on its own, for any table."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.errors import DisclosureError, Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.engines.opening import EngineName
    from exchange.protect.anonymise.coded import Coded
    from exchange.protect.anonymise.kept import KeptRecoding
    from exchange.protect.anonymise.plan import Plan
    from exchange.protect.anonymise.recoded import Recoded


@click.command(
    help=_(
        "Make every group of look-alikes in the CSV table INPUT what a plan asks, at the least loss, and write the "
        "result, rows shuffled. No agreement, no workspace: for comparing with other tools, and for tables of one's "
        "own. The plan names every column, its ladder, k and the method."
    ),
    epilog=desk.example(
        "exchange anonymise cases.csv --plan plan.yaml --out released.csv --report report.json --page report.html",
        "exchange anonymise november.csv --plan plan.yaml --out november-released.csv --fixed october.json",
    ),
)
@click.argument("table", metavar="INPUT", type=desk.a_path())
@click.option("--plan", "plan_file", type=desk.a_path(), required=True, metavar="PLAN.yaml", help=_("what is asked"))
@click.option("--out", type=desk.a_path(), required=True, metavar="OUT.csv", help=_("a new file for the result"))
@click.option("--report", type=desk.a_path(), metavar="REPORT.json", help=_("a new file for risk and loss"))
@click.option("--page", type=desk.a_path(), metavar="PAGE.html", help=_("a new page on risk and loss, for people"))
@click.option("--keep", type=desk.a_path(), metavar="RECODING.json", help=_("a new file that keeps the recoding"))
@click.option("--fixed", type=desk.a_path(), metavar="RECODING.json", help=_("recode as an earlier month was recoded"))
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    help=_("let an engine read INPUT, a .csv or .parquet that is larger than memory, and write OUT"),
)
@desk.dry_run_option()
def anonymise(
    *,
    table: Path,
    plan_file: Path,
    out: Path,
    report: Path | None,
    page: Path | None,
    keep: Path | None,
    fixed: Path | None,
    engine: EngineName | None,
    dry_run: bool,
) -> None:
    from exchange.protect.anonymise.finding import find
    from exchange.protect.anonymise.plan_file import load_plan
    from exchange.protect.anonymise.table.coding import ladders_of
    from exchange.protect.anonymise.table.opened import opened

    _refuse_what_is_no_new_file([file for file in (out, report, page, keep) if file is not None])
    plan = load_plan(plan_file)
    earlier = None if fixed is None else _kept(fixed)
    with opened(table, plan, ladders_of(plan, plan_file.parent), out, engine) as source:
        recoded = find(source.coded, plan.protect, earlier)
        if recoded is None:
            raise _not_met(source.coded, plan)
        told = _about(source.coded, recoded, plan, report, page)
        if keep is not None:
            told[keep] = _keeping(source.coded, recoded)
        desk.end_dry_run(dry_run)
        with _all_or_none(told):
            for file, text in told.items():
                desk.put_private(file, text.encode())
            source.release(recoded, out, secrets.token_bytes(16))
        _tell(source.coded, recoded, plan, out)


def _keeping(coded: Coded, recoded: Recoded) -> str:
    from exchange.protect.anonymise.kept import keep

    return keep(coded, recoded).model_dump_json()


def _about(coded: Coded, recoded: Recoded, plan: Plan, report: Path | None, page: Path | None) -> dict[Path, str]:
    """The files that tell of risk and loss, as far as they are asked for."""
    if report is None and page is None:
        return {}
    from exchange.protect.anonymise.measuring.report import report_of
    from exchange.protect.anonymise.measuring.utility import query_error

    measured = report_of(coded, recoded, plan, query_error(coded, recoded))
    told = {}
    if report is not None:
        told[report] = json.dumps(measured.to_json(), ensure_ascii=False, indent=2) + "\n"
    if page is not None:
        from exchange.reports.anonymise_page import anonymise_page

        told[page] = anonymise_page(measured)
    return told


def _refuse_what_is_no_new_file(files: Sequence[Path]) -> None:
    """Before anything is read: a release whose report could not be written would have left already."""
    UsageError.raise_all(problem for place, file in enumerate(files) for problem in _no_new_file(file, files[:place]))


def _no_new_file(file: Path, others: Sequence[Path]) -> Iterator[Problem]:
    if file.exists():
        what, hint = _("there is a file of this name already"), _("name another, or delete it first")
        yield Problem("usage.file_there", what, file.name, hint)
    if not file.absolute().parent.is_dir():
        yield Problem("usage.no_folder", _("there is no such folder"), file.name, _("make it first"))
    if file.resolve() in (other.resolve() for other in others):
        what, hint = _("two results would go into this one file"), _("give each its own name")
        yield Problem("usage.file_twice", what, file.name, hint)


@contextmanager
def _all_or_none(files: Iterable[Path]) -> Iterator[None]:
    """What tells of a release does not stay without it. None of the files was there before."""
    try:
        yield
    except BaseException:
        for file in files:
            file.unlink(missing_ok=True)
        raise


def _kept(file: Path) -> KeptRecoding:
    from exchange.protect.anonymise.kept import load_kept

    return load_kept(file)


def _not_met(coded: Coded, plan: Plan) -> DisclosureError:
    """The refusal, with the best offers, each tried."""
    from exchange.protect.anonymise.finding import find
    from exchange.protect.anonymise.offers.best import offers

    what = _("what the plan asks cannot be had within its limit of suppressed rows")
    found = offers(coded, plan, lambda changed, asked: find(changed, asked.protect))
    return DisclosureError(Problem("protect.not_met", what), *(Problem("protect.offer", str(offer)) for offer in found))


def _tell(coded: Coded, recoded: Recoded, plan: Plan, out: Path) -> None:
    from exchange.protect.anonymise.loss import measured

    suppressed = int(coded.counts[~recoded.kept].sum())
    lost = measured(coded, recoded, plan.protect.k, plan.protect.loss)
    document = {"out": out.name, "rows": coded.rows, "suppressed": suppressed, plan.protect.loss: lost}
    line = _("{rows} rows, {suppressed} of them suppressed; lost: {lost:.4f} ({loss})")
    told = line.format(rows=coded.rows, suppressed=suppressed, lost=lost, loss=plan.protect.loss)
    console.answer(document, [told])
