"""Numbers in intervals: with edges 0, 10, 20 a number is "<0", "[0, 10)", "[10, 20)" or "20+"."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from exchange.ladders.numbers import checked_edges, number_of, plainly
from exchange.ladders.types import Chain, Ladder


def intervals(edges: Sequence[float]) -> Ladder:
    """The ladder number → interval. An interval holds its lower edge and not its upper one.

    AgreementError `ladder.edges` for edges that do not rise.
    """
    checked_edges("interval", edges)
    exact = tuple(Decimal(str(edge)) for edge in edges)
    labels = (
        f"<{plainly(exact[0])}",
        *(f"[{plainly(low)}, {plainly(high)})" for low, high in pairwise(exact)),
        f"{plainly(exact[-1])}+",
    )

    def climb(text: str) -> Chain | None:
        number = number_of(text)
        if number is not None:
            return text, labels[bisect_right(exact, number)]
        return (None, text) if text in labels else None

    return Ladder("interval", ("value", "interval"), climb)
