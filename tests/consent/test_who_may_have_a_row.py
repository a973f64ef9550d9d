"""A row goes to a recipient only if everything the consent clauses ask for is there; else for the reason named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from consent.consent_cases import CHILD, GOOD, extract, permit
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.consent.applying import REASONS, apply_consent
from exchange.consent.consented import Consented

NOBODY: frozenset[str] = frozenset()
Row = dict[str, str]


def reasons(consented: Consented) -> dict[str, int]:
    return dict(consented.held_back.by_reason)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"cas_IncomingReferralDate": "2026-11-01"}, "outside_period"),
        ({"cas_IncomingReferralDate": "2026-08-31"}, "outside_period"),
        ({"cas_IncomingReferralDate": "UNKNOWN"}, "outside_period"),
        ({"vic_TraffickingStatus": "NotAVictimOfTrafficking"}, "not_included"),
        ({"vic_TraffickingStatus": "UNKNOWN"}, "not_included"),
        ({"x_ConsentStatus": "ConsentRefused"}, "status"),
        ({"x_ConsentStatus": "ConsentWithdrawn"}, "status"),
        ({"x_ConsentStatus": "ConsentUnknown"}, "status"),
        ({"x_ConsentStatus": ""}, "status"),
        ({"x_ConsentStatus": "DECLINED"}, "status"),
        ({"x_ConsentScope": "share_io"}, "scope"),
        ({"x_ConsentScope": ""}, "scope"),
        ({"x_ConsentForm": "F9"}, "form"),
        ({"x_ConsentForm": ""}, "form"),
        ({"x_ConsentDate": "2026-08-31"}, "form"),  # F4 was not yet in use
        ({"x_ConsentDate": ""}, "form"),
        ({"x_ConsentDate": "UNKNOWN"}, "form"),
        ({"x_ConsentDate": "2026-11-04"}, "expired"),  # not yet given on the day of sending
        ({"x_ConsentEvidenceRef": ""}, "evidence"),
        ({"x_ConsentEvidenceRef": "NOT_AVAILABLE"}, "evidence"),
        (CHILD | {"x_ConsentAdult": ""}, "minor"),
        (CHILD | {"x_ConsentAdult": "UNKNOWN"}, "minor"),
        ({"prs_Birthdate": ""}, "minor"),
        ({"prs_Birthdate": "DECLINED"}, "minor"),
    ],
)
def test_a_row_is_held_back_for_its_reason(row: Row, reason: str) -> None:
    consented = apply_consent(extract({}, row), permit(), NOBODY)
    assert consented.table.column("x_CaseRef").to_pylist() == ["K-1"]
    assert reasons(consented) == {reason: 1}


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"x_ConsentStatus": "RenewedConsentGiven"},
        {"x_ConsentScope": "share_government"},
        {"x_ConsentForm": "F3", "x_ConsentDate": "2026-08-31"},
        {"cas_IncomingReferralDate": "2026-10-31"},
        {"cas_IncomingReferralDate": "2026-09-01"},
        {"prs_Deceased": "UNKNOWN"},
        CHILD,
        {"prs_Birthdate": "", "x_ConsentAdult": "parent"},
    ],
)
def test_a_row_with_all_that_is_needed_goes(row: Row) -> None:
    consented = apply_consent(extract(row), permit(), NOBODY)
    assert len(consented) == 1
    assert consented.held_back.total == 0


def test_who_is_said_to_be_no_victim_is_none_of_the_people_considered_whatever_else_is_wrong() -> None:
    other: Row = {"vic_TraffickingStatus": "NotAVictimOfTrafficking"}
    unread: Row = {"vic_TraffickingStatus": ""}  # as a value that was not accepted is given
    consented = apply_consent(extract({}, other, unread, held=[4, 5]), permit(), NOBODY)
    assert reasons(consented) == {"not_included": 1, "finding": 1}
    assert consented.considered == 2


def test_the_first_reason_in_the_order_of_the_list_is_counted() -> None:
    worst: Row = {
        "cas_IncomingReferralDate": "2020-01-01",
        "vic_TraffickingStatus": "NotAVictimOfTrafficking",
        "x_ConsentStatus": "",
        "x_ConsentScope": "",
        "x_ConsentForm": "F9",
        "x_ConsentEvidenceRef": "",
        "prs_Birthdate": "",
    }
    seen = []
    for name in list(worst):
        seen += reasons(apply_consent(extract(worst), permit(), NOBODY))
        del worst[name]
    assert seen == ["outside_period", "not_included", "status", "scope", "form", "evidence", "minor"]
    assert seen == sorted(seen, key=REASONS.index)


def test_each_recipient_has_a_scope_of_its_own() -> None:
    rows = extract({"x_ConsentScope": "share_io"}, {"x_ConsentScope": "share_government"}, {})
    assert apply_consent(rows, permit("gt-ntt"), NOBODY).rows.to_pylist() == [4, 5]
    assert apply_consent(rows, permit("io-id"), NOBODY).rows.to_pylist() == [3, 5]


def test_a_form_does_not_cover_whom_it_does_not_name() -> None:
    older = extract({"x_ConsentForm": "F3", "x_ConsentDate": "2026-08-01"})
    assert len(apply_consent(older, permit("gt-ntt"), NOBODY)) == 1
    assert reasons(apply_consent(older, permit("io-id"), NOBODY)) == {"form": 1}


def test_consent_ends_on_the_day_its_months_are_over() -> None:
    row = extract({"x_ConsentForm": "F3", "x_ConsentDate": "2025-01-15"})
    months = (("valid_months: 24", "valid_months: 22"),)
    assert len(apply_consent(row, permit(on="2026-11-14", changes=months), NOBODY)) == 1
    assert reasons(apply_consent(row, permit(on="2026-11-15", changes=months), NOBODY)) == {"expired": 1}


def test_a_child_who_has_grown_up_must_have_said_yes_again() -> None:
    grown = {"prs_Birthdate": "2008-10-20", "x_ConsentAdult": "parent"}  # 18 on 20 October, after intake
    before, after = grown | {"x_ConsentDate": "2026-10-19"}, grown | {"x_ConsentDate": "2026-10-20"}
    assert reasons(apply_consent(extract(before), permit(), NOBODY)) == {"expired": 1}
    assert len(apply_consent(extract(after), permit(), NOBODY)) == 1
    assert len(apply_consent(extract(before), permit(on="2026-10-19"), NOBODY)) == 1  # still a child that day


def test_who_said_yes_as_an_adult_needs_no_other_adult() -> None:
    renewed = {"prs_Birthdate": "2008-10-20", "x_ConsentDate": "2026-10-21", "x_ConsentAdult": ""}
    assert len(apply_consent(extract(renewed), permit(), NOBODY)) == 1


def test_a_withdrawal_holds_the_row_whatever_the_sheet_says() -> None:
    consented = apply_consent(extract({}, {}), permit(), frozenset({"K-2", "K-99"}))
    assert consented.rows.to_pylist() == [3]
    assert reasons(consented) == {"withdrawn": 1}


@pytest.mark.parametrize(
    "typed", ["yks-2026-0117", "YKS 2026 0117", "YKS–2026–0117", "YKS-2026-0117\u200b", "ＹＫＳ/2026/0117"]
)
def test_a_withdrawal_holds_however_the_case_number_was_typed(typed: str) -> None:
    rows = extract({"x_CaseRef": "YKS-2026-0117"}, {"x_CaseRef": "YKS-2026-0118"})
    assert reasons(apply_consent(rows, permit(), frozenset({typed}))) == {"withdrawn": 1}
    turned = extract({"x_CaseRef": typed}, {"x_CaseRef": "YKS-2026-0118"})
    assert reasons(apply_consent(turned, permit(), frozenset({"YKS-2026-0117"}))) == {"withdrawn": 1}


def test_what_a_child_agreed_to_before_intake_needs_an_adult_however_old_she_is_now() -> None:
    later = (("renew_at: 18", "renew_at: 21"),)
    child = {"prs_Birthdate": "2008-10-03", "x_ConsentDate": "2026-10-02", "cas_IncomingReferralDate": "2026-10-05"}
    alone, with_adult = child | {"x_ConsentAdult": ""}, child | {"x_ConsentAdult": "guardian"}
    assert reasons(apply_consent(extract(alone, with_adult), permit(changes=later), NOBODY)) == {"minor": 1}


def test_a_finding_holds_the_row_for_every_recipient() -> None:
    rows = extract({}, {}, held=[4])
    for party in ("gt-ntt", "dinas-p3a", "io-id"):
        assert reasons(apply_consent(rows, permit(party), NOBODY)) == {"finding": 1}


def test_where_the_telling_value_was_not_accepted_the_finding_is_the_reason() -> None:
    rows = extract({"cas_IncomingReferralDate": ""}, {"vic_TraffickingStatus": ""}, held=[3, 4])
    assert reasons(apply_consent(rows, permit(), NOBODY)) == {"finding": 2}


def test_the_dead_are_counted_in_tables_only_and_still_need_consent() -> None:
    rows = extract({"prs_Deceased": "true"}, {"prs_Deceased": "false"}, {"prs_Deceased": "true", "x_ConsentStatus": ""})
    consented = apply_consent(rows, permit(), NOBODY)
    assert consented.tables_only.to_pylist() == [True, False]
    assert reasons(consented) == {"status": 1}


def test_the_dead_are_held_back_where_the_agreement_says_so() -> None:
    held = (("release: tables_only", "release: hold_back"),)
    consented = apply_consent(extract({"prs_Deceased": "true"}, {}), permit(changes=held), NOBODY)
    assert reasons(consented) == {"deceased": 1}
    assert consented.tables_only.to_pylist() == [False]


def test_late_entries_are_taken_once_and_for_no_longer_than_agreed() -> None:
    rows = extract({"cas_IncomingReferralDate": "2026-09-30"}, {"cas_IncomingReferralDate": "2026-09-10"}, {})
    consented = apply_consent(rows, permit(), NOBODY)
    assert (consented.rows.to_pylist(), consented.late_entries) == ([3, 4, 5], 2)
    consented = apply_consent(rows, permit(), NOBODY, already=frozenset({"K-1"}))
    assert (consented.rows.to_pylist(), consented.late_entries) == ([4, 5], 1)
    fewer = permit(changes=(("late_entries_days: 60", "late_entries_days: 1"),))
    assert apply_consent(rows, fewer, NOBODY).rows.to_pylist() == [3, 5]


def test_who_was_sent_late_with_another_month_is_not_sent_again_when_her_own_is_corrected() -> None:
    rows = extract({"cas_IncomingReferralDate": "2026-09-30"}, {"cas_IncomingReferralDate": "2026-09-10"})
    september = permit(period="2026-09", on="2026-11-20")
    consented = apply_consent(rows, replace(september, replaces="0" * 32), NOBODY, already=frozenset({"K-1"}))
    assert consented.rows.to_pylist() == [4]
    assert reasons(consented) == {"outside_period": 1}
    assert consented.considered == 1


def test_months_outside_the_term_are_left_out_of_a_quarter() -> None:
    rows = extract({"cas_IncomingReferralDate": "2026-08-31"}, {"cas_IncomingReferralDate": "2026-09-01"})
    consented = apply_consent(rows, permit("dinas-p3a", period="2026-Q3"), NOBODY)
    assert consented.rows.to_pylist() == [4]


def test_months_after_the_term_are_left_out_too() -> None:
    late = {"x_ConsentDate": "2027-08-01"}
    rows = extract(late | {"cas_IncomingReferralDate": "2027-08-31"}, late | {"cas_IncomingReferralDate": "2027-09-01"})
    assert apply_consent(rows, permit("dinas-p3a", "2027-Q3", "2027-10-05"), NOBODY).rows.to_pylist() == [3]


def test_evidence_is_asked_for_only_where_the_agreement_asks() -> None:
    freely = permit(changes=(("evidence: required", "evidence: not_required"),))
    assert len(apply_consent(extract({"x_ConsentEvidenceRef": ""}), freely, NOBODY)) == 1


def test_ages_are_those_at_intake_and_unknown_ones_are_null() -> None:
    rows = extract(
        {"prs_Birthdate": "2008-10-05"},
        {"prs_Birthdate": "2008-10-06", "x_ConsentAdult": "parent"},
        {"prs_Birthdate": "", "x_ConsentAdult": "parent"},
        {"prs_Birthdate": "2004-02-29", "cas_IncomingReferralDate": "2026-10-05"},
    )
    consented = apply_consent(rows, permit(on="2026-10-05"), NOBODY)
    assert consented.ages.to_pylist() == [18, 17, None, 22]


def test_what_the_consent_gate_leaves_out_is_measured_against_population_and_period() -> None:
    rows = extract(
        {},
        {"x_ConsentStatus": ""},
        {"vic_TraffickingStatus": "NotAVictimOfTrafficking"},
        {"cas_IncomingReferralDate": "2020-01-01"},
    )
    consented = apply_consent(rows, permit(), NOBODY)
    assert (consented.considered, len(consented), consented.held_back.total) == (2, 1, 3)


def test_a_nil_month_is_empty_and_no_error() -> None:
    consented = apply_consent(extract(), permit(), NOBODY)
    assert (len(consented), consented.considered, consented.held_back.by_reason) == (0, 0, ())


@pytest.mark.parametrize("column", [name for name in GOOD if name.startswith("x_Consent") and name != "x_ConsentAdult"])
def test_without_a_column_of_consent_nothing_goes(column: str) -> None:
    assert len(apply_consent(extract({}, {}, without=[column]), permit(), NOBODY)) == 0


def test_a_recipient_without_scope_gets_nothing() -> None:
    bare = (("dinas-p3a: share_government, io-id", "io-id"),)
    assert reasons(apply_consent(extract({}), permit("dinas-p3a", changes=bare), NOBODY)) == {"scope": 1}


ANY: dict[str, st.SearchStrategy[str]] = {
    "prs_Birthdate": st.sampled_from(["1990-01-01", "2008-10-20", "2015-05-05", "", "UNKNOWN", "DECLINED"]),
    "prs_Deceased": st.sampled_from(["true", "false", ""]),
    "vic_TraffickingStatus": st.sampled_from(["ActualVictimOfTrafficking", "NotAVictimOfTrafficking", "UNKNOWN", ""]),
    "cas_IncomingReferralDate": st.sampled_from(["2026-10-05", "2026-09-15", "2026-11-02", "UNKNOWN", ""]),
    "x_ConsentStatus": st.sampled_from(["ConsentGiven", "RenewedConsentGiven", "ConsentRefused", "UNKNOWN", ""]),
    "x_ConsentScope": st.sampled_from(["share_government", "share_government;share_io", "share_io", "UNKNOWN", ""]),
    "x_ConsentDate": st.sampled_from(["2026-10-05", "2025-02-01", "2020-01-01", "UNKNOWN", ""]),
    "x_ConsentForm": st.sampled_from(["F3", "F4", "F1", "UNKNOWN", ""]),
    "x_ConsentEvidenceRef": st.sampled_from(["map 1", "UNKNOWN", ""]),
    "x_ConsentAdult": st.sampled_from(["parent", "trafficker", "UNKNOWN", ""]),
}
ROWS = st.lists(st.fixed_dictionaries({}, optional=ANY), max_size=12)
RECIPIENTS = st.sampled_from(["gt-ntt", "dinas-p3a", "io-id"])


@settings(max_examples=60, deadline=None)
@given(ROWS, RECIPIENTS)
def test_no_row_goes_without_every_condition(rows: list[Row], to: str) -> None:
    """The clauses said again, row by row, as a person would check them."""
    consented = apply_consent(extract(*rows), permit(to), NOBODY)
    terms = permit(to).agreement.consent
    for row in consented.table.to_pylist():
        assert row["x_ConsentStatus"] in terms.accept
        assert terms.scope[to] in row["x_ConsentScope"].split(";")
        assert terms.scope[to] in terms.forms[row["x_ConsentForm"]].covers
        assert "2024-11-03" < row["x_ConsentDate"] <= "2026-11-03"
        assert row["x_ConsentDate"] >= terms.forms[row["x_ConsentForm"]].start.isoformat()
        assert row["x_ConsentEvidenceRef"] == "map 1" or row["x_ConsentEvidenceRef"] == GOOD["x_ConsentEvidenceRef"]
        assert row["vic_TraffickingStatus"] == "ActualVictimOfTrafficking"
        if row["prs_Birthdate"] in ("2015-05-05", "", "UNKNOWN", "DECLINED"):
            assert row["x_ConsentAdult"] == "parent"
        assert row["prs_Birthdate"] != "2008-10-20"  # a child when saying yes, grown up since


@settings(max_examples=60, deadline=None)
@given(ROWS, RECIPIENTS, st.sets(st.integers(0, 15)), st.sets(st.integers(0, 15)), st.sets(st.integers(3, 15)))
def test_a_withdrawal_or_a_finding_never_adds_a_row(
    rows: list[Row], to: str, first: set[int], more: set[int], held: set[int]
) -> None:
    some = frozenset(f"K-{number}" for number in first)
    before = apply_consent(extract(*rows), permit(to), some)
    after = apply_consent(extract(*rows, held=held), permit(to), some | {f"K-{number}" for number in more})
    assert set(after.rows.to_pylist()) <= set(before.rows.to_pylist())
    assert not set(after.table.column("x_CaseRef").to_pylist()) & {f"K-{number}" for number in first | more}


@settings(max_examples=40, deadline=None)
@given(ROWS, RECIPIENTS)
def test_every_row_goes_or_is_counted_once(rows: list[Row], to: str) -> None:
    consented = apply_consent(extract(*rows), permit(to), NOBODY)
    assert len(consented) + consented.held_back.total == len(rows)
    assert len(consented) <= consented.considered <= len(rows)
    assert len(consented) == len(consented.ages) == len(consented.tables_only) == len(consented.rows)
