"""What the program says to readers of either language, in both."""

from __future__ import annotations

from collections.abc import Callable

from exchange.agreements.clause import Text
from exchange.locale import speaking


def in_both(say: Callable[[], str]) -> Text:
    """The same sentence in both languages."""
    with speaking("id"):
        indonesian = say()
    with speaking("en"):
        english = say()
    return Text(id=indonesian, en=english)
