"""Question 15: urgent, compelled, refused, put aside, given up, clocks apart, gaps."""

from __future__ import annotations

import datetime as dt

import pytest
from agreements.example import agreement
from asking.books import Book, ask, at, codes, digest, send, wrong

from exchange.audit.entries import Counts

LETTER = "0123456789abcdef0123456789abcdef"
OTHERS = tuple(party.id for party in agreement().parties if party.id != "yks")
BUNDLE = {"bundle": "b-00000001", "ciphertext": digest("1"), "period": "2026-09"}


def urgent(reviewed: str | None = "2026-10-06", by: str = "director.2") -> Book:
    book = Book("yks")
    book.note("disclosure.urgent", at("2026-10-05", 9), counterpart="io-id", letter=LETTER, person="director.1")
    if reviewed:
        book.note("disclosure.reviewed", at(reviewed, 8), letter=LETTER, person=by)
    return book


def test_an_urgent_disclosure_that_somebody_else_looked_at_in_time_is_only_told() -> None:
    book = urgent()
    answer = ask("exceptions", book)
    assert not answer.findings
    assert "2 things out of the ordinary; urgent: 1" in str(answer.sentence)
    assert "yks: told at once, because a life was at risk" in str(answer.lines[0])
    assert book.proves(answer)


@pytest.mark.parametrize(
    "book", [urgent(None), urgent("2026-10-07"), urgent(by="director.1")], ids=["never", "late", "by the same person"]
)
def test_an_urgent_disclosure_that_nobody_else_looked_at_in_time_is_wrong(book: Book) -> None:
    answer = ask("exceptions", book)
    assert codes(answer) == ["audit.urgent_unreviewed"]
    assert answer.findings[0].entry == 0
    assert wrong(answer)


def test_while_the_hours_run_nothing_is_wrong_and_without_the_agreement_nothing_is_judged() -> None:
    running = urgent(None)
    running.made = at("2026-10-05", 12)
    assert not ask("exceptions", running).findings
    unknown = urgent(None)
    unknown.documents = {}
    answer = ask("exceptions", unknown)
    assert codes(answer) == ["audit.agreement_absent"]
    assert not wrong(answer)


def test_of_what_the_law_compelled_the_sender_is_told() -> None:
    recipient = Book("gt-ntt")
    about = {"counterpart": "yks", "letter": LETTER}
    recipient.note("disclosure.compelled", at("2026-10-05"), **about, ciphertext=digest("letter"))
    answer = ask("exceptions", recipient)
    assert codes(answer) == ["audit.compelled_untold"]
    assert not wrong(answer)
    letter = {**about, "note": "compelled_disclosure"}
    recipient.note("letter.sent", at("2026-10-05"), **letter, ciphertext=digest("letter"))
    assert not ask("exceptions", recipient).findings
    recipient.note("letter.given_up", at("2026-10-06"), **letter, ciphertext=digest("letter"))
    assert "audit.compelled_untold" in codes(ask("exceptions", recipient))
    recipient.note("letter.sent", at("2026-10-06"), **letter, ciphertext=digest("written again"))
    assert codes(ask("exceptions", recipient)) == ["audit.given_up"]


def test_a_refusal_that_both_sides_tell_is_told_once() -> None:
    sender, recipient = Book("yks"), Book("gt-ntt")
    send(sender, "gt-ntt", "2026-09", at("2026-10-05"), **{k: v for k, v in BUNDLE.items() if k != "period"})
    recipient.note("bundle.refused", at("2026-10-06"), counterpart="yks", codes=("receive.damaged",), **BUNDLE)
    sender.note("bundle.refused", at("2026-10-06", 5), counterpart="gt-ntt", codes=("receive.damaged",), **BUNDLE)
    answer = ask("exceptions", sender, recipient)
    assert codes(answer) == ["audit.refused"]
    assert answer.findings[0].what == "b-00000001 was refused: receive.damaged"
    assert len(answer.evidence) == 2


