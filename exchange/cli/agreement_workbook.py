"""`exchange agreement to-xlsx | from-xlsx`: an agreement as a workbook, and back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.cli.amending import read
from exchange.errors import AgreementError, Problem, UsageError
from exchange.locale import _, ngettext

if TYPE_CHECKING:
    from exchange.agreements.to_cells import Grid
    from exchange.extracts.cell_notes import Note


@click.command(
    name="to-xlsx",
    help=_(
        "Write AGREEMENT (a file, or the id of one that we keep) as a workbook: parties, consent, which field goes to "
        "which tier, tables, texts. An officer fills it in, a lawyer writes remarks under comment."
    ),
    epilog=desk.example("exchange agreement to-xlsx dsa.yaml dsa.xlsx"),
)
@click.argument("agreement")
@click.argument("out", type=desk.a_path(), metavar="OUT.xlsx")
@desk.dry_run_option()
def to_xlsx(agreement: str, out: Path, *, dry_run: bool) -> None:
    from exchange.agreements.workbook import workbook

    found = read(agreement)
    content = workbook(found)
    desk.end_dry_run(dry_run)
    put(out, content)
    console.answer({"digest": found.digest, "file": out.name}, [str(out)])
    console.say(_("when it is filled in: exchange agreement from-xlsx {file} OUT.yaml").format(file=out.name))


@click.command(
    name="from-xlsx",
    help=_(
        "Read the agreement in the workbook IN.xlsx and write it as YAML. With --base, the comments and the order of "
        "an earlier YAML stay. Every mistake is said with its sheet and cell. Remarks at cells and under comment are "
        "counted, and shown with --notes; the YAML does not hold them."
    ),
    epilog=desk.example("exchange agreement from-xlsx dsa.xlsx new.yaml --base dsa.yaml --notes"),
)
@click.argument("workbook", type=desk.a_path(), metavar="IN.xlsx")
@click.argument("out", type=desk.a_path(), metavar="OUT.yaml")
@click.option("--base", type=desk.a_path(), metavar="OLD.yaml", help=_("the YAML whose comments and order are kept"))
@click.option("--notes", is_flag=True, help=_("show the remarks: sheet, cell, text"))
@desk.dry_run_option()
def from_xlsx(workbook: Path, out: Path, base: Path | None, *, notes: bool, dry_run: bool) -> None:
    from exchange.agreements.crosschecks import check_agreement
    from exchange.agreements.from_cells import from_cells
    from exchange.agreements.reading import read_agreement
    from exchange.agreements.text_file import load_text
    from exchange.agreements.yaml_writing import to_yaml
    from exchange.extracts.sheets import read_sheets

    sheets = read_sheets(workbook)
    remarks = _remarks(workbook, sheets)
    _say_remarks(remarks, notes)
    found, places = from_cells(sheets, workbook.name)
    earlier = load_text(base, AgreementError) if base else None
    if base and earlier:
        read_agreement(earlier, base.name)
    text = to_yaml(found, earlier)
    for problem in check_agreement(found, places):
        console.warn(problem)
    desk.end_dry_run(dry_run)
    put(out, text.encode())
    document = {"id": found.id, "version": found.version, "digest": found.digest, "file": out.name}
    listed = [{"sheet": each.sheet, "cell": each.cell, "text": each.text} for each in remarks]
    console.answer({**document, "notes": listed}, [str(out)])


def _remarks(file: Path, sheets: dict[str, Grid]) -> tuple[Note, ...]:
    """What people wrote beside the cells and under comment, in the order of the sheets."""
    from exchange.agreements.from_cells import remarks
    from exchange.extracts.cell_notes import Note, one_line, read_notes

    found = [*read_notes(file), *(Note(sheet, cell, one_line(text)) for sheet, cell, text in remarks(sheets))]
    return tuple(sorted(found, key=lambda each: [*sheets].index(each.sheet)))


def _say_remarks(remarks: tuple[Note, ...], given: bool) -> None:
    """How many remarks there are and where, before anything can be refused: a lawyer's word is not lost in silence."""
    if not remarks:
        return
    counts = Counter(each.sheet for each in remarks)
    where = ", ".join(f"{sheet} ({count})" for sheet, count in counts.items())
    said = ngettext(
        "the workbook has {count} remark: {where}; the YAML does not hold it",
        "the workbook has {count} remarks: {where}; the YAML does not hold them",
        len(remarks),
    )
    console.say(said.format(count=len(remarks), where=where))
    if given:
        for each in remarks:
            console.say(f"  {each.sheet}, {each.cell}, {each.text}")
    else:
        console.say(_("to read them: the same command with --notes --dry-run"))


def put(out: Path, content: bytes) -> None:
    """Write a new file; UsageError (usage.file_there, usage.not_written) rather than over one that is there."""
    try:
        with out.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise _there(out) from None
    except OSError:
        raise UsageError(Problem("usage.not_written", _("the file cannot be written here"), out.name)) from None


def refuse_to_replace(out: Path) -> None:
    """The same refusal before anything is done: who is asked for an hour must not hear it at the end."""
    if out.exists():
        raise _there(out)


def _there(out: Path) -> UsageError:
    what, hint = _("there is a file of this name already"), _("name another, or delete it first")
    return UsageError(Problem("usage.file_there", what, out.name, hint))
