"""What anybody knows about the cells of tables without seeing them: how they add up.

Beside the relations within each table stand those between tables: a total that two tables share is one cell. Where
breakdowns go round in a circle (a × b, b × c, c × a), that does not say everything, since no people might fit all of
them; then the table over the whole circle, which nobody sees, is taken in too. Breakdowns without a circle need none
(Lauritzen, Graphical Models, 1996, section 4.4: margins that agree on what they share come from one table).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exchange.protect.tables.counting import Breakdown, Counts, Key, key


@dataclass(frozen=True, slots=True)
class Relation:
    """`least` ≤ sum of the cells in `plus` − the total ≤ `most`; None where there is no bound."""

    plus: tuple[Key, ...]
    total: Key
    least: int | None
    most: int | None


def relations(counts: Counts) -> Iterator[Relation]:
    """Every relation among the cells of `counts`, each once."""
    seen: set[tuple[Key, str]] = set()
    for breakdown in counts.breakdowns:
        for total in counts.cells(breakdown):
            for name in breakdown:
                if name not in dict(total) and (total, name) not in seen:
                    seen.add((total, name))
                    yield from _adding_up(counts, total, name)


def _adding_up(counts: Counts, total: Key, name: str) -> Iterator[Relation]:
    parts = {value: key({**dict(total), name: value}) for value in counts.values[name]}
    alone = counts.alone.get(name)
    if alone is None:
        yield Relation(tuple(parts.values()), total, 0, 0)
        return
    # Several codes per person: whoever has no missing value has at least one code, and each code at most once.
    missing = tuple(part for value, part in parts.items() if value in alone)
    codes = [part for value, part in parts.items() if value not in alone]
    yield Relation((*missing, *codes), total, 0, None if codes else 0)
    for code in codes:
        yield Relation((*missing, code), total, None, 0)


def circle(breakdowns: Sequence[Breakdown]) -> Breakdown:
    """The fields of breakdowns that go round in a circle, () where none do (Graham's reduction)."""
    left = [set(each) for each in breakdowns]
    while True:
        before = sum(map(len, left))
        left = [{name for name in one if sum(name in other for other in left) > 1} for one in left]
        left = [one for n, one in enumerate(left) if not _covered(one, n, left)]
        if sum(map(len, left)) == before:
            return tuple(sorted(set().union(*left)))


def _covered(one: set[str], place: int, left: Sequence[set[str]]) -> bool:
    """Inside another, or the same as a later one."""
    return not one or any(one < other or (one == other and place < n) for n, other in enumerate(left) if n != place)
