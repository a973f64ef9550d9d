"""The least suppression there is, for a release small enough to ask an integer program for it.

People of one kind (the same quasi-identifiers, codes, and household where others share it) are interchangeable: the
program says how many of each kind go under which mask, so that every group that is used keeps the promise. It knows
no withholding of codes; where only that helps, `exchange.protect.rows.suppression` finds it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exchange.protect.promise import Promise
from exchange.protect.rows.groups import Codes, Group, People

MOST_CHOICES = 600  # kinds × masks: some 300 people; beyond, the program would take more than a second or two
MOST_NODES, GAP = 100, 0.01  # of the search: a good answer will do, and the same one every time
LEFT_OUT = -1  # in place of a mask

Kind = tuple[tuple[int, ...], tuple[Codes, ...], int | None]  # quasi-identifiers, codes, household if shared


@dataclass(frozen=True, slots=True)
class _Part:
    """The people of one kind in one group: how many is for the program to say."""

    kind: Kind
    number: Any  # a variable of the program


def least(people: People, promise: Promise, masks: Sequence[int]) -> NDArray[np.int64] | None:
    """For each row its mask, one of `masks` or 0, or LEFT_OUT; None where the program is too large or finds nothing.

    A row left out costs as much as two rows of which every cell is withheld.
    """
    rows = _by_kind(people)
    if len(rows) * len(masks) > MOST_CHOICES:
        return None
    chosen = _solve(rows, promise, (0, *masks))
    if chosen is None:
        return None
    found = np.full(len(people), LEFT_OUT, dtype=np.int64)
    for kind, numbers in chosen.items():
        waiting = iter(rows[kind])
        for mask, number in numbers.items():
            for _n in range(number):
                found[next(waiting)] = mask
    return found if _keeps(people, promise, found) else None


def _by_kind(people: People) -> dict[Kind, list[int]]:
    members = Counter(people.household)
    rows: dict[Kind, list[int]] = defaultdict(list)
    quasi = people.quasi.tolist()
    for row, household in enumerate(people.household):
        codes = tuple(field[row] for field in people.codes)
        shared = household if members[household] > 1 else None
        rows[tuple(quasi[row]), codes, shared].append(row)
    return rows


def _solve(rows: dict[Kind, list[int]], promise: Promise, masks: Sequence[int]) -> dict[Kind, dict[int, int]] | None:
    import highspy

    program: Any = highspy.Highs()  # type: ignore[no-untyped-call]  # its stubs leave it open
    for option, value in (("output_flag", False), ("threads", 1), ("mip_max_nodes", MOST_NODES), ("mip_rel_gap", GAP)):
        program.setOptionValue(option, value)
    groups: dict[tuple[int, ...], list[_Part]] = defaultdict(list)
    choices: dict[Kind, dict[int, Any]] = {}
    for kind, members in rows.items():
        cells, most = len(kind[0]) + len(kind[1]), len(members)
        choices[kind] = {mask: program.addIntegral(lb=0, ub=most, obj=mask.bit_count()) for mask in masks}
        out = program.addIntegral(lb=0, ub=most, obj=2 * cells)
        program.addConstr(program.qsum([*choices[kind].values(), out]) == most)
        for mask, number in choices[kind].items():
            seen = (-1 if mask >> place & 1 else value for place, value in enumerate(kind[0]))
            groups[(mask, *seen)].append(_Part(kind, number))
    for parts in groups.values():
        for constraint in _kept(program, parts, promise, rows):
            program.addConstr(constraint)
    program.run()
    if not program.getSolution().value_valid:
        return None
    return {k: {mask: round(program.val(n)) for mask, n in numbers.items()} for k, numbers in choices.items()}


def _kept(program: Any, parts: list[_Part], promise: Promise, rows: dict[Kind, list[int]]) -> Iterator[Any]:
    """The promise for one group, which holds also where the group is not used."""
    used = program.addBinary()
    size = program.qsum([part.number for part in parts])
    yield size >= promise.k * used
    for part in parts:
        yield part.number <= len(rows[part.kind]) * used
    for place, rule in enumerate(promise.diversity):
        for code in {code for part in parts for code in part.kind[1][place] or ()}:
            could = [part.number for part in parts if _could_hold(part.kind[1][place], code)]
            yield 100 * program.qsum(could) <= rule.percent * size
    yield from _households(program, parts, promise, size, used)


def _could_hold(codes: Codes, code: str) -> bool:
    return codes is None or code in codes


def _households(program: Any, parts: list[_Part], promise: Promise, size: Any, used: Any) -> Iterator[Any]:
    agreed = promise.households
    if agreed is None:
        return
    shared: dict[int | None, list[Any]] = defaultdict(list)
    for part in parts:
        shared[part.kind[2]].append(part.number)
    households = shared.pop(None, [])  # of one person each
    if households:
        yield agreed.none_above_percent * size >= 100 * used
    for members in shared.values():
        there = program.addBinary()
        households.append(there)
        everyone = program.qsum(members)
        yield there <= everyone
        yield 100 * everyone <= agreed.none_above_percent * size
    yield program.qsum(households) >= agreed.at_least * used


def _keeps(people: People, promise: Promise, masks: NDArray[np.int64]) -> bool:
    """In whole numbers, since the program's are not quite."""
    groups: dict[tuple[int, ...], Group] = {}
    for row in np.flatnonzero(masks != LEFT_OUT).tolist():
        mask = int(masks[row])
        seen = (-1 if mask >> place & 1 else value for place, value in enumerate(people.quasi[row].tolist()))
        groups.setdefault((mask, *seen), Group(people, promise)).add(row)
    return not any(group.lacking() for group in groups.values())
