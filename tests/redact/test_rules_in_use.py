"""Rows of the example agreement through its rules; and what no rule may ever do."""

from __future__ import annotations

import hashlib
import itertools
import os
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redact.ntt import AGREEMENT, MARIA, NAMES, consented, with_release

from exchange.agreements.dictionary import Field
from exchange.agreements.tiers import (
    BottomCode,
    GeneraliseAge,
    GeneraliseCountry,
    GeneraliseDate,
    GeneraliseIndustry,
    GeneraliseNumber,
    GeneraliseOwn,
    GeneralisePlace,
    Keep,
    Map,
    Mask,
    Pseudonymise,
    Round,
    RowKey,
    Rule,
    TopCode,
)
from exchange.errors import DisclosureError, KeyringError
from exchange.redact.column import Column
from exchange.redact.keys import RedactKeys, derive_pseudonym_key, redact_keys
from exchange.redact.opaque import KEY_BYTES, all_opaque, opaque
from exchange.redact.plan import plan
from exchange.redact.pseudonymise import pseudonym_of
from exchange.redact.redact import redact
from exchange.redact.redacted import Redacted
from exchange.redact.rules import RULES
from exchange.redact.setting import Setting

ROOT = bytes(range(32))
MISSING = tuple(AGREEMENT.data.missing())
FOR = {"for": ("coordination",)}


def keys(recipient: str = "io-id", agreement: str = AGREEMENT.id, root: bytes = ROOT) -> RedactKeys:
    return redact_keys(root, agreement, recipient)


def sent(rows: list[dict[str, str]], recipient: str = "io-id", **more: object) -> Redacted:
    return redact(consented(rows, recipient, **more), keys(recipient), os.urandom)  # type: ignore[arg-type]  # kwargs


def column(redacted: Redacted, name: str) -> list[str]:
    return list(redacted.table.column(name).to_pylist())


def members(annotation: object) -> set[type]:
    if get_origin(annotation) is Annotated:
        return members(get_args(annotation)[0])
    parts = get_args(annotation)
    return set().union(*map(members, parts)) if parts else {annotation}  # type: ignore[arg-type]  # a class


def test_every_rule_that_an_agreement_may_name_is_carried_out() -> None:
    assert members(Rule) == set(RULES)


def test_one_row_as_the_international_organisation_gets_it() -> None:
    redacted = sent([MARIA])
    row = {name: column(redacted, name)[0] for name in redacted.table.column_names}
    assert list(row) == list(AGREEMENT.tiers["case-coordination"].release)
    assert row["prs_Birthdate"] == "30-39"
    assert row["cas_IncomingReferralDate"] == "2026-10"
    assert row["prs_Citizenship"] == "ID;MY"
    assert row["x_CaseRef"].startswith("p")
    assert len(row["x_CaseRef"]) == 27


def test_task_force_gets_a_row_key_and_mapped_countries() -> None:
    rows = [MARIA | {"x_ExploitationCountry": country} for country in ("MY", "SG", "UNKNOWN", "")]
    redacted = sent(rows, "gt-ntt")
    assert column(redacted, "x_ExploitationCountry") == ["MY", "OTHER", "UNKNOWN", ""]
    assert all(key.startswith("r") for key in column(redacted, "x_CaseRef"))
    assert "prs_FirstName" not in redacted.table.column_names


def test_a_nil_month_has_the_same_columns_and_no_rows() -> None:
    redacted = sent([], "gt-ntt")
    assert len(redacted) == 0
    assert redacted.table.column_names == sent([MARIA], "gt-ntt").table.column_names
    assert redacted.table.schema == sent([MARIA], "gt-ntt").table.schema
    assert len(redacted.household) == 0


def test_accounts_are_handed_on_and_every_field_has_its_change() -> None:
    redacted = sent([MARIA, MARIA | {"x_CaseRef": "2", "prs_Birthdate": "UNKNOWN"}])
    changes = {change.field: change for change in redacted.changes}
    assert [change.field for change in redacted.changes] == [field.name for field in AGREEMENT.data.fields]
    assert (redacted.held_back_total, redacted.considered, redacted.late_entries) == (2, 4, 1)
    assert (changes["prs_FirstName"].rule, changes["prs_FirstName"].changed) == ("drop", 2)
    born = changes["prs_Birthdate"]
    assert (born.values, born.changed, born.ladder, born.level) == (1, 1, "age_band", "band")
    assert (changes["prs_Gender"].rule, changes["prs_Gender"].changed) == ("keep", 0)


