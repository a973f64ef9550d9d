"""Whatever the people, the rows that leave keep the promise; checked here once more, plainly, without `verify`."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protect.people import Person, month, permit, redacted

from exchange.protect.promise import promise_of
from exchange.protect.protected import Protected
from exchange.protect.protecting import protect
from exchange.protect.rows.groups import Group, People
from exchange.protect.rows.verify import verify

QUASI = ("prs_Birthdate", "prs_Gender")
HELD = "SUPPRESSED"
CODES = st.sampled_from(["a", "b", "a;b", "b;c", "", "UNKNOWN", "c"])


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Person], list[int], dict[str, object]]:
    size = draw(st.integers(0, 30))
    people = [
        {
            "x_CaseRef": f"key{n}",
            "prs_Birthdate": draw(st.sampled_from(["0-17", "18-29", "30-44", "UNKNOWN"])),
            "prs_Gender": draw(st.sampled_from(["F", "M", ""])),
            "vic_TypeOfExploitation": draw(CODES),
        }
        for n in range(size)
    ]
    household = [draw(st.integers(0, max(1, size))) for _n in range(size)]
    k = draw(st.integers(2, 6))
    percent = draw(st.sampled_from([40, 60, 80, 100]))
    households = {"at_least": draw(st.integers(1, 4)), "none_above_percent": draw(st.sampled_from([34, 50, 100]))}
    clauses: dict[str, object] = {
        "output": ["rows"],
        "tables": None,
        "k": k,
        "l_diversity": {"vic_TypeOfExploitation": {"no_code_above_percent": percent}},
        "households": households,
        "max_suppressed_cells_percent": draw(st.sampled_from([0, 25, 60, 100])),
    }
    return people, household, clauses


@settings(max_examples=150, deadline=None)
@given(cases(), st.integers(0, 9), st.booleans())
def test_every_group_of_released_rows_keeps_every_promise(
    case: tuple[list[Person], list[int], dict[str, object]], seed: int, large: bool
) -> None:
    people, household, clauses = case
    with pytest.MonkeyPatch.context() as patch:
        if large:  # as a release too large for the integer program
            patch.setattr("exchange.protect.rows.least.MOST_CHOICES", -1)
        out = protect(redacted(permit("gt-ntt", **clauses), people, household), None, random.Random(seed))
    if out.rows is None:
        assert out.account.gate == "nothing"
        return
    home = {p["x_CaseRef"]: household[n] for n, p in enumerate(people)}
    groups = defaultdict(list)
    for row in out.rows.to_pylist():
        groups[tuple(row[name] for name in QUASI)].append(row)
    for group in groups.values():
        assert_kept(group, [home[row["x_CaseRef"]] for row in group], clauses)
    assert out.account.k_reached == min(map(len, groups.values()))
    assert out.account.unique_rows == 0


def assert_kept(group: list[Person], homes: list[int], clauses: dict) -> None:  # type: ignore[type-arg]  # as drawn
    size, agreed = len(group), clauses["households"]
    assert size >= clauses["k"]
    assert len(set(homes)) >= agreed["at_least"]
    assert max(Counter(homes).values()) <= size * agreed["none_above_percent"] / 100 + 1e-9
    values = [row["vic_TypeOfExploitation"] for row in group]
    if set(values) != {HELD}:
        for code in "abc":
            could = sum(code in value.split(";") or value == HELD for value in values)
            assert (
                could <= size * clauses["l_diversity"]["vic_TypeOfExploitation"]["no_code_above_percent"] / 100 + 1e-9
            )


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(0, 9))
def test_a_cell_is_as_it_was_or_withheld_and_the_account_counts_it(
    case: tuple[list[Person], list[int], dict[str, object]], seed: int
) -> None:
    people, household, clauses = case
    out = protect(redacted(permit("gt-ntt", **clauses), people, household), None, random.Random(seed))
    if out.rows is None:
        return
    before = {p["x_CaseRef"]: p for p in people}
    withheld: Counter[str] = Counter()
    for row in out.rows.to_pylist():
        for name, value in row.items():
            assert value in (before[row["x_CaseRef"]][name], HELD)
            withheld[name] += value == HELD
    account = out.account
    assert dict(account.cells_withheld) == {name: count for name, count in withheld.items() if count}
    assert account.rows_withheld == len(people) - out.rows.num_rows
    spent = sum(withheld.values()) + (len(QUASI) + 1) * account.rows_withheld
    assert spent * 100 <= clauses["max_suppressed_cells_percent"] * len(people) * len(QUASI)  # type: ignore[operator]  # as drawn


def test_people_who_already_look_alike_lose_nothing() -> None:
    people: list[Person] = [
        {"x_CaseRef": f"{n}", "prs_Birthdate": "18-29", "prs_Gender": "F", "vic_TypeOfExploitation": "ab"[n % 2]}
        for n in range(6)
    ]
    out = protect(redacted(permit("gt-ntt"), people), None, random.Random(1))
    assert (out.account.gate, out.account.cells_withheld, out.account.rows_out) == ("met", (), 6)


@pytest.mark.parametrize("size", [100, 150, 200])
def test_a_months_rows_stay_useful_under_the_example_agreement(size: int) -> None:
    releases: list[Protected] = []
    for seed in range(5):
        people, household = month(size, seed)
        releases.append(protect(redacted(permit("gt-ntt"), people, household), None, random.Random(seed)))
    met = [out.account for out in releases if out.account.gate == "met"]
    assert len(met) >= 4
    lost = sum(count for account in met for _name, count in account.cells_withheld)
    assert lost <= 0.2 * 2 * size * len(met)
    assert sum(account.rows_withheld for account in met) <= 0.02 * size * len(met)


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(0, 9))
def test_a_group_knows_without_counting_again_how_it_stands(
    case: tuple[list[Person], list[int], dict[str, object]], seed: int
) -> None:
    """Rows come and go in any order; what a group says of itself is what `verify` says of it."""
    people, household, clauses = case
    source = redacted(permit("gt-ntt", **clauses), people, household)
    promise = replace(promise_of(source.permit.agreement, source.permit.tier), over=())
    rule = promise.diversity[0]
    codes = tuple(promise.codes(rule, person[rule.field]) for person in people)
    everyone = People(np.zeros((len(people), 0), dtype=np.int32), tuple(household), (codes,))
    group, dice = Group(everyone, promise), random.Random(seed)
    for _turn in range(40 if people else 0):
        row = dice.randrange(len(people))
        (group.take if row in group.rows else group.add)(row)
        rows = np.array(sorted(group.rows), dtype=np.int64)
        broken = verify(source.table.take(rows), [household[each] for each in rows], promise)
        if len(rows):
            assert (group.lacking() == 0) == (not broken)
