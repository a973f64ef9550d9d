"""What is read as a whole column is what reading it text by text gives."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from extracts.case_sheets import TODAY, case, data, mapping, read, value, write
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.agreements.dictionary import Field
from exchange.codes import nik
from exchange.extracts import arrow
from exchange.extracts.niks import FEMALE, MALE, NONE, birth_number, plain_niks, read_niks
from exchange.extracts.plain import plain
from exchange.extracts.references import all_as_compared, as_compared
from exchange.extracts.values import Terms, Value, read_values

TERMS = Terms(mapping(), data(), TODAY)
PAIRS = ("00", "01", "11", "12", "28", "29", "30", "31", "32", "40", "41", "53", "69", "70", "71", "72", "94", "99")
SIXTEEN = st.lists(st.sampled_from(PAIRS) | st.text("0123456789", min_size=2, max_size=2), min_size=8, max_size=8)
NEAR_NIKS = SIXTEEN.map("".join) | st.text("0123456789 .-AX٣\n", min_size=14, max_size=19)
WORDS = st.sampled_from(
    [
        "",
        "UNKNOWN",
        "unknown",
        "un\u212anown",
        "Declined",
        "DECLINED",
        "not_available",
        "SUPPRESSED",
        "suppreßed",
        "n/a",
    ]
)
SIGNS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
PHONES = st.text("0123456789+-.() '’\t\u00a0\u200e", min_size=6, max_size=20)
TEXTS = (WORDS | SIGNS | PHONES | NEAR_NIKS).map(str.strip)


def one_by_one(text: str) -> tuple[int, int]:
    found = nik.read_nik(text)
    if found is None:
        return NONE, NONE
    sex = FEMALE if found.sex == "female" else MALE
    return birth_number(found.day, found.month, found.year_of_century), sex


@given(st.lists(NEAR_NIKS, max_size=20))
@settings(max_examples=150, deadline=None)
def test_niks_of_a_column_say_what_each_says_alone(texts: list[str]) -> None:
    read = read_niks(arrow.texts(texts), TERMS)
    assert list(zip(read.born.tolist(), read.sex.tolist(), strict=True)) == [one_by_one(text) for text in texts]


def test_every_day_of_four_years_is_told_apart_from_days_that_no_month_has() -> None:
    born = itertools.product((0, 1, 4, 99), range(14), range(73))
    days = [f"530107{day:02}{month:02}{year:02}0012" for year, month, day in born]
    assert plain_niks(arrow.texts(days)).whole.tolist() == [nik.read_nik(text) is not None for text in days]
    assert sum(plain_niks(arrow.texts(days)).whole) > 365 * 4


def test_a_nik_of_no_province_of_no_regency_or_without_serial_is_none() -> None:
    wrong = ["9901075708900012", "5300075708900012", "5301005708900012", "5301075708900000", "530107570890001", "x"]
    assert not plain_niks(arrow.texts(wrong)).whole.any()
    assert plain_niks(arrow.texts(["5301075708900012"])).sex.tolist() == [FEMALE]
    assert plain_niks(arrow.texts(["5301071708900012"])).sex.tolist() == [MALE]


@pytest.mark.parametrize("field", ["prs_FirstName", "x_CaseRef", "prs_MobilePhone", "prs_IdentityNumber"])
@given(texts=st.lists(TEXTS, max_size=20))
@settings(max_examples=120, deadline=None)
def test_a_text_that_passes_the_sieve_is_its_own_value_without_a_fault(field: str, texts: list[str]) -> None:
    of = data().field(field)
    passed = plain(arrow.texts(texts), of, TERMS)
    values = read_values(texts, of, TERMS)
    assert [value for value, sure in zip(values, passed, strict=True) if sure] == [
        Value(text) for text, sure in zip(texts, passed, strict=True) if sure
    ]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("prs_FirstName", "Contohwati"),
        ("prs_FirstName", "Ñandú"),
        ("prs_MobilePhone", "+62 812-0000-0001"),
        ("prs_IdentityNumber", "5301075708900012"),
    ],
)
def test_what_most_cells_hold_passes_the_sieve(field: str, text: str) -> None:
    long = text if text.isascii() else text * 3
    assert plain(arrow.texts([long]), data().field(field), TERMS).tolist() == [True]


def test_nothing_passes_where_the_mapping_gives_words_a_meaning() -> None:
    terms = Terms(mapping(values={"prs_FirstName": {"Contohwati": "UNKNOWN"}}), data(), TODAY)
    assert not plain(arrow.texts(["Contohwati", "Lain"]), data().field("prs_FirstName"), terms).any()


def test_nothing_passes_that_is_of_a_list_or_a_date() -> None:
    of: Field
    for of in data().fields:
        if of.type != "string" or of.codes or of.categories:
            assert not plain(arrow.texts(["Feminine", "2026-10-01", "ID"]), of, TERMS).any()


@given(st.lists(SIGNS, max_size=20))
@settings(max_examples=100, deadline=None)
def test_references_are_compared_alike_alone_and_in_a_column(texts: list[str]) -> None:
    assert all_as_compared(arrow.texts(texts)).to_pylist() == [as_compared(text) for text in texts]


@given(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=30), st.integers(0, 5))
@settings(max_examples=50, deadline=None)
def test_numbers_and_answers_keep_their_places_across_buffers(numbers: list[int], skipped: int) -> None:
    array = arrow.int32s(np.array(numbers, np.int64))
    assert array.equals(pa.array(numbers, pa.int32()))
    assert arrow.numbers_of(array.slice(skipped)).tolist() == numbers[skipped:]
    which = np.array([number % 3 == 0 for number in numbers], bool)
    answers = arrow.bools(which)
    assert answers.to_pylist() == which.tolist()
    assert arrow.bools_of(answers.slice(skipped)).tolist() == which.tolist()[skipped:]
    assert arrow.int32s(np.array(numbers, np.int64), null=which).null_count == which.sum()


def test_texts_that_mean_one_value_become_one(tmp_path: Path) -> None:
    rows = [
        case(1, First_Name=" Contohwati", Birthdate="17/8/1990"),
        case(2, First_Name="Contohwati\u00a0", Birthdate=dt.date(1990, 8, 17)),
        case(3, First_Name="unknown", NIK="53.01.07.570890.0012"),
    ]
    extract = read(write(tmp_path / "k.xlsx", rows))
    for field, count in (("prs_FirstName", 2), ("prs_Birthdate", 1), ("prs_IdentityNumber", 1)):
        assert len(extract.table.column(field).combine_chunks().dictionary) == count
    assert value(extract, "prs_FirstName", 2) == "UNKNOWN"
