"""Countries in the sub-regions and regions of the UN's M49 standard: "MY" → "South-eastern Asia" → "Asia"."""

from __future__ import annotations

from functools import cache

from exchange.codes.countries import world
from exchange.ladders.types import Ladder, from_table


@cache
def countries() -> Ladder:
    """The ladder ISO 3166-1 alpha-2 code → subregion → region."""
    rows = [(place.code, place.subregion, place.region) for place in world()]
    return from_table("country", ("country", "subregion", "region"), rows)
