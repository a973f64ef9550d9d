"""The auditor's questions by name. Nothing heavy is imported before one is asked."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, cast

from exchange.locale import Said, later

if TYPE_CHECKING:
    from exchange.asking.answer import Answer, Asked
    from exchange.asking.shown import Shown
    from exchange.audit.findings import Finding


OPTIONS = {
    "sender": "--from",
    "recipient": "--to",
    "party": "--party",
    "since": "--since",
    "until": "--until",
    "agreement": "--agreement",
    "bundle": "--bundle",
}
"""How what a question is about is told to the command."""


@dataclass(frozen=True, slots=True)
class Question:
    """`number`: its place in the list that auditors know. `needs`, `takes`: names of `Asked` that must, and may, be
    told. It is answered by `answer(shown, asked)` of the module of its name (`-` as `_`)."""

    number: int
    name: str
    what: Said
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    heads: bool = False
    """Whether it compares with heads of logs that whoever asks has kept."""
    word: str = ""
    """What is told first, without an option."""

    def answer(self, shown: Shown, asked: Asked) -> Answer:
        """With the parties whose logs were asked; where one that is asked about showed no log, it begins with that."""
        from exchange.asking.answer import joined

        module = import_module(f"exchange.asking.{self.name.replace('-', '_')}")
        answer = cast("Answer", module.answer(shown, asked))
        logs = tuple(dict.fromkeys(each.party for each in shown.histories))
        told = {dict(each.said.names).get("party") for each in answer.findings if each.code == "audit.pack_absent"}
        absent = tuple(_absent({*logs, *told}, (asked.party, asked.sender)))
        sentence = joined((*(each.said for each in absent), answer.sentence)) if absent else answer.sentence
        return replace(answer, sentence=sentence, logs=logs, findings=(*answer.findings, *absent))

    def command(
        self, told: Mapping[str, str], packs: Sequence[str], keys: Sequence[str] = (), kept: Sequence[str] = ()
    ) -> str:
        """What is typed to ask this again of these packs, judged by these keys; by what was `kept` where it matters."""
        about = (word for name, value in told.items() for word in (OPTIONS[name], value))
        of = (word for pack in packs for word in ("--pack", pack))
        by = (word for key in keys for word in ("--key", key))
        heads = (word for each in kept if self.heads for word in ("--kept", each))
        first = (self.word,) if self.word else ()
        return shlex.join(("exchange", "audit", "query", self.name, *first, *about, *of, *by, *heads))


def _absent(known: Collection[object], named: Iterable[str | None]) -> Iterator[Finding]:
    """What is asked of a log that was not shown has no answer: none of it reads as if nothing had happened."""
    from exchange.audit.findings import Finding

    for party in named:
        if party is not None and party not in known:
            yield Finding("audit.pack_absent", later("no log of {party} was shown", party=party), "", "")


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
        3,
        "in-force",
        later("was the agreement in force at both ends, by the time that each keeps?"),
        takes=_ABOUT_BUNDLES,
    ),
    Question(
        4,
        "consent",
        later("was every row covered by a valid consent for that recipient and purpose, as attested?"),
        takes=_ABOUT_BUNDLES,
    ),
    Question(5, "withdrawals", later("was every withdrawal told, and erased, in time?"), takes=_BETWEEN),
    Question(
        6,
        "fields",
        later("which fields left, and are they within the tier that the agreement gives?"),
        takes=_ABOUT_BUNDLES,
    ),
    Question(7, "received", later("was what was sent received whole, by whom, and when?"), takes=_ABOUT_BUNDLES),
    Question(8, "unacknowledged", later("what was sent and never acknowledged, or too late?"), takes=_ABOUT_BUNDLES),
    Question(
        9, "destroyed", later("was what came destroyed, and its destruction certified, in time?"), takes=_ABOUT_BUNDLES
    ),
    Question(
        10,
        "onward",
        later("what was passed on, under which agreement, by whose leave?"),
        takes=("party", "agreement", "since", "until"),
    ),
    Question(
        11,
        "readers",
        later("who opened, looked up, exported or read data, and were they certified and named on that day?"),
        takes=("party", "agreement", "since", "until"),
    ),
    Question(
        12,
        "pseudonym",
        later("what is told of one person whom a recipient knows by a pseudonym?"),
        needs=("agreement", "recipient"),
        word="PSEUDONYM",
    ),
    Question(
        13,
        "unchanged",
        later("is the log complete, and unchanged since it was last looked at, and do the other parties see the same?"),
        takes=("party",),
        heads=True,
    ),
    Question(
        14,
        "keys",
        later("which keys and which people were valid when?"),
        takes=("party", "since", "until"),
    ),
    Question(
        15,
        "exceptions",
        later("what was out of the ordinary: urgent, compelled, refused, put aside, given up, times that disagree?"),
        takes=("party", "agreement", "since", "until"),
    ),
    Question(
        16,
        "anonymity",
        later("which k was asked and reached for every release, and what do several releases tell together?"),
        takes=("sender", "recipient", "agreement", "since", "until"),
    ),
    Question(
        17,
        "months",
        later("which months came late, and which never came, by sender?"),
        takes=("sender", "recipient", "agreement", "since", "until"),
    ),
)
BY_NAME = {each.name: each for each in QUESTIONS}
