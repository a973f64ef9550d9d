"""`exchange deliver`: what waits in the outbox goes, to servers or into a folder for a stick."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.cli.words import parcel_word
from exchange.errors import Problem, TransportError, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.by_hand import Handed
    from exchange.office import Office
    from exchange.transport.outbox import Event, Standing

NOT_GONE = {"packed", "queued", "failed"}


@click.command(
    help=_(
        "Send what waits in the outbox. Safe to repeat, and to interrupt at any moment. With --to-folder everything "
        "that waits is carried by hand instead, since a server is missing or out of reach: it goes into a folder for "
        "each recipient, whose name tells nobody whose it is. With --as-file it becomes one text file for each "
        "recipient, to be attached to a message. Bundles go only the way that their agreement names. What is given to "
        "a person counts as delivered from then on: send it today."
    ),
    epilog=desk.example(
        "exchange deliver", "exchange deliver --to-folder /media/stick", "exchange deliver --as-file Documents"
    ),
)
@click.option("--to-folder", type=desk.a_path(), metavar="FOLDER", help=_("into this folder, to be carried by hand"))
@click.option("--as-file", type=desk.a_path(), metavar="FOLDER", help=_("as one file for each, to be sent by e-mail"))
@desk.dry_run_option()
def deliver(to_folder: Path | None, as_file: Path | None, *, dry_run: bool) -> None:
    if to_folder is not None and as_file is not None:
        what, hint = _("either to a folder or as a file"), _("give one of --to-folder and --as-file")
        raise UsageError(Problem("usage.two_ways", what, hint=hint))
    if dry_run:
        _show_waiting()
        return
    from exchange.by_hand import Handed
    from exchange.delivering import deliver as deliver_all

    office, handed = desk.office_in_time(), list[Handed]()
    done = deliver_all(office, folder=to_folder, attachments=as_file, hands=handed.append)
    events = [event for event in done if event.state != "sending"]
    waiting = _waiting(office, events)
    for event in events:
        if event.state == "overdue":
            console.warn(_problem(event))
    _say_whose(handed, on_a_stick=to_folder)
    console.answer_partly(
        {
            "events": [_document(event) for event in events],
            "handed": [_handed_document(each) for each in handed],
            "waiting": console.problem_documents(waiting),
        },
        [_line(event) for event in events if event.state == "delivered"],
        TransportError,
        [_problem(event) for event in events if event.state in NOT_GONE],
    )
    for problem in waiting:
        console.warn(problem)
    if not events and not waiting:
        console.say(_("nothing waits in the outbox"))


def _waiting(office: Office, events: list[Event]) -> list[Problem]:
    """What waits for approvals, and is not said by an event."""
    from exchange.approving import why_it_waits

    said = {event.parcel.sha256 for event in events if event.state == "packed"}
    packed = [each for each in office.workspace.outbox.status() if each.state == "packed"]
    return [why_it_waits(office, each) for each in packed if each.parcel.sha256 not in said]


def _say_whose(handed: list[Handed], on_a_stick: Path | None) -> None:
    """Only here: neither a stick nor a file says to whom it goes."""
    from exchange.by_hand import write_page

    for each in handed:
        console.say(_whose(each))
        problem = _too_large_to_attach(each)
        if problem is not None:
            console.warn(problem)
    if on_a_stick is not None and handed:
        try:
            write_page(on_a_stick)
        except TransportError as error:  # what was to be carried is there
            console.warn(error.problems[0])


def _whose(handed: Handed) -> str:
    if handed.size is None:
        return _("folder {folder} is for {party}: hand it over; it counts as delivered").format(
            folder=handed.path.name, party=handed.party
        )
    return _("{file} is for {party}: attach it to a message today; it counts as delivered").format(
        file=handed.path.name, party=handed.party
    )


def _too_large_to_attach(handed: Handed) -> Problem | None:
    from exchange.attaching import MANY_REFUSE, NEARLY_ALL_REFUSE

    if handed.size is None or handed.size <= MANY_REFUSE:
        return None
    what = _("many servers for mail refuse an attachment of this size")
    if handed.size > NEARLY_ALL_REFUSE:
        what = _("nearly all servers for mail refuse an attachment of this size")
    hint = _("if it comes back, bring the same file on a stick: exchange receive --from-file takes it from there")
    return Problem("attachment.large", what, handed.path.name, hint)


def _handed_document(handed: Handed) -> dict[str, Any]:
    return {"recipient": handed.party, "path": str(handed.path), "bytes": handed.size}


def _show_waiting() -> None:
    waiting = [each for each in desk.here().outbox.status() if each.state in {"queued", "sending"}]
    console.answer({"waiting": [_document(each) for each in waiting]}, [_line(each) for each in waiting])
    desk.say_nothing_changed()


def _line(stand: Event | Standing) -> str:
    parcel = stand.parcel
    return f"{parcel.recipient}  {_kind_word(stand)}  {parcel.name}  {parcel.size}  {parcel_word(stand.state)}"


def _kind_word(stand: Event | Standing) -> str:
    if stand.parcel.kind == "letter":
        return _("letter")
    return _("bundle {period}").format(period=stand.parcel.period) if stand.parcel.period else _("bundle")


def _document(stand: Event | Standing) -> dict[str, Any]:
    parcel = stand.parcel
    return {
        "recipient": parcel.recipient,
        "kind": parcel.kind,
        "period": parcel.period,
        "file": parcel.name,
        "bytes": parcel.size,
        "ciphertext": f"sha256:{parcel.sha256}",
        "state": stand.state,
        "attempts": stand.attempts,
        "code": stand.code,
        "reason": stand.reason,
    }


def _problem(event: Event) -> Problem:
    hint = {
        "packed": _("nobody can send it so: look at it with exchange approve, and approve or reject it"),
        "queued": _("it stays in the outbox: try again later, or carry it: exchange deliver --to-folder FOLDER"),
        "overdue": _("call the recipient: nobody has confirmed it"),
    }.get(event.state, _("only a person can help: see exchange status"))
    if event.code == "letter.sealed_with_revoked":
        hint = _("tell the recipient by phone what it said, and write it again; this one never leaves")
    if event.code == "transport.channel_not_agreed":
        hint = _("it stays in the outbox: send it as agreed: sftp with no option, folder --to-folder, email --as-file")
    return Problem(event.code, event.reason, f"{event.parcel.recipient} {event.parcel.name}", hint)