def test_what_was_put_aside_or_given_up_and_what_a_witness_says_is_to_be_looked_at() -> None:
    book = Book("yks")
    book.note("bundle.quarantined", at("2026-10-05"), ciphertext=digest("x"), codes=("seal.unknown",), agreement=None)
    about = {"counterpart": "gt-ntt", "person": "officer.1", **BUNDLE}
    book.note("release.given_up", at("2026-10-06"), **about)
    book.note("release.rejected", at("2026-10-06"), **about)
    book.note("letter.given_up", at("2026-10-07"), counterpart="gt-ntt", note="card", ciphertext=digest("y"))
    book.note("log.contradicted", at("2026-10-08"), counterpart="gt-ntt", codes=("audit.forked",), agreement=None)
    book.note("opening.erased", at("2026-10-09"), counts=Counts(entry=1), agreement=None)
    failed = ("lookup.unknown",)
    book.note("pseudonym.looked_up", at("2026-10-10"), counterpart="io-id", person="lead.1", codes=failed)
    book.note("pseudonym.looked_up", at("2026-10-10"), counterpart="io-id", person="lead.1")
    answer = ask("exceptions", book)
    assert codes(answer) == ["audit.quarantined", "audit.given_up", "audit.given_up", "audit.contradicted"]
    assert not wrong(answer)
    assert answer.findings[-1].what == "yks says that gt-ntt's log was changed: audit.forked"
    assert len(answer.lines) == 7
    assert str(answer.lines[0]).endswith(f"put aside unopened: seal.unknown ({digest('x')})")
    assert str(answer.lines[1]).endswith("officer.1 decided that it goes no more (b-00000001)")
    assert str(answer.lines[4]).endswith("another party's log is not what it had shown before: audit.forked")
    assert str(answer.lines[6]).endswith("looked up a pseudonym in vain: lookup.unknown")
    assert "an earlier entry lost its content (entry 1)" in str(answer.lines[5])
    assert "given up: 2, looked up in vain: 1" in str(answer.sentence)
    assert not any("–" in str(each) for each in (*answer.lines, *(one.said for one in answer.findings)))


def test_a_breach_is_counted() -> None:
    book = Book("yks")
    book.note("breach.noticed", at("2026-10-05"), letter=LETTER)
    answer = ask("exceptions", book)
    assert "1 thing out of the ordinary; urgent: 0, compelled: 0, breaches: 1" in str(answer.sentence)
    assert str(answer.lines[0]) == f"2026-10-05 03:00 UTC, yks: a breach was noticed ({LETTER})"


def breach(told: str = "2026-10-05", reported: str = "2026-10-06", parties: tuple[str, ...] = OTHERS) -> Book:
    book = Book("yks")
    book.note("breach.noticed", at("2026-10-05", 1), letter=LETTER)
    for party in parties:
        book.note("breach.told", at(told, 9), counterpart=party, letter=LETTER)
    if reported:
        book.note("breach.reported", at(reported, 9), letter=LETTER)
    return book


def test_a_breach_of_which_all_were_told_in_time_is_in_order() -> None:
    assert not ask("exceptions", breach()).findings


@pytest.mark.parametrize(
    ("book", "what"),
    [
        (breach(parties=()), "not every party had been told"),
        (breach(parties=OTHERS[1:]), "not every party had been told"),
        (breach(told="2026-10-09"), "not every party had been told"),
        (breach(reported=""), "the authority had not been told"),
        (breach(reported="2026-10-20"), "the authority had not been told"),
    ],
    ids=["nobody", "one was not", "late", "no authority", "the authority late"],
)
def test_a_breach_of_which_somebody_was_not_told_in_time_is_wrong(book: Book, what: str) -> None:
    answer = ask("exceptions", book)
    assert codes(answer) == ["audit.breach_untold"]
    assert answer.findings[0].what.startswith(what)


def test_while_the_hours_of_a_breach_run_nothing_is_wrong() -> None:
    running = breach(parties=(), reported="")
    running.made = at("2026-10-05", 12)
    assert not ask("exceptions", running).findings


def test_clocks_that_contradict_each_other_are_named() -> None:
    sender, recipient = Book("yks"), Book("gt-ntt")
    sender.note("bundle.delivered", at("2026-10-05", 9), counterpart="gt-ntt", **BUNDLE)
    recipient.note("bundle.received", at("2026-10-05", 7), counterpart="yks", **BUNDLE)
    recipient.note("bundle.accepted", at("2026-10-05", 7), counterpart="yks", receipt=digest("r"), **BUNDLE)
    answer = ask("exceptions", sender, recipient)
    assert codes(answer) == ["audit.clock_skew"]
    assert answer.findings[0].what == "gt-ntt has this 120 minutes before yks says that it left"
    assert not ask("exceptions", sender).findings


def test_a_few_minutes_are_how_clocks_are() -> None:
    sender, recipient = Book("yks"), Book("gt-ntt")
    sender.note("bundle.delivered", at("2026-10-05", 9), counterpart="gt-ntt", **BUNDLE)
    early = at("2026-10-05", 9) - dt.timedelta(minutes=4)
    recipient.note("bundle.received", early, counterpart="yks", **BUNDLE)
    assert not ask("exceptions", sender, recipient).findings


def test_only_the_party_and_the_days_that_are_asked_about_count() -> None:
    book = urgent(None)
    assert not ask("exceptions", book, party="gt-ntt").evidence
    assert not ask("exceptions", book, until=dt.date(2026, 10, 4)).findings
    assert not ask("exceptions", book, agreement="DSA-OTHER-1").findings


def test_of_a_log_that_was_not_shown_nothing_reads_as_if_nothing_had_happened() -> None:
    answer = ask("exceptions", urgent(), party="gt-ntt")
    assert str(answer.sentence).startswith("no log of gt-ntt was shown; 0 things")
    assert codes(answer) == ["audit.pack_absent"]
    assert answer.logs == ("yks",)
