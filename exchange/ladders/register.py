"""The ladders that an agreement may name: a closed list, with what each needs and how far up it goes.

| name       | levels, fine to coarse                                | needs   |
|------------|-------------------------------------------------------|---------|
| `age_band` | age, band                                             | `edges` |
| `date`     | date, month, quarter, year                            |         |
| `place`    | village, district, regency, province, island, country |         |
| `country`  | country, subregion, region                            |         |
| `industry` | section, sector, broad_sector                         |         |
| `interval` | value, interval                                       | `edges` |

Beside these an agreement may hold a ladder of its own, row by row (`exchange/ladders/own.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, get_args

from exchange.errors import AgreementError, Problem
from exchange.ladders.age import age_bands
from exchange.ladders.countries import countries
from exchange.ladders.dates import DATES
from exchange.ladders.industry import industries
from exchange.ladders.intervals import intervals
from exchange.ladders.places import PLACES
from exchange.ladders.types import Ladder
from exchange.locale import _

LadderName = Literal["age_band", "date", "place", "country", "industry", "interval"]
LADDER_NAMES: tuple[LadderName, ...] = get_args(LadderName)

_FIXED: dict[str, Callable[[], Ladder]] = {
    "date": lambda: DATES,
    "place": lambda: PLACES,
    "country": countries,
    "industry": industries,
}


def ladder(name: str, *, edges: Sequence[int] | None = None) -> Ladder:
    """The ladder that an agreement names, with its edges where it needs them.

    AgreementError: `ladder.unknown` for a name that is not in the table above; `ladder.edges` for edges that are
    missing, not wanted, or do not rise.
    """
    if name not in LADDER_NAMES:
        raise AgreementError(
            Problem(
                "ladder.unknown",
                _("there is no ladder {name}").format(name=name),
                hint=_("known ladders: {names}").format(names=", ".join(LADDER_NAMES)),
            )
        )
    if name in _FIXED:
        if edges is not None:
            raise AgreementError(Problem("ladder.edges", _("this ladder takes no edges"), where=name))
        return _FIXED[name]()
    if edges is None:
        raise AgreementError(Problem("ladder.edges", _("this ladder needs edges"), where=name))
    return age_bands(edges) if name == "age_band" else intervals(edges)
