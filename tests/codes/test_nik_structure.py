"""What a NIK says, what Excel does to it, and what is a passport. All numbers are made up."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exchange.codes.nik import damage, is_passport, read_nik


def test_a_womans_nik_has_forty_added_to_the_day() -> None:
    nik = read_nik("5301075201900012")
    assert nik is not None
    assert (nik.province, nik.regency, nik.district) == ("53", "53.01", "53.01.07")
    assert (nik.sex, nik.serial) == ("female", "0012")
    assert nik.birthdate(date(2026, 9, 1)) == date(1990, 1, 12)


@example(date(1990, 1, 1), True, 1)
@example(date(1990, 1, 31), True, 9999)
@example(date(1990, 1, 31), False, 1)
@given(st.dates(date(1930, 1, 1), date(2026, 8, 31)), st.booleans(), st.integers(1, 9999))
def test_the_birth_date_and_sex_come_back(born: date, female: bool, serial: int) -> None:
    day = born.day + 40 * female
    nik = read_nik(f"530107{day:02d}{born.month:02d}{born.year % 100:02d}{serial:04d}")
    assert nik is not None
    assert nik.agrees_with(born)
    assert nik.sex == ("female" if female else "male")
    found = nik.birthdate(date(2026, 9, 1))
    assert found <= date(2026, 9, 1)
    assert (found.year - born.year) % 100 == 0


@pytest.mark.parametrize("text", ["53.0107 520190-0012", " 5301075201900012 ", "'5301075201900012"])
def test_separators_do_not_count(text: str) -> None:
    assert read_nik(text) == read_nik("5301075201900012")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "530107520190001",  # fifteen digits
        "9901075201900012",  # no such province
        "5301073202900012",  # 32 February
        "5301075201900000",  # serial 0000
        "5301077201900012",  # day 72
        "A1234567",
        "٥٣٠١٠٧٥٢٠١٩٠٠٠١٢",  # digits, but not those of a card
    ],
)
def test_what_cannot_be_a_nik_is_none(text: str) -> None:
    assert read_nik(text) is None


def test_a_nik_that_disagrees_with_the_birth_date_is_told() -> None:
    nik = read_nik("5301075201900012")
    assert nik is not None
    assert not nik.agrees_with(date(1990, 2, 12))


@pytest.mark.parametrize("text", ["5.30107E+15", "5,30107E+15", "5.30107520190001e15", "'5.3E+15"])
def test_an_exponent_is_damage(text: str) -> None:
    assert damage(text) == "exponent"


@pytest.mark.parametrize("text", ["530107520190001", "5301075201900010.0"])
def test_fifteen_digits_are_damage(text: str) -> None:
    assert damage(text) == "fifteen_digits"


def test_a_final_zero_is_damage_only_in_a_cell_that_held_a_number() -> None:
    assert damage("5301075201900010") is None
    assert damage("5301075201900010", from_number=True) == "fifteen_digits"


@pytest.mark.parametrize("text", ["5301075201900012", "A1234567", "", "081234567890", "not a number"])
def test_what_is_whole_or_never_was_a_nik_is_not_damaged(text: str) -> None:
    assert damage(text) is None


def test_a_passport_is_not_a_broken_nik() -> None:
    assert is_passport("A 1234567")
    assert is_passport("x1234567")
    assert not is_passport("5301075201900012")
    assert damage("X1234567") is None
