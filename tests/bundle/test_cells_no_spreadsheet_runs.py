"""No cell of a CSV begins like a formula, and every value can be had back exactly."""

from __future__ import annotations

import csv
import io
import re
import unicodedata

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exchange.bundle.csv_text import as_written, harmless, read, write, write_table

HARD = st.text(st.sampled_from("'=+-@\t\r\n;,|\" 0159.aé＝－−⁺﹫\u200f\u202e\ufeff<&"), max_size=12)
ANY = st.one_of(HARD, st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
NUMBER = re.compile(r"[+-][0-9][0-9 .-]*")
FOLDED = unicodedata.normalize


def begins_like_a_formula(cell: str) -> bool:
    """By the definition: what a spreadsheet folds to = + - @, a minus sign, or a blank that it drops."""
    if NUMBER.fullmatch(cell):
        return False
    return FOLDED("NFKC", cell[:1])[:1] in set("=+-@\t\r\n−") - {""}


@settings(max_examples=500)
@given(ANY)
@example("'=1")
@example("''-")
@example("+62811;=1")
@example("\t\n'=\r@")
def test_what_is_made_harmless_comes_back(value: str) -> None:
    assert as_written(harmless(value)) == value


@settings(max_examples=500)
@given(ANY)
@example("-0\r")
@example("-2|' /C calc'!A0")
def test_no_cell_begins_like_a_formula(value: str) -> None:
    assert not begins_like_a_formula(harmless(value))


@settings(max_examples=500)
@given(ANY, st.sampled_from(";,\t\n|"))
def test_no_cell_begins_like_a_formula_where_the_file_is_split_elsewhere(value: str, separator: str) -> None:
    for piece in harmless(value).split(separator):
        assert not begins_like_a_formula(piece.lstrip("\t\r\n")) or not piece.strip("\t\r\n")


@settings(max_examples=300)
@given(st.lists(st.tuples(ANY, ANY), max_size=6))
def test_a_file_comes_back(rows: list[tuple[str, str]]) -> None:
    head, lines = read(write(["a", "b"], [[a for a, _b in rows], [b for _a, b in rows]]))
    assert head == ["a", "b"]
    assert [tuple(line) for line in lines] == rows


@given(st.lists(HARD, min_size=1, max_size=6))
def test_a_file_of_one_column_keeps_its_empty_cells(values: list[str]) -> None:
    _head, lines = read(write(["a"], [values]))
    assert [line[0] for line in lines] == values


@pytest.mark.parametrize(
    "text", ["-8.65", "+62811000001", "+62-811-0000-001", "0811", "53.10", "12-14", "45+", "ForcedLabour;Servitude", ""]
)
def test_numbers_phones_bands_and_codes_are_left_alone(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=HYPERLINK(0)", "'=HYPERLINK(0)"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("＝1", "'＝1"),
        ("a;=1+1", "a;'=1+1"),
        ("+", "'+"),
    ],
)
def test_what_a_spreadsheet_would_run_is_marked(text: str, cell: str) -> None:
    assert harmless(text) == cell


def test_the_file_is_rfc_4180() -> None:
    content = write(["a", "b"], [['say "no"', "x\ny"], ["1", "é"]])
    assert content == 'a,b\r\n"say ""no""",1\r\n"x\ny",é\r\n'.encode()
    assert list(csv.reader(io.StringIO(content.decode(), newline="")))[1] == ['say "no"', "1"]


@settings(max_examples=300)
@given(st.lists(st.tuples(ANY, HARD), max_size=6), st.booleans())
def test_a_whole_table_is_written_as_its_cells_are(rows: list[tuple[str, str]], alone: bool) -> None:
    columns = [[row[place] for row in rows] for place in range(1 if alone else 2)]
    names = ["a", "=b"][: len(columns)]
    arrays = [pa.array(column, pa.string()).dictionary_encode() for column in columns]
    assert write_table(pa.table(dict(zip(names, arrays, strict=True)))) == write(names, columns)
