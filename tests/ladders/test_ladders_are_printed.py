"""A ladder is printed as a table that a person can edit; what is printed is a tree, and the whole of it."""

from __future__ import annotations

import pytest

from exchange.errors import AgreementError, UsageError
from exchange.ladders.own import MOST_ROWS, read_own
from exchange.ladders.printing import printed
from exchange.ladders.register import LADDER_NAMES
from exchange.ladders.types import from_table

EDGES = {"age_band": (0, 18, 30), "interval": (-5, 0, 100)}
UNDER = {"date": "2026"}


@pytest.mark.parametrize("name", LADDER_NAMES)
def test_what_is_printed_is_a_tree(name: str) -> None:
    levels, rows = printed(name, edges=EDGES.get(name), under=UNDER.get(name))
    tree = from_table(name, levels, rows)
    assert all(tree.climb(row[0]) == row for row in rows)


@pytest.mark.parametrize(
    ("level", "count"), [("island", 7), ("province", 38), ("regency", 514), ("district", 7285), ("village", 83762)]
)
def test_no_place_is_missing_from_its_level(level: str, count: int) -> None:
    _levels, rows = printed("place", level=level)
    assert len(rows) == len({row[0] for row in rows}) == count


@pytest.mark.parametrize(
    ("level", "under", "count"),
    [
        ("regency", "53", 22),
        ("regency", "ID-NU", 41),
        ("village", "53.71", 51),
        ("district", "53.01.07", 1),
        ("province", "ID", 38),
    ],
)
def test_what_lies_under_a_place_is_printed_alone(level: str, under: str, count: int) -> None:
    levels, rows = printed("place", level=level, under=under)
    assert levels[0] == level
    assert len(rows) == count
    assert all(under in row for row in rows)


def test_a_leap_year_has_its_day() -> None:
    assert len(printed("date", under="2028")[1]) == 366
    assert len(printed("date", under="2026-Q3")[1]) == 92
    assert printed("date", under="2026-02", level="month")[1] == (("2026-02", "2026-Q1", "2026"),)


@pytest.mark.parametrize(("name", "under"), [("date", None), ("date", "soon"), ("place", "99"), ("country", "Mars")])
def test_under_what_is_not_there_nothing_is_printed(name: str, under: str | None) -> None:
    with pytest.raises(UsageError) as refused:
        printed(name, under=under)
    assert refused.value.codes == ("ladder.under",)


@pytest.mark.parametrize(
    "content",
    ["state,phase\nA,x\nB,y\n", "\ufeffstate;phase\r\nA;x\r\nB;y\r\n\r\n", 'state,phase\n"A", x\nB,y'],
)
def test_a_table_of_ones_own_is_read_as_excel_saves_it(content: str) -> None:
    assert read_own(content.encode(), "own.csv") == (("state", "phase"), (("A", "x"), ("B", "y")))


def test_everything_wrong_with_a_table_of_ones_own_is_said_at_once_with_its_row() -> None:
    with pytest.raises(AgreementError) as refused:
        read_own(b"state,state\nA,x\nA,y\nB\nC d,x\n", "own.csv")
    found = {(each.code, each.where) for each in refused.value.problems}
    assert found == {
        ("ladder.head", "own.csv"),
        ("ladder.two_parents", "own.csv, row 2"),
        ("ladder.ragged", "own.csv, row 3"),
        ("ladder.label", "own.csv, row 4"),
    }


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "ladder.too_large"),
        (b"state,phase\n", "ladder.too_large"),
        (b"state,phase\n" + b"".join(b"A%d,x\n" % at for at in range(MOST_ROWS + 1)), "ladder.too_large"),
        (b"x" * ((1 << 20) + 1), "ladder.too_large"),
        (b"state\nA\n", "ladder.head"),
        (b"\xff\xfe", "ladder.not_text"),
        (b'state,phase\n"A,x', "ladder.not_text"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(AgreementError) as refused:
        read_own(content, "own.csv")
    assert code in refused.value.codes
