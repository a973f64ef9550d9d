"""What each ladder makes of known values."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.codes.lists import code_list
from exchange.ladders.age import age_bands, age_on
from exchange.ladders.countries import countries
from exchange.ladders.dates import DATES
from exchange.ladders.industry import SECTORS, industries
from exchange.ladders.intervals import intervals
from exchange.ladders.places import PLACES


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        (date(2008, 9, 14), date(2026, 9, 13), 17),
        (date(2008, 9, 14), date(2026, 9, 14), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2026, 9, 14), date(2026, 9, 13), -1),
    ],
)
def test_age_is_in_whole_years_lived(born: date, on: date, age: int) -> None:
    assert age_on(born, on) == age


@pytest.mark.parametrize(
    ("age", "band"),
    [("0", "0-17"), ("17", "0-17"), ("18", "18-29"), ("29", "18-29"), ("44", "30-44"), ("45", "45+"), ("121", None)],
)
def test_an_age_is_in_the_band_whose_first_age_it_has_reached(age: str, band: str | None) -> None:
    assert age_bands([0, 18, 30, 45]).at(age, "band") == band


@given(st.sets(st.integers(1, 110), max_size=12), st.integers(0, 120))
def test_a_band_says_the_ages_it_holds(edges: set[int], age: int) -> None:
    band = age_bands([0, *sorted(edges)]).at(str(age), "band")
    assert band is not None
    first, _, last = band.rstrip("+").partition("-")
    assert int(first) <= age
    assert band.endswith("+") or age <= int(last or first)


def test_a_date_climbs_to_its_year() -> None:
    assert DATES.climb("2026-12-31") == ("2026-12-31", "2026-12", "2026-Q4", "2026")
    assert DATES.climb("2026-Q3") == (None, None, "2026-Q3", "2026")


@pytest.mark.parametrize("text", ["2026-02-30", "20260914", "14/09/2026", "2026-W37", "2026-Q5", "0000"])
def test_what_is_no_iso_date_is_not_on_the_ladder(text: str) -> None:
    assert DATES.climb(text) is None


def test_a_place_climbs_to_its_country() -> None:
    assert PLACES.climb("53.71") == (None, None, "53.71", "53", "ID-NU", "ID")
    assert PLACES.climb("91.01") == (None, None, "93.01", "93", "ID-PP", "ID")
    assert PLACES.climb("53.01.07.2002") == ("53.01.07.2002", "53.01.07", "53.01", "53", "ID-NU", "ID")


@pytest.mark.parametrize(("code", "region"), [("MY", "Asia"), ("NA", "Africa"), ("AQ", "Antarctica")])
def test_a_country_lies_in_its_region(code: str, region: str) -> None:
    assert countries().at(code, "region") == region


def test_malaysia_is_in_south_eastern_asia() -> None:
    assert countries().at("MY", "subregion") == "South-eastern Asia"


def test_every_isic_section_is_in_one_sector() -> None:
    sections = [entry.code for entry in code_list("htcds-2.0", field="vic_ForcedLabourIndustry")]
    letters = [letter for sections_of, _ in SECTORS.values() for letter in sections_of]
    assert sorted(letters) == [code[0] for code in sections]
    assert {industries().at(code, "sector") for code in sections} == set(SECTORS)


def test_an_industry_climbs_to_its_broad_sector() -> None:
    assert industries().climb("F_Construction") == ("F_Construction", "Construction", "Industry")


@pytest.mark.parametrize(
    ("number", "interval"),
    [("-0.01", "<0"), ("0", "[0, 10)"), ("9.99", "[0, 10)"), ("10", "[10, 20.5)"), ("20.5", "20.5+")],
)
def test_an_interval_holds_its_lower_edge_only(number: str, interval: str) -> None:
    assert intervals([0, 10.0, 20.5]).at(number, "interval") == interval
