"""Changes of a plan, and the table as the search sees it under the changed plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from exchange.protect.anonymise.alike import distinct
from exchange.protect.anonymise.coded import Coded, Numbers, Tally
from exchange.protect.anonymise.plan import Plan
from exchange.protect.anonymise.table.coding import tally


@dataclass(frozen=True, slots=True)
class Change:
    """`path`: the keys from the plan to what changes. `given_up`: how much of a promise, from 0 to 1, where 1 is no
    promise at all."""

    path: tuple[str, ...]
    value: int | float | str
    given_up: float = 0.0

    def __str__(self) -> str:
        return f"{'.'.join(self.path)}: {self.value}"


def taken(plan: Plan, changes: Sequence[Change]) -> Plan:
    """The plan with these changes made; what belonged to a field that is left out goes with it."""
    document: dict[str, Any] = plan.model_dump(by_alias=True, exclude_unset=True)
    for change in changes:
        *keys, last = change.path
        place = document
        for key in keys:
            place = place[key]
        place[last] = change.value
        if last == "class":
            document["fields"][keys[-1]] = {"class": change.value}
            for model in ("l_diversity", "t_closeness"):
                document["protect"].get(model, {}).pop(keys[-1], None)
    return Plan.model_validate(document)


def coded_for(coded: Coded, plan: Plan) -> Coded:
    """The table as the search sees it under a changed plan: the same fields, or fewer."""
    places = [place for place, each in enumerate(coded.quasi) if each.name in plan.quasi]
    quasi = tuple(coded.quasi[place] for place in places)
    sensitive = tuple(each for each in coded.sensitive if plan.fields[each.name].class_ == "sensitive")
    if len(places) == len(coded.quasi):
        return replace(coded, sensitive=sensitive)
    columns = [coded.combinations[:, place] for place in places]
    combinations, group = distinct(columns, [each.domain for each in quasi])
    many = len(combinations)
    return Coded(
        quasi,
        combinations,
        np.bincount(group, weights=coded.counts, minlength=many).astype(np.int64),
        tuple(replace(each, tally=_merged(each.tally, group, many)) for each in sensitive),
        None if coded.households is None else _merged(coded.households, group, many),
    )


def _merged(of_old: Tally, group: Numbers, many: int) -> Tally:
    """The tally of groups of combinations. `group`: of each combination, 0 to `many` - 1."""
    return tally(np.repeat(group, np.diff(of_old.starts)), of_old.what, many, of_old.kinds, of_old.rows)
