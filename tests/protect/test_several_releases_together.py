"""A recipient who holds all bundles of a period, and subtracts: no difference is of one to k − 1 people.

The months are invented and small; what is corrected in them is drawn by hypothesis. The adversaries are in `chains`.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from protect.chains import Sent, a_month, corrected, few_by_rows, few_by_subtracting
from protect.people import row_texts

from exchange.errors import DisclosureError
from exchange.protect.promise import promise_of
from exchange.protect.protected import Protected
from exchange.protect.releases.differences import cells_differ, rows_differ
from exchange.protect.releases.memory import Shown

K = MIN_CELL = 5
OVER = ("prs_Birthdate", "prs_Gender")
LISTS = ("vic_TypeOfExploitation", "vic_MethodOfRecruitment")
ONE_TABLE = {"tables": {"min_cell": 5, "secondary_suppression": True, "by": [list(OVER), ["vic_ForcedLabourIndustry"]]}}
SLOWLY = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FEW = st.integers(0, 12)


def sent_again(sent: Sent, month: dict[str, dict[str, str]], **clauses: object) -> Sent:
    """With the correction, or as it stood where the correction is refused for good reason."""
    try:
        return sent.again(month, **clauses)
    except DisclosureError as error:
        if [problem.code for problem in error.problems] != ["disclosure.differs_by_few"]:
            raise
        return sent


def pairs(sent: Sent) -> list[tuple[Protected, Protected]]:
    return [(old, new) for at, new in enumerate(sent.releases) for old in sent.releases[:at]]


@SLOWLY
@given(seed=st.integers(0, 9999), size=st.integers(30, 70), gone=FEW, new=st.integers(0, 25), changed=FEW)
def test_rows_of_a_month_and_two_corrections_point_at_nobody(
    seed: int, size: int, gone: int, new: int, changed: int
) -> None:
    month = a_month(size, seed)
    sent = Sent("gt-ntt").again(month, max_suppressed_cells_percent=80)
    for time in (1, 2):
        month = corrected(month, seed + time, gone, new, changed)
        sent = sent_again(sent, month, max_suppressed_cells_percent=80)
    assert few_by_rows(sent.shown, K, OVER) == []
    for old, new_one in pairs(sent):
        if old.rows is None and new_one.rows is None:
            assert few_by_subtracting(old, new_one, LISTS, MIN_CELL) == []


@SLOWLY
@given(seed=st.integers(0, 9999), size=st.integers(20, 90), gone=FEW, new=st.integers(0, 40), changed=FEW)
def test_tables_of_a_quarter_and_two_corrections_leave_no_few_when_subtracted(
    seed: int, size: int, gone: int, new: int, changed: int
) -> None:
    month = a_month(size, seed)
    sent = Sent("dinas-p3a").again(month, **ONE_TABLE)
    for time in (1, 2):
        month = corrected(month, seed + time, gone, new, changed)
        sent = sent_again(sent, month, **ONE_TABLE)
    assert [few for pair in pairs(sent) for few in few_by_subtracting(*pair, LISTS, MIN_CELL)] == []


def test_the_adversary_succeeds_against_releases_without_a_memory() -> None:
    month = a_month(60, 1)
    alone = [Sent("gt-ntt").again(each).releases[0] for each in (month, corrected(month, 2, gone=1, changed=2))]
    assert few_by_rows([each.shown for each in alone if each.shown], K, OVER)
    alone = [Sent("dinas-p3a").again(each).releases[0] for each in (month, corrected(month, 2, gone=1, changed=2))]
    assert few_by_subtracting(alone[0], alone[1], LISTS, MIN_CELL)


def test_whoever_withdrew_leaves_in_company() -> None:
    month = a_month(70, 3)
    first = Sent("gt-ntt").again(month)
    rows = first.shown[0].rows
    assert rows is not None
    gone = next(iter(rows)).decode()
    without = {case: each for case, each in month.items() if case != gone}
    sent = first.again(without)
    against = sent.releases[1].account.against
    assert against is not None
    assert gone.encode() not in (sent.shown[1].rows or {})
    assert against.gone >= K
    assert against.left_with == against.gone - 1
    assert few_by_rows(sent.shown, K, OVER) == []


def test_a_correction_of_one_value_repeats_what_was_said() -> None:
    month = a_month(70, 3)
    first = Sent("gt-ntt").again(month)
    case = next(c for c, values in (first.shown[0].rows or {}).items() if "SUPPRESSED" not in values).decode()
    other = "45+" if month[case]["prs_Birthdate"] != "45+" else "18-29"
    sent = first.again({**month, case: {**month[case], "prs_Birthdate": other}})
    old, new = sent.releases
    assert sorted(row_texts(old, "x_CaseRef")) == sorted(row_texts(new, "x_CaseRef"))
    assert old.tables == new.tables
    assert new.account.against is not None
    assert (new.account.against.changed, new.account.against.stale) == (0, 1)


def test_few_newcomers_wait_and_are_not_counted_as_sent() -> None:
    month = a_month(70, 3)
    sent = Sent("gt-ntt").again(month).again(corrected(month, 4, new=3))
    new = sent.releases[1]
    assert new.account.against is not None
    assert (new.account.against.new, new.account.against.waiting) == (0, 3)
    assert not {70, 71, 72} & set(new.counted)


def test_many_newcomers_come() -> None:
    month = a_month(70, 3)
    sent = Sent("gt-ntt").again(month, max_suppressed_cells_percent=80)
    sent = sent.again(corrected(month, 4, new=60), max_suppressed_cells_percent=80)
    assert sent.releases[1].account.against is not None
    assert sent.releases[1].account.against.new >= K
    assert few_by_rows(sent.shown, K, OVER) == []


def test_a_quarters_tables_without_one_person_are_refused_and_the_earlier_stand() -> None:
    month = a_month(80, 5)
    with pytest.raises(DisclosureError) as refused:
        Sent("dinas-p3a").again(month).again(corrected(month, 6, gone=1))
    assert refused.value.problems[0].code == "disclosure.differs_by_few"
    assert refused.value.problems[0].where == "dinas-p3a"
    assert "1 are gone" in refused.value.problems[0].what


def test_a_quarters_tables_with_one_value_mended_are_the_same_tables() -> None:
    month = a_month(80, 5)
    old, new = Sent("dinas-p3a").again(month).again(corrected(month, 6, changed=1, new=2)).releases
    assert old.tables == new.tables
    assert new.account.against is not None
    assert (new.account.against.stale, new.account.against.waiting) == (1, 2)


def test_a_month_of_tables_that_later_has_rows() -> None:
    month = a_month(20, 7)
    sent = Sent("gt-ntt").again(month, max_suppressed_cells_percent=0)
    assert sent.releases[0].rows is None
    sent = sent_again(sent, corrected(month, 8, new=60), max_suppressed_cells_percent=0)
    assert few_by_rows(sent.shown, K, OVER) == []


def test_a_correction_in_another_form_is_refused() -> None:
    month = a_month(60, 9)
    with pytest.raises(DisclosureError) as refused:
        Sent("gt-ntt").again(month).again(month, k=6)
    assert refused.value.problems[0].code == "disclosure.another_form"


def test_a_correction_without_a_memory_is_refused() -> None:
    month = a_month(60, 9)
    first = Sent("gt-ntt").again(month)
    lost = Sent("gt-ntt", tuple(replace(each, shown=None) for each in first.releases))
    with pytest.raises(DisclosureError) as refused:
        lost.again(month)
    assert refused.value.problems[0].code == "releases.forgotten"


def test_what_was_shown_survives_being_kept() -> None:
    (shown,) = Sent("gt-ntt").again(a_month(60, 9)).shown
    assert shown.tokens
    assert Shown.from_bytes(shown.to_bytes()) == shown


def test_the_check_notices_a_row_that_goes_alone() -> None:
    first = Sent("gt-ntt").again(a_month(60, 9))
    (shown,) = first.shown
    rows = dict(shown.rows or {})
    rows.pop(next(iter(rows)))
    fewer = replace(shown, rows=rows)
    leave = first.releases[0].permit
    assert rows_differ((shown, fewer), promise_of(leave.agreement, leave.tier))
    assert not rows_differ((shown, shown), promise_of(leave.agreement, leave.tier))


def test_the_check_notices_cells_that_differ_by_few() -> None:
    assert cells_differ({(): 60}, {(): 61}, [], MIN_CELL, None)
    assert not cells_differ({(): 60}, {(): 65}, [], MIN_CELL, None)
    assert not cells_differ({(): 60}, {}, [], MIN_CELL, None)


def test_where_it_is_reported_a_correction_goes_and_says_what_changed() -> None:
    month = a_month(40, 11)
    new = Sent("io-id").again(month).again(corrected(month, 12, gone=1, new=2, changed=3)).releases[1]
    assert new.account.against is not None
    assert (new.account.against.gone, new.account.against.new) == (1, 2)
    assert 1 <= new.account.against.changed <= 3
