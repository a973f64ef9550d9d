"""`exchange preview`: what each recipient would get of an extract, or gets with a bundle that waits; a page each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.errors import Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.approving import Waiting
    from exchange.checking import Job
    from exchange.office import Office
    from exchange.preparing import Prepared
    from exchange.reports.preview import Preview


@dataclass(frozen=True, slots=True)
class _Page:
    """A page for a new file `name`; what it says, for programs and for people."""

    name: str
    content: bytes
    document: dict[str, Any]
    lines: tuple[str, ...]


@click.command(
    help=_(
        "Show what each recipient would get of the workbook EXTRACT, one page for each: every field before and after, "
        "rows held back by reason, what the recipient is told, the risk, the files. Nothing is packed or kept. Without "
        "--agreement: the pages of the bundles that wait, named BUNDLE or all, as people approve them. With --out the "
        "pages are written into a folder; they are for the sender alone, delete them after use."
    ),
    epilog=desk.example(
        "exchange preview cases.xlsx --agreement DSA-NTT-2026-004 --period 2026-10 --note note.txt --out pages",
        "exchange preview 3f9ab2 --out pages",
    ),
)
@click.argument("things", nargs=-1, metavar="[EXTRACT | BUNDLE...]")
@click.option("--agreement", "-a", "agreement_id", metavar="ID", help=_("the agreement, by its id"))
@click.option("--period", "-p", metavar="2026-10", help=_("a month (2026-10) or a quarter (2026-Q3)"))
@desk.recipients_option()
@desk.mapping_option()
@click.option(
    "--note", type=desk.a_path(), metavar="FILE", help=_("the month's note, a text file; - reads it from stdin")
)
@desk.corrects_option()
@click.option("--out", type=desk.a_path(), metavar="FOLDER", help=_("a folder for the pages; made where there is none"))
@desk.dry_run_option()
def preview(
    *,
    things: tuple[str, ...],
    agreement_id: str | None,
    period: str | None,
    to: tuple[str, ...],
    mapping: Path | None,
    note: Path | None,
    corrects: bool,
    out: Path | None,
    dry_run: bool,
) -> None:
    from exchange.duties.leftovers import remember

    office = desk.office_to_look()
    if agreement_id is None:
        _refuse_for_bundles(period, to, mapping, note, corrects)
        pages = _of_bundles(office, things)
    else:
        if len(things) != 1 or period is None:
            what, hint = _("a preview is made of one extract and one period"), _("give EXTRACT and --period")
            raise UsageError(Problem("usage.one_extract", what, hint=hint))
        pages = _of_extract(office, _job(Path(things[0]), agreement_id, period, to, note, corrects, mapping))
    if out is not None and not dry_run:
        _put(out, pages)
        if agreement_id is not None:  # else our keys are not at hand, and nobody is asked for them
            remember(office, "page", out, [out / each.name for each in pages])
    console.answer([each.document for each in pages], (line for each in pages for line in each.lines))
    if dry_run:
        desk.say_nothing_changed()
    elif out is not None:
        console.say(_("pages in {folder}: for the sender alone, delete them after use").format(folder=out.name))


def _refuse_for_bundles(*given: object) -> None:
    if any(given):
        what, hint = _("these options are for a preview of an extract"), _("give its agreement: --agreement ID")
        raise UsageError(Problem("usage.no_agreement", what, hint=hint))


# --- before packing ---


def _job(
    extract: Path,
    agreement_id: str,
    period: str,
    to: tuple[str, ...],
    note: Path | None,
    corrects: bool,
    mapping: Path | None,
) -> Job:
    from exchange.agreements.period import Period
    from exchange.checking import Job
    from exchange.cli.pack import read_note

    return Job(extract, agreement_id, Period.read(period), to, read_note(note), corrects, mapping)


def _of_extract(office: Office, job: Job) -> list[_Page]:
    from exchange.sending import rehearse

    return [_previewed(each) for each in rehearse(office, job)]


def _previewed(prepared: Prepared) -> _Page:
    from exchange.cli.pack import document, lines
    from exchange.preparing import preview_of
    from exchange.reports.preview import preview_page

    made = preview_of(prepared)
    name = f"{prepared.permit.recipient.id}-{prepared.permit.period}.html"
    return _Page(
        name,
        preview_page(made).encode("utf-8"),
        {"page": name, **document(prepared), **_figures(made)},
        (*lines(prepared), *_file_lines(made)),
    )


def _figures(made: Preview) -> dict[str, Any]:
    return {
        "files": [each.model_dump(mode="json") for each in made.files],
        "risk": None if made.risks is None else asdict(made.risks),
        "fields": [
            {
                "field": each.story.name,
                "class": each.kind,
                "rule": each.story.rule,
                "changed": each.changed,
                "withheld": each.withheld,
                "before": asdict(each.before),
                "after": None if each.after is None else asdict(each.after),
            }
            for each in made.compared
        ],
        "stays": {each.story.name: each.values for each in made.stays},
    }


def _file_lines(made: Preview) -> Iterator[str]:
    for file in made.files:
        yield "  " + _("file: {path}, {size} bytes").format(path=file.path, size=file.bytes)


# --- what waits for approvals ---


def _of_bundles(office: Office, names: Sequence[str]) -> list[_Page]:
    from exchange.approving import by_id, waiting

    everything = waiting(office)
    return [_kept(office, each) for each in (by_id(everything, tuple(names)) if names else everything)]


def _kept(office: Office, found: Waiting) -> _Page:
    from exchange.previewing import page_of

    release = found.release
    content = page_of(office, release.bundle, found.page)
    name = f"{release.recipient}-{release.period}-{release.bundle[:12]}.html"
    line = _("{recipient}, {period}: the page of bundle {bundle}, {digest}")
    return _Page(
        name,
        content,
        {
            "page": name,
            "digest": found.page,
            "bundle": release.bundle,
            "recipient": release.recipient,
            "period": release.period,
            "ciphertext": release.ciphertext,
        },
        (
            line.format(
                recipient=release.recipient, period=release.period, bundle=release.bundle[:12], digest=found.page
            ),
        ),
    )


def _put(out: Path, pages: Sequence[_Page]) -> None:
    """All of them, or none where a file of one's name is there."""
    from exchange.cli.agreement_workbook import refuse_to_replace

    for each in pages:
        refuse_to_replace(out / each.name)
    try:
        out.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        raise UsageError(Problem("usage.not_written", _("the folder cannot be made here"), out.name)) from None
    for each in pages:
        desk.put_private(out / each.name, each.content)
