"""Every question that needs not be told anything, asked of all that was shown."""

from __future__ import annotations

from exchange.asking.answer import Answer, Asked
from exchange.asking.questions import QUESTIONS
from exchange.asking.shown import Shown


def examine(shown: Shown) -> tuple[Answer, ...]:
    """The answers, in the order of the questions."""
    return tuple(each.answer(shown, Asked()) for each in QUESTIONS if not each.needs)
