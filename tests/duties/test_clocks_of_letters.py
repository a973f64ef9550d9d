"""Clocks are read off the log alone: when each begins, by when it must be done, and what stops it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from agreements.example import agreement, changed
from hypothesis import given
from hypothesis import strategies as st

from exchange.agreements.agreement import Agreement
from exchange.agreements.reading import read_agreement
from exchange.audit.entries import AgreementRef, Entry, Kind
from exchange.duties import breach, compelled, feedback, rights, urgent
from exchange.duties.clock import Clock, Facts
from exchange.duties.letter_text import MARK, quoted

NOON = dt.datetime(2026, 10, 5, 4, tzinfo=dt.UTC)  # noon in Makassar
HOUR = dt.timedelta(hours=1)
LETTER, FILE = "4f" * 16, f"sha256:{'0' * 64}"


def entry(kind: Kind, at: dt.datetime = NOON, us: str = "yks", letter: str = LETTER, **more: Any) -> Entry:
    named = AgreementRef(id=agreement().id, version="1.1.0", digest=FILE)
    return Entry(time=at, kind=kind, party=us, agreement=named, letter=letter, **more)


def facts(*entries: Entry, us: str = "yks", of: Agreement | None = None, now: dt.datetime = NOON, **more: Any) -> Facts:
    return Facts(of or agreement(), us, now, entries, **more)


def only(clocks: Any) -> Clock:
    (found,) = clocks
    assert isinstance(found, Clock)
    return found


def test_a_request_is_forwarded_within_hours_of_being_asked() -> None:
    asked = entry("rights.requested", us="io-id", counterpart="yks", since=NOON - 5 * HOUR)
    sent = entry("letter.sent", us="io-id", counterpart="yks", note="rights_request", ciphertext=FILE)
    waiting = only(rights.clocks(facts(asked, sent, us="io-id")))
    assert (waiting.code, waiting.ends, waiting.stopped) == ("rights.forward", NOON + 19 * HOUR, None)
    gone = facts(asked, sent, us="io-id", delivered={FILE: NOON + HOUR})
    assert only(rights.clocks(gone)).state(NOON + 2 * HOUR) == "met"


def test_whoever_answers_has_three_days_from_when_the_request_came() -> None:
    came = entry("letter.received", counterpart="io-id", note="rights_request")
    assert only(rights.clocks(facts(came))).ends == NOON + 72 * HOUR
    assert only(rights.clocks(facts(came, entry("rights.answered", NOON + 73 * HOUR)))).state(NOON) == "missed"
    assert not list(rights.clocks(facts(came, us="io-id")))
    assert (
        only(rights.clocks(facts(entry("rights.requested"), entry("rights.answered", letter="5a" * 16)))).stopped
        is None
    )


def test_a_breach_is_told_when_the_last_party_has_been() -> None:
    told = [
        entry("breach.told", NOON + HOUR, counterpart="gt-ntt", ciphertext=FILE),
        entry("breach.told", NOON + 9 * HOUR, counterpart="io-id", note="phone", since=NOON + 2 * HOUR),
    ]
    noticed = entry("breach.noticed", since=NOON - HOUR)
    last = entry("breach.told", NOON + 3 * HOUR, counterpart="dinas-p3a", note="phone")
    tell, report = breach.clocks(facts(noticed, *told, last))
    assert (tell.ends, tell.stopped) == (NOON + 23 * HOUR, None)  # one letter still waits in the outbox
    assert (report.ends, report.stopped) == (NOON + 71 * HOUR, None)
    tell, _report = breach.clocks(facts(noticed, *told, last, delivered={FILE: NOON + 4 * HOUR}))
    assert tell.stopped == NOON + 4 * HOUR
    reported = entry("breach.reported", NOON + 100 * HOUR, since=NOON + 70 * HOUR)
    assert [each.state(NOON) for each in breach.clocks(facts(noticed, reported))] == ["running", "met"]


def test_an_urgent_disclosure_is_reviewed_within_hours() -> None:
    given_out = entry("disclosure.urgent", counterpart="io-id", person="director.1")
    other = entry("disclosure.reviewed", NOON + HOUR, person="officer.1", letter="5a" * 16)
    assert only(urgent.clocks(facts(given_out, other))).state(NOON + 25 * HOUR) == "overdue"
    seen = entry("disclosure.reviewed", NOON + 24 * HOUR, person="officer.1")
    assert only(urgent.clocks(facts(given_out, seen))).state(NOON + 25 * HOUR) == "met"


def test_that_one_is_compelled_leaves_within_a_day() -> None:
    told = entry("disclosure.compelled", us="io-id", counterpart="yks", ciphertext=FILE)
    assert only(compelled.clocks(facts(told, us="io-id"))).state(NOON + 25 * HOUR) == "overdue"
    gone = facts(told, us="io-id", delivered={FILE: NOON})
    assert only(compelled.clocks(gone)).state(NOON) == "met"


@pytest.mark.parametrize(
    ("every", "names"),
    [
        ("month", ["2026-09", "2026-10", "2026-11", "2026-12"]),
        ("quarter", ["2026-Q3", "2026-Q4"]),
        ("year", ["2026"]),
    ],
)
def test_every_period_that_is_over_owes_feedback(every: str, names: list[str]) -> None:
    document = read_agreement(changed(("every: quarter, says", f"every: {every}, says")), "dsa.yaml")
    assert [span.name for span in feedback.owed(document, dt.date(2027, 1, 1))] == names
    assert not list(feedback.owed(document, dt.date(2026, 9, 30)))
    last = list(feedback.owed(document, dt.date(2030, 1, 1)))[-1]
    assert last.first <= document.term.expires <= last.last
    assert [span.name for span in feedback.owed(document, dt.date(2030, 1, 1), dt.date(2026, 9, 3))] == names[:1]


def test_feedback_is_due_thirty_days_after_the_quarter_in_the_agreements_time_zone() -> None:
    after = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    came = entry("letter.received", counterpart="io-id", note="feedback", period="2026-Q3")
    seen = {each.party: each for each in feedback.clocks(facts(came, now=after))}
    assert seen.keys() == {"gt-ntt", "io-id"}
    assert seen["gt-ntt"].ends == dt.datetime(2026, 10, 30, 16, tzinfo=dt.UTC)  # midnight in Makassar
    assert [seen[party].state(after) for party in ("gt-ntt", "io-id")] == ["overdue", "met"]
    assert [each.party for each in feedback.clocks(facts(us="gt-ntt", now=after))] == ["gt-ntt"]
    assert not list(feedback.clocks(facts(us="dinas-p3a", now=after)))


def test_nothing_that_happened_leaves_only_what_every_period_owes() -> None:
    for duty in (rights, breach, urgent, compelled):
        assert not list(duty.clocks(facts()))


@given(st.text())
def test_whatever_somebody_wrote_stays_behind_its_mark(text: str) -> None:
    for line in quoted(text):
        assert line.startswith(MARK)
        assert line.isprintable()
