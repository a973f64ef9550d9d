"""One person's name or phone comes out the same however it was noted down; two people's do not. All are invented."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.matching.names import bones, skeleton, words
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
def test_what_is_no_name_has_no_words(nothing: str) -> None:
    assert (words(nothing), skeleton(nothing), bones(nothing)) == ((), "", ())


@pytest.mark.parametrize("alone", ["Mas", "Haji", "M.", "St.", "Ni"])
def test_a_title_that_is_all_there_is_stays(alone: str) -> None:
    assert words(alone)


def test_an_m_before_another_word_is_muhammad_and_alone_it_is_not() -> None:
    assert words("M. Ali")[0] == words("Muhammad")[0]
    assert words("M")[0] != words("Muhammad")[0]


PAIRS = [("Suwarno", "Soewarno"), ("Jumadi", "Djumadi"), ("Cahya", "Tjahja"), ("Syarif", "Sjarif"),
         ("Khoirul", "Choirul"), ("Nyoman", "Njoman"), ("Wijaya", "Widjaja")]  # fmt: skip


@pytest.mark.parametrize(("today", "before"), PAIRS)
def test_spellings_before_1972_are_those_of_today(today: str, before: str) -> None:
    assert words(today) == words(before)


def test_a_j_inside_a_word_of_today_stays() -> None:
    assert words("Wijaya") != words("Wiyaya")


@pytest.mark.parametrize("form", ["Muhammad", "Mohammad", "Mochammad", "Muhamad", "Moh.", "Muh.", "Moch.", "Mhd", "M."])
def test_every_form_of_muhammad_is_one_word(form: str) -> None:
    assert words(f"{form} Yusuf") == words("Muhammad Yusuf")
    assert len(words("Muhammad Yusuf")) == 2


@pytest.mark.parametrize("title", ["Bapak", "Ibu", "Sdri.", "H.", "Hj.", "Dr.", "Alm.", "I", "Ni", "Ny.", "Mbak"])
def test_titles_are_no_part_of_a_name(title: str) -> None:
    assert words(f"{title} Lestari Wulandari") == words("Lestari Wulandari")


@pytest.mark.parametrize("degree", ["S.Pd", "S.H.", "M.Si", "Amd", "S. Kom, M.M"])
def test_degrees_are_no_part_of_a_name(degree: str) -> None:
    assert words(f"Lestari Wulandari, {degree}") == words("Lestari Wulandari")


def test_initials_say_nothing_beside_a_word_and_something_alone() -> None:
    assert words("Lestari W.") == words("Lestari")
    assert words("L. W.") != ()


def test_a_father_who_follows_bin_stays() -> None:
    assert words("Ahmad bin Saleh") == words("Ahmad Saleh")


def test_words_that_half_the_country_has_come_after_those_that_tell() -> None:
    assert bones("Siti Maimunah")[0] == bones("Maimunah")[0]
    assert bones("Muhammad Adi")[0] == bones("Adi")[0]
    assert bones("Nur Eko Suharto") == (bones("Suharto") + bones("Eko") + bones("Nur"))


def test_a_one_word_name_has_one_word() -> None:
    assert len(words("Suharto")) == len(bones("Suharto")) == 1
    assert skeleton("Suharto") == bones("Suharto")[0]


def test_a_word_said_twice_is_one() -> None:
    assert skeleton("Sari Sari") == skeleton("Sari")
    assert len(bones("Sari Sarie")) == 1


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
    assert bones(there) == bones(back)


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_text_is_taken(text: str) -> None:
    assert set(skeleton(text).split()) == set(bones(text))
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
