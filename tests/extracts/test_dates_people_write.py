"""Dates in every shape that cells have, and those that nobody can tell."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.extracts.dates import DateRead, maybe_swapped, read_dates

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))
INDONESIAN = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
]
ENGLISH = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
SHORT = ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"]


def one(text: str, *, year_alone: bool = False) -> DateRead:
    (read,) = read_dates([text], year_alone=year_alone)
    return read


def shapes(day: dt.date) -> list[str]:
    d, m, y = day.day, day.month, f"{day.year:04}"
    return [
        f"{y}-{m:02}-{d:02} 00:00:00",
        f"{y}-{m:02}-{d:02} 13:45:12",
        f"{y}-{m:02}-{d:02}T00:00:00Z",
        f"{y}/{m}/{d}",
        f"{d:02}/{m:02}/{y}",
        f"{d}/{m}/{y}",
        f"{d}-{m}-{y}",
        f"{d}.{m}.{y}",
        f"{d} / {m} / {y}",
        f"{d:02}/{m:02}/{y} 00:00",
        f"{d} {INDONESIAN[m - 1]} {y}",
        f"{d} {ENGLISH[m - 1].upper()} {y}",
        f"{d}-{SHORT[m - 1]}-{y}",
        f"{d} {SHORT[m - 1]}. {y}",
        f"{ENGLISH[m - 1]} {d}, {y}",
        f"{SHORT[m - 1]} {d} {y}",
    ]


@given(DAYS)
def test_a_day_in_every_shape_is_that_day(day: dt.date) -> None:
    assert {one(text) for text in shapes(day)} == {DateRead(day.isoformat())}


@given(DAYS)
def test_two_digits_are_no_year(day: dt.date) -> None:
    for text in (f"{day:%d/%m/%y}", f"{day:%d-%b-%y}", f"{day.day} {INDONESIAN[day.month - 1]} {day:%y}"):
        assert one(text) == DateRead("", "extract.two_digit_year")


@given(st.lists(DAYS.flatmap(lambda day: st.sampled_from(shapes(day))), unique=True), st.randoms(use_true_random=False))
def test_the_order_of_a_column_makes_no_difference(texts: list[str], random: object) -> None:
    shuffled = list(texts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives random.Random
    assert dict(zip(texts, read_dates(texts), strict=True)) == dict(zip(shuffled, read_dates(shuffled), strict=True))


@given(DAYS)
def test_beside_a_month_first_date_only_what_is_certain_is_read(day: dt.date) -> None:
    read = read_dates([f"{day.day}/{day.month}/{day.year}", "12/25/2020"])[0]
    certain = day.day > 12 or day.day == day.month
    assert read == (DateRead(day.isoformat()) if certain else DateRead("", "extract.day_or_month"))


@given(st.text(max_size=15))
def test_any_other_text_is_no_date_and_no_accident(text: str) -> None:
    read = one(text, year_alone=True)
    assert bool(read.text) != bool(read.fault)
    if read.text:
        assert dt.date.fromisoformat(read.text).year >= 1900


@pytest.mark.parametrize(
    "text",
    [
        "0/1/2020",
        "1/0/2020",
        "29/02/2023",
        "1 Foo 2020",
        "Foo 1, 2020",
        "1899-12-31 12:00:00",
        "1/2-2020",
        "44927",
        "٣/٤/٢٠٢٠",
    ],
)
def test_no_date(text: str) -> None:
    assert one(text) == DateRead("", "extract.not_a_date")


def test_a_year_alone_is_its_first_of_july_where_the_dictionary_says_so() -> None:
    assert one("1990", year_alone=True) == DateRead("1990-07-01")
    assert one("1990").fault == "extract.not_a_date"
    assert one("33055", year_alone=True).fault == "extract.not_a_date"


def test_swapping_is_suspected_only_where_all_signs_are_there() -> None:
    cells = [f"2026-0{month}-0{day} 00:00:00" for day, month in ((1, 2), (3, 4), (5, 6))]
    assert maybe_swapped([*cells, "25/12/2026"])
    assert not maybe_swapped([*cells, "25/12/2026", "3/12/2026"])
    assert not maybe_swapped([*cells, "2026-01-13 00:00:00", "25/12/2026"])
    assert not maybe_swapped(cells)
    assert not maybe_swapped(["25/12/2026"])
