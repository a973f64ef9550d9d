"""Rows leave when they may, and otherwise what was agreed instead, in the order in which it was agreed."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from protect.people import Person, month, permit, redacted, row_texts, tokens_for

from exchange.agreements.tiers import Households
from exchange.errors import DisclosureError
from exchange.protect.promise import Diverse, Promise
from exchange.protect.protected import Protected
from exchange.protect.protecting import protect
from exchange.protect.rows.suppression import Suppression
from exchange.protect.rows.verify import verify
from exchange.redact.redacted import Redacted


def alike(size: int, **more: str) -> list[Person]:
    """People who differ in nothing but their form of exploitation."""
    base = {"prs_Birthdate": "18-29", "prs_Gender": "Feminine"}
    return [{**base, "x_CaseRef": f"k{n}", "vic_TypeOfExploitation": "ab"[n % 2], **more} for n in range(size)]


def leave(people: Redacted, seed: int = 1) -> Protected:
    return protect(people, None, random.Random(seed))


def test_four_people_are_too_few_and_only_tables_leave() -> None:
    out = leave(redacted(permit("gt-ntt"), alike(4)))
    assert (out.rows, out.tokens, out.match, out.account.gate) == (None, (), None, "tables")
    assert [cell.count for table in out.tables for cell in table.cells] == [None] * 6


def test_no_case_at_all_looks_like_four() -> None:
    nobody, four = (leave(redacted(permit("gt-ntt"), alike(size))) for size in (0, 4))
    assert (nobody.rows, nobody.tables, nobody.account.gate) == (four.rows, four.tables, four.account.gate)


def test_nothing_leaves_where_nothing_comes_first_or_nothing_is_agreed() -> None:
    for agreed in (["nothing"], ["nothing", "tables"], None, ["report"]):
        out = leave(redacted(permit("gt-ntt", if_not_met=agreed), alike(4)))
        assert (out.rows, out.tables, out.account.gate) == (None, (), "nothing")


def test_five_from_one_household_are_not_five() -> None:
    assert leave(redacted(permit("gt-ntt"), alike(5), [7] * 5)).rows is None
    assert leave(redacted(permit("gt-ntt"), alike(6), [1, 1, 1, 1, 2, 3])).rows is None
    assert leave(redacted(permit("gt-ntt"), alike(5), [1, 1, 2, 2, 3])).rows is not None


def test_a_group_that_tells_what_happened_to_all_in_it_does_not_leave_as_it_is() -> None:
    same = [{**person, "vic_TypeOfExploitation": "a"} for person in alike(10)]
    assert leave(redacted(permit("gt-ntt"), same)).rows is None
    out = leave(redacted(permit("gt-ntt", max_suppressed_cells_percent=100), same))
    assert out.account.cells_withheld == (("vic_TypeOfExploitation", 10),)


def test_one_code_may_be_shared_by_eighty_percent_whatever_else_is_listed() -> None:
    listed = [{**person, "vic_TypeOfExploitation": "a;b" if n < 4 else "c"} for n, person in enumerate(alike(5))]
    assert leave(redacted(permit("gt-ntt"), listed)).account.gate == "met"
    listed[4]["vic_TypeOfExploitation"] = "b;c"
    assert leave(redacted(permit("gt-ntt"), listed)).account.gate == "tables"


def test_rows_cost_no_more_than_agreed() -> None:
    people = alike(10) + [{**p, "x_CaseRef": f"m{n}", "prs_Gender": "Masculine"} for n, p in enumerate(alike(3))]
    # three genders withheld, and two of those who could lend theirs: five cells of 26, which is 19.3 %
    assert leave(redacted(permit("gt-ntt", max_suppressed_cells_percent=20), people)).account.gate == "met"
    assert leave(redacted(permit("gt-ntt", max_suppressed_cells_percent=19), people)).account.gate == "tables"
    assert leave(redacted(permit("gt-ntt", method=None), people)).account.gate == "tables"


def test_the_dead_are_counted_but_are_not_among_the_rows() -> None:
    people = [*alike(7), *alike(6, prs_Gender="Masculine", vic_ForcedLabourIndustry="sea")]
    for place, person in enumerate(people):
        person["x_CaseRef"] = f"k{place}"
    dead = range(7, 13)
    out = leave(redacted(permit("gt-ntt"), people, dead=dead))
    assert out.account.rows_in == out.account.rows_out == 7
    assert "Masculine" not in {text for row in row_texts(out) for text in row}
    total = next(cell for cell in out.tables[0].cells if cell.values == ("*", "*"))
    assert total.count == 7  # as many as there are rows: the difference would tell who died
    statistics = leave(redacted(permit("dinas-p3a"), people, dead=dead))
    total = next(cell for cell in statistics.tables[0].cells if cell.values == ("*", "*"))
    assert (total.count, statistics.rows, statistics.account.gate) == (13, None, "no_rows_agreed")


def test_tables_count_the_rows_as_they_left() -> None:
    people, household = month(150, 4)
    out = leave(redacted(permit("gt-ntt"), people, household))
    assert out.rows is not None
    rows = row_texts(out, "x_CaseRef", "vic_TypeOfExploitation")
    table = next(table for table in out.tables if table.fields == ("prs_Birthdate", "prs_Gender"))
    for cell in table.cells:
        true = sum(all(w in ("*", v) for w, v in zip(cell.values, row, strict=True)) for row in rows)
        assert cell.count == (true if true >= 5 else None)
    assert any("SUPPRESSED" in cell.values for cell in table.cells)


def test_fields_for_tables_are_not_in_the_rows() -> None:
    people, household = month(150, 4)
    out = leave(redacted(permit("gt-ntt"), people, household))
    assert out.rows is not None
    assert out.rows.column_names == ["x_CaseRef", "prs_Birthdate", "prs_Gender", "vic_TypeOfExploitation"]
    assert out.account.over == ("prs_Birthdate", "prs_Gender")


def test_personal_data_leaves_as_it_is_and_its_k_is_said() -> None:
    people, household = month(40, 2)
    out = leave(redacted(permit("io-id"), people, household))
    assert (out.account.gate, out.account.rows_out, out.account.k_asked) == ("reported", 40, 3)
    assert (out.account.k_reached, out.account.cells_withheld, out.tables) == (1, (), ())
    assert out.account.unique_rows > 0
    assert "x_CaseRef" not in out.account.over


def test_rows_without_an_agreed_k_are_refused() -> None:
    with pytest.raises(DisclosureError) as refused:
        leave(redacted(permit("gt-ntt", k=None), alike(9)))
    assert refused.value.codes == ("protect.no_k",)


def test_tokens_leave_for_the_rows_that_leave_in_an_order_of_their_own() -> None:
    people, household = month(120, 3)
    out = protect(redacted(permit("gt-ntt"), people, household, dead=[0, 1]), tokens_for(people), random.Random(1))
    assert out.rows is not None
    keys = out.rows["x_CaseRef"].to_pylist()
    assert [token.row_key for token in out.tokens] == sorted(keys) != keys
    assert all(token.token == f"nik-{token.row_key}" for token in out.tokens)
    assert not {people[0]["x_CaseRef"], people[1]["x_CaseRef"]} & set(keys)
    assert out.match == ("ntt", "2026")


def test_tokens_of_other_rows_and_tokens_nobody_agreed_to_are_refused() -> None:
    people = alike(6)
    with pytest.raises(DisclosureError) as refused:
        protect(redacted(permit("gt-ntt"), people), tokens_for(people[:5]), random.Random(1))
    assert refused.value.codes == ("protect.tokens_disagree",)
    with pytest.raises(DisclosureError) as refused:
        protect(redacted(permit("dinas-p3a"), people), tokens_for(people), random.Random(1))
    assert refused.value.codes == ("protect.tokens_not_agreed",)


def test_a_search_that_breaks_its_promise_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    lazy = lambda people, promise: Suppression.nothing(len(people), len(promise.diversity))  # noqa: E731  # one line
    monkeypatch.setattr("exchange.protect.gate.suppress", lazy)
    people = [*alike(9), *alike(1, x_CaseRef="m", prs_Gender="Masculine")]
    with pytest.raises(DisclosureError) as refused:
        leave(redacted(permit("gt-ntt"), people))
    assert "protect.group_below_k" in refused.value.codes
    assert "Masculine" not in str(refused.value)


@pytest.mark.parametrize(
    ("values", "households", "code"),
    [
        (["a", "b"], [1, 2], "protect.group_below_k"),
        (["a", "b", "a", "b"], [1, 1, 1, 1], "protect.few_households"),
        (["a", "b", "a", "b"], [1, 1, 1, 2], "protect.household_dominates"),
        (["a;b", "a", "a", "a;c"], [1, 2, 3, 4], "protect.group_not_diverse"),
        (["a", "a", "SUPPRESSED", "c"], [1, 2, 3, 4], "protect.group_not_diverse"),
        (["", "UNKNOWN", "", ""], [1, 2, 3, 4], None),
        (["SUPPRESSED"] * 4, [1, 2, 3, 4], None),
    ],
)
def test_each_broken_promise_is_named(values: list[str], households: list[int], code: str | None) -> None:
    promise = Promise(
        over=("place",),
        k=3,
        diversity=(Diverse("form", 70, several=True),),
        households=Households(at_least=2, none_above_percent=60),
        missing=frozenset({"", "UNKNOWN", "SUPPRESSED"}),
        suppressed="SUPPRESSED",
    )
    table = pa.table({"place": ["here"] * len(values), "form": values})
    found = [problem.code for problem in verify(table, households, promise)]
    assert code in found if code else not found
