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

    _refuse_another_kind(out, engine)
    _refuse_what_is_no_new_file([file for file in (out, report, page, keep) if file is not None])
    plan = load_plan(plan_file)
    earlier = None if fixed is None else _kept(fixed)
    with opened(table, plan, ladders_of(plan, plan_file.parent), out, engine) as source:
        if plan.population is not None:
            from exchange.protect.anonymise.measuring.risk import refuse_a_population_below

            refuse_a_population_below(source.coded.rows, plan.population.size)
        _warn_of_texts_in_order(source.coded, plan)
        recoded = find(source.coded, plan.protect, earlier)
        if recoded is None:
            raise _not_met(source.coded, plan, earlier)
        _refuse_nothing_left(recoded)
        told = _about(source.coded, recoded, plan, report, page)
        if keep is not None:
            told[keep] = _keeping(source.coded, recoded, plan)
        if dry_run:
            _tell(source.coded, recoded, plan, {"dry_run": True})
            desk.say_nothing_changed()
            return
        with _all_or_none(told):
            for file, text in told.items():
                desk.put_private(file, text.encode())
            source.release(recoded, out, secrets.token_bytes(16))
        _tell(source.coded, recoded, plan, {"out": out.name})


def _warn_of_texts_in_order(coded: Coded, plan: Plan) -> None:
    """Steps between texts are as the alphabet has it, which is seldom what was meant."""
    for field in coded.sensitive:
        closeness = plan.protect.t_closeness.get(field.name)
        if closeness is not None and closeness.distance == "ordered" and not field.numeric:
            what = _(
                "not all values are numbers: ordered takes the others in the order of the alphabet, after all numbers"
            )
            hint = _("write its steps as numbers, or ask for the distance equal")
            console.warn(Problem("table.not_all_numbers", what, field.name, hint))


def _keeping(coded: Coded, recoded: Recoded, plan: Plan) -> str:
    from exchange.protect.anonymise.kept import keep

    return keep(coded, recoded, plan.protect.method).model_dump_json()


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


def _refuse_another_kind(out: Path, engine: EngineName | None) -> None:
    """A program would open what is released as what its name says; an engine says itself what it writes."""
    if engine is None and out.suffix.lower() != ".csv":
        what, hint = _("what is released is CSV"), _("name it .csv; with --engine it may be .parquet")
        raise UsageError(Problem("usage.kind", what, out.name, hint))


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


def _not_met(coded: Coded, plan: Plan, earlier: KeptRecoding | None) -> DisclosureError:
    """The refusal; its hints are the best offers, each tried, or what even the whole table breaks."""
    from exchange.protect.anonymise.finding import find
    from exchange.protect.anonymise.offers.best import offers
    from exchange.protect.anonymise.offers.promises import broken_by_all

    what = _("what the plan asks cannot be had within its limit of suppressed rows")
    fixed = earlier is not None
    found = offers(coded, plan, lambda changed, asked: find(changed, asked.protect, earlier), fixed=fixed)
    hints = [str(offer) for offer in found]
    if not hints and (broken := broken_by_all(coded, plan)):
        hints.append(_("even all rows together break {demands}: ask less there").format(demands=", ".join(broken)))
    elif not hints and not fixed:
        hints.append(_("no smaller change holds and still tells something: ask less of several demands"))
    if fixed:
        hints.append(_("leave out --fixed to find a recoding of this table"))
    return DisclosureError(Problem("protect.not_met", what, hint="\n".join(hints)))


def _refuse_nothing_left(recoded: Recoded) -> None:
    if not recoded.kept.any():
        what = _("every row would be suppressed, so that nothing is left to release")
        hint = _("lower protect.max_suppressed_rows_percent to get offers of what would hold")
        raise DisclosureError(Problem("protect.nothing_left", what, hint=hint))


def _tell(coded: Coded, recoded: Recoded, plan: Plan, told: dict[str, object]) -> None:
    """What was found. `told`: what the document begins with."""
    from exchange.protect.anonymise.loss import measured
    from exchange.protect.anonymise.recoded import tells_nothing

    suppressed = int(coded.counts[~recoded.kept].sum())
    lost = measured(coded, recoded, plan.protect.k, plan.protect.loss)
    stars = tells_nothing(recoded, coded.quasi)
    found = {"rows": coded.rows, "suppressed": suppressed, plan.protect.loss: lost, "tells_nothing": stars}
    line = _("{rows} rows, {suppressed} of them suppressed; lost: {lost:.4f} ({loss})")
    lines = [line.format(rows=coded.rows, suppressed=suppressed, lost=lost, loss=plan.protect.loss)]
    if stars:
        lines.append(_("* in every row, so that it tells nothing any more: {fields}").format(fields=", ".join(stars)))
    console.answer({**told, **found}, lines)
