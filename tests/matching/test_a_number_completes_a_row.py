"""A NIK repeats when and where its owner was born: it fills what a row leaves open, and changes nothing that is said.
All numbers are invented."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redact.ntt import MARIA, consented

from exchange.matching.marks import Marks, marks_of

WOMAN = "5301075201900012"  # 12 January 1990, regency 53.01
TODAY = dt.date(2026, 11, 5)
BORN = dt.date(1990, 1, 12)


def test_a_row_that_does_not_say_when_and_where_is_told_by_the_number() -> None:
    told = Marks(name="Maria", identity=WOMAN).completed(TODAY)
    assert told == Marks(name="Maria", identity=WOMAN, born=BORN, year=1990, regency="53.01")


@pytest.mark.parametrize("year", [1989, 1990, 1991])
def test_a_row_that_knows_the_year_only_gets_the_day(year: int) -> None:
    told = Marks(identity=WOMAN, year=year).completed(TODAY)
    assert (told.born, told.year) == (BORN, 1990)


@pytest.mark.parametrize("year", [1987, 1988, 1992, 2010])
def test_a_year_that_is_not_the_numbers_keeps_the_row_as_it_is(year: int) -> None:
    told = Marks(identity=WOMAN, year=year).completed(TODAY)
    assert (told.born, told.year) == (None, year)


def test_a_date_that_the_row_says_is_never_changed() -> None:
    said = dt.date(1991, 3, 4)
    told = Marks(identity=WOMAN, born=said, year=1991, regency="53.04").completed(TODAY)
    assert (told.born, told.year, told.regency) == (said, 1991, "53.04")


def test_a_number_that_contradicts_the_date_says_nothing_of_the_place_either() -> None:
    row = Marks(identity=WOMAN, born=dt.date(1991, 3, 4), year=1991)
    assert row.completed(TODAY) == row
    other_year = Marks(identity=WOMAN, year=1970)
    assert other_year.completed(TODAY) == other_year


@pytest.mark.parametrize("number", ["5301070101900012", "5301074107900012"])
def test_a_number_whose_day_stands_for_a_year_tells_the_year_only(number: str) -> None:
    told = Marks(identity=number).completed(TODAY)
    assert (told.born, told.year) == (None, 1990)
    assert Marks(identity=number, year=1991).completed(TODAY).year == 1991


def test_a_regency_whose_province_was_split_is_told_by_its_name_of_today() -> None:
    assert Marks(identity="6404075201900012").completed(TODAY).regency == "65.01"


def test_nobody_is_born_after_the_day_on_which_she_was_alive() -> None:
    born_2025 = "5301075201250012"
    assert Marks(identity=born_2025).completed(TODAY).year == 2025
    assert Marks(identity=born_2025).completed(dt.date(2024, 1, 1)).year == 1925


@pytest.mark.parametrize("identity", ["", "A1234567"])
def test_a_passport_or_no_number_tells_nothing(identity: str) -> None:
    assert Marks(identity=identity).completed(TODAY) == Marks(identity=identity)


@given(
    born=st.dates(dt.date(1930, 1, 1), dt.date(2020, 1, 1)),
    regency=st.sampled_from(["53.04", "64.02"]),
    sex=st.sampled_from(["", "Feminine", "Masculine"]),
    name=st.text(max_size=8),
)
def test_nothing_that_a_row_says_is_changed(born: dt.date, regency: str, sex: str, name: str) -> None:
    said = Marks(
        name=name, identity=WOMAN, phone="+62812", born=born, year=born.year, regency=regency, sex=sex, text="a"
    )
    assert said.completed(TODAY) == said


# From a row of the agreement


def marks(**other: str) -> Marks:
    return next(marks_of(consented([MARIA | other])))


def test_a_row_is_read_and_completed() -> None:
    assert marks(prs_Birthdate="1990-01-01", x_OriginRegency="") == Marks(
        name="Maria Goreti Tefnai",
        identity=WOMAN,
        phone="+6281237001234",
        born=BORN,
        year=1990,
        regency="53.01",
        sex="Feminine",
    )


def test_a_date_that_stands_for_a_year_leaves_the_year() -> None:
    told = marks(prs_Birthdate="1990-07-01", prs_IdentityNumber="")
    assert (told.born, told.year) == (None, 1990)


def test_a_number_that_is_none_is_as_good_as_missing() -> None:
    assert marks(prs_IdentityNumber="530107520190001", prs_Birthdate="") == marks(
        prs_IdentityNumber="", prs_Birthdate=""
    )


def test_marks_tell_nothing_when_they_are_shown() -> None:
    assert "Maria" not in repr(marks())
