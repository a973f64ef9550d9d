"""Numbers in intervals: with edges 0, 10, 20 a number is "<0", "[0, 10)", "[10, 20)" or "20+"."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from exchange.ladders.numbers import checked_edges
from exchange.ladders.types import Chain, Ladder

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")


def intervals(edges: Sequence[float]) -> Ladder:
    """The ladder number → interval. An interval holds its lower edge and not its upper one.

    AgreementError `ladder.edges` for edges that do not rise.
    """
    checked_edges("interval", edges)
    exact = tuple(Decimal(str(edge)) for edge in edges)
    labels = (
        f"<{_plain(exact[0])}",
        *(f"[{_plain(low)}, {_plain(high)})" for low, high in pairwise(exact)),
        f"{_plain(exact[-1])}+",
    )

    def climb(text: str) -> Chain | None:
        if _NUMBER.fullmatch(text):
            return text, labels[bisect_right(exact, Decimal(text))]
        return (None, text) if text in labels else None

    return Ladder("interval", ("value", "interval"), climb)


def _plain(edge: Decimal) -> str:
    """Without an exponent or trailing zeros: 10.0 is 10."""
    return f"{edge.normalize():f}"
