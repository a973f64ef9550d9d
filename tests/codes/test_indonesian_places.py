"""Places as people write them; ambiguity is never resolved by guessing."""

from __future__ import annotations

from collections import Counter

import pytest

from exchange.codes import places


def test_there_are_38_provinces_and_514_regencies() -> None:
    assert len(set(places.provinces())) == 38
    assert len(set(places.regencies())) == 514


def test_there_are_7285_districts_and_83762_villages_each_in_its_parent() -> None:
    assert len(set(places.districts())) == 7285
    assert len(set(places.villages())) == 83762
    assert {places.parent_of(code) for code in places.districts()} == set(places.regencies())
    assert {places.parent_of(code) for code in places.villages()} <= set(places.districts())


def test_thousands_of_village_names_repeat_so_none_is_known_without_its_parents() -> None:
    names = Counter((places.name_of(code) or "").casefold() for code in places.villages())
    assert sum(count > 1 for count in names.values()) > 7400
    assert places.village_code("Oesena") is None
    assert places.district_code("Amarasi") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Amarasi, Kab. Kupang", "53.01.09"),
        ("kec. amarasi , KABUPATEN KUPANG", "53.01.09"),
        ("53.01.07", "53.01.07"),
        ("Amarasi, Kupang", None),
        ("Amarasi, Kab. Belu", None),
        ("53.01.99", None),
        ("53.01", None),
        (",Kab. Kupang", None),
        ("64.04.01", None),
    ],
)
def test_a_district_is_known_by_code_or_with_its_regency(text: str, code: str | None) -> None:
    assert places.district_code(text) == code


def test_a_village_is_known_by_code_or_with_its_parents() -> None:
    for code in places.children_of("53.01.09"):
        name = f"Desa {places.name_of(code)}, Kec. Amarasi, Kab. Kupang"
        assert places.village_code(name) == places.village_code(code) == code
    assert places.village_code("53.01.07.9999") is None
    assert places.village_code("Rekaan, Amarasi, Kab. Kupang") is None


def test_every_official_name_leads_back_to_its_code() -> None:
    for code in places.provinces():
        assert places.province_code(places.name_of(code) or "") == code
    for code in places.regencies():
        assert places.regency_code(places.name_of(code) or "") == code
        assert places.regency_code((places.name_of(code) or "").upper(), code[:2]) == code


@pytest.mark.parametrize(
    "text", ["NTT", "ntt", "Nusa Tenggara Timur", "Prov. Nusa Tenggara Timur", "53", " Provinsi NTT "]
)
def test_a_province_is_known_by_its_usual_names(text: str) -> None:
    assert places.province_code(text) == "53"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Kab. Kupang", "53.01"),
        ("KABUPATEN KUPANG", "53.01"),
        ("kab kupang", "53.01"),
        ("Kota Kupang", "53.71"),
        ("Kotamadya Kupang", "53.71"),
        ("TTS", "53.02"),
        ("Kab. TTS", "53.02"),
        ("Belu", "53.04"),
        ("Rote-Ndao", "53.14"),
        ("Fakfak", "92.03"),
        ("Kota Baru", "63.02"),
        ("Kep. Seribu", "31.01"),
        ("Kota Jakarta Selatan", "31.74"),
        ("53.10", "53.10"),
    ],
)
def test_a_regency_is_known_by_its_usual_names(text: str, code: str) -> None:
    assert places.regency_code(text) == code


@pytest.mark.parametrize("text", ["Kupang", "bandung", "Kab. Surabaya", "Kabupaten", "", "53.1", "53", "Dili"])
def test_an_ambiguous_or_unknown_name_is_no_regency(text: str) -> None:
    assert places.regency_code(text) is None


def test_kupang_alone_stays_ambiguous_inside_its_province() -> None:
    assert places.regency_code("Kupang", "53") is None


def test_a_regency_of_another_province_is_refused() -> None:
    assert places.regency_code("Belu", "53") == "53.04"
    assert places.regency_code("Belu", "52") is None


def test_a_code_without_its_dot_is_refused_since_bps_means_another_place() -> None:
    assert places.regency_code("9401") is None  # Merauke for BPS; 94.01 is Nabire
    assert places.name_of("94.01") == "Kabupaten Nabire"


def test_codes_from_before_a_province_was_split_still_resolve() -> None:
    assert places.regency_code("91.01") == "93.01"
    assert places.name_of("91.01") == "Kabupaten Merauke"
    assert places.parent_of("91.01") == "93"


def test_former_codes_lead_to_a_place_of_the_recorded_name() -> None:
    from exchange.codes.tables import rows

    for row in rows("former_codes"):
        assert places.name_of(row["code"]) == row["name"]
        assert row["former"] not in places.regencies()


def test_a_place_climbs_to_its_country() -> None:
    assert places.parent_of("53.01.07") == "53.01"
    assert places.parent_of("53.01") == "53"
    assert places.parent_of("53") == "ID-NU"
    assert places.parent_of("ID-NU") == "ID"
    assert places.parent_of("99.01") is None


def test_every_province_lies_in_a_known_island_group() -> None:
    assert {places.island_of(code) for code in places.provinces()} == set(places.ISLANDS)
    assert places.island_of("99") is None


def test_districts_are_the_children_of_a_regency() -> None:
    districts = places.children_of("53.71")
    assert districts
    assert all(places.parent_of(code) == "53.71" for code in districts)
    assert all(len(code) == 8 for code in districts)
