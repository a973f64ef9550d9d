"""Whatever tables leave, in one release or in several that replace each other: an attacker who thinks of all people
that could be finds no small count. She succeeds as soon as the defence leaves out what she knows."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protect.people import column, permit
from protect.table_attacker import Attacker, Cell, Kind, Path, World

from exchange.agreements.tiers import Tables
from exchange.errors import DisclosureError
from exchange.protect.protected import ReleasedTable
from exchange.protect.releases.overlap import Bundled, Overlap
from exchange.protect.tables import kinds
from exchange.protect.tables.kinds import Asked
from exchange.protect.tables.published import published, release_tables, tables_without

FORMS, WAYS = "vic_TypeOfExploitation", "vic_MethodOfRecruitment"
GENDER, AGE, PROVINCE, REGENCY = "prs_Gender", "prs_Birthdate", "x_OriginProvince", "x_OriginRegency"
LISTS = frozenset({FORMS, WAYS})
SOLVING = settings(max_examples=12, deadline=None)
By = Sequence[Sequence[str]]


def released(
    people: Sequence[Kind], fields: Sequence[str], by: By, min_cell: int, in_rows: Sequence[str] = ()
) -> tuple[ReleasedTable, ...]:
    agreed = Tables.model_validate({"min_cell": min_cell, "secondary_suppression": True, "by": by})
    columns = [column(name, [person[at] for person in people]) for at, name in enumerate(fields)]
    return release_tables(columns, len(people), agreed, permit("dinas-p3a").agreement, in_rows)


def found_out(
    people: Sequence[Kind], fields: Sequence[str], by: By, min_cell: int, in_rows: Sequence[str] = (), **world: object
) -> list[tuple[Cell, int, int]]:
    """The small cells of which she learns that they are not empty, or not large, and could not know it otherwise."""
    known = World.of([people], fields, lists=LISTS, **world)
    knowing, holding = Attacker(known, 1), Attacker(known, 1)
    for each in (knowing, holding):
        if in_rows:
            each.sees_rows(0, people, in_rows)
    holding.learns(0, released(people, fields, by, min_cell, in_rows))
    told = []
    for cell in known.cells(by):
        true = sum(known.stands_in(person, cell) for person in people)
        if true < min_cell and not (in_rows and cell.keys() <= set(in_rows)):
            way = partial(_stands, known, cell, 0)
            before, after = knowing.between(way), holding.between(way)
            if after[0] > before[0] or after[1] < min(min_cell, before[1]):
                told.append((cell, *after))
    return told


def crowd(values: Sequence[Sequence[str]], most: int) -> st.SearchStrategy[list[Kind]]:
    """Up to `most` people, some kinds of them many."""
    kind = st.tuples(*(st.sampled_from(list(each)) for each in values))
    several = st.tuples(kind, st.sampled_from([1, 1, 2, 3, 6, 11]))
    return st.lists(several, max_size=most).map(lambda groups: [one for one, times in groups for _n in range(times)])


CODES = ["c", "d", "c;d", "c;e", "e", "c;d;e", ""]


@SOLVING
@given(crowd([CODES, ["u", "v", "u;v", "UNKNOWN"]], 7), st.integers(2, 5))
def test_two_fields_of_several_codes_in_one_table(people: list[Kind], min_cell: int) -> None:
    assert found_out(people, (FORMS, WAYS), [[FORMS, WAYS]], min_cell) == []


@SOLVING
@given(crowd([CODES, ["F", "M"], ["x", "y"]], 7), st.integers(2, 5))
def test_a_field_of_several_codes_in_two_tables(people: list[Kind], min_cell: int) -> None:
    assert found_out(people, (FORMS, GENDER, AGE), [[FORMS, GENDER], [FORMS, AGE]], min_cell) == []


@SOLVING
@given(crowd([CODES, ["F", "M"], ["x", "y"]], 7), st.integers(2, 5))
def test_several_codes_in_rows_and_a_table_over_them_and_more(people: list[Kind], min_cell: int) -> None:
    by = [[FORMS, AGE], [FORMS, GENDER]]
    assert found_out(people, (FORMS, GENDER, AGE), by, min_cell, in_rows=(FORMS, GENDER)) == []


@SOLVING
@given(crowd([["53", "52"], ["5301", "5302", "5201", ""]], 7), st.integers(2, 5))
def test_regencies_lie_in_provinces(people: list[Kind], min_cell: int) -> None:
    people = [(regency[:2] or province, regency) for province, regency in people]
    lies_in = lambda kind: kind[1].startswith(kind[0]) or not kind[1]  # noqa: E731  # one line
    by = [[PROVINCE], [REGENCY]]
    assert found_out(people, (PROVINCE, REGENCY), by, min_cell, possible=lies_in) == []


@SOLVING
@given(crowd([["F", "M", "T"], ["x", "y", "z"], ["53", "52"]], 9), st.integers(2, 5))
def test_three_fields_in_a_circle_of_larger_tables(people: list[Kind], min_cell: int) -> None:
    fields = (GENDER, AGE, PROVINCE)
    assert found_out(people, fields, [[GENDER, AGE], [AGE, PROVINCE], [PROVINCE, GENDER]], min_cell) == []


@SOLVING
@given(crowd([["F", "M", "T"], ["x", "y", "z"], ["53", "52"]], 9), st.integers(2, 5))
def test_where_only_the_likeliest_kinds_are_thought_of(people: list[Kind], min_cell: int) -> None:
    fields = (GENDER, AGE, PROVINCE)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(kinds, "MOST_KINDS", 4)
        assert found_out(people, fields, [[GENDER, AGE], [AGE, PROVINCE], [PROVINCE, GENDER]], min_cell) == []


def test_she_succeeds_where_fields_are_not_taken_together(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [("c", "v")] * 6 + [("d", "u;v")] * 6 + [("c;d", "u")] * 3
    places = [("53", "5301")] * 9 + [("53", "5302")] * 3 + [("52", "5201")] * 8 + [("52", "5202")] * 6
    lies_in = lambda kind: kind[1].startswith(kind[0])  # noqa: E731  # one line
    regencies = ((PROVINCE, REGENCY), [[PROVINCE], [REGENCY]], 5)
    assert found_out(listed, (FORMS, WAYS), [[FORMS, WAYS]], 5) == []
    assert found_out(places, *regencies, possible=lies_in) == []
    monkeypatch.setattr(kinds, "together", lambda *_args: ())
    assert found_out(listed, (FORMS, WAYS), [[FORMS, WAYS]], 5)
    assert found_out(places, *regencies, possible=lies_in)


# --- several releases that replace each other ---


def sent_together(
    months: Sequence[dict[bytes, Kind]], fields: Sequence[str], by: By, min_cell: int, alone: bool = False
) -> list[tuple[ReleasedTable, ...]]:
    """The tables of each, made with those before it in mind, or `alone`."""
    asked = Asked.of([tuple(each) for each in by], LISTS, frozenset({"", "UNKNOWN"}))
    before: list[Bundled] = []
    made: list[tuple[ReleasedTable, ...]] = []
    for people in months:
        bundles = [*([] if alone else before), Bundled(people, {}, None)]
        overlap = Overlap.of(bundles, fields, asked)
        counts = overlap.counts(len(bundles) - 1)
        withheld = overlap.withheld(min_cell, counts.visible())
        made.append(tables_without(withheld, counts, asked.breakdowns))
        before.append(Bundled(people, published(made[-1]), None))
    return made


def found_out_together(
    months: Sequence[dict[bytes, Kind]], fields: Sequence[str], by: By, min_cell: int, alone: bool = False
) -> list[tuple[Cell, str]]:
    world = World.of([[*people.values()] for people in months], fields, lists=LISTS)
    before, holding = Attacker(world, len(months)), Attacker(world, len(months))
    sent = sent_together(months, fields, by, min_cell, alone)
    for number, tables in enumerate(sent):
        holding.learns(number, tables)
        if number < len(sent) - 1:
            before.learns(number, tables)
    told = []
    truth = [tuple(people.get(case) for people in months) for case in {case for people in months for case in people}]
    for cell in world.cells(by):
        for name, way in ways_through(world, cell, len(months)).items():
            if sum(map(way, truth)) < min_cell:
                knew, knows = before.between(way), holding.between(way)
                if knows[0] > knew[0] or knows[1] < min(min_cell, knew[1]):
                    told.append((cell, name))
    return told


def ways_through(world: World, cell: Cell, releases: int) -> dict[str, Callable[[Path], bool]]:
    """Standing in the cell in one of the releases; in the first and not so in the last; and the other way round."""
    standing = {f"in {n}": partial(_stands, world, cell, n) for n in range(releases)}
    first, last = standing["in 0"], standing[f"in {releases - 1}"]
    return {
        **standing,
        "gone or changed": lambda path: first(path) and path[0] != path[-1],
        "new or changed": lambda path: last(path) and path[0] != path[-1],
    }


def _stands(world: World, cell: Cell, release: int, path: Path) -> bool:
    return world.stands_in(path[release], cell)


def mended(people: Sequence[Kind], values: Sequence[Sequence[str]], seed: int) -> list[dict[bytes, Kind]]:
    dice = random.Random(seed)
    first = {b"%d" % number: person for number, person in enumerate(people)}
    second = {case: person for case, person in first.items() if dice.random() > 0.3}
    for case in second:
        if dice.random() < 0.2:
            second[case] = tuple(dice.choice(list(each)) for each in values)
    drawn = [tuple(dice.choice(list(each)) for each in values) for _n in range(dice.choice([0, 3, 9]))]
    return [first, second | {b"new %d" % number: person for number, person in enumerate(drawn)}]


@SOLVING
@given(crowd([["F", "M", "T"], ["x", "y"]], 8), st.integers(2, 5), st.integers(0, 999))
def test_a_release_and_its_correction(people: list[Kind], min_cell: int, seed: int) -> None:
    months = mended(people, [["F", "M", "T"], ["x", "y"]], seed)
    assert found_out_together(months, (GENDER, AGE), [[GENDER, AGE]], min_cell) == []


@SOLVING
@given(crowd([["c", "d", "c;d"], ["F", "M"]], 8), st.integers(2, 5), st.integers(0, 999))
def test_a_release_of_several_codes_and_its_correction(people: list[Kind], min_cell: int, seed: int) -> None:
    months = mended(people, [["c", "d", "c;d"], ["F", "M"]], seed)
    assert found_out_together(months, (FORMS, GENDER), [[FORMS, GENDER]], min_cell) == []


def test_she_succeeds_where_a_correction_forgets_what_was_sent() -> None:
    first = {b"%d" % n: ("F" if n < 12 else "M", "x" if n % 2 else "y") for n in range(30)}
    second = {case: person for case, person in first.items() if case != b"3"}
    assert found_out_together([first, second], (GENDER, AGE), [[GENDER, AGE]], 5, alone=True)
    assert not found_out_together([first, second], (GENDER, AGE), [[GENDER, AGE]], 5)


def test_a_memory_that_contradicts_itself_is_refused() -> None:
    people = {b"%d" % n: ("F", "x") for n in range(9)}
    wrong = Bundled(people, {(): 10}, None)
    overlap = Overlap.of([wrong, Bundled(people, {}, None)], (GENDER, AGE), Asked.of([(GENDER, AGE)]))
    with pytest.raises(DisclosureError) as refused:
        overlap.withheld(5, overlap.counts(1).visible())
    assert refused.value.codes == ("releases.contradict",)
