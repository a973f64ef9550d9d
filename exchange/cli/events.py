"""`exchange status --events`: the end of the journal in words, for whoever helps when something does not arrive."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from exchange.cli import console
from exchange.cli.progress import amount
from exchange.cli.words import arrival_word, parcel_word
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.transport.arrivals import ArrivalState
    from exchange.transport.journal import Line
    from exchange.transport.parcels import State
    from exchange.workspace.workspace import Workspace


def show_events(workspace: Workspace, count: int) -> None:
    lines = workspace.journal.last(count)
    documents = [each.known() for each in lines]
    head = (_("time"), _("way"), _("party"), _("file"), _("state"), _("size"), _("took"), _("rate"), _("reason"))
    table = console.table(head, [_row(each) for each in lines]) if lines else [_("nothing has happened yet")]
    console.answer({"events": documents}, table)


def _row(line: Line) -> tuple[str, ...]:
    return (
        _time(line.time),
        _("out") if line.direction == "out" else _("in"),
        line.counterpart,
        (line.file or line.sha256)[:12],
        _word(line),
        amount(line.bytes) if line.bytes is not None else "",
        f"{line.seconds:.1f} s" if line.seconds is not None else "",
        f"{amount(line.rate)}/s" if line.rate is not None else "",
        line.code,
    )


def _word(line: Line) -> str:
    words = {"paused": _("the link broke; a pause"), "not_fetched": _("could not be fetched")}
    if line.state in words:
        return words[line.state]
    try:
        return (
            parcel_word(cast("State", line.state))
            if line.direction == "out"
            else arrival_word(cast("ArrivalState", line.state))
        )
    except KeyError:  # of another version
        return line.state


def _time(text: str) -> str:
    with suppress(ValueError):
        return dt.datetime.fromisoformat(text).astimezone().isoformat(" ", "seconds")
    return ""
