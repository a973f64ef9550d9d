"""Somebody who holds all that a tier ever got, and asks about one person whom she knows.

She knows the organisation that helps the person, her age, gender and state of her case month by month, and in which
months she was there; not her row, and not her form of exploitation. She reads rows and tables as they lie in the
bundles and shares no code with what made them. Where `knows_the_group`, somebody told her in which group the row is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from protect.years import CODES, QUASI, Organisation, Sent

from exchange.agreements.period import Period

WITHHELD = "SUPPRESSED"
Cells = dict[object, dict[str, str]]  # of each group or cell: who is in it, and by which codes
Row = tuple[tuple[str, ...], str]  # what she can know of somebody, and the codes beside it


@dataclass(frozen=True)
class Found:
    """Of `people` whom she asked about: for how many fewer than k rows are left somewhere, for how many of these
    exactly one, and whose code she has: more than the agreed share of who is left, and it is true."""

    people: int
    below_k: int
    alone: int
    pinned: int


def rows_of(sent: Sent) -> list[Row]:
    table = sent.protected.rows
    if table is None:
        return []
    told = [table[name].to_pylist() for name in (*QUASI, CODES)]
    return [(each[:-1], each[-1]) for each in zip(*told, strict=True)]


def intersect(organisations: Sequence[Organisation], k: int, percent: float, knows_the_group: bool = False) -> Found:
    counted = Counter[str]()
    for one in organisations:
        sent = [each for _period, each in one.kept]
        rows = [rows_of(each) for each in sent]
        for case in sorted({case for each in sent for case in each.people}):
            seen = [
                (number, candidates)
                for number, each in enumerate(sent)
                if case in each.people and (candidates := _candidates(each, rows[number], case, knows_the_group))
            ]
            if seen:
                counted.update(_about(case, sent, seen, k, percent))
    return Found(counted["people"], counted["below"], counted["alone"], counted["pinned"])


def _candidates(sent: Sent, rows: Sequence[Row], case: str, knows_the_group: bool) -> list[Row]:
    if knows_the_group:
        mine = (sent.shown.rows or {}).get(case.encode())
        if mine is None:
            return []
        look = tuple(mine[sent.shown.row_fields.index(name)] for name in QUASI)
        return [row for row in rows if row[0] == look]
    known = tuple(sent.people[case][name] for name in QUASI)
    return [row for row in rows if all(a in (b, WITHHELD) for a, b in zip(row[0], known, strict=True))]


def _about(
    case: str, sent: Sequence[Sent], seen: Sequence[tuple[int, list[Row]]], k: int, percent: float
) -> Iterator[str]:
    yield "people"
    occurs = [{codes for _look, codes in candidates} for _number, candidates in seen]
    left = [
        [row for row in candidates if all(_could(row[1], codes) for codes in occurs)] for _number, candidates in seen
    ]
    if min(map(len, left)) < k:
        yield "below"
    if min(map(len, left)) == 1:
        yield "alone"
    true = {code for number, _candidates in seen for code in sent[number].people[case][CODES].split(";")}
    for those in left:
        told = [codes for _look, codes in those if codes != WITHHELD]
        share = Counter(code for codes in told for code in codes.split(";"))
        if any(number * 100 > percent * len(told) and code in true for code, number in share.items()):
            yield "pinned"
            return


def _could(codes: str, held: set[str]) -> bool:
    return codes == WITHHELD or WITHHELD in held or codes in held


# --- changes ---


def isolated_changes(organisations: Sequence[Organisation], k: int) -> tuple[int, int]:
    """How many groups and cells, of how many that bundles tell both, differ by one to k - 1 people: by who is in them,
    not by the net. Bundles are compared two by two, and a quarter with the sum of its months."""
    differing = [
        differ
        for one in organisations
        for held in [[(period, _cells(each)) for period, each in one.kept]]
        for differ in (*_one_by_one([cells for _period, cells in held]), *_quarters(held))
    ]
    return sum(0 < differ < k for differ in differing), len(differing)


def _one_by_one(held: Sequence[Cells]) -> Iterator[int]:
    for at, cells in enumerate(held):
        for before in held[:at]:
            for cell in cells.keys() & before.keys():
                if cells[cell].keys() & before[cell].keys():
                    both = cells[cell].keys() | before[cell].keys()
                    yield sum(not _alike(cells[cell].get(case), before[cell].get(case)) for case in both)


def _quarters(held: Sequence[tuple[Period, Cells]]) -> Iterator[int]:
    for period, cells in held:
        months = defaultdict[Period, list[Cells]](list)
        for other, table in held:
            if other != period and period.first <= other.first and other.last <= period.last:
                months[other].append(table)
        for chosen in product(*([None, *tables] for tables in months.values())):
            parts = [table for table in chosen if table is not None]
            for cell in set(cells).intersection(*parts) if len(parts) > 1 else ():
                times = Counter(cells[cell].keys())
                for table in parts:
                    times.subtract(table[cell].keys())
                yield sum(number != 0 for number in times.values())


def _alike(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and (one == other or WITHHELD in (one, other))


def _cells(sent: Sent) -> Cells:
    """Groups of the rows and printed cells, with who is in them, which she cannot see, and by which codes."""
    shown, found = sent.shown, dict[object, dict[str, str]]()
    for case, values in (shown.rows or {}).items():
        named = dict(zip(shown.row_fields, values, strict=True))
        found.setdefault(("group", *(named[name] for name in QUASI)), {})[case.decode()] = named[CODES]
    for table in sent.protected.tables:
        if shown.rows and set(table.fields) <= set(shown.row_fields):
            continue  # what the rows tell anyway
        for cell in table.cells:
            if cell.count is None:
                continue
            asked = {name: value for name, value in zip(table.fields, cell.values, strict=True) if value != "*"}
            if shown.rows and set(asked) <= set(shown.row_fields):
                continue
            found[tuple(sorted(asked.items()))] = {
                case.decode(): ""
                for case, values in shown.people.items()
                if asked.items() <= dict(zip(shown.table_fields, values, strict=True)).items()
            }
    return found
