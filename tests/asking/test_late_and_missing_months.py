"""Question 17: which months came late, which never came."""

from __future__ import annotations

import datetime as dt

import pytest
from agreements.example import changed
from asking.books import NEW_YEAR, Book, ask, at, codes, digest, lines, papers, send, wrong

from exchange.agreements.reading import read_agreement

MONTHS = {"2026-09": "2026-10-05", "2026-10": "2026-11-05", "2026-11": "2026-12-05"}


def a_year(*, without: str = "", late: str = "", **made: dt.datetime) -> Book:
    """The example's sender sends everything that it owes by the end of 2026, or leaves a month of gt-ntt out."""
    book = Book("yks", **made)  # type: ignore[arg-type]
    for period, day in MONTHS.items():
        for recipient in ("gt-ntt", "io-id"):
            if recipient == "io-id" or period != without:
                hurried = recipient == "io-id" or period != late
                send(book, recipient, period, at(day if hurried else day[:8] + "28"))
    send(book, "dinas-p3a", "2026-Q3", at("2026-10-06"))
    return book


def test_an_honest_year_is_in_time() -> None:
    book = a_year()
    answer = ask("months", book)
    assert str(answer.sentence) == "7 periods were due: 0 late, 0 missing"
    assert not answer.findings
    assert len(answer.evidence) == 7
    assert book.proves(answer)


def test_a_month_that_never_came_is_named() -> None:
    answer = ask("months", a_year(without="2026-10"))
    assert codes(answer) == ["audit.month_missing"]
    assert "nothing has gone to gt-ntt for 2026-10" in answer.findings[0].what
    assert wrong(answer)
    assert str(answer.sentence) == "7 periods were due: 0 late, 1 missing"
    assert "yks to gt-ntt under DSA-NTT-2026-004: 2 in time; late: –; missing: 2026-10" in lines(answer)


def test_a_month_that_came_late_is_wrong_as_all_that_is_late() -> None:
    book = a_year(late="2026-10")
    answer = ask("months", book)
    assert wrong(answer) == ["audit.month_late"]
    number = answer.findings[0].entry
    assert number is not None
    assert (book.openings[number].entry.period, book.openings[number].entry.kind) == ("2026-10", "bundle.delivered")


def test_what_was_not_due_yet_when_the_pack_was_made_is_not_missing() -> None:
    book = a_year(without="2026-11", made=at("2026-12-06"))
    assert not ask("months", book, now=NEW_YEAR + dt.timedelta(days=300)).findings


def test_only_days_senders_and_recipients_that_are_asked_about_count() -> None:
    book = a_year(without="2026-10")
    assert not ask("months", book, recipient="io-id").findings
    assert not ask("months", book, until=dt.date(2026, 10, 31)).findings
    assert not ask("months", book, since=dt.date(2026, 12, 1)).findings
    assert not ask("months", book, sender="rpk").lines
    assert codes(ask("months", book, sender="yks", recipient="gt-ntt")) == ["audit.month_missing"]


def test_a_recipients_log_alone_accuses_nobody() -> None:
    book = Book("gt-ntt")
    about = {"counterpart": "yks", "bundle": "b-00000001", "ciphertext": "sha256:" + "a" * 64}
    book.note("bundle.accepted", at("2026-10-05"), period="2026-09", receipt="sha256:" + "b" * 64, **about)
    answer = ask("months", book)
    assert codes(answer) == ["audit.pack_absent"]
    assert answer.findings[0].what.endswith("2026-10, 2026-11")
    assert not wrong(answer)
    with_both = ask("months", book, a_year())
    assert not with_both.findings


def test_a_recipient_that_accepted_late_alone_does_not_tell_when_it_came() -> None:
    book = Book("gt-ntt")
    for period, day in (("2026-09", "2026-10-05"), ("2026-10", "2026-11-28"), ("2026-11", "2026-12-05")):
        about = {"counterpart": "yks", "bundle": f"b-{period}", "ciphertext": digest(period), "period": period}
        book.note("bundle.accepted", at(day), receipt=digest(f"receipt of {period}"), **about)
    answer = ask("months", book)
    assert codes(answer) == ["audit.pack_absent"]
    assert answer.findings[0].what.endswith("accepted only after the day: 2026-10")
    assert not wrong(answer)
    assert "1 late" in str(answer.sentence)
    assert not ask("months", book, a_year()).findings


def test_what_was_missing_before_an_agreement_ended_stays_missing() -> None:
    book = Book("yks")
    book.note("agreement.ended", at("2026-11-10"), note="termination")
    answer = ask("months", book, recipient="gt-ntt")
    assert [each.what.partition(" for ")[2][:7] for each in answer.findings] == ["2026-09"]
    suspended = Book("yks")
    suspended.note("agreement.suspended", at("2026-09-20"), note="suspension")
    assert not ask("months", suspended).findings


def test_without_the_agreement_nothing_is_judged() -> None:
    for shown in ({}, papers(unsigned=True)):
        book = a_year(without="2026-10")
        book.documents = shown
        answer = ask("months", book)
        assert codes(answer) == ["audit.agreement_absent"]
        assert not wrong(answer)


def test_where_no_nil_report_is_asked_for_a_month_that_is_not_there_proves_nothing() -> None:
    text = changed(("nil_report: required", "nil_report: not_required"))
    book = Book("yks", papers(text), under=read_agreement(text, "dsa.yaml"))
    send(book, "gt-ntt", "2026-09", at("2026-10-05"))
    answer = ask("months", book)
    assert not answer.findings
    assert "no log can tell it from one that was forgotten" in lines(answer)[-1]


@pytest.mark.parametrize("month", ["2026-09", "2026-11"])
def test_each_version_asks_for_the_months_before_the_next(month: str) -> None:
    newer = changed(("version: 1.1.0", "version: 1.2.0"), ("effective: 2026-09-01", "effective: 2026-11-01"))
    book = a_year(without=month)
    book.documents = papers() | papers(newer)
    assert codes(ask("months", book, recipient="gt-ntt")) == ["audit.month_missing"]
