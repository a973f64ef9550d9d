"""`exchange agreement to-xlsx | from-xlsx`: an agreement as a workbook, and back."""

from __future__ import annotations

from pathlib import Path

import click

from exchange.cli import console, desk
from exchange.cli.amending import read
from exchange.errors import AgreementError, Problem, UsageError
from exchange.locale import _


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
        "an earlier YAML stay. Every mistake is said with its sheet and cell."
    ),
    epilog=desk.example("exchange agreement from-xlsx dsa.xlsx new.yaml --base dsa.yaml"),
)
@click.argument("workbook", type=desk.a_path(), metavar="IN.xlsx")
@click.argument("out", type=desk.a_path(), metavar="OUT.yaml")
@click.option("--base", type=desk.a_path(), metavar="OLD.yaml", help=_("the YAML whose comments and order are kept"))
@desk.dry_run_option()
def from_xlsx(workbook: Path, out: Path, base: Path | None, *, dry_run: bool) -> None:
    from exchange.agreements.crosschecks import check_agreement
    from exchange.agreements.from_cells import from_cells
    from exchange.agreements.reading import load_text, read_agreement
    from exchange.agreements.yaml_writing import to_yaml
    from exchange.extracts.sheets import read_sheets

    found, places = from_cells(read_sheets(workbook), workbook.name)
    earlier = load_text(base, AgreementError) if base else None
    if base and earlier:
        read_agreement(earlier, base.name)
    text = to_yaml(found, earlier)
    for problem in check_agreement(found, places):
        console.warn(problem)
    desk.end_dry_run(dry_run)
    put(out, text.encode())
    console.answer({"id": found.id, "version": found.version, "digest": found.digest, "file": out.name}, [str(out)])


def put(out: Path, content: bytes) -> None:
    """Write a new file; UsageError (usage.file_there, usage.not_written) rather than over one that is there."""
    try:
        with out.open("xb") as file:
            file.write(content)
    except FileExistsError:
        what, hint = _("there is a file of this name already"), _("name another, or delete it first")
        raise UsageError(Problem("usage.file_there", what, out.name, hint)) from None
    except OSError:
        raise UsageError(Problem("usage.not_written", _("the file cannot be written here"), out.name)) from None
