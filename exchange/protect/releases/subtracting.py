"""Do the tables of several periods, subtracted from each other, tell of a few people? Asked before anything is sealed.

Two tables may be compared cell by cell: a month with the month before it, a quarter with one of its months. A longer
period may also be compared with the sum of several that lie in it: what is left is who came in between, or stands in
the month whose cell was withheld. Each such difference must be of nobody or of at least `min_cell` people, counted as
people and not as a net: five who came and four who left are nine. It is recomputed from what each release showed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import product

from exchange.protect.releases.memory import Case, Kept
from exchange.protect.tables.counting import Breakdown, Key

People = frozenset[Case]


@dataclass(frozen=True, slots=True)
class Reading:
    """How tables are read: the agreed breakdowns, the fields of several codes, the written forms that are no codes."""

    by: tuple[Breakdown, ...]
    lists: frozenset[str]
    missing: frozenset[str]
    min_cell: int


def cells_apart(earlier: Sequence[Table], new: Kept, reading: Reading) -> frozenset[Key]:
    """Cells of `new` that differ by few people from what `earlier` tells, all by person (`joining.by_person`). Where
    what is left of a total does, beside the cells that both tell, it is the smallest of these."""
    mine = Table(new, reading)
    those = [each for each in earlier if each.everybody & mine.everybody]
    found: set[Key] = set()
    for table in those:
        found |= {cell for cell in mine.known() & table.known() if _few(reading, [mine], [table], cell)}
        found |= set(_rests(mine, table, reading))
    for whole, parts in _sums(mine, earlier):
        cells = reduce(frozenset.intersection, (each.known() for each in parts), whole.known())
        found |= {cell for cell in cells if _few(reading, [whole], parts, cell)}
    return frozenset(found)


def _few(reading: Reading, one: Sequence[Table], others: Sequence[Table], cell: Key) -> bool:
    if all(each.rows_tell(cell) for each in (*one, *others)):
        return False  # of groups in rows the promise about rows is asked (`intersecting`)
    times = Counter(case for each in one for case in each.people(cell))
    times.subtract(case for each in others for case in each.people(cell))
    return 0 < sum(number != 0 for number in times.values()) < reading.min_cell


def _rests(one: Table, other: Table, reading: Reading) -> Iterator[Key]:
    """Of every total known of both, of which what is left beside the cells known of both differs by few, the smallest
    of those cells."""
    both = one.known() & other.known()
    for breakdown in reading.by:
        for total in (cell for cell in both if {name for name, _value in cell} < set(breakdown)):
            for name in set(breakdown) - {name for name, _value in total} - reading.lists:
                parts = [cell for cell in both if len(cell) == len(total) + 1 and set(cell) > set(total)]
                told = [dict(cell)[name] for cell in parts if name in dict(cell)]
                if not told or (one.rows_tell((*total, (name, ""))) and other.rows_tell((*total, (name, "")))):
                    continue
                left = [
                    table.people(total) - frozenset().union(*(table.holding(name, value) for value in told))
                    for table in (one, other)
                ]
                if 0 < len(left[0] ^ left[1]) < reading.min_cell:
                    beside = [cell for cell in parts if name in dict(cell)]
                    yield min(beside, key=lambda cell: (len(one.people(cell)), cell))


def _sums(mine: Table, tables: Sequence[Table]) -> Iterator[tuple[Table, list[Table]]]:
    """Every longer period with two or more that lie in it, one bundle of each, the new one among them."""
    for whole in (mine, *tables):
        inside: dict[str, list[Table | None]] = defaultdict(lambda: [None])
        for each in (mine, *tables):
            if each.lies_in(whole):
                inside[str(each.kept.period)].append(each)
        for chosen in product(*inside.values()):
            parts = [each for each in chosen if each is not None]
            shared = any(each.everybody & whole.everybody for each in parts)
            if len(parts) > 1 and shared and (whole is mine or mine in parts):
                yield whole, parts


@dataclass(eq=False)
class Table:
    """What one release tells, cell by cell, and of whom."""

    kept: Kept
    reading: Reading
    _holding: dict[tuple[str, str], set[Case]] = field(default_factory=lambda: defaultdict(set))
    _known: frozenset[Key] | None = None

    def __post_init__(self) -> None:
        shown = self.kept.shown
        for names, people in ((shown.row_fields, shown.rows or {}), (shown.table_fields, shown.people)):
            for at, name in enumerate(names):
                for case, values in people.items():
                    for value in self._codes(name, values[at]):
                        self._holding[name, value].add(case)

    def _codes(self, name: str, value: str) -> Sequence[str]:
        return value.split(";") if name in self.reading.lists and value not in self.reading.missing else (value,)

    @property
    def everybody(self) -> People:
        """Of whom it tells anything; nobody where nothing left."""
        shown = self.kept.shown
        return frozenset(shown.people if shown.cells else shown.rows or {})

    def lies_in(self, other: Table) -> bool:
        mine, its = self.kept.period, other.kept.period
        return mine != its and its.first <= mine.first and mine.last <= its.last

    def rows_tell(self, cell: Key) -> bool:
        shown = self.kept.shown
        return bool(shown.rows) and {name for name, _value in cell} <= set(shown.row_fields)

    def known(self) -> frozenset[Key]:
        """Cells that are printed, and those that anybody can count in the rows."""
        if self._known is None:
            values: dict[str, list[str]] = defaultdict(list)
            for name, value in self._holding:
                values[name].append(value)
            cells: set[Key] = set(self.kept.shown.cells)
            if self.kept.shown.rows:
                for by in self.reading.by:
                    told = sorted(name for name in by if name in self.kept.shown.row_fields)
                    chosen = product(*([None, *((name, value) for value in values[name])] for name in told))
                    cells |= {tuple(pair for pair in each if pair is not None) for each in chosen}
            self._known = frozenset(cells)
        return self._known

    def holding(self, name: str, value: str) -> People:
        return frozenset(self._holding.get((name, value), ()))

    def people(self, cell: Key) -> People:
        return reduce(frozenset.intersection, (self.holding(name, value) for name, value in cell), self.everybody)
