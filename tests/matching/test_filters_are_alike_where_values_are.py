"""Filters of the same words are the same, of a slip of the pen alike, under another key unrelated. All are invented."""

from __future__ import annotations

import dataclasses
import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redact.ntt import MARIA, consented

from exchange.errors import DisclosureError, KeyringError
from exchange.matching.filters import FIELDS, HASHES, LONG, SHORT, Filters, encode_filters, schema
from exchange.matching.marks import Marks
from exchange.matching.secret import NetworkSecret
from exchange.merge.linking.field_nodes import ALIKE

SECRET = NetworkSecret("ntt", "2026", bytes(range(32)))
FILTERS = Filters({field: SECRET.filter_key(field) for field in FIELDS})
OTHER = Filters({field: dataclasses.replace(SECRET, epoch="2027").filter_key(field) for field in FIELDS})
WORDS = [
    "suharto",
    "lestari",
    "wulandari",
    "nurhayati",
    "tefnai",
    "santoso",
    "rahmawati",
    "kusuma",
    "maimunah",
    "goreti",
]
LETTERS = "abdefgiklmnoprstuw"


def row(marks: Marks, filters: Filters = FILTERS) -> dict[str, object]:
    [told] = filters.table([marks]).to_pylist()
    return dict(told)


def word(text: str, filters: Filters = FILTERS) -> bytes:
    [made] = row(Marks(name=text), filters)["name"]  # type: ignore[misc]  # a list of bytes
    return bytes(made)


def dice(one: bytes, other: bytes) -> float:
    first, second = (int.from_bytes(each, "little") for each in (one, other))
    return 2 * (first & second).bit_count() / (first.bit_count() + second.bit_count())


def slip(text: str, chance: random.Random) -> str:
    """One letter changed, left out, doubled with another, or two exchanged."""
    at = chance.randrange(1, len(text) - 1)
    letter = chance.choice(LETTERS)
    return chance.choice(
        [
            text[:at] + letter + text[at + 1 :],
            text[:at] + text[at + 1 :],
            text[:at] + letter + text[at:],
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        ]
    )


def test_the_same_words_have_the_same_filters_in_any_order_and_spelling() -> None:
    one, other = (row(Marks(name=name))["name"] for name in ("Siti Noerhajati", "NURHAYATI  Sitti"))
    assert set(one) == set(other)  # type: ignore[call-overload]  # lists
    assert len(one) == 2  # type: ignore[arg-type]  # a list


def test_where_a_filter_stands_tells_nothing_of_the_order_of_the_words() -> None:
    for one, other in itertools.combinations(WORDS, 2):
        assert row(Marks(name=f"{one} {other}")) == row(Marks(name=f"{other} {one}"))


def test_a_slip_of_the_pen_is_alike_mostly_and_another_word_hardly_ever() -> None:
    chance = random.Random(1)
    slips = [dice(word(text), word(slip(text, chance))) for text in WORDS * 20]
    others = [dice(word(one), word(other)) for one, other in itertools.combinations(WORDS, 2)]
    assert sum(each >= ALIKE for each in slips) / len(slips) > 0.7
    assert sum(each >= ALIKE for each in others) / len(others) < 0.05
    assert min(slips) > max(0.2, sum(others) / len(others))


@given(st.text("abcdefghijklmnoprstuwy", min_size=3, max_size=12))
@settings(max_examples=50, deadline=None)
def test_under_another_key_a_word_has_an_unrelated_filter(text: str) -> None:
    if row(Marks(name=text))["name"] is None:  # a stopgap
        return
    here, there = word(text), word(text, OTHER)
    assert here != there
    share = int.from_bytes(here, "little").bit_count() / (8 * LONG)
    assert dice(here, there) < share + 0.3


