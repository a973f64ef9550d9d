"""map: codes become other codes; one that is not listed becomes `otherwise`. A missing value is not "otherwise"."""

from __future__ import annotations

from exchange.agreements.tiers import Map
from exchange.redact.column import Column
from exchange.redact.setting import Setting


def map_codes(column: Column, rule: Map, _setting: Setting) -> Column:
    return column.rewritten_by_code(lambda code: rule.to.get(code, rule.otherwise))
