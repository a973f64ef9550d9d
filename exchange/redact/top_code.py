"""top_code: a number and everything above it become one value, since the very high ones single people out."""

from __future__ import annotations

from exchange.agreements.tiers import TopCode
from exchange.redact.column import Column
from exchange.redact.numbers import each_number
from exchange.redact.setting import Setting


def top_code(column: Column, rule: TopCode, _setting: Setting) -> Column:
    """DisclosureError `redact.not_a_number`."""
    top = f"{rule.at}+"
    return each_number(column, lambda number: top if number >= rule.at else None, settled=top)
