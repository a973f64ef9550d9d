"""How many people several sources know: two by two, and how many of all sources know a person.

Small counts are withheld, and others so that no small one can be worked out of what is shown together: whatever is
shown is a sum of people by exactly the sources that know them, and about those an integer program is asked as it is
about the cells of any table (`exchange.protect.tables.withholding`). How many people there are in all counts as known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from exchange.merge.people import Merged
from exchange.protect.tables.withholding import Question, Told, also_withheld

Cell = tuple[str, ...]
"""("source", A): known to A. ("both", A, B). ("of", "2"): known to exactly two; ("of", "3"): to three or more.
("people",). ("only", A, B): known to exactly these; never shown."""
Sources = tuple[str, ...]

PEOPLE: Cell = ("people",)
MANY = 3  # sources and more are counted together: who is known to ten is rare, and found by it
ALL_SETS_UP_TO = 6  # sources; beyond, only sets of up to `MANY` and those that occur are thought of: that tells less


@dataclass(frozen=True, slots=True)
class Overlap:
    """`known`: for each source how many people it knows. `both`: for each two. `of`: known to one
    source, to two, to three or more. None where withheld."""

    sources: Sources
    people: int | None
    known: tuple[int | None, ...]
    both: dict[tuple[str, str], int | None]
    of: tuple[int | None, ...]

    @property
    def withheld(self) -> int:
        return sum(each is None for each in (*self.known, *self.both.values(), *self.of))


def overlap(merged: Merged, min_cell: int) -> Overlap:
    """Whom the sources of `merged` know together."""
    return shown(_sets(merged), min_cell)


def shown(sets: Counter[Sources], min_cell: int) -> Overlap:
    """The overlap of people by exactly the sources that know them (in the order of the text), as it may be shown."""
    sources = tuple(sorted({name for each in sets for name in each}))
    truth, sums = _cells(sources, sets)
    cells = [cell for cell in truth if cell[0] != "only" and cell != PEOPLE]
    small = [cell for cell in cells if truth[cell] < min_cell]
    prices = {cell: truth[cell] for cell in cells if truth[cell] >= min_cell}
    hidden = set(small)
    if truth[PEOPLE] < min_cell:
        hidden = {*cells, PEOPLE}
    elif small:
        question = Question(truth, sums, prices, {PEOPLE}, small, len(sources) <= ALL_SETS_UP_TO)
        found = also_withheld(question, min_cell)
        hidden = hidden.union(cells if found is None else found)
    told = {cell: None if cell in hidden else count for cell, count in truth.items()}
    return Overlap(
        sources=sources,
        people=told[PEOPLE],
        known=tuple(told["source", name] for name in sources),
        both={(a, b): told["both", a, b] for a, b in combinations(sources, 2)},
        of=tuple(told["of", str(n)] for n in range(1, min(len(sources), MANY) + 1)),
    )


def _cells(sources: Sources, sets: Counter[Sources]) -> tuple[dict[Cell, int], list[Told[Cell]]]:
    """Every cell with its true count, and how the cells add up."""
    those = sorted({*sets, *_possible(sources)})
    truth: dict[Cell, int] = {("only", *each): sets[each] for each in those}
    sums = []
    for cell, names in _sums(sources, those):
        parts = tuple(("only", *each) for each in names)
        truth[cell] = sum(truth[each] for each in parts)
        sums.append(Told(parts, cell, 0, 0))
    return truth, sums


def _sums(sources: Sources, those: Sequence[Sources]) -> Iterator[tuple[Cell, list[Sources]]]:
    yield PEOPLE, list(those)
    for name in sources:
        yield ("source", name), [each for each in those if name in each]
    for a, b in combinations(sources, 2):
        yield ("both", a, b), [each for each in those if a in each and b in each]
    for size in range(1, min(len(sources), MANY) + 1):
        yield ("of", str(size)), [each for each in those if min(len(each), MANY) == size]


def _possible(sources: Sources) -> Iterator[Sources]:
    most = len(sources) if len(sources) <= ALL_SETS_UP_TO else MANY
    for size in range(1, most + 1):
        yield from combinations(sources, size)


def _sets(merged: Merged) -> Counter[Sources]:
    """How many people are known to exactly these sources."""
    if merged.basis is None:
        return Counter()
    source = merged.basis.told.source
    several = max(len(source.values), 1)
    pairs = np.unique(merged.basis.person * several + source.numbers)
    who, which = np.divmod(pairs, several)
    ends = np.flatnonzero(np.diff(who, append=-1)) + 1
    order = np.split(which, ends[:-1]) if len(who) else []
    found: Counter[Sources] = Counter()
    for each in order:
        found[tuple(source.values[n] for n in each.tolist())] += 1
    return found
