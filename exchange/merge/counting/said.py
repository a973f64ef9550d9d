"""What must stand beside every figure that rests on links."""

from __future__ import annotations

from typing import Protocol

from exchange.locale import _
from exchange.merge.counting.intervals import Interval


class Measured(Protocol):
    """How often links are wrong, by people who looked: of `reviewed` links `wrong` were; the share is between `low` and
    `high`, from 0 to 1."""

    @property
    def reviewed(self) -> int: ...
    @property
    def wrong(self) -> int: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


def notice() -> str:
    """What stands on everything that rests on links."""
    return _("links between reports serve counting; they never decide anything about a case")


def about_links(people: int | None, interval: Interval, measured: Measured | None) -> tuple[str, ...]:
    """How sure the number of people is, and how often links were found to be wrong. `people`: None where withheld."""
    if people is None:
        return (false_merges(measured),)
    said = _(
        "{people} people, if every undecided pair is two people; between {low} and {high} by the links' own "
        "probabilities"
    )
    return said.format(people=people, low=interval.low, high=interval.high), false_merges(measured)


def false_merges(measured: Measured | None) -> str:
    if measured is None:
        return _("how many links are wrong has not been measured")
    said = _("of {reviewed} links that people reviewed {wrong} were wrong: between {low:.2g} % and {high:.2g} % of all")
    return said.format(
        reviewed=measured.reviewed, wrong=measured.wrong, low=100 * measured.low, high=100 * measured.high
    )
