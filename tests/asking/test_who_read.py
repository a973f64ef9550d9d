"""Question 11: who opened, looked up, exported and read."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from agreements.example import changed
from asking.books import Book, ask, at, cards, codes, digest, papers, wrong

from exchange.agreements.agreement import Reference
from exchange.agreements.reading import read_agreement
from exchange.audit.entries import AgreementRef, Counts, Kind

KEY = "SHA256:" + "a" * 43
UNTIL = dt.date(2027, 6, 30)


def a_recipient(*, until: dt.date | None = UNTIL, certified: bool = True) -> Book:
    """gt-ntt has taken in a bundle; its officers are certified since August."""
    book = Book("gt-ntt")
    if certified:
        for officer in ("data.officer.1", "data.officer.2", "clerk.1"):
            roles = ("open", "review") if until else ()
            book.note(
                "person.certified", at("2026-08-20"), person=officer, key=KEY, until=until, codes=roles, agreement=None
            )
    about = {"counterpart": "yks", "bundle": "b-00000001", "ciphertext": digest("1"), "period": "2026-09"}
    book.note("bundle.received", at("2026-10-05"), **about)
    book.note("bundle.opened", at("2026-10-05"), **about)
    book.note("bundle.accepted", at("2026-10-05"), receipt=digest("receipt"), **about)
    return book


def look(book: Book, person: str, day: str = "2026-10-06", kind: Kind = "store.exported", **said: Any) -> int:
    counts = {"counts": Counts(pairs=1)} if kind == "store.reviewed" else {}
    return book.note(kind, at(day), person=person, **counts, **said)


def test_who_is_certified_and_named_may() -> None:
    book = a_recipient()
    look(book, "data.officer.1")
    look(book, "data.officer.1", kind="store.read", note="pairs", agreement=None)
    look(book, "data.officer.2", kind="store.reviewed", codes=("pair.same",), agreement=None)
    opened = {"counterpart": "yks", "bundle": "b-00000001", "ciphertext": digest("1")}
    look(book, "data.officer.2", kind="bundle.opened", **opened)
    answer = ask("readers", book)
    assert not answer.findings
    assert str(answer.sentence) == ("4 times somebody opened, looked up, exported or read data; people: 2; in vain: 0")
    assert str(answer.lines[0]) == "2026-10-06 03:00 UTC, gt-ntt: data.officer.1: exported from the store"
    assert book.proves(answer)


@pytest.mark.parametrize("under", [{}, {"agreement": None}], ids=["named", "whatever is here"])
def test_who_is_not_named_by_the_agreement_is_found(under: dict[str, None]) -> None:
    book = a_recipient()
    number = look(book, "clerk.1", **under)
    answer = ask("readers", book)
    assert codes(answer) == ["audit.reader_unnamed"]
    assert answer.findings[0].entry == number
    assert wrong(answer)


def test_who_was_dismissed_or_whose_time_was_over_is_found() -> None:
    book = a_recipient()
    look(book, "data.officer.1", "2027-07-01")
    book.note("person.dismissed", at("2026-11-01"), person="data.officer.2", key=KEY, agreement=None)
    look(book, "data.officer.2", "2026-10-31")
    look(book, "data.officer.2", "2026-11-02")
    answer = ask("readers", book)
    assert [(each.code, each.entry) for each in answer.findings] == [
        ("audit.reader_unnamed", 6),
        ("audit.reader_unnamed", 9),
    ]


def test_a_stranger_is_wrong_only_where_the_log_knows_its_people() -> None:
    told = a_recipient()
    look(told, "data.officer.3")
    assert codes(ask("readers", told)) == ["audit.reader_unnamed"]
    for before, found in ((a_recipient(until=None), []), (a_recipient(certified=False), ["audit.reader_untold"])):
        look(before, "data.officer.1")
        answer = ask("readers", before)
        assert codes(answer) == found
        assert not wrong(answer)


def test_a_card_proves_who_was_certified_and_never_who_was_not() -> None:
    book = a_recipient(certified=False)
    look(book, "data.officer.1")
    look(book, "data.officer.2")
    book.documents = papers() | cards("gt-ntt", "data.officer.1")
    answer = ask("readers", book)
    assert codes(answer) == ["audit.reader_untold"]
    assert "data.officer.2" in answer.findings[0].what


def test_whoever_looks_up_is_certified_for_it() -> None:
    book = Book("yks")
    certified = {"key": KEY, "until": UNTIL, "agreement": None}
    book.note("person.certified", at("2026-08-20"), person="lead.1", codes=("look_up",), **certified)
    book.note("person.certified", at("2026-08-20"), person="officer.1", codes=("approve",), **certified)
    book.note("pseudonym.looked_up", at("2026-10-06"), counterpart="io-id", person="lead.1")
    book.note("pseudonym.looked_up", at("2026-10-07"), counterpart="io-id", person="officer.1")
    failed = ("lookup.unknown",)
    book.note("pseudonym.looked_up", at("2026-10-08"), counterpart="io-id", person="officer.1", codes=failed)
    answer = ask("readers", book)
    assert [(each.code, each.entry) for each in answer.findings] == [("audit.reader_unnamed", 3)]
    assert "people: 2; in vain: 1" in str(answer.sentence)
    assert "in vain: looked up who is behind a pseudonym (lookup.unknown)" in str(answer.lines[-1])


def test_a_newer_version_says_who_may() -> None:
    newer = changed(
        ("version: 1.1.0", "version: 1.2.0"),
        ("effective: 2026-09-01", "effective: 2026-11-01"),
        ("named_users: [data.officer.1, data.officer.2]", "named_users: [data.officer.1, clerk.1]"),
    )
    book = a_recipient()
    book.documents = papers() | papers(newer)
    signed = AgreementRef(**Reference.to(read_agreement(newer, "dsa.yaml")).model_dump())
    book.note("agreement.signed", at("2026-10-01"), agreement=signed)
    look(book, "clerk.1", "2026-10-06")
    look(book, "clerk.1", "2026-11-06")
    look(book, "data.officer.2", "2026-11-06")
    assert [each.entry for each in ask("readers", book).findings] == [7, 9]


def test_where_the_newer_version_was_not_shown_nobody_is_accused() -> None:
    book = a_recipient()
    newer = book.reference.model_copy(update={"version": "1.2.0", "digest": digest("newer")})
    book.note("agreement.amended", at("2026-10-05"), agreement=newer)
    look(book, "clerk.1")
    assert codes(ask("readers", book)) == ["audit.agreement_absent"]


def test_only_the_party_and_the_days_that_are_asked_about_count() -> None:
    book = a_recipient()
    look(book, "clerk.1")
    assert not ask("readers", book, party="yks").evidence
    assert not ask("readers", book, since=dt.date(2026, 11, 1)).evidence
    assert not ask("readers", book, agreement="DSA-OTHER-1").evidence