def test_households_share_a_number_and_the_rest_have_their_own() -> None:
    refs = ["H-1", "", "H-1", "UNKNOWN", "UNKNOWN", "H-2"]
    household = sent([MARIA | {"x_HouseholdRef": ref} for ref in refs]).household.to_pylist()
    assert household[0] == household[2]
    assert len(set(household)) == 5


def test_a_field_that_the_workbook_lacks_is_missing_in_every_row() -> None:
    whole = consented([MARIA])
    redacted = redact(replace(whole, table=whole.table.drop_columns(["spl_Type"])), keys(), os.urandom)
    assert column(redacted, "spl_Type") == [""]


def test_nothing_of_rows_that_did_not_go_stays_in_the_columns() -> None:
    both = consented([MARIA, MARIA | {"prs_Gender": "Masculine"}])
    parts = {part: getattr(both, part).slice(0, 1) for part in ("table", "rows", "ages", "tables_only")}
    one = replace(both, **parts)
    gender = redact(one, keys(), os.urandom).table.column("prs_Gender").chunk(0)
    assert gender.dictionary.to_pylist() == ["Feminine"]


@pytest.mark.parametrize(
    "name", ["prs_FirstName", "prs_IdentityNumber", "prs_MobilePhone", "cas_CaseOwner", "x_CaseRef"]
)
@pytest.mark.parametrize(
    "rule",
    [
        Keep(rule="keep", **FOR),
        Mask(rule="mask", keep_last=4, **FOR),
        Round(rule="round", to=1, **FOR),
        TopCode(rule="top_code", at=10**12, **FOR),
        BottomCode(rule="bottom_code", at=0, **FOR),
        Map(rule="map", to={"a": "b"}, otherwise="X", **FOR),
        GeneraliseDate(rule="generalise", ladder="date", to="year", **FOR),
    ],
    ids=lambda rule: rule.rule,
)
def test_no_rule_but_key_and_pseudonym_takes_a_direct_identifier(name: str, rule: Rule) -> None:
    agreement = with_release({name: rule})
    with pytest.raises(DisclosureError) as refused:
        redact(consented([MARIA], agreement=agreement), keys(), os.urandom)
    assert refused.value.codes == ("redact.direct_identifier",)
    assert refused.value.problems[0].where == name


def test_every_rule_at_fault_is_named_at_once() -> None:
    release = {
        "prs_FirstName": Keep(rule="keep", **FOR),
        "prs_SecondName": Keep(rule="keep", **FOR),
        "cas_IncomingReferralDetails": Pseudonymise(rule="pseudonymise", **FOR),
        "x_HouseholdRef": RowKey(rule="row_key", **FOR),
        "cas_IncomingReferralDate": GeneraliseAge(rule="generalise", ladder="age_band", edges=(0, 18), **FOR),
        "x_Nowhere": Keep(rule="keep", **FOR),
    }
    with pytest.raises(DisclosureError) as refused:
        plan(AGREEMENT.data, with_release(release).tiers["case-coordination"])
    assert refused.value.codes == (
        "redact.direct_identifier",
        "redact.direct_identifier",
        "redact.free_text",
        "redact.row_key_elsewhere",
        "redact.age_elsewhere",
        "redact.unknown_field",
    )


DIRECT = [field.name for field in AGREEMENT.data.fields if field.kind in ("direct", "free_text")]


@given(values=st.fixed_dictionaries({name: st.text(min_size=4, max_size=30) for name in DIRECT}))
@settings(max_examples=40, deadline=None)
def test_no_direct_identifier_is_in_what_any_recipient_gets(values: dict[str, str]) -> None:
    for recipient in ("gt-ntt", "dinas-p3a", "io-id"):
        table = sent([MARIA | values], recipient).table
        cells = {cell for name in table.column_names for cell in column_of(table, name)}
        assert not cells & (set(values.values()) - set(MISSING))


def column_of(table: object, name: str) -> list[str]:
    return list(table.column(name).to_pylist())  # type: ignore[attr-defined]  # an Arrow table


@pytest.mark.parametrize("recipient", ["gt-ntt", "dinas-p3a", "io-id"])
def test_each_kind_of_missing_stays_what_it_is(recipient: str) -> None:
    rows = [dict.fromkeys(NAMES, form) for form in MISSING]
    redacted = sent(rows, recipient)
    for name in redacted.table.column_names:
        if redacted.permit.tier.release[name].rule != "row_key":
            assert column(redacted, name) == list(MISSING), name


def test_a_value_that_no_rung_holds_stops_the_step_and_is_not_said() -> None:
    rows = [MARIA | {"cas_IncomingReferralDate": "soon"}]
    with pytest.raises(DisclosureError) as refused:
        sent(rows, ages=[230])
    assert refused.value.codes == ("redact.not_on_ladder", "redact.not_on_ladder")
    assert [problem.where for problem in refused.value.problems] == ["prs_Birthdate", "cas_IncomingReferralDate"]
    assert "soon" not in str(refused.value)
    assert "230" not in str(refused.value)


