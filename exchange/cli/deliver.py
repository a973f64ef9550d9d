"""`exchange deliver`: what waits in the outbox goes, to servers or into a folder for a stick."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.cli.handing import handed_document, say_whose
from exchange.cli.parcels import again, give_up
from exchange.cli.parcels import named_again as chosen_again
from exchange.cli.progress import shown
from exchange.cli.words import parcel_word
from exchange.errors import Problem, TransportError, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.by_hand import Handed
    from exchange.delivering import Planned
    from exchange.office import Office
    from exchange.roads import ByHand
    from exchange.transport.parcels import Event, Standing

NOT_GONE = {"packed", "queued", "failed"}


@click.command(
    help=_(
        "Send what waits in the outbox. Safe to repeat, and to interrupt at any moment. With --to-folder everything "
        "that waits is carried by hand instead, since a server is missing or out of reach: it goes into a folder for "
        "each recipient, whose name tells nobody whose it is. With --as-file it becomes one text file for each "
        "recipient, to be attached to a message. Bundles go only the way that their agreement names. What is given to "
        "a person counts as delivered from then on: send it today. What failed, or has no receipt in time, goes once "
        "more with --again; what must never go, or is lost and would hold up what follows, is let go of with --give-up."
    ),
    epilog=desk.example(
        "exchange deliver",
        "exchange deliver --to-folder /media/stick",
        "exchange deliver --as-file Documents",
        "exchange deliver --again 3f9ab2c1",
        "exchange deliver --give-up 3f9ab2c1 --as director.1",
    ),
)
@click.option("--to-folder", type=desk.a_path(), metavar="FOLDER", help=_("into this folder, to be carried by hand"))
@click.option("--as-file", type=desk.a_path(), metavar="FOLDER", help=_("as one file for each, to be sent by e-mail"))
@click.option("--when-due", is_flag=True, help=_("leave what failed until its pause is over; for a timetable"))
@click.option(
    "--again",
    "named_again",
    multiple=True,
    metavar="FILE",
    help=_("once more, by the first digits of its file: what failed, or has no receipt; a letter of before a loss"),
)
@click.option(
    "--give-up",
    "given_up",
    metavar="FILE",
    help=_("this one goes no more, by the first digits of its file; the recipient is told not to wait for it"),
)
@click.option("--yes", is_flag=True, help=_("do not ask again at the terminal"))
@desk.as_option()
@desk.dry_run_option()
def deliver(
    to_folder: Path | None,
    as_file: Path | None,
    *,
    when_due: bool,
    named_again: tuple[str, ...],
    given_up: str | None,
    yes: bool,
    person_id: str | None,
    dry_run: bool,
) -> None:
    if to_folder is not None and as_file is not None:
        what, hint = _("either to a folder or as a file"), _("give one of --to-folder and --as-file")
        raise UsageError(Problem("usage.two_ways", what, hint=hint))
    place = to_folder or as_file
    if place is not None:
        _check_there(place)
    if given_up is not None:
        give_up(given_up, person_id, yes=yes, dry_run=dry_run)
        return
    if dry_run:
        from exchange.delivering import hands_of

        _show_plan(hands_of(to_folder, as_file), named_again)
        return
    office = desk.office_in_time()
    again(office, named_again)
    _deliver(office, to_folder, as_file, at_once=not when_due)


def _check_there(place: Path) -> None:
    """A stick that is not there, or a slip of the finger, is said before anything counts as handed over."""
    from exchange.transport.folder import FolderRoad

    with FolderRoad(place):
        pass


def _deliver(office: Office, to_folder: Path | None, as_file: Path | None, *, at_once: bool) -> None:
    from exchange.delivering import deliver as deliver_all

    handed: list[Handed] = []
    with shown("out", _expected(office, at_once=at_once)) as progress:
        sent = deliver_all(
            office,
            folder=to_folder,
            attachments=as_file,
            hands=handed.append,
            at_once=at_once,
            watch=progress.moved,
            pausing=progress.paused,
        )
    events = [event for event in sent if event.state != "sending"]
    waiting = _waiting(office, events)
    for event in events:
        if event.state == "overdue":
            console.warn(_problem(event))
    say_whose(handed, on_a_stick=to_folder)
    for problem in (*waiting, *_filters_not_written(office)):
        console.warn(problem)
    console.answer_partly(
        {
            "events": [_document(event) for event in events],
            "handed": [handed_document(each) for each in handed],
            "waiting": console.problem_documents(waiting),
        },
        [_line(event) for event in events if event.state == "delivered"],
        TransportError,
        [_problem(event, by_hand=to_folder is not None or as_file is not None) for event in _not_gone(events)],
    )
    if not events and not waiting:
        console.say(_nothing_goes(office))


def _filters_not_written(office: Office) -> list[Problem]:
    """What a linking agent should hear of, and could not be told."""
    from exchange.linking_rounds import due

    what, hint = _("filters for the linking agent {agent} were not written"), _("see why: exchange link --send")
    return [Problem("linking.not_sent", what.format(agent=each.agent), each.name, hint) for each in due(office)]


def _not_gone(events: list[Event]) -> Iterator[Event]:
    return (event for event in events if event.state in NOT_GONE)


def _nothing_goes(office: Office) -> str:
    later = [each.due for each in office.workspace.outbox.status() if each.state == "queued"]
    if not later:
        return _("nothing waits in the outbox")
    said = _("{count} wait for the end of their pause, the next at {time}; without --when-due they go now")
    return said.format(count=len(later), time=console.local(min(later)))


def _expected(office: Office, *, at_once: bool) -> dict[str, tuple[str, int]]:
    """What goes in this run, unless something holds it back: by name, to whom and how large."""
    waits = (each for each in office.workspace.outbox.status() if each.state in {"queued", "sending"})
    return {
        each.parcel.name: (each.parcel.recipient, each.parcel.size)
        for each in waits
        if at_once or each.due <= office.now
    }


def _waiting(office: Office, events: list[Event]) -> list[Problem]:
    """What waits for approvals, and is not said by an event."""
    from exchange.approving import why_it_waits

    said = {event.parcel.sha256 for event in events if event.state == "packed"}
    packed = [each for each in office.workspace.outbox.status() if each.state == "packed"]
    return [why_it_waits(office, each) for each in packed if each.parcel.sha256 not in said]


def _show_plan(by_hand: ByHand | None, names: tuple[str, ...]) -> None:
    from exchange.delivering import plan

    office = desk.office_to_look()
    once_more = {each.parcel.id for each in chosen_again(office, names)}
    planned = plan(office, by_hand, also=once_more)
    console.answer(
        {"waiting": [_planned_document(each) for each in planned]},
        [line for each in planned for line in _planned_lines(each)] or [_("nothing waits in the outbox")],
    )
    desk.say_nothing_changed()


def _planned_lines(planned: Planned) -> list[str]:
    road = _("by {road}: {where}").format(road=planned.channel, where=planned.where) if planned.where else ""
    lines, held = [f"{_line(planned.standing)}  {road}".rstrip()], planned.held_back
    if held is not None:
        lines.append("  " + _("held back: {problem} [{code}]").format(problem=held.what, code=held.code))
    return lines


def _planned_document(planned: Planned) -> dict[str, Any]:
    held = planned.held_back
    road = {"channel": planned.channel, "where": planned.where}
    return {**_document(planned.standing), **road, "held_back": console.problem_document(held) if held else None}


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


def _problem(event: Event, *, by_hand: bool = False) -> Problem:
    file = event.parcel.name[:12]
    if event.state == "queued" and (known := _known_hint(event.code, by_hand=by_hand)):
        hint = _("{what_to_do}. It stays in the outbox").format(what_to_do=known)
        return Problem(event.code, event.reason, f"{event.parcel.recipient} {event.parcel.name}", hint)
    hint = {
        "packed": _("nobody can send it so: look at it with exchange approve, and approve or reject it"),
        "queued": _("it stays in the outbox: try again later, or carry it: exchange deliver --to-folder FOLDER"),
        "overdue": _("call the recipient: nobody has confirmed it; once more: exchange deliver --again {file}"),
    }.get(event.state, _("mend the reason, then once more: exchange deliver --again {file}"))
    if event.code == "letter.sealed_with_revoked":
        hint = _("write it again with today's keys: exchange deliver --again {file}")
    if event.code == "transport.channel_not_agreed":
        hint = _("it stays in the outbox: send it as agreed: sftp with no option, folder --to-folder, email --as-file")
    return Problem(event.code, event.reason, f"{event.parcel.recipient} {event.parcel.name}", hint.format(file=file))


def _known_hint(code: str, *, by_hand: bool) -> str:
    """What helps where trying again does not, by the code alone: an event keeps no more."""
    from exchange.transport.refusals import hint_for

    if by_hand and code == "transport.no_space":
        return _("make room on it, or take another one")
    return hint_for(code)
