"""A month is owed until it is there, also one without cases; and whoever gets it owes a receipt."""

from __future__ import annotations

import datetime as dt

import pytest
from agreements.example import agreement, changed
from duties.logs import DAY, Notebook, a_digest, an_id

from exchange.agreements.period import Period
from exchange.agreements.reading import read_agreement
from exchange.duties.clock import Clock
from exchange.duties.reporting import never_sent, owed
from exchange.duties.review import warnings


def local(year: int, month: int, day: int, hour: int = 0) -> dt.datetime:
    return dt.datetime(year, month, day, hour, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def bundles(notebook: Notebook, now: dt.datetime, recipient: str = "gt-ntt") -> dict[str, Clock]:
    return {each.about: each for each in notebook.clocks(now, "reporting.bundle") if each.owed_to == recipient}


def delivered(notebook: Notebook, number: int, period: str, at: dt.datetime, to: str = "gt-ntt") -> None:
    about = {"counterpart": to, "period": period, "bundle": an_id(number), "ciphertext": a_digest(number)}
    notebook.note("bundle.packed", at, **about)
    notebook.note("bundle.delivered", at, **about)


def test_a_month_is_owed_until_the_days_of_grace_are_over() -> None:
    assert not bundles(Notebook(), local(2026, 9, 30, 23))
    clock = bundles(Notebook(), local(2026, 10, 1))["2026-09"]
    assert (clock.began, clock.ends) == (local(2026, 10, 1), local(2026, 10, 14))
    assert [clock.state(local(2026, 10, 14)), clock.state(local(2026, 10, 14, 1))] == ["running", "overdue"]


def test_a_month_that_is_there_is_not_owed_any_more() -> None:
    notebook, at = Notebook(), local(2026, 10, 9)
    delivered(notebook, 1, "2026-09", at)
    assert bundles(notebook, local(2026, 12, 1))["2026-09"].stopped == at
    assert bundles(notebook, local(2026, 12, 1))["2026-10"].open
    assert bundles(notebook, local(2026, 12, 1), "io-id")["2026-09"].open


def test_a_month_that_was_only_packed_is_still_owed() -> None:
    notebook = Notebook()
    notebook.note(
        "bundle.packed",
        local(2026, 10, 9),
        counterpart="gt-ntt",
        period="2026-09",
        bundle=an_id(1),
        ciphertext=a_digest(1),
    )
    assert bundles(notebook, local(2026, 11, 1))["2026-09"].open


def test_a_bundle_that_was_refused_is_owed_again() -> None:
    notebook = Notebook()
    delivered(notebook, 1, "2026-09", local(2026, 10, 9))
    notebook.note("bundle.refused", local(2026, 10, 10), counterpart="gt-ntt", ciphertext=a_digest(1))
    assert bundles(notebook, local(2026, 10, 11))["2026-09"].open
    assert not notebook.clocks(local(2026, 10, 11), "reporting.receipt")[0].open


def test_a_quarter_is_owed_to_whom_a_quarter_is_promised() -> None:
    assert set(bundles(Notebook(), local(2027, 1, 2), "dinas-p3a")) == {"2026-Q3", "2026-Q4"}


def test_without_nil_reports_only_what_was_packed_is_owed() -> None:
    document = read_agreement(changed(("nil_report: required", "nil_report: not_required")), "dsa.yaml")
    notebook = Notebook(document=document)
    assert not bundles(notebook, local(2026, 12, 1))
    assert not never_sent(document, "gt-ntt", Period.read("2026-11"), ())
    notebook.note(
        "bundle.packed",
        local(2026, 10, 9),
        counterpart="gt-ntt",
        period="2026-09",
        bundle=an_id(1),
        ciphertext=a_digest(1),
    )
    assert set(bundles(notebook, local(2026, 12, 1))) == {"2026-09"}


@pytest.mark.parametrize(
    ("kind", "left"), [("agreement.suspended", 0), ("agreement.ended", 0), ("agreement.resumed", 2)]
)
def test_nobody_owes_what_nobody_may_send(kind: str, left: int) -> None:
    notebook = Notebook()
    notebook.note("agreement.suspended", local(2026, 10, 2), counterpart="io-id")
    notebook.note(kind, local(2026, 10, 3), counterpart="io-id")  # type: ignore[arg-type]
    assert len(bundles(notebook, local(2026, 11, 2))) == left


def test_what_can_never_be_sent_is_not_owed() -> None:
    """A period that ends with the agreement is over when nothing may be sent any more."""
    periods = list(owed(agreement(), "gt-ntt", dt.date(2028, 1, 1)))
    assert (str(periods[0]), str(periods[-1])) == ("2026-09", "2027-07")


def test_earlier_periods_that_were_never_sent_are_named() -> None:
    missing = never_sent(agreement(), "gt-ntt", Period.read("2026-12"), [Period.read("2026-10")])
    assert [str(each) for each in missing] == ["2026-09", "2026-11"]


def test_a_receipt_is_owed_from_delivery_on() -> None:
    notebook, at = Notebook(), local(2026, 10, 9)
    delivered(notebook, 1, "2026-09", at)
    (clock,) = notebook.clocks(at, "reporting.receipt")
    assert (clock.party, clock.owed_to, clock.ends) == ("gt-ntt", "yks", at + 5 * DAY)
    answer = {"ciphertext": a_digest(1), "receipt": a_digest(2)}
    notebook.note("bundle.acknowledged", at + DAY, counterpart="io-id", **answer)  # another's word is none
    assert notebook.clocks(at + DAY, "reporting.receipt")[0].open
    notebook.note("bundle.acknowledged", at + 2 * DAY, counterpart="gt-ntt", **answer)
    assert notebook.clocks(at + 2 * DAY, "reporting.receipt")[0].stopped == at + 2 * DAY


def test_a_recipient_sees_what_it_waits_for_and_which_receipt_has_not_left() -> None:
    notebook, at = Notebook("gt-ntt"), local(2026, 10, 9)
    about = {"counterpart": "yks", "period": "2026-09", "bundle": an_id(1), "ciphertext": a_digest(1)}
    notebook.note("bundle.accepted", at, **about, receipt=a_digest(2))
    found = {each.code: each for each in notebook.clocks(at)}
    assert (found["reporting.bundle"].party, found["reporting.bundle"].stopped) == ("yks", at)
    assert (found["reporting.receipt"].party, found["reporting.receipt"].open) == ("gt-ntt", True)
    notebook.there[a_digest(2)] = at + DAY
    assert not notebook.clocks(at, "reporting.receipt")[0].open


def test_the_review_stops_by_its_entry_and_a_new_version_begins_another() -> None:
    notebook = Notebook()
    clock = notebook.clocks(local(2027, 6, 1), "agreement.review")[0]
    assert (clock.ends, clock.open) == (local(2027, 6, 1), True)
    notebook.note("agreement.reviewed", local(2027, 5, 2))
    assert not notebook.clocks(local(2027, 6, 1), "agreement.review")[0].open
    newer = read_agreement(changed(("version: 1.1.0", "version: 1.2.0")), "dsa.yaml")
    assert Notebook(document=newer, entries=notebook.entries).clocks(local(2027, 6, 1), "agreement.review")[0].open


@pytest.mark.parametrize(
    ("on", "codes"),
    [
        (dt.date(2027, 5, 31), []),
        (dt.date(2027, 6, 1), ["agreement.review_due"]),
        (dt.date(2027, 7, 2), ["agreement.review_due", "agreement.expires_soon"]),
        (dt.date(2027, 9, 1), ["agreement.review_due"]),
    ],
)
def test_the_days_of_an_agreement_are_warned_of(on: dt.date, codes: list[str]) -> None:
    assert [each.code for each in warnings(agreement(), on)] == codes
