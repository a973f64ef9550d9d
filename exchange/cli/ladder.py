"""`exchange ladder …`: print a ladder as a table, and check one of one's own."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import click

from exchange.cli import console, desk
from exchange.cli.groups import Group
from exchange.errors import AgreementError, Problem, UsageError
from exchange.locale import _


@click.group(
    cls=Group,
    help=_("Ladders lead from fine values to coarse ones: ages to bands, villages to provinces."),
    epilog=desk.example("exchange ladder show place --under 53", "exchange ladder check states.csv"),
)
def ladder() -> None:
    pass


@ladder.command(
    help=_(
        "Print a ladder as a CSV table, one row for each value. Known ladders: age_band, date, place, country, "
        "industry, interval."
    ),
    epilog=desk.example(
        "exchange ladder show age_band --edges 0,18,30", "exchange ladder show place --level village --under 53.01.07"
    ),
)
@click.argument("name")
@click.option("--edges", metavar="0,18,30", help=_("where bands and intervals begin, for age_band and interval"))
@click.option("--under", metavar="LABEL", help=_("only what lies under this label, such as 53 or 2026-Q3"))
@click.option(
    "--no-head", is_flag=True, help=_("leave out the row of levels, as a ladder of `exchange anonymise` needs")
)
@click.option("--level", help=_("begin at this level instead of the finest (of places: the regency)"))
def show(name: str, edges: str | None, under: str | None, level: str | None, *, no_head: bool) -> None:
    from exchange.ladders.printing import printed

    levels, rows = printed(name, edges=_edges(edges), level=level, under=under)
    document = {"ladder": name, "levels": levels, "rows": rows}
    console.answer(document, _as_csv([*([] if no_head else [levels]), *rows]))


@ladder.command(
    help=_(
        "Say whether a table of one's own is a proper tree, and how it stands in an agreement. The first row names the "
        "levels from fine to coarse; each label has one parent."
    ),
    epilog=desk.example("exchange ladder check states.csv"),
)
@click.argument("file", type=desk.a_path())
def check(file: Path) -> None:
    from exchange.ladders.own import read_own

    levels, rows = read_own(_content(file), file.name)
    table = [list(levels), *map(list, rows)]
    document = {"levels": levels, "rows": len(rows), "table": table}
    written = ", ".join(f"[{', '.join(row)}]" for row in table)
    console.answer(document, [f"{{rule: generalise, ladder: own, to: {levels[1]}, table: [{written}], for: [ … ]}}"])
    console.say(_("a proper tree; the line above is the rule, with its purposes still to be named"))


def _edges(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        what = _("edges are whole numbers with commas between them")
        raise UsageError(Problem("usage.edges", what, hint=_("e.g. [0, 18, 30]"))) from None


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_LARGEST + 1)
    except OSError:
        raise AgreementError(Problem("ladder.missing_file", _("the file cannot be opened"), where=file.name)) from None


_LARGEST = 1 << 20


def _as_csv(rows: list[tuple[str, ...]]) -> list[str]:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue().splitlines()