def test_another_network_epoch_or_secret_has_other_filters_of_everything() -> None:
    made = [
        row(
            Marks(name="Suharto", regency="53.01", sex="Feminine", year=1990, phone="+62811", identity="A1"),
            Filters(keys),
        )
        for keys in (
            {field: secret.filter_key(field) for field in FIELDS}
            for secret in (
                SECRET,
                dataclasses.replace(SECRET, network="ntb"),
                dataclasses.replace(SECRET, epoch="2027"),
                dataclasses.replace(SECRET, secret=bytes(32)),
            )
        )
    ]
    for one, other in itertools.combinations(made, 2):
        assert all(one[name] != other[name] for name in one if name != "text")


def test_each_field_has_a_key_of_its_own() -> None:
    assert len({SECRET.filter_key(field) for field in FIELDS}) == len(FIELDS)
    told = row(Marks(name="suharto", text="suharto"))
    assert told["name"] != told["text"]


def test_numbers_that_differ_in_a_digit_are_alike() -> None:
    numbers = ["5301075201900012", "5301075201900013", "3273014508950007"]
    one, slipped, another = (bytes(row(Marks(identity=each))["number"]) for each in numbers)  # type: ignore[call-overload]
    assert dice(one, slipped) > 0.85
    assert dice(one, another) < 0.7


def test_years_that_are_near_are_alike() -> None:
    filters = {year: bytes(row(Marks(year=year))["birth"])[:SHORT] for year in (1990, 1991, 1992, 1999)}  # type: ignore[call-overload]
    assert (
        dice(filters[1990], filters[1991])
        > 0.57
        > dice(filters[1990], filters[1992])
        > dice(filters[1990], filters[1999])
    )


def test_day_and_month_show_where_they_changed_places() -> None:
    import datetime as dt

    there, back = (
        bytes(row(Marks(born=dt.date(1990, month, day), year=1990))["birth"])  # type: ignore[call-overload]
        for month, day in ((3, 4), (4, 3))
    )
    assert there[:SHORT] == back[:SHORT]
    assert (there[SHORT : 2 * SHORT], there[2 * SHORT :]) == (back[2 * SHORT :], back[SHORT : 2 * SHORT])


def test_a_place_has_one_filter_for_the_regency_and_one_for_the_province() -> None:
    one, other = (bytes(row(Marks(regency=each))["place"]) for each in ("53.01", "53.04"))  # type: ignore[call-overload]
    assert one[:SHORT] != other[:SHORT]
    assert one[SHORT:] == other[SHORT:]


def test_there_is_no_filter_of_what_is_not_known() -> None:
    assert set(row(Marks()).values()) == {None}
    assert set(row(Marks(name="tidak diketahui")).values()) == {None}
    year_only = bytes(row(Marks(year=1990))["birth"])  # type: ignore[call-overload]
    assert year_only[SHORT:] == bytes(2 * SHORT)
    assert any(year_only[:SHORT])


def test_a_filter_has_so_many_bits_for_each_pair_of_letters_at_most() -> None:
    bits = int.from_bytes(word("suharto"), "little").bit_count()
    assert 0.6 * 8 * HASHES < bits <= 8 * HASHES


# From rows of the agreement


def test_people_counted_in_tables_only_have_no_filters() -> None:
    made = encode_filters(consented([MARIA, MARIA], tables_only=[True, False]), SECRET)
    hidden, shown = made.rows.to_pylist()
    assert set(hidden.values()) == {None}
    assert all(shown[name] is not None for name in ("name", "birth", "place", "sex", "number", "phone"))
    assert (made.network, made.epoch, made.rows.schema) == ("ntt", "2026", schema())


def test_a_nil_month_has_no_filters() -> None:
    assert encode_filters(consented([]), SECRET).rows.num_rows == 0


def test_the_secret_of_another_network_is_refused() -> None:
    with pytest.raises(KeyringError) as refused:
        encode_filters(consented([MARIA]), dataclasses.replace(SECRET, network="ntb"))
    assert refused.value.codes == ("matching.other_network",)


def test_a_tier_without_the_clause_gets_no_filters() -> None:
    with pytest.raises(DisclosureError) as refused:
        encode_filters(consented([MARIA], "dinas-p3a"), SECRET)
    assert refused.value.codes == ("matching.not_agreed",)
