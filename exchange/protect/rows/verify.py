"""Does a table keep a promise? Asked of every release before it is made; shares no step with the search."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from exchange.agreements.look_alikes import Households
from exchange.errors import Problem
from exchange.locale import _
from exchange.protect.promise import Diverse, Promise

if TYPE_CHECKING:
    import pyarrow as pa

Rows = list[int]


def verify(table: pa.Table, household: Sequence[int], promise: Promise) -> tuple[Problem, ...]:
    """Every way in which `table` breaks `promise`; () where it keeps it.

    `household`: one number per row, shared by the rows of one household. A cell that was withheld under diversity
    counts as if it held every code, since one who knows the method could guess which; only where the field is
    withheld from the whole group does it say nothing. No message holds a value.
    """
    return tuple(problem for rows in _groups(table, promise) for problem in _broken(table, rows, household, promise))


def _groups(table: pa.Table, promise: Promise) -> list[Rows]:
    columns = [table[name].to_pylist() for name in promise.over]
    groups: dict[tuple[str, ...], Rows] = defaultdict(list)
    for row in range(table.num_rows):
        groups[tuple(column[row] for column in columns)].append(row)
    return list(groups.values())


def _broken(table: pa.Table, rows: Rows, household: Sequence[int], promise: Promise) -> Iterator[Problem]:
    if len(rows) < promise.k:
        yield Problem(
            "protect.group_below_k",
            _("a group of look-alikes has {size} rows where {k} are agreed").format(size=len(rows), k=promise.k),
        )
    if promise.households is not None:
        yield from _few_households(Counter(household[row] for row in rows), promise.households)
    for rule in promise.diversity:
        if _dominated([table[rule.field][row].as_py() for row in rows], rule, promise):
            yield Problem(
                "protect.group_not_diverse",
                _("one code stands in more than {percent:g} % of a group of look-alikes").format(percent=rule.percent),
                where=rule.field,
            )


def _few_households(people: Counter[int], agreed: Households) -> Iterator[Problem]:
    if len(people) < agreed.at_least:
        yield Problem(
            "protect.few_households",
            _("a group of look-alikes is of {count} households where {agreed} are agreed").format(
                count=len(people), agreed=agreed.at_least
            ),
        )
    if max(people.values()) * 100 > agreed.none_above_percent * people.total():
        yield Problem(
            "protect.household_dominates",
            _("one household is more than {percent:g} % of a group of look-alikes").format(
                percent=agreed.none_above_percent
            ),
        )


def _dominated(values: list[str], rule: Diverse, promise: Promise) -> bool:
    withheld = values.count(promise.suppressed)
    if withheld == len(values):
        return False
    counts = Counter(code for value in values for code in promise.codes(rule, value))
    most = max(counts.values(), default=0) + withheld
    return bool(most * 100 > rule.percent * len(values))
