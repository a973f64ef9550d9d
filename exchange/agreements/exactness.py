"""Does a field say more under one rule than under another?

What cannot be shown to say less counts as saying more: two rules that cannot be compared widen what is shared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from exchange.agreements.tiers import (
    BottomCode,
    Drop,
    GeneraliseAge,
    GeneraliseCountry,
    GeneraliseDate,
    GeneraliseIndustry,
    GeneraliseNumber,
    GeneraliseOwn,
    GeneralisePlace,
    Map,
    Mask,
    Pseudonymise,
    Round,
    Rule,
    TopCode,
)

_BY_KIND = {"drop": 0, "row_key": 1, "pseudonymise": 2, "mask": 3, "scrub": 5, "keep": 6}  # the others: 4
_COARSER = 4


def says_more(before: Rule | None, after: Rule | None) -> bool:
    """Whether a value under `after` may tell something that it did not tell under `before`; None is no value."""
    if after is None or isinstance(after, Drop):
        return False
    if before is None or isinstance(before, Drop):
        return True
    if type(before) is type(after):
        return _OF_A_KIND.get(type(after), _never)(before, after)
    return _BY_KIND.get(after.rule, _COARSER) >= _BY_KIND.get(before.rule, _COARSER)


def _rounds_on(before: int, after: int) -> bool:
    """Whether rounding further is rounding once: only by an odd factor are the borders of the coarser among those of
    the finer (7 and 3 are both 5 to a base of 5, but 10 and 0 to a base of 10)."""
    return after % before == 0 and after // before % 2 == 1


def _climbs_on(before: GeneraliseOwn, after: GeneraliseOwn) -> bool:
    """Whether the new label of every code is told by its old label alone; a code that is new tells something new."""
    old, new = _labels(before), _labels(after)
    told: dict[str, str] = {}
    return new.keys() <= old.keys() and all(told.setdefault(old[code], label) == label for code, label in new.items())


def _labels(rule: GeneraliseOwn) -> dict[str, str]:
    level = rule.levels.index(rule.to)
    return {row[0]: row[level] for row in rule.rows}


def _follows_from(before: Map, after: Map) -> bool:
    """Whether the new code of every value is told by its old code alone."""
    told: dict[str, str] = {before.otherwise: after.otherwise}  # what neither lists
    for code in {*before.to, *after.to}:
        old, new = before.to.get(code, before.otherwise), after.to.get(code, after.otherwise)
        if told.setdefault(old, new) != new:
            return False
    return True


def _never(_before: Rule, _after: Rule) -> bool:
    return False


def _by_level(*levels: str) -> Callable[[Any, Any], bool]:
    """Levels from coarse to fine."""
    return lambda before, after: levels.index(after.to) > levels.index(before.to)


def _other_edges(before: Any, after: Any) -> bool:
    return not set(after.edges) <= set(before.edges)


# Two rules of one kind, before and after: does the second say more?
_OF_A_KIND: dict[type, Callable[[Any, Any], bool]] = {
    Mask: lambda before, after: after.keep_last > before.keep_last,
    # Others may know by which name a person calls herself; of the rest nobody can tell which of two is which.
    Pseudonymise: lambda before, after: after.kind == "chosen" != before.kind,
    Map: lambda before, after: not _follows_from(before, after),
    Round: lambda before, after: not _rounds_on(before.to, after.to),
    TopCode: lambda before, after: after.at > before.at,
    BottomCode: lambda before, after: after.at < before.at,
    GeneraliseAge: _other_edges,
    GeneraliseNumber: _other_edges,
    GeneraliseDate: _by_level("year", "quarter", "month"),
    GeneralisePlace: _by_level("country", "island", "province", "regency", "district"),
    GeneraliseCountry: _by_level("region", "subregion"),
    GeneraliseIndustry: _by_level("broad_sector", "sector"),
    GeneraliseOwn: lambda before, after: not _climbs_on(before, after),
}
