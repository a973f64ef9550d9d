"""What was put into a person's hands: said at the terminal, since neither a stick nor a file says to whom it goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from exchange.cli import console
from exchange.errors import Problem, TransportError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.by_hand import Handed


def say_whose(handed: list[Handed], on_a_stick: Path | None) -> None:
    """What is for whom, and the page for whoever holds the stick."""
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


def handed_document(handed: Handed) -> dict[str, Any]:
    return {"recipient": handed.party, "path": str(handed.path), "bytes": handed.size}
