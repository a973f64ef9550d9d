"""A ladder of one's own: a table with a row for each value, its labels from fine to coarse."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from exchange.ladders.types import Ladder, from_table


def own_ladder(levels: Sequence[str], rows: Sequence[Sequence[str]]) -> Ladder:
    """The ladder of a table. AgreementError with every row at fault, as `from_table`."""
    return _built(tuple(levels), tuple(map(tuple, rows)))


@cache
def _built(levels: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Ladder:
    return from_table("own", levels, rows)
