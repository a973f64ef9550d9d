"""mask: all but the last few characters become `*`; a value no longer than those few becomes `*` altogether."""

from __future__ import annotations

from exchange.agreements.tiers import Mask
from exchange.redact.column import Column
from exchange.redact.setting import Setting


def mask(column: Column, rule: Mask, _setting: Setting) -> Column:
    return column.rewritten(lambda value: _masked(value, rule.keep_last))


def _masked(value: str, keep_last: int) -> str:
    kept = value[-keep_last:] if 0 < keep_last < len(value) else ""
    return "*" * (len(value) - len(kept)) + kept
