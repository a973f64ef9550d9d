"""Ages and their bands: "17" is in "0-17". The age is that at intake, so that a band never moves."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date

from exchange.errors import AgreementError, Problem
from exchange.ladders.numbers import checked_edges
from exchange.ladders.types import Chain, Ladder
from exchange.locale import _

OLDEST = 120  # nobody on record lived longer by more than two years; beyond it is a typing error


def age_on(birthdate: date, on: date) -> int:
    """Whole years lived on the day `on`; below 0 for one not yet born. Born on 29 February, one is older on 1 March."""
    return on.year - birthdate.year - ((on.month, on.day) < (birthdate.month, birthdate.day))


def age_bands(edges: Sequence[int]) -> Ladder:
    """The ladder age → band. `edges` are the first ages of the bands, from 0; the last band is open.

    >>> [age_bands([0, 18, 30, 45]).at(age, "band") for age in ("17", "18", "45", "230")]
    ['0-17', '18-29', '45+', None]

    AgreementError `ladder.edges` for edges that do not start at 0 or do not rise.
    """
    checked_edges("age_band", edges)
    if edges[0] != 0:
        raise AgreementError(Problem("ladder.edges", _("the first age band starts at 0"), where="age_band"))
    labels = tuple(_label(edges, band) for band in range(len(edges)))

    def climb(text: str) -> Chain | None:
        if text.isascii() and text.isdecimal() and int(text) <= OLDEST:
            return str(int(text)), labels[bisect_right(edges, int(text)) - 1]
        return (None, text) if text in labels else None

    return Ladder("age_band", ("age", "band"), climb)


def _label(edges: Sequence[int], band: int) -> str:
    first = edges[band]
    if band + 1 == len(edges):
        return f"{first}+"
    last = edges[band + 1] - 1
    return f"{first}-{last}" if last > first else str(first)
