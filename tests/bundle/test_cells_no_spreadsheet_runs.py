"""No cell of a CSV begins like a formula, and every value can be had back exactly."""

from __future__ import annotations

import csv
import io
import re
import sys
import unicodedata

import pyarrow as pa
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from exchange.bundle.csv_text import as_written, harmless, read, write, write_table

SIGNS = "'=+-@\t\r\n;,|\" 0159.aé＝－−⁺﹫\u200b\u200f\u202e\u2060\u3000\xa0\xad\ufeff\x00\x1f<&(!"
HARD = st.text(st.sampled_from(SIGNS), max_size=12)
ANY = st.one_of(HARD, st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
NUMBER = re.compile(r"[+-][0-9]+([ .,][0-9]+)*([eE][+-]?[0-9]+)?\+?")
SUM = re.compile(r"[+-][0-9 .]+(\+?,(?![0-9]).*|,[0-9 .:/+-]*(,.*)?)", re.DOTALL)  # no formula, or a sum of numbers
UNSEEN = {"Cc", "Cf", "Zs", "Zl", "Zp"}


def begins_like_a_formula(cell: str) -> bool:
    """By the definition: after what nobody sees, what a spreadsheet folds to = + - @ or a minus sign; a blank first."""
    if NUMBER.fullmatch(cell):
        return False
    seen = next((letter for letter in cell if unicodedata.category(letter) not in UNSEEN), "")
    return cell[:1] in {"\t", "\r", "\n"} or unicodedata.normalize("NFKC", seen)[:1] in set("=+-@−") - {""}


@settings(max_examples=500)
@given(ANY)
@example("'=1")
@example("''-")
@example("+62811;=1")
@example("\t\n'=\r@")
@example(" ' =1")
@example('a;""=1+1')
def test_what_is_made_harmless_comes_back(value: str) -> None:
    assert as_written(harmless(value)) == value


@settings(max_examples=500)
@given(ANY)
@example("-0\r")
@example("-2|' /C calc'!A0")
@example("\u200b=1+1")
@example("\xa0 ＝1+1")
def test_no_cell_begins_like_a_formula(value: str) -> None:
    assert not begins_like_a_formula(harmless(value))


@settings(max_examples=500)
@given(ANY, st.sampled_from(";,\t\n|"))
def test_no_cell_begins_like_a_formula_where_the_file_is_split_elsewhere(value: str, separator: str) -> None:
    for piece in harmless(value).split(separator):
        assert not begins_like_a_formula(piece.lstrip("\t\r\n")) or not piece.strip("\t\r\n")


@settings(max_examples=1000)
@given(st.lists(st.tuples(ANY, ANY, ANY), min_size=1, max_size=4), st.sampled_from(";\t|"))
@example([("x", 'a;"=1+1;', "y")], ";")  # the quotes that RFC 4180 doubles open and close an empty cell there
@example([("-8", "5+cmd|' /C calc'!A0", "y")], ";")  # there the comma is a decimal sign
@example([("x;", "\n", "-1")], ";")
def test_no_formula_begins_in_a_file_that_excel_splits_at_its_own_separator(
    rows: list[tuple[str, str, str]], separator: str
) -> None:
    """Python's csv, where it is not strict, takes a quote as Excel does: only where a cell begins."""
    content = write(["a", "b", "c"], list(zip(*rows, strict=True))).decode()
    assume("\x00" not in content)
    for line in csv.reader(io.StringIO(content, newline=""), delimiter=separator):
        for cell in line:
            assert not begins_like_a_formula(cell.strip("\t\r\n")) or SUM.fullmatch(cell)


def test_every_character_that_nobody_sees_or_that_folds_to_a_sign_is_known() -> None:
    letters = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]
    unseen = [each for each in letters if unicodedata.category(each) in UNSEEN]
    signs = [each for each in letters if unicodedata.normalize("NFKC", each)[0] in "=+-@"]
    assert [each for each in unseen if harmless(f"{each}=1")[0] != "'"] == []
    assert [each for each in signs if harmless(f"{each}1a")[0] != "'"] == []


def test_a_long_text_takes_no_longer_than_its_length() -> None:
    for text in ("\t" * 100_000, ";' " * 50_000, "\n" * 50_000 + "=", "'" * 100_000):
        assert as_written(harmless(text)) == text


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
    "text",
    [
        *("-8.65", "-8,65", "-1.234.567,89", "-1e5", "+62811000001", "+62 811 0000 001", "0811", "53.10"),
        *(
            "12-14",
            "45+",
            "-5+",
            "[-5, 0)",
            "ForcedLabour;Servitude",
            "2026-10-04",
            " x",
            "Jl. Timor Raya - Kupang",
            "",
        ),
    ],
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
        ("+62-811-0000-001", "'+62-811-0000-001"),  # 62 − 811 − 1
        (" =1+1", "' =1+1"),
        ("\ufeff\u200b@x", "'\ufeff\u200b@x"),
        ('a;"=1+1', "a;'\"=1+1"),
    ],
)
def test_what_a_spreadsheet_would_run_is_marked(text: str, cell: str) -> None:
    assert harmless(text) == cell


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_no_number_is_touched(number: float) -> None:
    assert harmless(str(number)) == str(number)


@given(st.from_regex(r"\+62[0-9]{8,12}", fullmatch=True))
def test_no_phone_number_is_touched(phone: str) -> None:
    assert harmless(phone) == phone


def test_a_number_stays_itself_beside_a_number_a_date_or_a_text() -> None:
    rows = [("-8.65", "7"), ("+62811", "2026-10-04"), ("-1", "Kupang")]
    content = write(["a", "b"], list(zip(*rows, strict=True))).decode()
    assert content == "a,b\r\n-8.65,7\r\n+62811,2026-10-04\r\n-1,Kupang\r\n"


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
