"""One person's name or phone comes out the same however it was noted down; two people's do not. All are invented."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.matching.names import first_skeleton, skeleton, two_words, words
from exchange.matching.phones import e164

SAME = [
    ("Muhammad Yusuf", "Moh. Yusuf", "Muh Yusuf", "M. Yusuf", "Mohammad Joesoef", "YUSUF, MOCHAMAD"),
    ("Siti Aminah", "St. Aminah", "Sitti Amina", "AMINAH SITI", "Ibu Siti  Aminah", "Siti-Aminah", "Sdri. Sity Aminah"),
    ("Abdul Rahman", "Abd. Rahman", "Abdoel Rachman", "Bpk Abdul Rakhman", "H. Abdul Rahman, S.H."),
    ("Nurhayati", "Noerhajati", "Hj. Nurhayati", "Nur'hayati", "NURHAYATI, S.Pd", "Dr. Nurhayati M.Si"),
    ("Cokro Wijaya", "Tjokro Widjaja", "wijaya cokro"),
    ("Syahrul", "Sjahrul", "Sjahroel"),
    ("Suryani", "Soerjani", "Suriani", "Surryani"),
    ("Nyoman Sari", "Njoman Sari"),
    ("Julia Sari", "Yulia Sari"),
    ("José Soares", "Jose Soares"),
    ("Made Wirawan", "I Made Wirawan"),
    ("Ketut Sri", "Ni Ketut Sri", "Ketut Srie"),
    ("Kristina", "Christina"),
]
DIFFERENT = [("Siti Aminah", "Siti Rahma"), ("Budi Santoso", "Budi Hartono"), ("Yohanes", "Maria"), ("Ahmad", "Rahmad")]


@pytest.mark.parametrize("spellings", SAME, ids=lambda spellings: spellings[0])
def test_spellings_of_one_name_are_one(spellings: tuple[str, ...]) -> None:
    assert len({skeleton(each) for each in spellings}) == 1, [skeleton(each) for each in spellings]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)
    assert words(one) != words(other)


@pytest.mark.parametrize("nothing", ["", "-", "123", "N.N.", "Mr. X", "tidak diketahui", "Anonim", "tanpa nama"])
def test_what_is_no_name_has_no_skeleton(nothing: str) -> None:
    assert skeleton(nothing) == first_skeleton(nothing) == two_words(nothing) == ""


@pytest.mark.parametrize("alone", ["Mas", "Haji", "M.", "St.", "Ni"])
def test_a_title_that_is_all_there_is_stays(alone: str) -> None:
    assert words(alone)


def test_an_m_before_another_word_is_muhammad_and_alone_it_is_not() -> None:
    assert words("M. Ali")[0] == words("Muhammad")[0]
    assert words("M")[0] != words("Muhammad")[0]


def test_the_first_word_that_tells_apart_is_not_the_one_half_the_country_has() -> None:
    assert first_skeleton("Siti Maimunah") == first_skeleton("Maimunah")
    assert first_skeleton("Siti") != ""


def test_two_words_need_two() -> None:
    assert two_words("Suharto") == ""
    assert two_words("Siti Indah Suryani") == two_words("Suryani Indah")
    assert two_words("Muhammad Adi Eko") == two_words("Eko Adi")
    assert two_words("Ketut Srie") == two_words("Sri Ketut")


@given(
    st.lists(
        st.sampled_from(["Siti", "Moh.", "Budi", "Lestari", "Tefnai", "Djoko", "Noer", "Abd.", "Ibu"]),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=100, deadline=None)
def test_order_and_capitals_of_a_name_do_not_matter(parts: list[str]) -> None:
    there, back = " ".join(parts), "  ".join(reversed(parts)).upper()
    assert skeleton(there) == skeleton(back)


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_text_is_taken(text: str) -> None:
    assert isinstance(skeleton(text), str)
    assert isinstance(two_words(text), str)
    assert e164(text) is None or e164(text)[0] == "+"  # type: ignore[index]  # not None here


@pytest.mark.parametrize(
    "written",
    ["081237001234", "0812-3700-1234", "+62 812 3700 1234", "62 81237001234", "(0812) 3700 1234", "81237001234"],
)
def test_spellings_of_one_phone_are_one(written: str) -> None:
    assert e164(written) == "+6281237001234"


def test_a_foreign_number_keeps_its_country() -> None:
    assert e164("+60 12-345 6789") == "+60123456789"


@pytest.mark.parametrize("nothing", ["", "-", "tidak ada", "123", "0800000000", "000000000000", "UNKNOWN"])
def test_what_is_no_phone_is_none(nothing: str) -> None:
    assert e164(nothing) is None
