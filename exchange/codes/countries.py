"""Where countries lie: ISO 3166-1 alpha-2 codes in the regions of the UN's M49 standard."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from exchange.codes.tables import rows


@dataclass(frozen=True, slots=True)
class World:
    """A country's place in the world: "MY" is in "South-eastern Asia", which is in "Asia"."""

    code: str
    subregion: str
    region: str


@cache
def world() -> tuple[World, ...]:
    """Every country with its UN sub-region and region, by code list order."""
    return tuple(World(row["code"], row["subregion"], row["region"]) for row in rows("countries"))
