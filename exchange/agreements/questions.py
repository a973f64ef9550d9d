"""Questions of one line, and what is made of the replies: each is checked by the type that it has in the agreement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from exchange.agreements.check_open import OPEN_TEXT
from exchange.agreements.clause import Line
from exchange.agreements.strict_yaml import read_single
from exchange.locale import _

NOTHING = "-"
LEFT_OPEN = ("...", OPEN_TEXT)  # what a person types who does not know yet

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Question:
    """`key` names it for good ("recipients.1.name"), so that its reply can be kept and found again.

    `read` makes the answer of a reply, or raises ValueError with the reason. `default` is what a bare return means;
    `open`, where there is one, is what is written while the answer is not known. `how`: how a reply is written.
    `before`: lines to be said first.
    """

    key: str
    text: str
    read: Callable[[str], Any]
    default: str = ""
    open: str = ""
    how: str = ""
    before: tuple[str, ...] = ()

    def answer(self, reply: str) -> Any:
        """What the reply means; ValueError with the reason why it means nothing."""
        said = reply.strip()
        if said in LEFT_OPEN:
            if not self.open:
                raise ValueError(_("this cannot be left open"))
            said = self.open
        return self.read(said)


Asking = Generator[Question, Any, T]
"""A conversation: it gives questions, is sent answers, and returns what it was about."""


def conduct(talk: Asking[T], reply: Callable[[Question], Any]) -> T:
    """Hold the conversation; `reply` gives the answer to each question."""
    answer = None
    while True:
        try:
            question = talk.send(answer)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # the generator's own type says what it returns
        answer = reply(question)


def unasked(question: Question) -> Any:
    """The answer where nobody is asked: open where it may be, else the default."""
    return question.answer(question.open or question.default)


def kept(answer: Any) -> str:
    """An answer as a reply that means it again."""
    if answer is None or answer == ():
        return NOTHING
    return ", ".join(map(str, answer)) if isinstance(answer, tuple) else str(answer)


# --- kinds of questions ---


def single(key: str, text: str, kind: Any, default: str = "", *, open_: str = "", how: str = "") -> Question:
    """One value of a type of the agreement."""
    return Question(key, text, lambda said: read_single(said, kind), default, open_, how)


def line(key: str, text: str, default: str = "") -> Question:
    """A line of text, which may be left open."""
    return single(key, text, Line, default, open_="" if default else OPEN_TEXT)


def new_id(
    key: str, text: str, kind: Any, taken: Collection[str], default: str = "", *, open_: str = "", how: str = ""
) -> Question:
    """A name that nobody else has yet."""

    def read(said: str) -> str:
        found: str = read_single(said, kind)
        if found in taken:
            raise ValueError(_("{name} stands here a second time").format(name=found))
        return found

    return Question(key, text, read, default, open_, how or _("small letters, digits, hyphens"))


def choice(key: str, text: str, choices: Sequence[str], default: str, *, open_: str = "") -> Question:
    """One of a few words; its beginning is enough."""
    return Question(key, text, lambda said: _one_of(said, choices), default, open_, " / ".join(choices))


def several(
    key: str, text: str, kind: Any, default: str = "", *, open_: str = "", how: str = "", empty: bool = False
) -> Question:
    """Values with commas between them, none twice."""

    def read(said: str) -> tuple[Any, ...]:
        if said == NOTHING and empty:
            return ()
        found = tuple(read_single(each.strip(), kind) for each in said.rstrip(", ").split(","))
        if len(set(found)) != len(found):
            raise ValueError(_("names a thing twice"))
        return found

    return Question(key, text, read, default, open_, how or _("with commas between them"))


def some_of(key: str, text: str, choices: Sequence[str], default: str, *, empty: bool = False) -> Question:
    """Some of a few words, with commas between them."""

    def read(said: str) -> tuple[str, ...]:
        if said == NOTHING and empty:
            return ()
        found = tuple(_one_of(each.strip(), choices) for each in said.rstrip(", ").split(","))
        if len(set(found)) != len(found):
            raise ValueError(_("names a thing twice"))
        return found

    return Question(key, text, read, default, "", ", ".join(choices))


def day(
    key: str, text: str, default: dt.date, *, first: dt.date | None = None, last: dt.date | None = None
) -> Question:
    """A day, between two others where there are bounds."""

    def read(said: str) -> dt.date:
        found: dt.date = read_single(said, dt.date)
        if first is not None and found < first:
            raise ValueError(_("must not be before {day}").format(day=first))
        if last is not None and found > last:
            raise ValueError(_("must not be after {day}").format(day=last))
        return found

    return Question(key, text, read, default.isoformat(), "", "2026-09-01")


def optional(question: Question) -> Question:
    """The same question, which may be answered with nothing."""

    def read(said: str) -> Any:
        return None if said == NOTHING else question.read(said)

    return replace(question, read=read, default=question.default or NOTHING, open="")


def _one_of(said: str, choices: Sequence[str]) -> str:
    if said in choices:
        return said
    begun = [each for each in choices if said and each.startswith(said)]
    if len(begun) != 1:
        raise ValueError(_("must be one of: {choices}").format(choices=", ".join(choices)))
    return begun[0]
