"""Which source told of which month, and what stands out in the months: only against what is shown, and not too soon."""

from __future__ import annotations

import datetime as dt

import pytest
from agreements.example import agreement
from hypothesis import given
from hypothesis import strategies as st
from merge.received import START, bundle

from exchange.agreements.period import Period
from exchange.merge.counting.coverage import Covered, coverage
from exchange.merge.counting.trends import FEWEST, stands_out, trends
from exchange.merge.records import Origin, records_of
from exchange.merge.segment import Segment

DSA = agreement()


def origin(period: str, made: dt.datetime, *, rows: int = 1, replaces: str | None = None) -> Origin:
    told = [{"x_CaseRef": f"{period}{n}"} for n in range(rows)]
    contents = bundle(period, told, period=period, agreement=DSA.id, replaces=replaces, created=made)
    (found,) = records_of([Segment.of(contents, made)]).origins
    return found


def by_period(*origins: Origin, today: dt.date = dt.date(2027, 1, 20)) -> dict[str, Covered]:
    return {each.period: each for each in coverage(origins, [DSA], "gt-ntt", today)}


def at(year: int, month: int, day: int) -> dt.datetime:
    return START.replace(year=year, month=month, day=day)


def test_each_month_of_the_term_is_reported_empty_late_corrected_or_not_here() -> None:
    found = by_period(
        origin("2026-09", at(2026, 10, 5)),
        origin("2026-10", at(2026, 11, 25)),
        origin("2026-11", at(2026, 12, 9), rows=0),
    )
    assert {period: (each.state, each.late) for period, each in found.items()} == {
        "2026-09": ("reported", False),
        "2026-10": ("reported", True),
        "2026-11": ("no_rows", False),
        "2026-12": ("not_here", None),
    }
    assert [period for period, each in found.items() if each.is_gap] == ["2026-11", "2026-12"]


def test_a_month_that_may_still_come_is_no_gap() -> None:
    found = by_period(today=dt.date(2026, 10, 12))
    assert found["2026-09"].state == "not_due"
    assert not found["2026-09"].is_gap


def test_a_correction_says_so_and_whether_the_first_was_late_is_not_known() -> None:
    corrected = by_period(origin("2026-09", at(2026, 12, 1), replaces="the first"))["2026-09"]
    assert (corrected.state, corrected.corrected, corrected.late) == ("reported", True, None)


def test_quarters_are_expected_of_whoever_gets_quarters() -> None:
    periods = [each.period for each in coverage([], [DSA], "dinas-p3a", dt.date(2027, 1, 20))]
    assert periods == ["2026-Q3", "2026-Q4"]


def months(first: str, counts: list[int]) -> dict[str, int]:
    day, found = Period.read(first).first, {}
    for count in counts:
        found[f"{day:%Y-%m}"] = count
        day = (day + dt.timedelta(days=32)).replace(day=1)
    return found


def test_a_month_far_from_those_before_stands_out() -> None:
    points = trends(months("2026-01", [50, 52, 49, 51, 50, 53, 120, 50, 10]), [])
    assert [each.outlier for each in points] == [None] * 6 + ["higher", None, "lower"]
    assert [each.judged for each in points] == [False] * 6 + [True] * 3


@given(st.lists(st.integers(11, 5000), max_size=FEWEST))
def test_nothing_is_judged_over_too_few_months(counts: list[int]) -> None:
    assert not [each for each in trends(months("2026-01", counts), []) if each.judged or each.outlier]


@pytest.mark.parametrize(("people", "expected"), [(41, "higher"), (39, None), (0, "lower"), (2, None)])
def test_a_quiet_series_moves_by_chance_alone(people: int, expected: str | None) -> None:
    """Twenty each month: chance gives 20 ± 4.5, so only what is more than 3.5 times that away stands out."""
    expected = (
        {41: "higher", 39: "higher", 0: "lower", 2: "lower"}[people] if abs(people - 20) > 3.5 * 20**0.5 else None
    )
    assert stands_out(people, [20] * 8) == expected


def test_months_in_which_a_source_is_missing_are_marked() -> None:
    gap = Covered("rpk", "A", "2026-02", dt.date(2026, 3, 13), "not_here")
    empty = Covered("yks", "B", "2026-03", dt.date(2026, 4, 13), "no_rows")
    points = trends(months("2026-01", [30]) | months("2026-03", [31]), [gap, empty])
    assert [(each.period, each.people, each.gaps) for each in points] == [
        ("2026-01", 30, ()),
        ("2026-02", None, ("rpk",)),
        ("2026-03", 31, ("yks",)),
    ]


def test_months_and_quarters_are_series_of_their_own() -> None:
    points = trends({"2026-Q1": 90, "2026-01": 30, "2026-Q2": 91}, [])
    assert [each.period for each in points] == ["2026-01", "2026-Q1", "2026-Q2"]
