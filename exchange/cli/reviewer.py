"""What the verbs of `exchange review` begin and end with: a reviewer at work, and how a pair stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.cli import console, desk, notices
from exchange.errors import Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.deciding import Looked
    from exchange.keyring.people import Acting
    from exchange.merge.decisions import Two
    from exchange.office import Office


def at_work(person_id: str | None, *, acknowledge: bool) -> tuple[Office, Looked]:
    """A reviewer who may look: certified, named, and who has acknowledged the notices of all that is here."""
    from exchange.acknowledging import held, to_acknowledge
    from exchange.deciding import check_may_look, look
    from exchange.merging import open_store

    office = desk.office()
    acting = desk.acting(office.workspace, "review", person_id, office.now.date())
    check_may_look(office, acting)
    with open_store(office) as store:
        those = held(office, store)
    if to_acknowledge(office, those, acting.person.id):
        notices.acknowledged(office, those, _opening(office, acting), given=acknowledge)
    return office, look(office, acting)


def _opening(office: Office, acting: Acting) -> Acting:
    """The same person, whose signature on notices counts only if they may open what comes."""
    from exchange.keyring.people import certified

    certified(office.workspace.own.card().card, acting.person.id, "open", office.now.date())
    return acting


def say_stands(looked: Looked, pair: Two) -> None:
    """How a pair stands after a word on it."""
    from exchange.merge import wording

    stands = looked.decisions.standings[pair]
    document = {"pair": looked.code(pair), "state": stands.state, "verdict": stands.verdict}
    console.answer(document, [f"{looked.code(pair)}: {wording.standing(stands)}"])
    if stands.state == "decided":
        console.say(_("it counts with the next exchange merge"))


def nobody_to_ask() -> UsageError:
    what = _("there is nobody to ask")
    hint = _("take the pairs with --list, and decide with exchange review decide")
    return UsageError(Problem("usage.nobody_to_ask", what, hint=hint))
