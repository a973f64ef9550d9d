"""Months that are corrected, for the tests of protect: who is in them, and everything that their recipient holds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from protect.people import Person, permit, person, redacted, tokens_for

from exchange.agreements.permit import Permit
from exchange.matching.tokens import MatchTokens
from exchange.protect.protected import Protected
from exchange.protect.protecting import protect
from exchange.protect.releases.memory import Memory, Shown

Month = dict[str, Person]  # by case number


@dataclass(frozen=True)
class Sent:
    """Releases that replace each other, the oldest first."""

    recipient: str
    releases: tuple[Protected, ...] = ()

    @property
    def shown(self) -> tuple[Shown, ...]:
        return tuple(each.shown for each in self.releases if each.shown is not None)

    def again(self, month: Month, seed: int = 1, tokens: bool = True, **protect_clauses: object) -> Sent:
        """With `month` sent (again). DisclosureError as protect raises it."""
        leave: Permit = permit(self.recipient, **protect_clauses)
        if self.releases:
            leave = replace(leave, replaces="0" * 32)
        cases, people = list(month), list(month.values())
        found: MatchTokens | None = None
        if tokens and leave.tier.match is not None:
            found = tokens_for([{"x_CaseRef": case} for case in cases])
        memory = Memory(tuple(case.encode() for case in cases), self.shown)
        made = protect(redacted(leave, people), found, random.Random(seed), memory)
        return Sent(self.recipient, (*self.releases, made))


def a_month(size: int, seed: int) -> Month:
    dice = random.Random(seed)
    return {f"K-{number}": person(dice) for number in range(size)}


def corrected(month: Month, seed: int, gone: int = 0, new: int = 0, changed: int = 0) -> Month:
    """The month without some, with others, and with some who turn out to be otherwise."""
    dice = random.Random(seed)
    left = dice.sample(sorted(month), len(month) - min(gone, len(month)))
    after = {case: month[case] for case in month if case in set(left)}
    for case in dice.sample(left, min(changed, len(left))):
        after[case] = {**person(dice), "x_CaseRef": after[case]["x_CaseRef"]}
    return after | {f"N-{seed}-{number}": person(dice) for number in range(new)}


def few_by_rows(shown: Sequence[Shown], k: int, over: Sequence[str]) -> list[int]:
    """The adversary, who joins the rows of all bundles by their tokens: sizes below k of groups of people of whom they
    all say the same, and of whom the same changed."""
    have = [each for each in shown if each.rows is not None]
    groups: dict[object, int] = {}
    for case in {case for each in have for case in each.rows or ()}:
        story: list[object] = []
        values = [(each.rows or {}).get(case) for each in have]
        for each, told in zip(have, values, strict=True):
            story.append(told and tuple(told[each.row_fields.index(name)] for name in over))
        for before, after in pairwise(values):
            story.append(None if before is None or after is None else before != after)
        groups[tuple(story)] = groups.get(tuple(story), 0) + 1
    return sorted(size for size in groups.values() if size < k)


def few_by_subtracting(old: Protected, new: Protected, lists: Sequence[str], min_cell: int) -> list[float]:
    """The adversary, who subtracts tables and solves for every difference that follows: those of few people.

    A linear system over the differences of all cells; a difference follows where no other one fits. All values that
    are not listed are one more, "(others)". What can be read by subtracting two printed counts may never be few; what
    follows in other ways is of few people where few came, went or changed there: a net of many tells of nobody.
    """
    then, now = _printed(old), _printed(new)
    values: dict[str, set[str]] = {}
    for cell in (*then, *now):
        for name, value in cell:
            values.setdefault(name, set()).add(value)
    lines = [
        (total, [tuple(sorted((*total, (name, value)))) for value in sorted(values.get(name, set()) | {"(others)"})])
        for by in {tuple(sorted(table.fields)) for made in (old, new) for table in made.tables}
        for name in by
        if name not in lists
        for total in _totals(by, name, values)
    ]
    cells = sorted({cell for total, parts in lines for cell in (total, *parts)} | (then.keys() & now.keys()))
    place = {cell: at for at, cell in enumerate(cells)}
    rows, right = [], []
    for total, parts in lines:
        row = np.zeros(len(cells))
        row[[place[part] for part in parts]] = 1
        row[place[total]] -= 1
        rows.append(row)
        right.append(0.0)
    for cell in then.keys() & now.keys():
        row = np.zeros(len(cells))
        row[place[cell]] = 1
        rows.append(row)
        right.append(float(now[cell] - then[cell]))
    if not rows:
        return []
    matrix = np.array(rows)
    _left, sizes, basis = np.linalg.svd(matrix)
    free = basis[int((sizes > 1e-9).sum()) :]
    found = np.linalg.lstsq(matrix, np.array(right), rcond=None)[0]
    follows = np.abs(free).sum(axis=0) < 1e-7
    few = [
        (cell, round(d))
        for cell, d, sure in zip(cells, found, follows, strict=True)
        if sure and 0 < abs(d) + 1e-6 < min_cell
    ]
    assert old.shown is not None
    assert new.shown is not None
    return [
        d
        for cell, d in few
        if d and ((cell in then and cell in now) or _moved(old.shown, new.shown, cell, values) < min_cell)
    ]


def _moved(old: Shown, new: Shown, cell: tuple[tuple[str, str], ...], listed: dict[str, set[str]]) -> int:
    """How many people stand in the cell in one bundle and not in the other, or with other values."""

    def inside(shown: Shown, told: Sequence[str]) -> bool:
        named = {name: set(text.split(";")) for name, text in zip(shown.table_fields, told, strict=True)}
        return all(
            bool(named[name] - listed.get(name, set())) if value == "(others)" else value in named[name]
            for name, value in cell
        )

    before = {case: told for case, told in old.people.items() if inside(old, told)}
    after = {case: told for case, told in new.people.items() if inside(new, told)}
    return len({case for case in before.keys() | after.keys() if before.get(case) != after.get(case)})


def _printed(made: Protected) -> dict[tuple[tuple[str, str], ...], int]:
    return {
        tuple(sorted((n, v) for n, v in zip(table.fields, cell.values, strict=True) if v != "*")): cell.count
        for table in made.tables
        for cell in table.cells
        if cell.count is not None
    }


def _totals(by: tuple[str, ...], name: str, values: dict[str, set[str]]) -> list[tuple[tuple[str, str], ...]]:
    found: list[tuple[tuple[str, str], ...]] = [()]
    for other in by:
        if other != name:
            found += [(*each, (other, v)) for each in found for v in sorted(values.get(other, set()))]
    return [tuple(sorted(each)) for each in found]
