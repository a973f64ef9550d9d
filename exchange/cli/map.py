"""`exchange map`: drafts how the columns of our workbook become the fields of an agreement, for a person to confirm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.errors import Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.agreements.dictionary import Data
    from exchange.extracts.drafting import Draft, Line
    from exchange.workspace.agreements import SignedAgreement
    from exchange.workspace.workspace import Workspace


@click.command(
    name="map",
    help=_(
        "Draft the mapping of the workbook EXTRACT: which column is which field of the agreement, by its label, its "
        "values and the pick lists, and why. What is unsure is commented out; with --confirm it is asked, column by "
        "column. Read the draft before it is used: exchange agreement add FILE --mapping FILE."
    ),
    epilog=desk.example("exchange map cases.xlsx --agreement DSA-NTT-2026-004 --out mapping.yaml --confirm"),
)
@click.argument("extract", type=desk.a_path())
@click.option("--agreement", "-a", "agreement_id", metavar="ID", help=_("the agreement, if there are several"))
@click.option("--sheet", metavar="NAME", help=_("the sheet with the cases; the one with most known labels otherwise"))
@click.option("--out", type=desk.a_path(), required=True, metavar="OUT.yaml", help=_("a new file for the draft"))
@click.option("--confirm", is_flag=True, help=_("ask about every column that is not sure"))
@desk.dry_run_option()
def map_(
    extract: Path, agreement_id: str | None, sheet: str | None, out: Path, *, confirm: bool, dry_run: bool
) -> None:
    from exchange.extracts.draft_yaml import to_yaml
    from exchange.extracts.drafting import draft

    data = _agreement(desk.here(), agreement_id).agreement.data
    drafted = draft(extract, data, on=desk.now().date(), sheet=sheet)
    if confirm:
        drafted = _confirmed(drafted)
    text = to_yaml(drafted)
    missing = _problems(text, out, data)
    if dry_run:
        desk.say_nothing_changed()
    else:
        desk.put_private(out, text.encode("utf-8"))
    document = {
        "sheet": drafted.sheet,
        "header_rows": list(drafted.header_rows),
        "columns": [
            {"column": each.letter, "field": each.field, "why": each.why, "sure": each.sure, "stays_here": each.stays}
            for each in drafted.lines
        ],
        "missing": [console.problem_document(each) for each in missing],
    }
    console.answer(document, _lines(drafted))
    for problem in missing:
        console.warn(problem)
    undecided = sum(not (each.sure or each.stays) for each in drafted.lines)
    if undecided:
        console.say(_("{count} columns are not decided: read the draft, or ask with --confirm").format(count=undecided))


def _agreement(workspace: Workspace, wanted: str | None) -> SignedAgreement:
    if wanted:
        return workspace.agreements.newest(wanted)
    ids = sorted({each.agreement.id for each in workspace.agreements.all()})
    if len(ids) != 1:
        hint = _("known here: {names}").format(names=", ".join(ids) or "–")
        raise UsageError(Problem("usage.which_agreement", _("name the agreement with --agreement"), hint=hint))
    return workspace.agreements.newest(ids[0])


def _problems(text: str, out: Path, data: Data) -> tuple[Problem, ...]:
    """The draft read as the mapping that it will be, and where it does not fit the agreement yet."""
    from exchange.extracts.mapping import check_mapping, read_mapping

    return check_mapping(read_mapping(text, out.name), data)


def _lines(drafted: Draft) -> Iterator[str]:
    from exchange.extracts.draft_yaml import reason

    head = (_("column"), _("label"), _("field"), _("why"))
    rows = [
        (
            each.letter,
            each.label,
            "" if each.stays else each.field or "",
            _("stays here") if each.stays else reason(each.why),
        )
        for each in drafted.lines
    ]
    yield from console.table(head, rows)


# --- asking ---


def _confirmed(drafted: Draft) -> Draft:
    if not console.interactive():
        hint = _("leave --confirm away, and decide in the file")
        raise UsageError(Problem("usage.nobody_to_ask", _("there is nobody to ask"), hint=hint))
    taken = {each.field for each in drafted.lines if each.sure}
    lines = []
    for each in drafted.lines:
        answered = each if each.sure else _asked(each, taken)
        taken |= {answered.field} if answered.sure else set()
        lines.append(answered)
    return replace(drafted, lines=tuple(lines))


def _asked(line: Line, taken: set[str | None]) -> Line:
    """m: it is that field; s: it stays here; l: undecided, which is also the answer to a bare return."""
    from exchange.extracts.draft_yaml import reason

    may_be = line.field if line.field not in taken else None
    console.say(f"{line.letter}  {line.label}  ({reason(line.why)})")
    said = click.prompt(
        _("[m] it is {field}, [s] it stays here, [l] later").format(field=may_be)
        if may_be
        else _("[s] it stays here, [l] later"),
        type=click.Choice(["m", "s", "l"] if may_be else ["s", "l"]),
        default="l",
        show_choices=False,
        err=True,
    )
    if said == "m":
        return replace(line, why="confirmed")
    return replace(line, stays=True, field=None) if said == "s" else line
