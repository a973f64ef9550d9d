"""Question 5: withdrawals told, acknowledged, erased in time."""

from __future__ import annotations

import datetime as dt

import pytest
from asking.books import codes, digest, lines, wrong
from asking.story import DAY, HOUR, PACKED, Story, Told, reference

from exchange.audit.entries import Counts
from exchange.locale import speaking

TOLD = PACKED + 20 * DAY
LETTER = "letter-00000001"


@pytest.fixture
def story() -> Story:
    """Who gets personal data, and so is told, is `io-id`."""
    return Story(recipient=Told("io-id"))


def withdraw(
    story: Story,
    letter: str = LETTER,
    *,
    written: dt.timedelta | None = HOUR,
    came: dt.timedelta | None = 2 * DAY,
    erased: dt.timedelta | None = 3 * DAY,
    certified: dt.timedelta | None = 4 * DAY,
) -> None:
    """Somebody withdraws, and each thing happens so long after it, or never."""
    about = {"agreement": reference(), "letter": letter}
    ours, theirs = {**about, "counterpart": "io-id"}, {**about, "counterpart": "yks"}
    file = {"ciphertext": digest(letter)}
    own = {"letter": f"own-{letter}", "agreement": reference(), "counts": Counts(withdrawals=1)}
    story.yks.note("consent.withdrawn", TOLD, **own)
    story.yks.note("erasure.asked", TOLD, **ours)
    if written is not None:
        story.yks.note("letter.sent", TOLD + written, note="withdrawal", **ours, **file)
    if came is not None:
        story.recipient.note("letter.received", TOLD + came, note="withdrawal", **theirs, **file)
    if erased is not None:
        story.recipient.note("erasure.certified", TOLD + erased, **theirs, **file)
    if certified is not None:
        certificate = {"ciphertext": digest(f"certificate of {letter}")}
        story.yks.note("erasure.certified", TOLD + certified, **ours, **certificate)


def test_who_withdrew_was_told_of_and_erased_in_time(story: Story) -> None:
    withdraw(story)
    answer = story.ask("withdrawals")
    assert not answer.findings
    assert str(answer.sentence) == (
        "1 withdrawal; letters to recipients: 1, 1 in time; erased: 1 in time, 0 late, 0 not yet"
    )
    assert lines(answer) == [
        f"{LETTER} of yks to io-id: asked 2026-10-25, written 2026-10-25, came 2026-10-27, erased 2026-10-28; in time"
    ]
    assert "certified by io-id alone, and proved by nobody" in str(answer.attested)
    assert answer.sample == (LETTER,)
    assert len(answer.evidence) == 6
    assert story.proves(answer)
    with speaking("id"):
        assert "pencabutan" in str(answer.sentence)


def test_a_withdrawal_that_nobody_must_be_told_of_is_counted(story: Story) -> None:
    own = {"letter": "own-00000001", "agreement": reference(), "counts": Counts(withdrawals=1)}
    story.yks.note("consent.withdrawn", TOLD, **own)
    answer = story.ask("withdrawals")
    assert str(answer.sentence).startswith("1 withdrawal; letters to recipients: 0")
    assert (answer.findings, answer.sample) == ((), ())
    assert str(answer.attested) == "which recipients had to be told rests on the word of yks alone"


def test_who_was_told_too_late_was(story: Story) -> None:
    withdraw(story, written=30 * HOUR)
    answer = story.ask("withdrawals")
    assert codes(answer) == ["audit.withdrawal_late"]
    assert answer.findings[0].what == f"io-id was told of withdrawal {LETTER} after 2026-10-26 02:00 UTC"


def test_who_was_never_told_was_not(story: Story) -> None:
    withdraw(story, written=None, came=None, erased=None, certified=None)
    assert wrong(story.ask("withdrawals")) == ["audit.withdrawal_untold"]


def test_a_letter_that_was_given_up_told_nobody(story: Story) -> None:
    withdraw(story, came=None, erased=None, certified=None)
    about = {"letter": LETTER, "counterpart": "io-id", "note": "withdrawal", "ciphertext": digest(LETTER)}
    story.yks.note("letter.given_up", TOLD + 2 * HOUR, agreement=reference(), **about)
    story.recipient.made = TOLD + 2 * DAY
    assert wrong(story.ask("withdrawals")) == ["audit.withdrawal_untold"]


