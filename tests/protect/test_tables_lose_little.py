"""How much is withheld beside small counts: near the least that there could be, and never without end."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable
from itertools import combinations
from typing import Any

import highspy
import pytest
from protect.people import column

from exchange.protect.tables import program, withholding
from exchange.protect.tables.counting import Counts, count
from exchange.protect.tables.kinds import Asked, Key
from exchange.protect.tables.withholding import Question, price, withhold

MIN_CELL = 5


def crossed(seed: int) -> Counts:
    dice = random.Random(seed)
    rows, columns = ["F", "M", "T"][: dice.randint(2, 3)], ["x", "y"]
    people = [
        (row, col) for row in rows for col in columns for _n in range(dice.choice([0, 1, 2, 3, 6, 7, 8, 9, 12, 20]))
    ]
    those = [column(name, [person[at] for person in people]) for at, name in enumerate("ab")]
    return count(those, len(people), Asked.of([("a", "b")]))


def is_safe(counts: Counts, withheld: Collection[Key]) -> bool:
    """Whether every small cell could be nobody or enough: asked of a solver over the inner cells alone."""
    solver: Any = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    inner = {cell: solver.addIntegral(lb=0, ub=1000) for cell in counts.people if len(cell) == 2}
    sums = {cell: solver.qsum([x for at, x in inner.items() if set(cell) <= set(at)]) for cell in counts.people}
    for cell in counts.people.keys() - set(withheld):
        solver.addConstr(sums[cell] == counts.people[cell])
    for cell in (cell for cell, people in counts.people.items() if people < MIN_CELL):
        solver.minimize(sums[cell])
        if round(solver.getObjectiveValue()) > 0:
            return False
        solver.maximize(sums[cell])
        if round(solver.getObjectiveValue()) < MIN_CELL:
            return False
    return True


def least(counts: Counts, few: frozenset[Key], no_more_than: int) -> int:
    """The lowest price at which small cells are safe, by trying all sets of other cells, the cheapest first."""
    large = [cell for cell in counts.people if cell not in few]
    every: Iterable[tuple[Key, ...]] = (each for size in range(6) for each in combinations(large, size))
    priced = sorted((paid(counts, each), each) for each in every if paid(counts, each) < no_more_than)
    return next((total for total, each in priced if is_safe(counts, few | set(each))), no_more_than)


def paid(counts: Counts, cells: Collection[Key]) -> int:
    return sum(price(counts, cell, counts.people[cell]) for cell in cells)


def test_hardly_more_is_withheld_than_the_least_that_is_safe() -> None:
    ours = best = 0
    for seed in range(12):
        counts = crossed(seed)
        few = frozenset(cell for cell, people in counts.people.items() if people < MIN_CELL)
        withheld = withhold(counts, MIN_CELL)
        assert is_safe(counts, withheld)
        assert not few or not is_safe(counts, few) or withheld == few
        ours += paid(counts, withheld - few)
        best += least(counts, few, paid(counts, withheld - few))
    assert best <= ours <= 1.05 * best


def test_a_search_without_end_withholds_tables_of_several_fields_and_then_all(monkeypatch: pytest.MonkeyPatch) -> None:
    people = (column("a", ["F"] * 40 + ["M"] * 20 + ["T"] * 2), column("b", ["x", "y"] * 31))
    counts = count(people, 62, Asked.of([("a", "b")]))
    shown = counts.visible() - withhold(counts, MIN_CELL)
    assert {len(cell) for cell in shown} == {0, 1, 2}
    whole = withholding.also_withheld

    def never_ends(question: Question[Key], min_cell: int) -> frozenset[Key] | None:
        return None if any(len(cell) > 1 for cell in question.prices) else whole(question, min_cell)

    monkeypatch.setattr(withholding, "also_withheld", never_ends)
    assert {len(cell) for cell in counts.visible() - withhold(counts, MIN_CELL)} == {0, 1}
    monkeypatch.setattr(program, "MOST_STEPS", -1)
    assert withhold(counts, MIN_CELL) == counts.visible()
