"""Places of Indonesia by Kemendagri and ISO 3166 codes: village → district → regency → province → island group →
country."""

from __future__ import annotations

from functools import cache

from exchange.codes.places import current, parent_of
from exchange.ladders.types import Chain, Ladder

LEVELS = ("village", "district", "regency", "province", "island", "country")


@cache
def _climb(text: str) -> Chain | None:
    """Codes of regencies whose province was split become today's codes; names are not codes. Villages are read only
    when the first is asked for."""
    labels: list[str] = []
    code: str | None = current(text)
    while code is not None and code != "ID":
        labels.append(code)
        code = parent_of(code)
    if code is None:
        return None
    labels.append(code)
    return (*[None] * (len(LEVELS) - len(labels)), *labels)


PLACES = Ladder("place", LEVELS, _climb)