def test_a_birth_date_without_an_age_is_not_guessed() -> None:
    with pytest.raises(DisclosureError, match="ladder"):
        sent([MARIA], ages=[None])


# Pseudonyms and keys


@given(ref=st.text(min_size=1, max_size=20).filter(lambda text: text not in MISSING))
@settings(max_examples=50, deadline=None)
def test_pseudonyms_agree_within_and_never_across_recipients_agreements_fields_and_secrets(ref: str) -> None:
    rule = Pseudonymise(rule="pseudonymise", **FOR)
    made = []
    for root, agreement, recipient in itertools.product((ROOT, ROOT[::-1]), ("A", "B"), ("x", "y")):
        setting = Setting(None, redact_keys(root, agreement, recipient), os.urandom)  # type: ignore[arg-type]  # no ages
        for name in ("x_CaseRef", "x_HouseholdRef"):
            before = Column.of(AGREEMENT.data.field(name), frozenset(MISSING), [ref, ref])
            after = RULES[Pseudonymise](before, rule, setting)
            assert after is not None
            assert len(after.values) == 1
            made += after.values
    assert len(set(made)) == len(made) == 16


def test_another_epoch_gives_other_pseudonyms_and_the_first_is_what_it_always_was() -> None:
    release = AGREEMENT.tiers["case-coordination"].release
    made = []
    for epoch in ({}, {"epoch": "1"}, {"epoch": "2026"}, {"epoch": "2027"}):
        rule = Pseudonymise.model_validate({"rule": "pseudonymise", **FOR, **epoch})
        agreement = with_release({**release, "x_CaseRef": rule})
        redacted = redact(consented([MARIA], agreement=agreement), keys(), os.urandom)
        made += column(redacted, "x_CaseRef")
        (told,) = (change.level for change in redacted.changes if change.field == "x_CaseRef")
        assert told == ("" if epoch.get("epoch", "1") == "1" else epoch["epoch"])
    assert made[0] == made[1] == column(sent([MARIA]), "x_CaseRef")[0]
    assert len(set(made)) == 3


def test_no_two_recipients_agree_in_any_epoch() -> None:
    made = [
        pseudonym_of(keys(recipient), "x_CaseRef", "K-1", epoch)
        for recipient in ("io-id", "gt-ntt")
        for epoch in ("1", "2026", "x")
    ]
    assert len(set(made)) == 6


def test_keys_are_bound_to_each_part_and_not_to_their_concatenation() -> None:
    derived = {
        derive_pseudonym_key(ROOT, *parts) for parts in (("ab", "c"), ("a", "bc"), ("ab", "c", "2"), ("abc", ""))
    }
    assert len(derived) == 4


def test_a_short_secret_makes_no_keys() -> None:
    with pytest.raises(KeyringError):
        derive_pseudonym_key(b"short", AGREEMENT.id, "io-id")


def test_keys_of_another_recipient_are_refused() -> None:
    with pytest.raises(DisclosureError) as refused:
        redact(consented([MARIA], "io-id"), keys("gt-ntt"), os.urandom)
    assert refused.value.codes == ("redact.other_keys",)


def test_keys_of_another_agreement_with_the_same_recipient_are_refused() -> None:
    with pytest.raises(DisclosureError) as refused:
        redact(consented([MARIA], "io-id"), keys(agreement="DSA-NTB-2026-001"), os.urandom)
    assert refused.value.codes == ("redact.other_keys",)


def test_the_key_is_in_no_repr() -> None:
    for secret in (keys().pseudonym_key("1"), ROOT):
        assert secret.hex() not in repr(keys())
        assert repr(secret) not in repr(keys())


@pytest.mark.parametrize("typed", ["yks-2026-0117", "YKS 2026 0117", "YKS–2026–0117", "YKS-2026-\u200b0117"])
def test_a_pseudonym_is_the_same_however_the_case_number_was_typed(typed: str) -> None:
    assert pseudonym_of(keys(), "x_CaseRef", typed) == pseudonym_of(keys(), "x_CaseRef", "YKS-2026-0117")
    assert pseudonym_of(keys(), "x_CaseRef", typed) != pseudonym_of(keys(), "x_CaseRef", "YKS-2026-1017")


