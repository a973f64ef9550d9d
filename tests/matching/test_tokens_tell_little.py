"""Tokens match where they should, differ where they must, and are not made of what is common or missing."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redact.ntt import AGREEMENT, MARIA, consented

from exchange.errors import DisclosureError, KeyringError
from exchange.matching.encode import combinations_of, encode
from exchange.matching.marks import Marks
from exchange.matching.roles import roles
from exchange.matching.secret import NetworkSecret
from exchange.matching.tokens import MOST_OF_A_KIND, TOKEN_KINDS

SECRET = NetworkSecret("ntt", "2026", bytes(range(32)))
NAME, BORN, PLACE = "prs_FirstName", "prs_Birthdate", "x_OriginRegency"
FIELDS_OF = {
    "nik": ["prs_IdentityNumber"],
    "phone_name": ["prs_MobilePhone", NAME],
    "name_dob": [NAME, BORN],
    "name_day_regency": [NAME, BORN, PLACE],
    "dob_regency_sex": [BORN, PLACE, "prs_Gender"],
    "name_year_regency": [NAME, BORN, PLACE],
    "name_years_regency": [NAME, BORN, PLACE],
    "initial_dob_sex": [NAME, BORN, "prs_Gender"],
    "name2_regency": [NAME, PLACE],
    "name2_year_regency": [NAME, BORN, PLACE],
}
# Without a number, which would say again when and where she was born.
NO_NUMBER = MARIA | {"prs_IdentityNumber": ""}


def tokens(row: dict[str, str], secret: NetworkSecret = SECRET) -> dict[str, tuple[str, ...]]:
    """The tokens of each kind, in the order of the file."""
    found: dict[str, tuple[str, ...]] = {}
    for kind, token in encode(consented([row]), secret).rows[0]:
        found[kind] = (*found.get(kind, ()), token)
    return found


def every(row: dict[str, str], secret: NetworkSecret = SECRET) -> set[str]:
    return {token for held in tokens(row, secret).values() for token in held}


def test_a_full_row_has_tokens_of_each_kind_in_order() -> None:
    assert tuple(tokens(MARIA)) == TOKEN_KINDS
    assert {kind: len(held) for kind, held in tokens(MARIA).items()} == {
        "nik": 1,
        "phone_name": 3,
        "name_dob": 1,
        "name_day_regency": 3,
        "dob_regency_sex": 1,
        "name_year_regency": 1,
        "name_years_regency": 2,
        "initial_dob_sex": 3,  # M, G, T
        "name2_regency": 3,
        "name2_year_regency": 3,
    }
    assert all(len(token) == 22 for token in every(MARIA))


def test_the_same_person_noted_down_elsewhere_has_the_same_tokens() -> None:
    elsewhere = MARIA | {
        "x_CaseRef": "LAIN-1",
        "prs_FirstName": "TEFNAI",
        "prs_SecondName": "Maria Goretti",
        "prs_IdentityNumber": "530107 520190 0012",
        "prs_MobilePhone": "+62 812 37001234",
    }
    assert {kind: set(held) for kind, held in tokens(elsewhere).items()} == {
        kind: set(held) for kind, held in tokens(MARIA).items()
    }


def test_where_a_token_stands_tells_nothing_of_the_order_of_the_words() -> None:
    for held in tokens(MARIA).values():
        assert list(held) == sorted(held)


@pytest.mark.parametrize("missing", list(AGREEMENT.data.missing()))
@pytest.mark.parametrize("kind", FIELDS_OF)
def test_a_missing_part_gives_no_token(kind: str, missing: str) -> None:
    row = MARIA if kind == "nik" else NO_NUMBER
    assert kind in tokens(row)
    for field in FIELDS_OF[kind]:
        assert kind not in tokens(row | {field: missing} | ({"prs_SecondName": missing} if field == NAME else {}))


@pytest.mark.parametrize("born", ["1990-01-01", "1990-07-01"])
def test_a_date_that_stands_for_a_year_is_no_date(born: str) -> None:
    assert set(tokens(NO_NUMBER | {BORN: born})) == {
        "phone_name",
        "name_year_regency",
        "name_years_regency",
        "name2_regency",
        "name2_year_regency",
    }


def test_two_years_of_birth_that_stand_side_by_side_share_a_token_and_others_none() -> None:
    years = {
        year: tokens(NO_NUMBER | {BORN: f"{year}-03-04"})["name_years_regency"] for year in (1990, 1991, 1992, 1993)
    }
    shared = {(one, other): len({*years[one]} & {*years[other]}) for one in years for other in years if one < other}
    assert {pair for pair, how_many in shared.items() if how_many} == {(1990, 1991), (1991, 1992), (1992, 1993)}
    assert set(shared.values()) == {0, 1}


def test_one_wrong_part_leaves_the_tokens_that_do_without_it() -> None:
    def kept(**other: str) -> set[str]:
        there, here = tokens(NO_NUMBER | other), tokens(NO_NUMBER)
        return {kind for kind in here if {*there.get(kind, ())} & {*here[kind]}}

    without_number = set(TOKEN_KINDS) - {"nik"}
    assert kept(x_OriginRegency="53.04") == {"phone_name", "name_dob", "initial_dob_sex"}
    assert kept(prs_Gender="Masculine") == without_number - {"dob_regency_sex", "initial_dob_sex"}
    assert kept(prs_Birthdate="1991-01-12") == {
        "phone_name", "name_day_regency", "name_years_regency", "name2_regency",
    }  # fmt: skip
    one_name_less = without_number - {"name_dob", "name_year_regency", "name_years_regency"}
    assert kept(prs_SecondName="") == one_name_less


@given(
    st.lists(st.sampled_from(["Siti", "Moh.", "Budi", "Lestari", "Tefnai", "Djoko", "Noer", "Wati"]), max_size=7),
    st.sampled_from(["", "1990-01-01", "1990-01-12"]),
    st.sampled_from(["", "53.01"]),
)
@settings(max_examples=50, deadline=None)
def test_no_kind_has_more_tokens_than_three_and_none_twice(names: list[str], born: str, place: str) -> None:
    row = MARIA | {NAME: " ".join(names), "prs_SecondName": "", BORN: born, PLACE: place}
    held = tokens(row)
    assert all(len(each) <= MOST_OF_A_KIND for each in held.values())
    assert sum(map(len, held.values())) == len(every(row))


@given(
    name=st.sampled_from(["", "Siti", "Muhammad", "Siti Lestari", "Moh. Budi Santoso Wijaya"]),
    phone=st.sampled_from(["", "+6281237001234"]),
    born=st.sampled_from([None, dt.date(1990, 1, 12)]),
    year=st.sampled_from([None, 1990]),
    regency=st.sampled_from(["", "53.01"]),
    sex=st.sampled_from(["", "Feminine"]),
)
def test_no_token_is_made_of_one_value_that_many_share(
    name: str, phone: str, born: dt.date | None, year: int | None, regency: str, sex: str
) -> None:
    marks = Marks(name=name, phone=phone, born=born, year=born.year if born else year, regency=regency, sex=sex)
    made = list(combinations_of(marks))
    assert all(len(parts) >= 2 and all(parts) for _kind, parts in made)
    alone = sum(map(bool, (name, phone, marks.year, regency, sex))) <= 1
    assert not (alone and made)


@pytest.mark.parametrize("number", ["530107520190001", "5301075201900000", "9901075201900012", "12345", "5,30108E+15"])
def test_a_broken_nik_gives_no_token(number: str) -> None:
    assert "nik" not in tokens(MARIA | {"prs_IdentityNumber": number})


def test_a_regency_whose_province_was_split_is_still_the_same() -> None:
    former, now = (tokens(MARIA | {"x_OriginRegency": code}) for code in ("64.04", "65.01"))
    assert former["name2_regency"] == now["name2_regency"] != tokens(MARIA)["name2_regency"]
    assert former["dob_regency_sex"] == now["dob_regency_sex"]


def test_a_passport_is_an_identity_number() -> None:
    one, other = (tokens(MARIA | {"prs_IdentityNumber": each})["nik"] for each in ("A 1234567", "a1234567"))
    assert one == other != tokens(MARIA)["nik"]


def test_a_one_word_name_gives_no_token_of_two_words() -> None:
    assert "name2_regency" not in tokens(MARIA | {"prs_FirstName": "Tefnai", "prs_SecondName": ""})


def test_no_token_is_the_same_under_another_network_epoch_or_secret() -> None:
    agreement = AGREEMENT.model_copy(update={"network": "sulut"})
    elsewhere = encode(consented([MARIA], agreement=agreement), dataclasses.replace(SECRET, network="sulut")).rows[0]
    made = [
        every(MARIA),
        every(MARIA, dataclasses.replace(SECRET, epoch="2027")),
        every(MARIA, dataclasses.replace(SECRET, secret=bytes(32))),
        {token for _kind, token in elsewhere},
    ]
    assert {len(each) for each in made} == {21}
    assert len(set().union(*made)) == 4 * 21


def test_each_kind_has_a_key_of_its_own() -> None:
    assert len({SECRET.key_for(kind) for kind in TOKEN_KINDS}) == len(TOKEN_KINDS)


def test_people_counted_in_tables_only_have_no_tokens() -> None:
    made = encode(consented([MARIA, MARIA], tables_only=[True, False]), SECRET)
    assert made.rows[0] == ()
    assert len(made.rows[1]) == 21
    assert (made.network, made.epoch, len(made)) == ("ntt", "2026", 2)


def test_the_secret_of_another_network_is_refused() -> None:
    with pytest.raises(KeyringError) as refused:
        encode(consented([MARIA]), dataclasses.replace(SECRET, network="ntb"))
    assert refused.value.codes == ("matching.other_network",)


def test_a_tier_without_the_clause_gets_no_tokens() -> None:
    with pytest.raises(DisclosureError) as refused:
        encode(consented([MARIA], "dinas-p3a"), SECRET)
    assert refused.value.codes == ("matching.not_agreed",)


def test_a_nil_month_has_no_tokens() -> None:
    assert encode(consented([]), SECRET).rows == ()


def test_who_plays_which_part_is_read_from_the_dictionary() -> None:
    part = roles(AGREEMENT.data)
    assert part.names == ("prs_FirstName", "prs_SecondName")
    assert (part.identity, part.phone, part.birthdate) == ("prs_IdentityNumber", "prs_MobilePhone", "prs_Birthdate")
    assert (part.regency, part.sex) == ("x_OriginRegency", "prs_Gender")


@given(st.permutations(range(6)))
@settings(max_examples=20, deadline=None)
def test_a_row_has_the_same_tokens_wherever_it_stands(order: list[int]) -> None:
    rows = [MARIA | {"prs_SecondName": f"Tefnai {'bdgkmn'[n]}ola", "x_CaseRef": str(n)} for n in range(6)]
    there = encode(consented(rows), SECRET).rows
    moved = encode(consented([rows[n] for n in order]), SECRET).rows
    assert [moved[order.index(n)] for n in range(6)] == list(there)


def test_a_token_is_the_hmac_that_the_docs_promise() -> None:
    import base64
    import hmac

    info = b"data-sharing-exchange/match-token/v2/ntt/2026/nik"
    key = hmac.digest(hmac.digest(bytes(32), SECRET.secret, "sha256"), info + b"\x01", "sha256")
    nik = b"5301075201900012"
    expected = base64.urlsafe_b64encode(hmac.digest(key, len(nik).to_bytes(8, "big") + nik, "sha256")[:16])
    assert tokens(MARIA)["nik"] == (expected.decode().rstrip("="),)


# The secret


def test_a_secret_survives_its_letter_and_hides_in_its_repr() -> None:
    made = NetworkSecret.new("ntt", "2026", os.urandom)
    assert NetworkSecret.from_json(made.to_json()) == made
    assert made.secret.hex() not in repr(made)
    assert repr(made.secret) not in repr(made)


@pytest.mark.parametrize(
    "change", [{"secret": "ab"}, {"secret": "G" * 64}, {"epoch": "a/b"}, {"network": "NTT"}, {"more": 1}, {"epoch": 1}]
)
def test_a_letter_that_holds_something_else_is_refused_without_being_quoted(change: dict[str, object]) -> None:
    text = json.dumps(json.loads(SECRET.to_json()) | change)
    with pytest.raises(KeyringError) as refused:
        NetworkSecret.from_json(text)
    assert refused.value.codes == ("matching.secret_unreadable",)
    assert SECRET.secret.hex() not in repr(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("text", ["", "[]", "{", b"\xff"])
def test_what_is_no_letter_is_refused(text: str | bytes) -> None:
    with pytest.raises(KeyringError):
        NetworkSecret.from_json(text)


def test_a_short_secret_cannot_be_made() -> None:
    with pytest.raises(KeyringError):
        NetworkSecret("ntt", "2026", b"short")
