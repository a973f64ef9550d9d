"""Question 16: k asked and reached, and the risk across releases."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from asking.books import Book, ask, at, codes, send, wrong

from exchange.audit.entries import Counts


def counts(**said: Any) -> Counts:
    return Counts(**{"rows_in": 40, "rows_out": 38, "k_asked": 5, "k_reached": 6, **said})


def two_months(**second: Any) -> Book:
    """The second of two months, as it is told."""
    book = Book("yks")
    send(book, "gt-ntt", "2026-09", at("2026-10-05"), counts=counts())
    send(book, "gt-ntt", "2026-10", at("2026-11-05"), counts=counts(**{"exposed": 0, **second}))
    return book


def test_an_honest_sender_reached_k() -> None:
    book = two_months()
    answer = ask("anonymity", book)
    assert str(answer.sentence) == (
        "2 bundles were packed; smallest k where k is a gate: 6 of 5; 0 people are singled out across releases"
    )
    assert not answer.findings
    assert book.proves(answer)
    assert "2026-11-05: yks to gt-ntt, 2026-10, yks-gt-ntt-2026-10: k 6 of 5, a gate, across releases 0" in map(
        str, answer.lines
    )
    assert answer.sample == ("yks-gt-ntt-2026-09", "yks-gt-ntt-2026-10")


@pytest.mark.parametrize("asked", [5, 2], ids=["as agreed", "less than agreed"])
def test_a_release_below_k_is_wrong(asked: int) -> None:
    book = two_months(k_asked=asked, k_reached=3)
    answer = ask("anonymity", book)
    assert codes(answer) == ["audit.k_below"]
    assert "left with k 3; asked was 5" in answer.findings[0].what
    assert wrong([answer])
    assert answer.findings[0].entry == 2


def test_people_who_are_singled_out_across_releases_are_wrong() -> None:
    answer = ask("anonymity", two_months(exposed=2))
    assert codes(answer) == ["audit.exposed_across"]
    assert "together single out 2 people" in answer.findings[0].what


def test_of_personal_data_k_and_the_risk_across_releases_are_told_and_no_gate() -> None:
    book = Book("yks")
    send(book, "io-id", "2026-09", at("2026-10-05"), counts=counts(k_asked=None, k_reached=1))
    send(book, "io-id", "2026-10", at("2026-11-05"), counts=counts(k_asked=None, k_reached=1, exposed=2))
    answer = ask("anonymity", book)
    assert not answer.findings
    assert "smallest k where it is only reported: 1; 2 people are singled out" in str(answer.sentence)
    assert "a gate" not in str(answer.sentence)
    assert str(answer.lines[0]).endswith("k 1, only reported")


def test_logs_of_earlier_versions_do_not_tell_the_risk_across_releases() -> None:
    answer = ask("anonymity", two_months(exposed=None))
    assert codes(answer) == ["audit.across_untold"]
    assert not wrong([answer])


def test_rows_without_k_are_to_be_looked_at_and_no_rows_need_none() -> None:
    assert codes(ask("anonymity", two_months(k_reached=None))) == ["audit.k_untold"]
    empty = ask("anonymity", two_months(k_reached=None, rows_out=0))
    assert not empty.findings
    assert "1 bundle has no rows of people" in str(empty.sentence)
    assert "no rows of people" in str(empty.lines[1])


def test_what_never_left_is_no_release() -> None:
    book = two_months(k_reached=2)
    entry = book.openings[2].entry
    about = {"counterpart": "gt-ntt", "bundle": entry.bundle, "ciphertext": entry.ciphertext, "period": "2026-10"}
    book.note("release.rejected", at("2026-11-06"), person="officer.1", **about)
    answer = ask("anonymity", book)
    assert not answer.findings
    assert len(answer.evidence) == 1


def test_without_the_agreement_nothing_is_judged() -> None:
    book = two_months(k_reached=2, exposed=3)
    book.documents = {}
    answer = ask("anonymity", book)
    assert codes(answer) == ["audit.agreement_absent"]
    assert not wrong([answer])
    assert "smallest k where it is not known whether it is a gate: 2" in str(answer.sentence)


def test_only_what_is_asked_about_counts() -> None:
    book = two_months(k_reached=2)
    assert not ask("anonymity", book, until=dt.date(2026, 10, 31)).findings
    assert not ask("anonymity", book, recipient="io-id").evidence
    assert not ask("anonymity", book, sender="gt-ntt").evidence
