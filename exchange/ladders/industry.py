"""Industries: the ISIC sections that HTCDS uses, in the ILO's aggregate economic activities, in three broad sectors.

Source: ILOSTAT, "Classification: Economic activity", aggregate and broad sector, from ISIC Rev. 4.
"""

from __future__ import annotations

from functools import cache

from exchange.codes.lists import code_list
from exchange.ladders.types import Ladder, from_table

# Aggregate economic activity → its ISIC sections, broad sector.
SECTORS: dict[str, tuple[str, str]] = {
    "Agriculture": ("A", "Agriculture"),
    "MiningAndUtilities": ("BDE", "Industry"),
    "Manufacturing": ("C", "Industry"),
    "Construction": ("F", "Industry"),
    "MarketServices": ("GHIJKLMN", "Services"),
    "NonMarketServices": ("OPQRSTU", "Services"),
}


@cache
def industries() -> Ladder:
    """The ladder HTCDS code ("F_Construction") → sector ("Construction") → broad sector ("Industry")."""
    sections = code_list("htcds-2.0", field="vic_ForcedLabourIndustry")
    return from_table("industry", ("section", "sector", "broad_sector"), [_row(entry.code) for entry in sections])


def _row(code: str) -> tuple[str, str, str]:
    sector, broad = next((name, broad) for name, (letters, broad) in SECTORS.items() if code[0] in letters)
    return code, sector, broad