def test_one_household_in_two_spellings_is_one() -> None:
    refs = ["H-31", "h 31", "H–31", "H-32", "", ""]
    household = sent([MARIA | {"x_HouseholdRef": ref} for ref in refs]).household.to_pylist()
    assert household[0] == household[1] == household[2]
    assert len(set(household)) == 4


def test_a_pseudonym_is_the_same_in_the_next_release_and_a_row_key_is_not() -> None:
    assert column(sent([MARIA]), "x_CaseRef") == column(sent([MARIA]), "x_CaseRef")
    assert column(sent([MARIA], "gt-ntt"), "x_CaseRef") != column(sent([MARIA], "gt-ntt"), "x_CaseRef")


def test_row_keys_never_repeat() -> None:
    redacted = [sent([MARIA] * 300, "gt-ntt") for _release in range(3)]
    row_keys = [key for each in redacted for key in column(each, "x_CaseRef")]
    assert len(set(row_keys)) == 900


def test_repeating_randomness_is_refused() -> None:
    with pytest.raises(DisclosureError) as refused:
        redact(consented([MARIA] * 2, "gt-ntt"), keys("gt-ntt"), bytes)
    assert refused.value.codes == ("redact.randomness",)


def test_no_spreadsheet_takes_a_key_for_something_else() -> None:
    redacted = sent([MARIA | {"x_CaseRef": str(n)} for n in range(200)])
    assert all(key[0] == "p" and key.isalnum() and key == key.lower() for key in column(redacted, "x_CaseRef"))


# Single rules


def a_field(kind: str = "string") -> Field:
    return Field.model_validate(
        {"name": "f", "type": kind, "x-label": "F", "x-class": "quasi", "description": "a field"}
    )


def through(rule: Rule, texts: list[str], kind: str = "string", ages: object = None) -> list[str]:
    before = Column.of(a_field(kind), frozenset(MISSING), texts)
    after = RULES[type(rule)](before, rule, Setting(ages, keys(), os.urandom))  # type: ignore[arg-type]  # ages unused
    assert after is not None
    return after.texts()


OWN = (("state", "phase", "any"), ("Active", "Open", "All"), ("FollowUp", "Open", "All"), ("Closed", "Closed", "All"))
LADDERS: list[tuple[Rule, list[str]]] = [
    (GeneraliseDate(rule="generalise", ladder="date", to="month", **FOR), ["2026-10-04", "1990-01-12"]),
    (GeneraliseDate(rule="generalise", ladder="date", to="quarter", **FOR), ["2026-10-04"]),
    (GeneraliseDate(rule="generalise", ladder="date", to="year", **FOR), ["2026-10-04"]),
    (GeneralisePlace(rule="generalise", ladder="place", to="province", **FOR), ["53.01", "53", "53.71"]),
    (GeneralisePlace(rule="generalise", ladder="place", to="island", **FOR), ["53.01", "11"]),
    (GeneraliseCountry(rule="generalise", ladder="country", to="region", **FOR), ["MY", "NA", "CH"]),
    (GeneraliseIndustry(rule="generalise", ladder="industry", to="sector", **FOR), ["F_Construction"]),
    (GeneraliseIndustry(rule="generalise", ladder="industry", to="broad_sector", **FOR), ["F_Construction"]),
    (GeneraliseCountry(rule="generalise", ladder="country", to="subregion", **FOR), ["MY", "NA", "CH"]),
    (GeneraliseNumber(rule="generalise", ladder="interval", edges=(-5, 0, 10), **FOR), ["-6", "-5", "9.99", "10"]),
    (GeneraliseOwn(rule="generalise", ladder="own", table=OWN, to="phase", **FOR), ["Active", "Closed"]),
    (Round(rule="round", to=5, **FOR), ["12", "-12.5", "0.004", "999999999999999"]),
    (TopCode(rule="top_code", at=65, **FOR), ["64.9", "65", "230"]),
    (BottomCode(rule="bottom_code", at=-1, **FOR), ["-1", "-2.5", "0"]),
]


@pytest.mark.parametrize(("rule", "texts"), LADDERS, ids=lambda each: getattr(each, "to", ""))
def test_generalising_twice_is_generalising_once(rule: Rule, texts: list[str]) -> None:
    once = through(rule, texts)
    assert once != texts
    assert through(rule, once) == once


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Round(rule="round", to=5, **FOR), ["10", "15", "-15", "0", "1005", ""]),
        (TopCode(rule="top_code", at=12, **FOR), ["12+", "12+", "-12.5", "2.4999", "12+", ""]),
        (BottomCode(rule="bottom_code", at=12, **FOR), ["<=12", "12.5", "<=12", "<=12", "1003", ""]),
        (
            GeneraliseNumber(rule="generalise", ladder="interval", edges=(0, 12), **FOR),
            ["12+", "12+", "<0", "[0, 12)", "12+", ""],
        ),
    ],
    ids=lambda each: getattr(each, "rule", ""),
)
def test_numbers_become_coarser(rule: Rule, said: list[str]) -> None:
    assert through(rule, ["12", "12.5", "-12.5", "2.4999", "1003", ""], "number") == said


