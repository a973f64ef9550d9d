"""Question 12: one person whom a recipient knows by a pseudonym."""

from __future__ import annotations

from typing import get_args

import pytest
from asking.books import Book, ask, at, digest, lines, send

from exchange.asking.events import event
from exchange.audit.entries import Entry, Kind

LETTER = "0123456789abcdef0123456789abcdef"


def a_log() -> Book:
    book = Book("yks")
    for period in ("2026-09", "2026-10"):
        send(book, "io-id", period, at("2026-11-05"))
    receipt = {"counterpart": "io-id", "ciphertext": digest("yks-io-id-2026-10"), "receipt": digest("r")}
    book.note("bundle.acknowledged", at("2026-11-06"), **receipt)
    book.note("erasure.asked", at("2026-11-07"), counterpart="io-id", letter=LETTER)
    about = {"counterpart": "io-id", "letter": LETTER, "ciphertext": digest("letter"), "note": "withdrawal"}
    book.note("letter.sent", at("2026-11-07"), **about)
    return book


def test_what_the_registers_lead_to_is_told_with_proofs() -> None:
    book = a_log()
    answer = ask(
        "pseudonym", book, agreement="DSA-NTT-2026-004", recipient="io-id", led_to=("yks-io-id-2026-10", LETTER)
    )
    assert [each.number for each in answer.evidence] == [2, 3, 4, 5, 6]
    assert str(answer.sentence) == "5 entries of the log are about this person"
    assert lines(answer)[-1] == f"2026-11-07 03:00 UTC, yks: a letter was written ({LETTER})"
    assert book.proves(answer)
    assert answer.attested is not None
    assert "led_to" not in answer.asked.told


def test_nothing_is_told_where_the_registers_lead_to_nothing() -> None:
    answer = ask("pseudonym", a_log(), agreement="DSA-NTT-2026-004", recipient="io-id", led_to=())
    assert not answer.evidence


def test_logs_alone_tell_of_nobody_and_the_answer_says_who_can() -> None:
    answer = ask("pseudonym", a_log(), agreement="DSA-NTT-2026-004", recipient="io-id")
    assert not answer.evidence
    assert str(answer.sentence) == (
        "no log tells of one person; yks alone can tell, in its own house, from its registers"
    )
    unknown = ask("pseudonym", a_log(), agreement="DSA-OTHER-1", recipient="io-id")
    assert "the sender alone can tell" in str(unknown.sentence)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_whatever_kind_of_entry_a_stranger_writes_under_an_id_it_can_be_told(kind: Kind) -> None:
    entry = Entry.model_construct(time=at("2026-11-07"), kind=kind, party="yks", codes=())
    assert str(event(entry))
