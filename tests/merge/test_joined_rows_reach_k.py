"""Rows that were safe from each source by itself are not passed on joined until they are safe together."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from agreements.example import agreement, changed
from hypothesis import given, settings
from hypothesis import strategies as st
from merge.received import KEY, START, bundle

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.onward_approval import Attested
from exchange.agreements.period import Period
from exchange.agreements.reading import read_agreement
from exchange.bundle.contents import Contents
from exchange.merge.chosen.rules import LATEST, MergingRules
from exchange.merge.merging import merge
from exchange.merge.onward.extract import Leave, Onward, as_extract
from exchange.merge.onward.joined import keep_promise, strictest
from exchange.merge.people import Merged
from exchange.merge.store import Store
from exchange.protect.columns import Column

GENDER, BAND, FORM = "prs_Gender", "prs_Birthdate", "vic_TypeOfExploitation"
SEPTEMBER = Period.read("2026-09")
YKS = agreement()
RPK = read_agreement(changed(("id: DSA-NTT-2026-004", "id: DSA-RPK"), ("k: 5 ", "k: 6 ")), "rpk")
SAID = Attested(scope=("share_io",), form="F4", given_on=dt.date(2026, 9, 3), evidence="files")
FIELDS = frozenset({GENDER, BAND, FORM})


def under(contents: Contents, document: Agreement, sender: str) -> Contents:
    said = contents.metadata.model_copy(update={"agreement": Reference.to(document)})
    return replace(contents, metadata=said)


def tokens(people: range) -> dict[int, dict[str, str]]:
    return {n: {"nik": f"n{n}", "name_dob": f"d{n}", "name_year_regency": f"y{n}"} for n in people}


def hub(folder: Path, rules: MergingRules = LATEST) -> Merged:
    """Twelve people. yks tells their genders, six of each; rpk tells their bands, six of each: alone, nobody is among
    fewer than six. Together, one woman alone is 30-44."""
    held = tokens(range(12))
    women = [{"x_CaseRef": f"a{n}", GENDER: "Feminine" if n < 6 else "Masculine"} for n in held]
    bands = [{"x_CaseRef": f"b{n}", BAND: "18-29" if n < 5 or n == 6 else "30-44"} for n in held]
    with Store.open(folder, KEY) as store:
        first = bundle("a", women, tokens={f"a{n}": each for n, each in held.items()})
        other = bundle("b", bands, sender="rpk", tokens={f"b{n}": each for n, each in held.items()})
        store.apply(under(first, YKS, "yks"), START)
        store.apply(under(other, RPK, "rpk"), START)
        return merge(store, rules=rules)


def passed_on(merged: Merged, *leaves: Leave) -> Onward:
    return as_extract(merged, leaves, YKS, SEPTEMBER, "gt-ntt")


BOTH = (Leave(YKS, FIELDS, SAID), Leave(RPK, FIELDS, SAID))


def rows(made: Onward) -> Counter[tuple[str, str]]:
    return Counter(zip(made.table.column(GENDER).to_pylist(), made.table.column(BAND).to_pylist(), strict=True))


def test_two_sources_thin_rows_do_not_single_out_together(tmp_path: Path) -> None:
    merged = hub(tmp_path / "store")
    joined = Counter(zip(merged.people.column(GENDER).to_pylist(), merged.people.column(BAND).to_pylist(), strict=True))
    assert min(joined.values()) == 1  # the view, for the hub alone, has her
    made = passed_on(merged, *BOTH)
    assert made.k == 6  # the stricter of the two
    assert min(rows(made).values()) >= 6
    assert made.cells > 0
    assert made.people + made.left_out == 12


def test_what_one_source_alone_tells_goes_on_whole(tmp_path: Path) -> None:
    made = passed_on(hub(tmp_path / "store"), BOTH[0])
    assert rows(made) == {("Feminine", ""): 6, ("Masculine", ""): 6}
    assert (made.k, made.cells) == (5, 0)


def test_of_what_nobody_approved_nothing_goes_on(tmp_path: Path) -> None:
    merged = hub(tmp_path / "store")
    assert passed_on(merged).people == 0
    only_band = (Leave(YKS, frozenset({BAND}), SAID), BOTH[1])
    assert set(passed_on(merged, *only_band).table.column(GENDER).to_pylist()) == {""}


def test_of_a_sensitive_source_nothing_goes_on(tmp_path: Path) -> None:
    merged = hub(tmp_path / "store", MergingRules(sensitive=("rpk",)))
    assert set(passed_on(merged, *BOTH).table.column(BAND).to_pylist()) == {""}
    assert passed_on(merged, BOTH[1]).people == 0  # not even that it knows somebody


def test_consent_is_the_least_that_every_approver_attests(tmp_path: Path) -> None:
    merged = hub(tmp_path / "store")
    later = SAID.model_copy(update={"given_on": dt.date(2026, 9, 9), "scope": ("share_io", "share_government")})
    fields = YKS.consent.fields
    for consent, told in (
        (later, ("ConsentGiven", "share_io", "2026-09-03", "F4")),
        (None, ("", "", "", "")),
        (SAID.model_copy(update={"form": "F3"}), ("", "", "", "")),
        (SAID.model_copy(update={"scope": ("share_government",)}), ("", "", "", "")),
    ):
        made = passed_on(merged, BOTH[0], Leave(RPK, FIELDS, consent))
        names = (fields.status, fields.scope, fields.given_on, fields.form)
        assert set(zip(*(made.table.column(name).to_pylist() for name in names), strict=True)) == {told}


def test_only_who_was_first_reported_in_the_period_goes_on(tmp_path: Path) -> None:
    merged = hub(tmp_path / "store")
    assert as_extract(merged, BOTH, YKS, Period.read("2026-10"), "gt-ntt").people == 0
    made = as_extract(merged, BOTH, YKS, Period.read("2026-Q3"), "gt-ntt")
    assert made.people + made.left_out == 12
    assert set(made.table.column(YKS.data.period.field).to_pylist()) == {"2026-09-01"}


def test_the_table_has_every_field_of_the_dictionary_and_nothing_else(tmp_path: Path) -> None:
    made = passed_on(hub(tmp_path / "store"), *BOTH)
    assert made.table.column_names == [field.name for field in YKS.data.fields]
    keys = made.table.column(YKS.data.key).to_pylist()
    assert len(set(keys)) == made.people
    assert set(keys) <= set(hub(tmp_path / "store").people.column("person").to_pylist())


def test_a_tier_without_k_asks_for_nothing() -> None:
    assert strictest([YKS], "dinas-p3a", [GENDER], (), "SUPPRESSED") is None
    asked = strictest([YKS, RPK], "gt-ntt", [FORM, GENDER, BAND], ("",), "SUPPRESSED")
    assert asked is not None
    assert (asked.k, asked.over, [each.field for each in asked.diversity]) == (6, (GENDER, BAND), [FORM])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("FM"), st.sampled_from("xyz")), min_size=1, max_size=25))
def test_whatever_is_joined_every_group_reaches_k_or_does_not_go_on(people: list[tuple[str, str]]) -> None:
    columns = [Column.of_texts(name, [each[n] for each in people]) for n, name in enumerate((GENDER, BAND))]
    promise = strictest([YKS], "gt-ntt", [GENDER, BAND], ("",), "SUPPRESSED")
    joined = keep_promise(columns, len(people), promise)
    found = Counter(zip(*(each.texts() for each in joined.those), strict=True))
    assert all(size >= 5 for size in found.values())
    assert len(joined.rows) + joined.left_out == len(people)


@pytest.mark.parametrize("recipient", ["gt-ntt", "io-id"])
def test_every_tier_with_a_k_is_heard(recipient: str) -> None:
    asked = strictest([YKS], recipient, [GENDER, BAND], (), "SUPPRESSED")
    assert asked is not None
    assert asked.k == YKS.tier_of(recipient).protect.k
