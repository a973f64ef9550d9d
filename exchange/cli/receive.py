"""`exchange receive`: what has come is fetched, opened, taken in or put aside, and acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.cli.progress import shown
from exchange.cli.quarantine import chosen, warnings
from exchange.cli.words import arrival_word, kind_word, outcome_word
from exchange.errors import ExchangeError, Problem, SealError, TransportError
from exchange.locale import _, ngettext

if TYPE_CHECKING:
    from exchange.office import Office
    from exchange.taking_in import Taken

TO_BE_READ = {"urgent_disclosure", "compelled_disclosure", "breach_notice", "rights_request", "feedback"}


@click.command(
    help=_(
        "Fetch what has come, open it, take it in or put it aside, and write receipts into the outbox. Safe to repeat. "
        "The status is 11 where a road failed, else 10 where something was refused or put aside."
    ),
    epilog=desk.example(
        "exchange receive",
        "exchange receive --from-folder /media/stick",
        "exchange receive --from-file Downloads/4f1c….txt",
        "exchange receive --again",
        "exchange receive --discard seal.damaged",
    ),
)
@click.option("--from-folder", type=desk.a_path(), metavar="FOLDER", help=_("also what is for us in this folder"))
@click.option(
    "--from-file",
    "from_files",
    type=desk.a_path(),
    multiple=True,
    metavar="FILE",
    help=_("also an attachment as it was saved from a message, whatever it is called; it may be given several times"),
)
@click.option("--again", is_flag=True, help=_("take up what is in quarantine as well, once its reason is mended"))
@click.option(
    "--discard",
    multiple=True,
    metavar="FILE|CODE",
    help=_("let go of what is in quarantine, by its first digits or for this reason; it may be given several times"),
)
@desk.dry_run_option()
def receive(
    from_folder: Path | None, from_files: tuple[Path, ...], *, again: bool, discard: tuple[str, ...], dry_run: bool
) -> None:
    if dry_run:
        _show_waiting(again=again, discard=discard)
        return
    from exchange.receiving import receive as receive_all

    office = desk.office_in_time()
    _let_go(office, discard)
    if again:
        _take_up_again(office)
    with shown("in") as progress:
        received = receive_all(
            office,
            folder=from_folder,
            files=from_files,
            watching=lambda party: partial(progress.moved, counterpart=party),
            pausing=progress.paused,
            waits=_say_that_another_receives,
        )
    not_taken = [_placed(each, problem) for each in received.taken if _is_bad(each) for problem in each.problems]
    _warn(office, received.taken)
    failure: type[ExchangeError] = TransportError if received.problems else SealError
    console.answer_partly(
        {"taken": [_document(each) for each in received.taken], "left": received.left},
        [_line(each) for each in received.taken],
        failure,
        [*received.problems, *not_taken],
    )
    if received.left:
        console.say(_left(received.left))
    if received.taken:
        console.say(_("receipts wait in the outbox: exchange deliver"))
    else:
        console.say(_("nothing new has come"))


def _warn(office: Office, came: Sequence[Taken]) -> None:
    """Of what people should act on though all went well; first what was shown of logs, this time or before, that cannot
    be true, or was never proved."""
    from exchange.witnessing.contradictions import contradictions, unproved

    against = (*contradictions(office.workspace), *unproved(office.workspace, office.now))
    for problem in against:
        console.warn(problem)
    for each in came:
        for problem in () if _is_bad(each) else each.problems:
            if problem not in against:
                console.warn(_placed(each, problem))
    for each in came:
        if each.outcome == "heeded" and each.kind in TO_BE_READ:
            console.warn(_to_be_read(each))
    _warn_of_full_quarantine(office)


def _say_that_another_receives() -> None:
    console.say(_("another process is receiving; this one waits for its turn"))


def _left(count: int) -> str:
    return ngettext(
        "{count} sealed file or folder there is not for us, or is damaged: it was left as it lies",
        "{count} sealed files or folders there are not for us, or are damaged: they were left as they lie",
        count,
    ).format(count=count)


def _to_be_read(taken: Taken) -> Problem:
    what = _("a letter has come that a person must read: {kind}").format(kind=kind_word(taken.kind))
    return Problem("letter.to_be_read", what, taken.sender, _("read it now: exchange letters"))


def _is_bad(taken: Taken) -> bool:
    return taken.outcome in {"refused", "quarantined", "unfinished"}


def _placed(taken: Taken, problem: Problem) -> Problem:
    """The problem, with the file that has it: nothing else is certain of a file that was not opened."""
    named = f"{taken.file[:12]}, {problem.where}" if problem.where else taken.file[:12]
    hint = problem.hint or _("the file is kept as it came; ask its sender")
    if problem.code == "seal.damaged" and not problem.hint:
        hint = _("it was cut off or changed on its way: have its sender send it again; it is kept as it came")
    return Problem(problem.code, problem.what, named, hint)


def _take_up_again(office: Office) -> None:
    inbox = office.workspace.inbox
    for arrived in inbox.status():
        if arrived.state == "quarantined":
            inbox.again(arrived.sha256, office.now)


def _let_go(office: Office, discard: tuple[str, ...]) -> None:
    inbox = office.workspace.inbox
    for arrived in chosen(inbox.status(), discard):
        inbox.done(arrived.sha256, office.now)
        console.say(_("let go of: {file}").format(file=arrived.sha256[:12]))


def _warn_of_full_quarantine(office: Office) -> None:
    """The alarms of this time are among what was not taken in, the earlier ones in `status`."""
    for problem in warnings(office.workspace.inbox.status(), {}):
        if problem.code == "receive.quarantine_full":
            console.warn(problem)


def _show_waiting(*, again: bool, discard: tuple[str, ...]) -> None:
    came = desk.here().inbox.status()
    discarded = {each.sha256 for each in chosen(came, discard)}
    looked_at = {"new", "opened", "held", "quarantined"} if again else {"new", "opened", "held"}
    waiting = [each for each in came if each.state in looked_at and each.sha256 not in discarded]
    document = [{"file": each.sha256, "bytes": each.size, "state": each.state} for each in waiting]
    lines = [f"{each.sha256[:12]}  {arrival_word(each.state)}" for each in waiting]
    gone = [f"{file[:12]}  {_('would be let go')}" for file in sorted(discarded)]
    console.answer({"waiting": document, "discarded": sorted(discarded)}, [*lines, *gone])
    desk.say_nothing_changed()


def _line(taken: Taken) -> str:
    what = " ".join(part for part in (taken.sender, taken.kind, taken.period) if part)
    rows = "  " + _("{count} rows").format(count=taken.rows) if taken.outcome == "accepted" else ""
    return f"{taken.file[:12]}  {outcome_word(taken.outcome)}  {what}{rows}".rstrip()


def _document(taken: Taken) -> dict[str, Any]:
    return {
        "file": f"sha256:{taken.file}",
        "outcome": taken.outcome,
        "kind": taken.kind,
        "sender": taken.sender,
        "period": taken.period,
        "rows": taken.rows,
        "problems": [console.problem_document(problem) for problem in taken.problems],
    }
