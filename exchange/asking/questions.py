"""The auditor's questions by name. Nothing heavy is imported before one is asked."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from exchange.locale import Said, later

if TYPE_CHECKING:
    from exchange.asking.answer import Answer, Asked
    from exchange.asking.shown import Shown


@dataclass(frozen=True, slots=True)
class Question:
    """`number`: its place in the list that auditors know. `needs`, `takes`: names of `Asked` that must, and may, be
    told. It is answered by `answer(shown, asked)` of the module of its name (`-` as `_`)."""

    number: int
    name: str
    what: Said
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()

    def answer(self, shown: Shown, asked: Asked) -> Answer:
        module = import_module(f"exchange.asking.{self.name.replace('-', '_')}")
        return cast("Answer", module.answer(shown, asked))


_BETWEEN = ("sender", "recipient", "agreement", "since", "until")
_ABOUT_BUNDLES = (*_BETWEEN, "bundle")

QUESTIONS: tuple[Question, ...] = (
    Question(
        1,
        "sent",
        later("what went from one party to another in these days, and under which version of an agreement?"),
        needs=("recipient", "since", "until"),
        takes=("sender",),
    ),
    Question(2, "bundle", later("who approved, packed, sent and received a bundle, and when?"), takes=_ABOUT_BUNDLES),
    Question(
        3, "in-force", later("was the agreement in force at both ends, by each one's clock?"), takes=_ABOUT_BUNDLES
    ),
    Question(
        4,
        "consent",
        later("was every row covered by a valid consent for that recipient and purpose, as attested?"),
        takes=_ABOUT_BUNDLES,
    ),
    Question(
        6,
        "fields",
        later("which fields left, and are they within the tier that the agreement gives?"),
        takes=_ABOUT_BUNDLES,
    ),
    Question(8, "unacknowledged", later("what was sent and never acknowledged, or too late?"), takes=_ABOUT_BUNDLES),
    Question(
        9, "destroyed", later("was what came destroyed, and its destruction certified, in time?"), takes=_ABOUT_BUNDLES
    ),
    Question(7, "received", later("was what was sent received whole, by whom, and when?"), takes=_ABOUT_BUNDLES),
    Question(5, "withdrawals", later("was every withdrawal told, and erased, in time?"), takes=_BETWEEN),
)
BY_NAME = {each.name: each for each in QUESTIONS}