def test_of_a_letter_that_was_lost_no_certificate_has_come(story: Story) -> None:
    """That it was lost is found where letters are matched (`tests/audit/test_letters_that_agree.py`)."""
    withdraw(story, came=None, erased=None, certified=None)
    assert codes(story.ask("withdrawals")) == ["audit.erasure_open"]


def test_a_recipient_that_fetches_late_is_not_told_late_by_the_sender(story: Story) -> None:
    withdraw(story, came=6 * DAY, erased=6 * DAY, certified=6 * DAY)
    assert not story.ask("withdrawals").findings


def test_what_was_erased_too_late_was(story: Story) -> None:
    withdraw(story, erased=12 * DAY, certified=13 * DAY)
    answer = story.ask("withdrawals")
    assert codes(answer) == ["audit.erasure_late"]
    assert answer.findings[0].what == f"io-id certified the erasure of withdrawal {LETTER} after 2026-11-03"
    assert "0 in time, 1 late, 0 not yet" in str(answer.sentence)


def test_what_was_not_erased_when_it_was_due_is_wrong(story: Story) -> None:
    withdraw(story, erased=None, certified=None)
    answer = story.ask("withdrawals")
    assert wrong(answer) == ["audit.erasure_late"]
    assert lines(answer)[0].endswith("erased –; not done by 2026-11-03")


def test_what_is_not_due_when_the_packs_are_made_is_no_fault(story: Story) -> None:
    withdraw(story, written=None, came=None, erased=None, certified=None)
    story.yks.made = TOLD + 3 * HOUR
    assert not story.ask("withdrawals").findings
    withdraw(story, "letter-00000002", erased=None, certified=None)
    story.yks.made, story.recipient.made = TOLD + 3 * HOUR, TOLD + 4 * DAY
    assert not story.ask("withdrawals", now=TOLD + 900 * DAY).findings


def test_a_certificate_that_has_not_come_is_to_be_looked_at(story: Story) -> None:
    withdraw(story, certified=None)
    answer = story.ask("withdrawals")
    assert codes(answer) == ["audit.erasure_open"]
    assert not wrong(answer)


def test_by_the_senders_log_alone_an_erasure_that_is_not_told_accuses_nobody(story: Story) -> None:
    withdraw(story, erased=None, certified=None)
    answer = story.ask("withdrawals", story.yks)
    assert codes(answer) == ["audit.erasure_open", "audit.pack_absent"]
    assert not wrong(answer)


def test_by_the_senders_log_alone_a_certificate_in_time_is_enough(story: Story) -> None:
    withdraw(story)
    assert codes(story.ask("withdrawals", story.yks)) == ["audit.pack_absent"]


def test_by_the_recipients_log_alone_it_erased_in_time_or_not(story: Story) -> None:
    withdraw(story)
    assert codes(story.ask("withdrawals", story.recipient)) == ["audit.pack_absent"]
    withdraw(story, "letter-00000002", erased=20 * DAY)
    assert codes(story.ask("withdrawals", story.recipient)) == ["audit.erasure_late", "audit.pack_absent"]


def test_each_letter_has_its_own_certificate(story: Story) -> None:
    withdraw(story, erased=None, certified=None)
    withdraw(story, "letter-00000002")
    answer = story.ask("withdrawals")
    assert codes(answer) == ["audit.erasure_late"]
    assert LETTER in answer.findings[0].what


def test_without_the_agreement_nothing_is_judged(story: Story) -> None:
    withdraw(story, written=30 * HOUR)
    story.yks.documents, story.recipient.documents = {}, {}
    answer = story.ask("withdrawals")
    assert codes(answer) == ["audit.agreement_absent"]
    assert lines(answer)[0].endswith("by when is not known")


def test_what_is_asked_about_is_narrowed(story: Story) -> None:
    withdraw(story, written=None, came=None, erased=None, certified=None)
    assert wrong(story.ask("withdrawals", recipient="io-id", sender="yks", since=TOLD.date()))
    for about in ({"recipient": "gt-ntt"}, {"sender": "rpk"}, {"until": PACKED.date()}, {"agreement": "DSA-2"}):
        assert not story.ask("withdrawals", **about).lines


def test_by_the_senders_log_alone_a_late_certificate_accuses_nobody(story: Story) -> None:
    """Until when there was time the recipient's own log tells: from the day on which the letter came."""
    withdraw(story, certified=60 * DAY)
    alone = story.ask("withdrawals", story.yks)
    assert "audit.erasure_open" in codes(alone)
    assert not wrong(alone)
