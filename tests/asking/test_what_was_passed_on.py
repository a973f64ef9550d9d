"""Question 10: what was passed on, under which agreement, by whose leave."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from agreements.example import TEXT, agreement, key
from asking.books import Book, ask, at, codes, papers, send, wrong

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.onward_approval import OnwardStatement, approve_onward
from exchange.agreements.reading import read_agreement
from exchange.audit.entries import AgreementRef


def swapped(text: str, one: str, other: str) -> str:
    return other.join(each.replace(other, one) for each in text.split(one))


# gt-ntt passes on under an agreement of its own, whose sender it is.
OWN = swapped(
    swapped(TEXT.replace("DSA-NTT-2026-004", "DSA-NTT-2026-009"), "yks", "gt-ntt"),
    key("yks").fingerprint(),
    key("gt-ntt").fingerprint(),
)


def own() -> Agreement:
    return read_agreement(OWN, "own.yaml")


def a_leave(until: dt.date = dt.date(2026, 12, 31), **said: Any) -> dict[str, bytes]:
    under, to = Reference.to(agreement()), Reference.to(own())
    statement = OnwardStatement(
        **{"under": under, "to": to, "party": "yks", "fields": ("prs_Gender",), "until": until, **said},
        signed_on=dt.date(2026, 10, 1),
    )
    leave = approve_onward(statement, agreement(), key("yks"))
    return {"agreements/DSA-NTT-2026-004.onward.json": leave.to_json()}


def a_hub(leave: dict[str, bytes], day: str = "2026-11-05", **said: Any) -> Book:
    book = Book("gt-ntt", papers() | papers(OWN) | leave)
    onward = AgreementRef(**Reference.to(own()).model_dump())
    book.note("store.exported", at(day), **{"person": "data.officer.1", "note": "onward", "onward": onward, **said})
    return book


def test_what_was_passed_on_by_leave_is_told_with_where_it_went() -> None:
    book = a_hub(a_leave())
    onward = AgreementRef(**Reference.to(own()).model_dump())
    send(book, "yks", "2026-10", at("2026-11-06"), agreement=onward)
    answer = ask("onward", book)
    assert not answer.findings
    assert str(answer.sentence) == "1 time data were passed on, by gt-ntt; tables were published 0 times"
    passed, sent = map(str, answer.lines)
    assert passed == (
        "2026-11-05, gt-ntt: data.officer.1 passed on what came under DSA-NTT-2026-004 1.1.0, under "
        "DSA-NTT-2026-009 1.1.0, by leave of yks (2026-10-01–2026-12-31)"
    )
    assert sent == "2026-11-06, gt-ntt: sent to yks under DSA-NTT-2026-009 1.1.0: 2026-10"
    assert len(answer.evidence) == 2
    assert book.proves(answer)


def test_what_went_is_said_once_however_often_data_were_passed_on() -> None:
    book = a_hub(a_leave())
    onward = AgreementRef(**Reference.to(own()).model_dump())
    again = {"person": "data.officer.1", "note": "onward", "onward": onward}
    send(book, "yks", "2026-10", at("2026-11-06"), agreement=onward)
    book.note("store.exported", at("2026-12-05"), **again)
    book.note("store.exported", at("2026-12-05"), **again)  # of what came under another agreement
    send(book, "yks", "2026-11", at("2026-12-06"), agreement=onward)
    answer = ask("onward", book)
    told = [str(each).partition(", gt-ntt: ")[0::2] for each in answer.lines]
    assert [(day, what.split()[0]) for day, what in told] == [
        ("2026-11-05", "data.officer.1"),
        ("2026-11-06", "sent"),
        ("2026-12-05", "data.officer.1"),
        ("2026-12-05", "data.officer.1"),
        ("2026-12-06", "sent"),
    ]
    assert len(answer.evidence) == 5
    assert book.proves(answer)


@pytest.mark.parametrize("day", ["2027-01-05", "2026-09-25"], ids=["over", "not yet"])
def test_a_leave_that_did_not_hold_on_that_day_is_wrong(day: str) -> None:
    answer = ask("onward", a_hub(a_leave(), day))
    assert codes(answer) == ["audit.onward_without_leave"]
    assert wrong(answer)


def test_a_leave_about_another_version_is_none() -> None:
    other = Reference.to(agreement()).model_copy(update={"version": "1.0.0"})
    assert codes(ask("onward", a_hub(a_leave(under=other)))) == ["audit.onward_without_leave"]


def test_a_leave_that_somebody_else_signed_is_none() -> None:
    [(path, content)] = a_leave().items()
    forged = content.replace(b'"2026-12-31"', b'"2027-12-31"')
    assert forged != content
    assert codes(ask("onward", a_hub({path: forged}))) == ["audit.onward_without_leave"]


def test_whoever_shows_no_leave_had_none() -> None:
    for shown in ({}, {"agreements/DSA-NTT-2026-004.onward.json": b"rubbish"}):
        assert codes(ask("onward", a_hub(shown))) == ["audit.onward_without_leave"]


def test_who_does_not_send_under_an_agreement_passes_nothing_on_under_it() -> None:
    book = a_hub({}, onward=AgreementRef(**Reference.to(agreement()).model_dump()))
    assert "audit.onward_without_leave" in codes(ask("onward", book))


def test_entries_of_earlier_versions_do_not_tell_under_which_agreement() -> None:
    answer = ask("onward", a_hub(a_leave(), onward=None))
    assert codes(answer) == ["audit.onward_untold"]
    assert not wrong(answer)


def test_tables_that_were_published_need_no_leave_and_other_exports_are_not_told() -> None:
    book = a_hub({}, note="published", onward=None)
    book.note("store.exported", at("2026-11-06"), person="data.officer.1")
    answer = ask("onward", book)
    assert not answer.findings
    assert len(answer.lines) == 1
    assert "published tables" in str(answer.lines[0])


def test_what_the_other_agreement_says_is_not_needed_to_judge_a_leave() -> None:
    """It may be of another network, of which a pack shows nothing."""
    for leave, found in ((a_leave(), []), (a_leave(dt.date(2026, 10, 2)), ["audit.onward_without_leave"])):
        book = a_hub(leave)
        book.documents = papers() | leave
        assert codes(ask("onward", book)) == found


def test_only_what_is_asked_about_is_told() -> None:
    book = a_hub({})
    assert not ask("onward", book, party="yks").lines
    assert not ask("onward", book, until=dt.date(2026, 10, 31)).lines
    assert not ask("onward", book, agreement="DSA-OTHER-1").lines
    assert ask("onward", book, agreement="DSA-NTT-2026-009").lines
