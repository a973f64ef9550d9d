"""drop: nothing of the field leaves. It is also what happens to every field that a tier does not list."""

from __future__ import annotations

from exchange.agreements.tiers import Drop
from exchange.redact.column import Column
from exchange.redact.setting import Setting


def drop(_column: Column, _rule: Drop, _setting: Setting) -> None:
    return None
