"""bottom_code: a number and everything below it become one value, since the very low ones single people out."""

from __future__ import annotations

from exchange.agreements.tiers import BottomCode
from exchange.redact.column import Column
from exchange.redact.numbers import each_number
from exchange.redact.setting import Setting


def bottom_code(column: Column, rule: BottomCode, _setting: Setting) -> Column:
    """DisclosureError `redact.not_a_number`."""
    bottom = f"<={rule.at}"
    return each_number(column, lambda number: bottom if number <= rule.at else None, settled=bottom)
