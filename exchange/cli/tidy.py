"""`exchange tidy`: what our commands left in the clear on this machine is listed, and deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.errors import Problem, UsageError
from exchange.locale import _, ngettext

if TYPE_CHECKING:
    from exchange.duties.tidying import Leftover, Tidied


@click.command(
    help=_(
        "Find what holds people's data in the clear: exports, opened bundles, previews, marked workbooks, and extracts "
        "that were packed from. It looks where our commands wrote them, and in every FOLDER that is named, whatever "
        "the files are called now; links are not followed. What is found is listed, and deleted after a question. "
        "Extracts are only listed, unless --extracts is given: it may be the only copy."
    ),
    epilog=desk.example("exchange tidy --dry-run", "exchange tidy Documents Downloads", "exchange tidy --extracts"),
)
@click.argument("folders", metavar="[FOLDER]...", nargs=-1, type=desk.a_path())
@click.option("--extracts", is_flag=True, help=_("delete extracts too"))
@click.option("--yes", is_flag=True, help=_("delete without asking"))
@desk.dry_run_option()
def tidy(folders: tuple[Path, ...], *, extracts: bool, yes: bool, dry_run: bool) -> None:
    from exchange.duties.tidying import find
    from exchange.duties.tidying import tidy as delete

    office = desk.office()
    found = find(office, folders)
    wanted = [each for each in found if extracts or each.sort != "extract"]
    if dry_run:
        console.answer({"dry_run": True, "found": [_document(each) for each in found]}, _lines(found))
        desk.say_nothing_changed()
        return
    if wanted and not yes:
        _ask(found, wanted)
    tidied = delete(office, wanted)
    gone = {each.path for each in tidied.deleted}
    document = [{**_document(each), "deleted": each.path in gone} for each in found]
    console.answer(document, [] if wanted and not yes else _lines(found))
    _say(found, wanted, tidied)


def _ask(found: Sequence[Leftover], wanted: Sequence[Leftover]) -> None:
    if not console.interactive():
        what, hint = _("there is nobody to ask"), _("look at what there is: exchange tidy --dry-run; then add --yes")
        raise UsageError(Problem("usage.nobody_to_ask", what, hint=hint))
    for line in _lines(found):
        console.say(line)
    question = ngettext("shall this {count} file be deleted?", "shall these {count} files be deleted?", len(wanted))
    click.confirm(question.format(count=len(wanted)), abort=True, err=True)


def _say(found: Sequence[Leftover], wanted: Sequence[Leftover], tidied: Tidied) -> None:
    if not found:
        console.say(_("nothing was found where our commands wrote; name other folders to look there too"))
        return
    count = len(tidied.deleted)
    console.say(ngettext("{count} file is deleted", "{count} files are deleted", count).format(count=count))
    if count:
        console.say(_("copies may stay on an SSD, in a snapshot, in the wastebasket of a cloud folder and in backups"))
    if len(wanted) < len(found):
        console.say(_("extracts stay; delete them too: exchange tidy --extracts"))
    for each in tidied.left:
        what = _("this file could not be deleted, or changed meanwhile")
        hint = _("close the program that has it open, and run the command again")
        console.warn(Problem("tidy.left", what, each.path.name, hint))


def _document(each: Leftover) -> dict[str, Any]:
    return {"sort": each.sort, "file": str(each.path), "bytes": each.status.st_size, "changed": each.changed}


def _lines(found: Sequence[Leftover]) -> Iterator[str]:
    head = (_("what it is"), _("file"), _("bytes"), "")
    rows = [
        (_word(each), str(each.path), str(each.status.st_size), _("changed since") if each.changed else "")
        for each in found
    ]
    return iter(console.table(head, rows) if rows else ())


def _word(each: Leftover) -> str:
    words = {
        "export": _("an export"),
        "opened": _("an opened bundle"),
        "page": _("a preview"),
        "extract": _("an extract"),
        "marked": _("a marked workbook"),
    }
    return words[each.sort]
