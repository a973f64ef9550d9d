"""Which cells of a new period's tables to withhold, so that subtracting them from earlier ones tells of no few people.

Person by person it is asked in which cells she stands in each of two releases, or in a quarter and its months; what
differs is counted cell by cell. Cells that differ by few are withheld like small ones, with others by which they could
be worked out. The result is not trusted: `exchange.protect.releases.subtracting` judges it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import combinations, islice, product

from exchange.agreements.agreement import Agreement
from exchange.agreements.tiers import Tables
from exchange.protect.columns import Column
from exchange.protect.protected import ReleasedTable
from exchange.protect.releases.memory import Case, Kept, Values
from exchange.protect.releases.subtracting import Reading
from exchange.protect.tables.counting import Counts, Key, count
from exchange.protect.tables.published import asked_of, tables_without
from exchange.protect.tables.relations import enough
from exchange.protect.tables.withholding import MOST_FIELDS, Question, Told, also_withheld, price, told_by_rows

_COUNT, _FEW, _REST = 0, 1, 2  # of a cell: how many people are in it, and these in two parts
Weighed = Sequence[tuple[Kept, int]]  # releases that are added (1) and subtracted (-1)


def apart(new: Kept, earlier: Sequence[Kept], reading: Reading) -> frozenset[Key]:
    """The cells that differ by few from what earlier releases tell, whether or not they would be printed."""
    cells = _Cells(reading)
    return frozenset(cell for weighed in _compared(new, earlier) for cell in cells.differing(weighed, new))


def in_company(new: Kept, earlier: Sequence[Kept], reading: Reading, those: Collection[Key]) -> set[Case]:
    """Whom to leave out of the rows, so that `those` cells, which the rows tell, differ by no few: of the people who
    are counted alike, as many as are missing."""
    cells = _Cells(reading)
    return {
        person
        for weighed in _compared(new, earlier)
        for cell in sorted(cells.differing(weighed, new) & set(those))
        for person in cells.company(weighed, new, cell)
    }


def _compared(new: Kept, earlier: Sequence[Kept]) -> Iterator[Weighed]:
    for each in earlier:
        yield [(new, 1), (each, -1)]
    for whole in (new, *earlier):
        for parts in _parts(whole, (new, *earlier)):
            if whole is new or new in parts:
                yield [(whole, 1), *((part, -1) for part in parts)]


def _parts(whole: Kept, releases: Sequence[Kept]) -> Iterator[tuple[Kept, ...]]:
    """Two or more periods inside a longer one, a bundle of each."""
    first, last = whole.period.first, whole.period.last
    inside: dict[object, list[Kept]] = defaultdict(list)
    for each in releases:
        if each.period != whole.period and first <= each.period.first <= each.period.last <= last:
            inside[each.period].append(each)
    for size in range(2, len(inside) + 1):
        for periods in combinations(inside, size):
            yield from product(*(inside[period] for period in periods))


class _Cells:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._of: dict[tuple[tuple[str, ...], Values], frozenset[Key]] = {}

    def differing(self, weighed: Weighed, new: Kept) -> set[Key]:
        people = self._people(weighed)
        if all(len(each) == 1 for each in people.values()):
            return set()  # nobody in common: whoever is counted differs, and they are no few
        differ: Counter[Key] = Counter()
        for each in people.values():
            differ.update(_unlike(each))
        others = [kept for kept, _weight in weighed if kept is not new]
        return {
            cell
            for cell, few in differ.items()
            if few < self._reading.min_cell and all(_known(cell, kept) for kept in others)
        }

    def company(self, weighed: Weighed, new: Kept, cell: Key) -> list[Case]:
        """Of those who are counted alike in a cell, as many as it takes for `min_cell` to differ without them."""
        people, mine = self._people(weighed), self._people([(new, 1)])
        differ = sum(cell in _unlike(each) for each in people.values())
        alike = (p for p, each in mine.items() if cell in each[0][0] and cell not in _unlike(people[p]))
        return list(islice(alike, self._reading.min_cell - differ))

    def _people(self, weighed: Weighed) -> dict[Case, list[tuple[frozenset[Key], int]]]:
        people: dict[Case, list[tuple[frozenset[Key], int]]] = defaultdict(list)
        for kept, weight in weighed:
            names = kept.shown.table_fields or kept.shown.row_fields
            for case, values in (kept.shown.people or kept.shown.rows or {}).items():
                people[case].append((self._stands_in(names, values), weight))
        return people

    def _stands_in(self, names: tuple[str, ...], values: Values) -> frozenset[Key]:
        if (names, values) not in self._of:
            codes = {name: self._codes(name, value) for name, value in zip(names, values, strict=True)}
            found: set[Key] = set()
            for breakdown in self._reading.by:
                told = sorted(name for name in breakdown if name in codes)
                for size in range(len(told) + 1):
                    for fields in combinations(told, size):
                        found |= {
                            tuple(zip(fields, each, strict=True)) for each in product(*(codes[n] for n in fields))
                        }
            self._of[names, values] = frozenset(found)
        return self._of[names, values]

    def _codes(self, name: str, value: str) -> list[str]:
        several = name in self._reading.lists and value not in self._reading.missing
        return list(dict.fromkeys(value.split(";"))) if several else [value]


def _unlike(stands: Sequence[tuple[frozenset[Key], int]]) -> Collection[Key]:
    """The cells in which somebody is counted on one side more often than on the other."""
    if len(stands) == 2 and stands[0][1] != stands[1][1]:
        return stands[0][0] ^ stands[1][0]
    times: Counter[Key] = Counter()
    for cells, weight in stands:
        times.update(dict.fromkeys(cells, weight))
    return [cell for cell, number in times.items() if number]


def _known(cell: Key, kept: Kept) -> bool:
    told = kept.shown.row_fields if kept.shown.rows else ()
    return cell in kept.shown.cells or (bool(told) and {name for name, _value in cell} <= set(told))


def tables_apart(
    people: Sequence[Column],
    rows: int,
    agreed: Tables,
    agreement: Agreement,
    in_rows: Collection[str],
    withheld: Collection[Key],
) -> tuple[ReleasedTable, ...]:
    """The tables as `tables.published.release_tables` makes them, with some cells `withheld` as if they were small.

    DisclosureError `protect.tables_too_large`.
    """
    counts = count(people, rows, asked_of(agreed, agreement, in_rows))
    return tables_without(_withheld(counts, agreed.min_cell, in_rows, withheld), counts, agreed.by)


def _withheld(counts: Counts, min_cell: int, in_rows: Collection[str], those: Collection[Key]) -> frozenset[Key]:
    """As `tables.withholding.withhold`, with the same two steps back where the search takes too long."""
    seen = counts.visible()
    known = {cell for cell in counts.people if told_by_rows(cell, in_rows or None)}
    few = {cell for cell in seen if counts.people[cell] < min_cell}
    apart = (seen & set(those)) - few - known
    for most_fields in (MOST_FIELDS, 1):
        shown = {cell for cell in seen if len(cell) <= most_fields}
        also = also_withheld(_question(counts, min_cell, shown, few, apart, known), min_cell)
        if also is not None:
            return frozenset(few | apart | {cell for what, cell in also if what == _COUNT} | (seen - shown))
    return seen


def _question(
    counts: Counts,
    min_cell: int,
    shown: Collection[Key],
    few: Collection[Key],
    apart: Collection[Key],
    known: Collection[Key],
) -> Question[tuple[int, Key]]:
    """As of any tables; and a cell of `apart` must remain uncertain by `min_cell` people, upwards and downwards: it is
    taken as a few people and the rest of it, of which the few are a small cell."""
    people = counts.people
    half = min_cell // 2
    truth = {(_COUNT, cell): number for cell, number in people.items()}
    truth |= {(_FEW, cell): half for cell in apart} | {(_REST, cell): people[cell] - half for cell in apart}
    sums = [
        Told(tuple((_COUNT, cell) for cell in each.plus), (_COUNT, each.total), each.least, each.most)
        for each in enough(counts)
    ]
    sums += [Told(((_FEW, cell), (_REST, cell)), (_COUNT, cell), 0, 0) for cell in sorted(apart)]
    free = set(shown).difference(few, apart, known)
    return Question(
        truth=truth,
        sums=sums,
        prices={(_COUNT, cell): price(counts, cell, people[cell]) for cell in free},
        known={(_COUNT, cell) for cell in known} | {(_REST, cell) for cell in apart},
        small={(_COUNT, cell) for cell in set(few).difference(known)} | {(_FEW, cell) for cell in apart},
        exact=counts.all_kinds,
    )
