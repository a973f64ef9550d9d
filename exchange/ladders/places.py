"""Places of Indonesia by Kemendagri and ISO 3166 codes: village → district → regency → province → island group →
country."""

from __future__ import annotations

from functools import cache

from exchange.codes.places import current, parent_of
from exchange.ladders.types import Chain, Ladder

LEVELS = ("village", "district", "regency", "province", "island", "country")


def _climb(text: str) -> Chain | None:
    """Codes of regencies whose province was split become today's codes; names are not codes. Villages are read only
    when the first is asked for."""
    labels = _upwards(current(text))
    return None if labels is None else (*[None] * (len(LEVELS) - len(labels)), *labels)


@cache
def _upwards(code: str) -> tuple[str, ...] | None:
    """A code and those above it; None where it is unknown."""
    if code == "ID":
        return (code,)
    parent = parent_of(code)
    above = None if parent is None else _upwards(parent)
    return None if above is None else (code, *above)


PLACES = Ladder("place", LEVELS, _climb)
