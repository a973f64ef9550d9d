"""`exchange dispose`: what may no longer be kept is destroyed, and its destruction is certified."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.errors import Problem, UsageError
from exchange.locale import _, ngettext

if TYPE_CHECKING:
    from exchange.duties.disposal import Disposed, Kept


@click.command(
    help=_(
        "Destroy what came under the agreement ID, or under all, and has been kept as long as was agreed: the data and "
        "their key, what was merged from them, the exports in the workspace. A signed certificate goes to the sender. "
        "Nothing brings it back. --all-now destroys all that came under ID, whatever time is left."
    ),
    epilog=desk.example("exchange dispose --dry-run", "exchange dispose DSA-NTT-2026-004"),
)
@click.argument("agreement_id", metavar="[ID]", required=False)
@click.option("--all-now", is_flag=True, help=_("also what might be kept longer; needs an ID"))
@desk.dry_run_option()
def dispose(agreement_id: str | None, *, all_now: bool, dry_run: bool) -> None:
    from exchange.duties.disposal import dispose as dispose_of
    from exchange.duties.disposal import due

    if all_now and agreement_id is None:
        what, hint = _("--all-now needs the id of an agreement"), _("see the agreements: exchange status")
        raise UsageError(Problem("dispose.all_of_what", what, hint=hint))
    office = desk.office()
    if dry_run:
        found = due(office, agreement_id, all_now=all_now)
        console.answer({"dry_run": True, "bundles": _documents(found)}, _lines(found))
        desk.say_nothing_changed()
        return
    disposed = dispose_of(office, agreement_id, all_now=all_now)
    bundles = [each for those in disposed for each in those.bundles]
    console.answer([_document(each) for each in disposed], _lines(bundles))
    if not disposed:
        console.say(_("nothing is due"))
    for each in disposed:
        _say(each)


def _say(disposed: Disposed) -> None:
    count = len(disposed.bundles)
    what = ngettext(
        "{count} bundle from {sender} is destroyed; the certificate waits in the outbox: exchange deliver",
        "{count} bundles from {sender} are destroyed; the certificate waits in the outbox: exchange deliver",
        count,
    )
    console.say(what.format(count=count, sender=disposed.sender))
    if disposed.exported:
        console.warn(_copies(disposed.exported))


def _copies(exported: int) -> Problem:
    what = ngettext(
        "the store was exported {count} time while these data were in it; only the workspace's exports are deleted",
        "the store was exported {count} times while these data were in it; only the workspace's exports are deleted",
        exported,
    ).format(count=exported)
    hint = _("destroy by hand every copy elsewhere: exports, opened bundles, backups")
    return Problem("dispose.copies_elsewhere", what, hint=hint)


def _document(disposed: Disposed) -> dict[str, Any]:
    return {
        "agreement": disposed.agreement,
        "sender": disposed.sender,
        "reports": disposed.reports,
        "files_of_exports": disposed.files,
        "exported_before": disposed.exported,
        "bundles": _documents(disposed.bundles),
    }


def _documents(bundles: Iterable[Kept]) -> list[dict[str, Any]]:
    return [
        {
            "agreement": each.agreement.id,
            "version": each.agreement.version,
            "sender": each.sender,
            "bundle": each.bundle,
            "period": each.period,
            "received": each.received.isoformat(),
            "due": each.due.isoformat(),
            "reports": each.reports,
        }
        for each in bundles
    ]


def _lines(bundles: Iterable[Kept]) -> Iterator[str]:
    head = (_("sender"), _("agreement"), _("period"), _("received"), _("due"))
    rows = [
        (each.sender, each.agreement.id, each.period, f"{each.received:%Y-%m-%d}", str(each.due)) for each in bundles
    ]
    return iter(console.table(head, rows) if rows else ())