@given(st.decimals(-(10**14), 10**14, places=6), st.integers(1, 10**6))
def test_a_rounded_number_is_a_multiple_and_no_other_is_nearer(number: Decimal, base: int) -> None:
    (text,) = through(Round(rule="round", to=base, **FOR), [str(number)], "number")
    assert int(text) % base == 0
    assert 2 * abs(int(text) - Fraction(number)) <= base


@pytest.mark.parametrize("text", ["twelve", "1e3", "+5", "1/2", "NaN", "٣", "5 ", "1,5"])
@pytest.mark.parametrize(
    "rule",
    [
        Round(rule="round", to=5, **FOR),
        TopCode(rule="top_code", at=5, **FOR),
        BottomCode(rule="bottom_code", at=5, **FOR),
    ],
    ids=lambda rule: rule.rule,
)
def test_what_is_no_number_is_not_guessed_and_not_said(rule: Rule, text: str) -> None:
    with pytest.raises(DisclosureError) as refused:
        through(rule, [text], "number")
    assert refused.value.codes == ("redact.not_a_number",)
    assert text not in str(refused.value)


def test_a_code_outside_ones_own_ladder_is_not_guessed() -> None:
    with pytest.raises(DisclosureError, match="ladder"):
        through(GeneraliseOwn(rule="generalise", ladder="own", table=OWN, to="phase", **FOR), ["Archived"])


def test_lists_go_code_by_code_in_one_order_without_repeats() -> None:
    region = GeneraliseCountry(rule="generalise", ladder="country", to="region", **FOR)
    assert through(region, ["MY;ID;CH", "CH;MY", "DECLINED"], "list") == ["Asia;Europe", "Asia;Europe", "DECLINED"]
    mapped = Map(rule="map", to={"A": "B"}, otherwise="Z", **FOR)
    assert through(mapped, ["A;B;C", "A", "UNKNOWN"], "list") == ["B;Z", "B", "UNKNOWN"]


@pytest.mark.parametrize(
    ("keep_last", "value", "masked"),
    [(0, "abcdef", "******"), (2, "abcdef", "****ef"), (4, "abcd", "****"), (4, "a", "*")],
)
def test_a_mask_never_shows_a_whole_value(keep_last: int, value: str, masked: str) -> None:
    assert through(Mask(rule="mask", keep_last=keep_last, **FOR), [value]) == [masked]


@given(st.lists(st.sampled_from(["a", "b", "c", *MISSING]), max_size=40))
@settings(max_examples=60, deadline=None)
def test_columns_say_what_they_were_told(texts: list[str]) -> None:
    read = Column.of(a_field(), frozenset(MISSING), texts)
    assert read.texts() == texts
    assert sorted(read.values) == sorted(set(texts))
    assert read.to_arrow().dictionary.to_pylist() == sorted(set(texts))  # no order of the sheet is left
    assert read.present() == sum(text not in MISSING for text in texts)
    upper = read.rewritten(lambda text: "b" if text == "a" else text)
    assert read.differing(upper) == texts.count("a")
    assert read.to_arrow().to_pylist() == texts


def test_pseudonym_is_the_hmac_that_the_docs_promise() -> None:
    """Worked out by hand: HKDF and HMAC of RFC 5869 and RFC 2104, parts preceded by their length."""
    import base64
    import hmac

    def mac(key: bytes, *parts: bytes) -> bytes:
        return hmac.new(key, b"".join(len(part).to_bytes(8, "big") + part for part in parts), hashlib.sha256).digest()

    label = b"data-sharing-exchange/pseudonym-key/v1"
    bound = mac(label, AGREEMENT.id.encode(), b"io-id", b"1")
    extracted = hmac.digest(bytes(32), ROOT, "sha256")
    key = hmac.digest(extracted, label + b"/" + bound + b"\x01", "sha256")
    made = base64.b32encode(mac(key, b"x_CaseRef", b"yks-2026-0117")[:16]).decode().rstrip("=").lower()
    assert column(sent([MARIA]), "x_CaseRef") == ["p" + made]


@given(st.lists(st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES), max_size=5))
def test_many_keys_are_written_as_each_is(keys: list[bytes]) -> None:
    assert all_opaque("p", b"".join(keys)).to_pylist() == [opaque("p", key) for key in keys]
