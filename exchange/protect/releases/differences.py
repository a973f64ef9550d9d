"""Do a release and those that it replaces, held together, point at a few people? Asked before anything is sealed.

It is recomputed from what each bundle showed, and shares no step with the search (`correcting`, `overlap`): rows are
joined person by person, as match tokens let the recipient do, and must keep the tier's promise over everything that
all bundles show of them; tables are subtracted from each other, along every total.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from exchange.errors import Problem
from exchange.locale import _
from exchange.protect.promise import Promise
from exchange.protect.releases.memory import Case, Shown, Values
from exchange.protect.rows.verify import verify

if TYPE_CHECKING:
    import pyarrow as pa

    from exchange.protect.tables.counting import Key
    from exchange.protect.tables.relations import Relation

_ABSENT, _SAME, _CHANGED = "absent", "same", "changed"
_NOT_LISTED = "\0"  # no value of a dictionary holds it


def rows_differ(shown: Sequence[Shown], promise: Promise) -> tuple[Problem, ...]:
    """Every way in which the rows of `shown`, oldest first, together break the promise that each keeps alone.

    A group is the people who look alike in every one of them: in the fields of `promise.over`, in being absent, and in
    whether anything at all changed from one to the next.
    """
    have = [each for each in shown if each.rows is not None]
    return tuple(problem for each in have for problem in _together(each, have, promise))


def _together(one: Shown, have: Sequence[Shown], promise: Promise) -> tuple[Problem, ...]:
    """The promise for the people in `one`, over what all releases show of them."""
    rows = one.rows or {}
    if not rows:
        return ()
    looks = {
        f"{name}, {number}": _column(each, name, rows) for number, each in enumerate(have) for name in promise.over
    }
    looks |= {f"there, {number}": [_there(each, case) for case in rows] for number, each in enumerate(have)}
    looks |= {f"then, {n}": [_then(a, b, case) for case in rows] for n, (a, b) in enumerate(pairwise(have))}
    over = tuple(looks)
    looks |= {rule.field: _column(one, rule.field, rows) for rule in promise.diversity}
    return verify(_table(looks), [one.household[case] for case in rows], replace(promise, over=over))


def _column(shown: Shown, name: str, cases: Mapping[Case, Values]) -> list[str]:
    at, rows = shown.row_fields.index(name), shown.rows or {}
    return [rows[case][at] if case in rows else "" for case in cases]


def _there(shown: Shown, case: Case) -> str:
    return _SAME if case in (shown.rows or {}) else _ABSENT


def _then(first: Shown, second: Shown, case: Case) -> str:
    before, after = (first.rows or {}).get(case), (second.rows or {}).get(case)
    if before is None or after is None:
        return _ABSENT
    comparable = first.epoch == second.epoch
    same_tokens = not comparable or first.tokens.get(case, ()) == second.tokens.get(case, ())
    return _SAME if before == after and same_tokens else _CHANGED


def _table(columns: Mapping[str, list[str]]) -> pa.Table:
    import pyarrow as pa

    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def cells_differ(
    before: Mapping[Key, int],
    after: Mapping[Key, int],
    adding_up: Sequence[Relation],
    min_cell: int,
    in_rows: frozenset[str] | None,
) -> tuple[Problem, ...]:
    """Every difference of 1 to `min_cell` − 1 people that follows from two bundles' cells by subtracting, and by
    subtracting again along totals where all cells of a line but one are known.

    `in_rows`: the fields of both bundles' rows, where both have them: about these the promise about rows is asked, and
    not `min_cell`.
    """
    known = {cell: after[cell] - count for cell, count in before.items() if cell in after}
    lines = _exact(adding_up, {pair for cell in known for pair in cell})
    found = True
    while found:
        found = False
        for line in lines:
            for cell, difference in line.following(known):
                known[cell], found = difference, True
    told = [difference for cell, difference in known.items() if not _told(cell, in_rows)]
    rests = [rest for line in lines if (rest := line.rest(known)) is not None]
    few = sum(0 < abs(difference) < min_cell for difference in (*told, *rests))
    what = _("subtracting the tables from earlier ones leaves cells with few people: {count}")
    return (Problem("protect.cells_differ_by_few", what.format(count=few)),) if few else ()


@dataclass(frozen=True, slots=True)
class _Line:
    """The differences of `parts` add up to that of `total`."""

    parts: frozenset[Key]
    total: Key

    def following(self, known: Mapping[Key, int]) -> Iterator[tuple[Key, int]]:
        """The only cell of the line that is not known, and what it must be."""
        missing = [cell for cell in (*self.parts, self.total) if cell not in known]
        if len(missing) == 1:
            rest = sum(known[cell] for cell in self.parts if cell in known)
            yield missing[0], rest if missing[0] == self.total else known[self.total] - rest

    def rest(self, known: Mapping[Key, int]) -> int | None:
        """What all cells that are not known come to together, where the line tells it."""
        if self.total not in known or self.parts <= known.keys():
            return None
        return known[self.total] - sum(known[cell] for cell in self.parts if cell in known)


def _exact(adding_up: Sequence[Relation], listed: Collection[tuple[str, str]]) -> list[_Line]:
    """The lines that tell a sum, all values of a field that are not `listed` taken as one: nobody can tell them apart.

    Those of a field of several codes bound, and tell no sum.
    """

    def seen(cell: Key) -> Key:
        return tuple((name, value if (name, value) in listed else _NOT_LISTED) for name, value in cell)

    exact = (each for each in adding_up if (each.least, each.most) == (0, 0))
    return [*dict.fromkeys(_Line(frozenset(map(seen, each.plus)), seen(each.total)) for each in exact)]


def known_cells(
    shown: Shown, lines: Sequence[Relation], lists: frozenset[str], missing: frozenset[str]
) -> dict[Key, int]:
    """What a bundle tells of the cells in `lines`: those printed, and those that anybody can count in its rows."""
    known = dict(shown.cells)
    if shown.rows is not None:
        cells = {cell for line in lines for cell in (*line.plus, line.total)}
        for cell in cells:
            if _told(cell, frozenset(shown.row_fields)):
                known[cell] = sum(_stands_in(shown, values, cell, lists, missing) for values in shown.rows.values())
    return known


def _stands_in(shown: Shown, values: Values, cell: Key, lists: frozenset[str], missing: frozenset[str]) -> bool:
    for name, value in cell:
        written = values[shown.row_fields.index(name)]
        several = name in lists and written not in missing
        if value not in (written.split(";") if several else (written,)):
            return False
    return True


def _told(cell: Key, in_rows: frozenset[str] | None) -> bool:
    return in_rows is not None and {name for name, _value in cell} <= in_rows
