"""How opening says no: a code, and what the refused file deserves – silence, an answer, or to wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from exchange.errors import Problem, SealError

if TYPE_CHECKING:
    from exchange.seal.envelope import Envelope

Answer = Literal[
    "silence",  # quarantine; whoever sent it learns nothing, not even that we exist
    "refusal",  # a letter may say no; its number is then used up: `Ledger.took(…, outcome="refused")`
    "receipt",  # it was taken in before: repeat the answer that was given then
    "hold",  # keep it until what is missing before it has come
]


class OpeningError(SealError):
    """A sealed file was not opened.

    `envelope` is there where its signature was verified with a key of a card that is believed and it names us; only
    then is `answer` anything but "silence". `missing` are the sequence numbers that must come first, for "hold".
    """

    def __init__(
        self,
        problem: Problem,
        *more: Problem,
        answer: Answer = "silence",
        envelope: Envelope | None = None,
        missing: range = range(0),
    ) -> None:
        super().__init__(problem, *more)
        self.answer: Answer = answer
        self.envelope = envelope
        self.missing = missing


def refused(code: str, what: str, *, where: str = "", hint: str = "") -> OpeningError:
    """A refusal in silence."""
    return OpeningError(Problem(code, what, where=where, hint=hint))
