"""Question 14: which keys and people were valid when, and what was signed with others."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from agreements.example import key as root_of
from agreements.example import signed
from asking.books import Book, a_key_of, ask, at, cards, codes, digest, papers, wrong

from exchange.audit.entries import Kind

OFFICER = a_key_of("officer.1").verify_key.fingerprint()
STRANGER = a_key_of("stranger.1").verify_key.fingerprint()
ROOT = root_of("yks").fingerprint()
ABOUT = {"counterpart": "gt-ntt", "period": "2026-09", "bundle": "b-00000001", "ciphertext": digest("1")}


def a_party(*, until: dt.date | None = dt.date(2027, 6, 28)) -> Book:
    book = Book("yks", papers() | cards("yks", "officer.1"))
    certified = {"person": "officer.1", "key": OFFICER, "until": until, "codes": ("approve",), "agreement": None}
    book.note("person.certified", at("2026-09-01"), **certified)
    book.note("agreement.signed", at("2026-09-02"), key=ROOT, since=at("2026-08-28", 0))
    return book


def approve(book: Book, day: str, kind: Kind = "release.approved", **said: str) -> int:
    return book.note(kind, at(day), person="officer.1", **{**ABOUT, **said})


def revoke(book: Book, key: str, noted: str, since: str) -> None:
    book.note("card.revoked", at(noted), key=key, since=at(since), agreement=None)


def test_keys_and_people_are_listed_with_their_days() -> None:
    book = a_party()
    approve(book, "2026-10-05")
    answer = ask("keys", book)
    assert not answer.findings
    lines = [str(each) for each in answer.lines]
    assert f"yks: root key {ROOT}" in lines
    assert f"yks: officer.1 with {OFFICER}, 2026-09-01 to 2027-06-28 (approve)" in lines
    assert sum("officer.1" in each for each in lines) == 1
    assert any(each.startswith("yks: signing key SHA256:") for each in lines)
    assert any("encryption keys, 2026-08-01 to" in each or "encryption keys, 2026-09-01 to" in each for each in lines)
    assert str(answer.sentence) == "1 person was certified in these days; cards or logs were shown of yks"
    assert book.proves(answer)


def test_only_what_was_valid_in_the_days_that_are_asked_about_is_listed() -> None:
    book = a_party()
    book.note("person.dismissed", at("2026-10-20"), person="officer.1", key=OFFICER, agreement=None)
    during = ask("keys", book, since=dt.date(2026, 10, 1), until=dt.date(2026, 10, 31))
    after = ask("keys", book, since=dt.date(2026, 11, 1), until=dt.date(2026, 11, 30))
    assert any("officer.1" in str(each) for each in during.lines)
    assert not any("officer.1" in str(each) for each in after.lines)
    assert not ask("keys", book, party="gt-ntt").lines


def test_a_log_that_is_signed_with_another_key_than_the_card_s_is_wrong() -> None:
    honest, other = Book("gt-ntt", papers() | cards("gt-ntt")).history(), Book("yks").history()
    assert not ask("keys", honest).findings
    assert codes(ask("keys", replace(honest, head=other.head))) == ["audit.key_unknown"]


def test_a_signature_with_a_key_that_nothing_certifies_is_wrong_where_the_log_knows_its_people() -> None:
    book = a_party()
    number = book.note("agreement.signed", at("2026-09-03"), person="stranger.1", key=STRANGER)
    answer = ask("keys", book)
    assert [(each.code, each.entry) for each in answer.findings] == [("audit.key_unknown", number)]
    assert wrong(answer)
    earlier = a_party(until=None)
    earlier.note("agreement.signed", at("2026-09-03"), person="stranger.1", key=STRANGER)
    assert codes(ask("keys", earlier)) == ["audit.key_untold", "audit.until_untold"]


def test_another_root_than_the_agreement_names_is_wrong() -> None:
    book = a_party()
    book.note("agreement.signed", at("2026-09-03"), counterpart="gt-ntt", key=STRANGER)
    book.note("agreement.signed", at("2026-09-03"), counterpart="io-id", key=root_of("io-id").fingerprint())
    assert codes(ask("keys", book)) == ["audit.key_unknown"]


def test_what_was_signed_after_a_key_was_revoked_is_wrong_and_before_it_was_known_in_doubt() -> None:
    book = a_party()
    approve(book, "2026-10-05")
    approve(book, "2026-10-12")
    revoke(book, OFFICER, noted="2026-10-15", since="2026-10-10")
    approve(book, "2026-10-20")
    answer = ask("keys", book)
    assert [(each.code, each.entry) for each in answer.findings] == [
        ("audit.key_in_doubt", 3),
        ("audit.key_revoked_used", 5),
    ]
    assert [each.weight for each in answer.findings] == ["look", "wrong"]
    assert "revoked since 2026-10-10 03:00 UTC, noted 2026-10-15 03:00" in str(answer.lines[-1])


def test_a_new_key_after_a_loss_is_in_order() -> None:
    book = a_party()
    revoke(book, OFFICER, noted="2026-10-15", since="2026-10-10")
    book.note("person.dismissed", at("2026-10-15"), person="officer.1", key=OFFICER, agreement=None)
    again = {"person": "officer.1", "key": STRANGER, "until": dt.date(2027, 9, 1), "agreement": None}
    book.note("person.certified", at("2026-10-16"), **again)
    approve(book, "2026-10-20")
    assert not ask("keys", book).findings


def test_an_agreement_that_was_signed_with_a_revoked_key_is_wrong() -> None:
    book = a_party()
    revoke(book, ROOT, noted="2026-08-01", since="2026-08-01")
    assert "audit.key_revoked_used" in codes(ask("keys", book))
    assert {each.statement.signed_on for each in signed(book.under).entries} == {dt.date(2026, 8, 28)}


def test_without_a_card_nobody_is_accused() -> None:
    book = a_party()
    book.documents = papers()
    answer = ask("keys", book)
    assert codes(answer) == ["audit.key_untold"]
    assert answer.findings[0].what == "no card of yks was shown"


def test_keys_of_an_earlier_card_are_listed_too() -> None:
    book = a_party()
    old = cards("yks", "clerk.1", on=dt.date(2026, 3, 1))["cards/yks.card.json"]
    book.documents = papers() | cards("yks", "officer.1") | {"cards/earlier.card.json": old}
    assert any("clerk.1" in str(each) for each in ask("keys", book).lines)
