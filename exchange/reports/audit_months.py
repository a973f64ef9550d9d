"""Who sent what to whom, month by month: the matrix of the audit page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from exchange.audit.matches import Match

State = Literal["whole", "open", "refused"]


@dataclass(frozen=True, slots=True)
class Cell:
    """What went in one period: how many sealed files, and how the worst of them stands."""

    files: int
    state: State


@dataclass(frozen=True, slots=True)
class Row:
    sender: str
    recipient: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Year:
    """`periods` in their order, and a row for each pair of organisations; None where nothing went."""

    name: str
    periods: tuple[str, ...]
    rows: tuple[Row, ...]


def years(sent: Iterable[tuple[Match, str]]) -> tuple[Year, ...]:
    """One table a year. Of `sent`: each sealed file and its period; those without one are in no table."""
    told = [(match, period) for match, period in sent if period]
    found = []
    for name in sorted({period[:4] for _match, period in told}):
        of_year = [(match, period) for match, period in told if period.startswith(name)]
        periods = tuple(sorted({period for _match, period in of_year}))
        pairs = sorted({(match.sender, match.recipient) for match, _period in of_year})
        rows = (Row(*pair, tuple(_cell(of_year, pair, period) for period in periods)) for pair in pairs)
        found.append(Year(name, periods, tuple(rows)))
    return tuple(found)


def _cell(sent: Iterable[tuple[Match, str]], pair: tuple[str, str], period: str) -> Cell | None:
    those = [match for match, when in sent if when == period and (match.sender, match.recipient) == pair]
    if not those:
        return None
    states = {_state(each) for each in those}
    return Cell(len(those), next(each for each in ("open", "refused", "whole") if each in states))


def _state(match: Match) -> State:
    if match.outcome_kind in ("bundle.refused", "bundle.quarantined"):
        return "refused"
    return "whole" if match.complete else "open"
