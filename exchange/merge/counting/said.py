"""What must stand beside every figure that rests on links."""

from __future__ import annotations

from exchange.locale import _
from exchange.merge.counting.intervals import Interval
from exchange.merge.decisions import FalseMergeRate
from exchange.merge.false_merges import false_merges


def notice() -> str:
    """What stands on everything that rests on links."""
    return _("links between reports serve counting; they never decide anything about a case")


def about_links(people: int | None, interval: Interval, measured: FalseMergeRate | None) -> tuple[str, ...]:
    """How sure the number of people is, and how often links were found to be wrong. `people`: None where withheld."""
    if people is None:
        return (false_merges(measured),)
    said = _(
        "between {low} and {high} people, by the links' own probabilities; {people}, if every undecided pair is two "
        "people, as the tables count"
    )
    return said.format(people=people, low=interval.low, high=interval.high), false_merges(measured)
