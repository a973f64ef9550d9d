"""keep: the value as it is."""

from __future__ import annotations

from exchange.agreements.tiers import Keep
from exchange.redact.column import Column
from exchange.redact.setting import Setting


def keep(column: Column, _rule: Keep, _setting: Setting) -> Column:
    return column
