"""Does a field say more under one rule than under another?

What cannot be shown to say less counts as saying more: two rules that cannot be compared widen what is shared.
"""

from __future__ import annotations

from exchange.agreements.tiers import (
    Drop,
    GeneraliseAge,
    GeneraliseDate,
    GeneralisePlace,
    Map,
    Mask,
    Rule,
)

_BY_KIND = {"drop": 0, "row_key": 1, "pseudonymise": 2, "mask": 3, "map": 4, "generalise": 4, "scrub": 5, "keep": 6}
_DATES = ("year", "quarter", "month")  # from coarse to fine
_PLACES = ("country", "island", "province")


def says_more(before: Rule | None, after: Rule | None) -> bool:
    """Whether a value under `after` may tell something that it did not tell under `before`; None is no value."""
    if after is None or isinstance(after, Drop):
        return False
    if before is None or isinstance(before, Drop):
        return True
    match before, after:
        case Mask(), Mask():
            return after.keep_last > before.keep_last
        case GeneraliseAge(), GeneraliseAge():
            return not set(after.edges) <= set(before.edges)
        case GeneraliseDate(), GeneraliseDate():
            return _DATES.index(after.to) > _DATES.index(before.to)
        case GeneralisePlace(), GeneralisePlace():
            return _PLACES.index(after.to) > _PLACES.index(before.to)
        case Map(), Map():
            return not _follows_from(before, after)
    return type(before) is not type(after) and _BY_KIND[after.rule] >= _BY_KIND[before.rule]


def _follows_from(before: Map, after: Map) -> bool:
    """Whether the new code of every value is told by its old code alone."""
    told: dict[str, str] = {before.otherwise: after.otherwise}  # what neither lists
    for code in {*before.to, *after.to}:
        old, new = before.to.get(code, before.otherwise), after.to.get(code, after.otherwise)
        if told.setdefault(old, new) != new:
            return False
    return True
