"""An attacker who holds the tables, and lists every set of people that fits them.

She knows which values occur and which fields take several codes, and shares no line with the program: she tries all
people there could be. For each count that was withheld because it was small, "none" and "enough" must both fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations, product

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from protect.people import column, permit

from exchange.agreements.tiers import Tables
from exchange.protect.protected import ReleasedTable
from exchange.protect.tables.published import release_tables

Kind = tuple[str, ...]  # of person: a value for each field; several codes are joined by ";"
LIST_FIELD = "vic_TypeOfExploitation"
A, B, C = "prs_Gender", "prs_Birthdate", "x_OriginProvince"
ALONE = ("", "UNKNOWN")


def kinds_of_people(people: Sequence[Kind], fields: Sequence[str]) -> list[Kind]:
    """Every kind of person that the values in `people` allow."""
    return list(product(*(possible(name, {p[n] for p in people}) for n, name in enumerate(fields))))


def possible(field: str, values: set[str]) -> list[str]:
    if field != LIST_FIELD:
        return sorted(values)
    codes = sorted({code for value in values if value not in ALONE for code in value.split(";")})
    lists = [";".join(chosen) for size in range(1, len(codes) + 1) for chosen in combinations(codes, size)]
    return [*lists, *sorted(values & set(ALONE))]


@cache
def crowds(kinds: int, most: int) -> NDArray[np.int8]:
    """Every way in which up to `most` people can be of so many kinds: one row each, a number per kind."""
    grown = np.zeros((1, 0), dtype=np.int8)
    for _kind in range(kinds):
        left = most - grown.sum(axis=1)
        grown = np.repeat(grown, left + 1, axis=0)
        start = np.cumsum(left + 1) - (left + 1)
        number = np.arange(len(grown)) - np.repeat(start, left + 1)
        grown = np.hstack([grown, number[:, None].astype(np.int8)])
    return grown


def in_cell(kind: Kind, fields: Sequence[str], cell: dict[str, str]) -> bool:
    named = dict(zip(fields, kind, strict=True))
    return all(
        value in named[name].split(";") if name == LIST_FIELD else value == named[name] for name, value in cell.items()
    )


def cells(table: ReleasedTable) -> Iterator[tuple[dict[str, str], int | None]]:
    for cell in table.cells:
        yield {n: v for n, v in zip(table.fields, cell.values, strict=True) if v != "*"}, cell.count


def what_fits(
    tables: Sequence[ReleasedTable], kinds: Sequence[Kind], fields: Sequence[str], most: int
) -> NDArray[np.int8]:
    """The crowds in which every published count is right."""
    fitting = crowds(len(kinds), most)
    for table in tables:
        for cell, count in cells(table):
            if count is not None:
                fitting = fitting[counted(fitting, kinds, fields, cell) == count]
    return fitting


def counted(
    fitting: NDArray[np.int8], kinds: Sequence[Kind], fields: Sequence[str], cell: dict[str, str]
) -> NDArray[np.int64]:
    return fitting @ np.array([in_cell(kind, fields, cell) for kind in kinds], dtype=np.int64)


def every_cell(by: Sequence[Sequence[str]], people: Sequence[Kind], fields: Sequence[str]) -> list[dict[str, str]]:
    values = {
        name: sorted({v for p in people for v in (p[n].split(";") if name == LIST_FIELD else [p[n]])})
        for n, name in enumerate(fields)
    }
    return [
        {n: v for n, v in zip(names, chosen, strict=True) if v != "*"}
        for names in by
        for chosen in product(*([*values[name], "*"] for name in names))
    ]


def released(
    people: Sequence[Kind], fields: Sequence[str], by: Sequence[Sequence[str]], min_cell: int, in_rows: Sequence[str]
) -> tuple[ReleasedTable, ...]:
    agreed = Tables.model_validate({"min_cell": min_cell, "secondary_suppression": True, "by": by})
    columns = [column(name, [kind[place] for kind in people]) for place, name in enumerate(fields)]
    return release_tables(columns, len(people), agreed, permit("dinas-p3a").agreement, in_rows)


def assert_nothing_small_can_be_solved(
    people: Sequence[Kind],
    fields: Sequence[str],
    by: Sequence[Sequence[str]],
    min_cell: int,
    in_rows: Sequence[str] = (),
) -> None:
    tables = released(people, fields, by, min_cell, in_rows)
    kinds = kinds_of_people(people, fields)
    most = len(people) + min_cell + 1
    assume(len(crowds(len(kinds), most)) < 400_000)
    rows_tell = crowds(len(kinds), most)
    for kind in set(product(*({p[fields.index(name)] for p in people} for name in in_rows))) if in_rows else ():
        told = dict(zip(in_rows, kind, strict=True))
        rows_tell = rows_tell[counted(rows_tell, kinds, fields, told) == sum(in_cell(p, fields, told) for p in people)]
    fitting = what_fits(tables, kinds, fields, most)
    if in_rows:
        alike = {crowd.tobytes() for crowd in rows_tell}
        fitting = np.array([crowd for crowd in fitting if crowd.tobytes() in alike])
    for cell in every_cell(by, people, fields):
        true = sum(in_cell(p, fields, cell) for p in people)
        if true < min_cell and not (in_rows and set(cell) <= set(in_rows)):
            without_tables = counted(rows_tell, kinds, fields, cell)
            with_tables = counted(fitting, kinds, fields, cell)
            assert with_tables.min() == without_tables.min(), cell
            assert with_tables.max() >= min(min_cell, without_tables.max()), cell


def people_of(values: Sequence[Sequence[str]], most: int) -> st.SearchStrategy[list[Kind]]:
    return st.lists(st.tuples(*(st.sampled_from(list(each)) for each in values)), max_size=most)


@settings(max_examples=80, deadline=None)
@given(people_of([["F", "M"], ["x", "y", "z"]], 9), st.integers(2, 4))
def test_two_fields_crossed(people: list[Kind], min_cell: int) -> None:
    assert_nothing_small_can_be_solved(people, (A, B), [[A, B]], min_cell)


@settings(max_examples=60, deadline=None)
@given(people_of([["p", "q", "r", "s"]], 16), st.integers(2, 5))
def test_one_field_and_its_total(people: list[Kind], min_cell: int) -> None:
    assert_nothing_small_can_be_solved(people, (C,), [[C]], min_cell)


@settings(max_examples=50, deadline=None)
@given(people_of([["F", "M"], ["x", "y"], ["p", "q"]], 7), st.integers(2, 3))
def test_two_tables_that_share_a_margin(people: list[Kind], min_cell: int) -> None:
    assert_nothing_small_can_be_solved(people, (A, B, C), [[A, B], [B, C]], min_cell)


@settings(max_examples=50, deadline=None)
@given(people_of([["F", "M"], ["x", "y"], ["p", "q"]], 7), st.integers(2, 3))
def test_three_tables_in_a_circle(people: list[Kind], min_cell: int) -> None:
    assert_nothing_small_can_be_solved(people, (A, B, C), [[A, B], [B, C], [A, C]], min_cell)


@settings(max_examples=50, deadline=None)
@given(people_of([["F", "M"], ["c", "d", "c;d", ""]], 8), st.integers(2, 3))
def test_people_with_several_codes(people: list[Kind], min_cell: int) -> None:
    assert_nothing_small_can_be_solved(people, (A, LIST_FIELD), [[LIST_FIELD, A]], min_cell)


@settings(max_examples=50, deadline=None)
@given(people_of([["F", "M"], ["x", "y"], ["p", "q"]], 7), st.integers(2, 3))
def test_rows_leave_with_the_tables(people: list[Kind], min_cell: int) -> None:
    assert_nothing_small_can_be_solved(people, (A, B, C), [[A, C], [B, C], [A, B]], min_cell, in_rows=(A, B))


def test_the_one_small_cell_of_a_total_takes_another_with_it() -> None:
    people = [("p",)] * 20 + [("q",)] * 9 + [("r",)] * 2
    (table,) = released(people, (C,), [[C]], 5, ())
    assert {cell.values: cell.count for cell in table.cells} == {("p",): 20, ("*",): 31}


def test_what_is_not_listed_may_be_nobody() -> None:
    nobody = released([], (A, B), [[A, B]], 5, ())
    few = released([("F", "x"), ("F", "y"), ("M", "x")], (A, B), [[A, B]], 5, ())
    assert nobody == few


def test_a_small_count_is_not_printed_even_if_the_rows_tell_it() -> None:
    people = [("F", "x")] * 7 + [("F", "y")] * 3 + [("M", "x")] * 6 + [("M", "y")] * 8
    (table,) = released(people, (A, B), [[A, B]], 5, (A, B))
    found = {cell.values: cell.count for cell in table.cells}
    assert found == {
        ("F", "x"): 7, ("F", "y"): None, ("F", "*"): 10, ("M", "x"): 6, ("M", "y"): 8, ("M", "*"): 14,
        ("*", "x"): 13, ("*", "y"): 11, ("*", "*"): 24,
    }  # fmt: skip


def test_totals_count_people_and_not_codes() -> None:
    people = [("c;d",)] * 6 + [("d",)] * 5
    (table,) = released(people, (LIST_FIELD,), [[LIST_FIELD]], 5, ())
    assert {cell.values: cell.count for cell in table.cells} == {("c",): 6, ("d",): 11, ("*",): 11}
