"""A statistics office with a solver, and the tables of one realistic month: what can it find out about small counts?

Its program is written here anew, over people of every kind that could be, and shares nothing with `exchange.protect`.
"""

from __future__ import annotations

import random
from typing import Any

import highspy
import pytest
from protect.people import Person, month, permit, redacted

from exchange.protect.protected import Protected
from exchange.protect.protecting import protect

AGE, GENDER = "prs_Birthdate", "prs_Gender"
MIN_CELL = 5


def published(out: Protected, *fields: str) -> dict[tuple[str, ...], int]:
    table = next(table for table in out.tables if table.fields == fields)
    return {cell.values: cell.count for cell in table.cells if cell.count is not None}


def what_could_be(out: Protected, people: list[Person]) -> tuple[Any, dict[tuple[str, ...], Any]]:
    """A solver that knows every published count of tables without several codes, and its variables: one per cell."""
    solver: Any = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    ages, genders = (sorted({person[name] for person in people}) for name in (AGE, GENDER))
    number = {(a, g): solver.addIntegral(lb=0, ub=1000) for a in ages for g in genders}
    total = solver.qsum(list(number.values()))
    cells: dict[tuple[str, ...], Any] = {(AGE, GENDER, a, g): x for (a, g), x in number.items()}
    cells |= {(AGE, GENDER, a, "*"): solver.qsum([number[a, g] for g in genders]) for a in ages}
    cells |= {(AGE, GENDER, "*", g): solver.qsum([number[a, g] for a in ages]) for g in genders}
    cells[AGE, GENDER, "*", "*"] = total
    for field in ("vic_ForcedLabourIndustry", "x_ExploitationCountry", "x_OriginRegency"):
        line = {value: solver.addIntegral(lb=0, ub=1000) for value in sorted({person[field] for person in people})}
        solver.addConstr(solver.qsum(list(line.values())) == total)
        cells |= {(field, value): x for value, x in line.items()}
        for values, count in published(out, field).items():
            solver.addConstr((total if values == ("*",) else line[values[0]]) == count)
    for (age, gender), count in published(out, AGE, GENDER).items():
        solver.addConstr(cells[AGE, GENDER, age, gender] == count)
    return solver, cells


def true_count(people: list[Person], cell: tuple[str, ...]) -> int:
    names, values = cell[: len(cell) // 2], cell[len(cell) // 2 :]
    return sum(all(v in ("*", person[n]) for n, v in zip(names, values, strict=True)) for person in people)


@pytest.mark.parametrize(("size", "seed"), [(30, 1), (60, 2), (120, 3), (250, 4)])
def test_every_small_count_could_be_nobody_or_enough(size: int, seed: int) -> None:
    people, household = month(size, seed)
    out = protect(redacted(permit("dinas-p3a"), people, household), None, random.Random(seed))
    solver, cells = what_could_be(out, people)
    small = [cell for cell in cells if true_count(people, cell) < MIN_CELL]
    assert small
    for cell in small:
        solver.minimize(cells[cell])
        assert round(solver.getObjectiveValue()) == 0, cell
        solver.maximize(cells[cell])
        assert round(solver.getObjectiveValue()) >= MIN_CELL, cell
