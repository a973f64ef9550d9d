"""Question 7: received whole, by whom, when."""

from __future__ import annotations

import pytest
from agreements.example import changed
from asking.books import codes, lines, wrong
from asking.story import DAY, PACKED, Story

from exchange.asking.examining import with_answers
from exchange.audit.entries import Kind
from exchange.audit.findings import Finding
from exchange.locale import later, speaking

AT_THE_RECIPIENT: tuple[Kind, ...] = ("bundle.received", "bundle.opened", "bundle.accepted", "notices.acknowledged")


@pytest.fixture
def story() -> Story:
    return Story()


def test_what_came_whole_is_told_with_who_acknowledged_its_notices(story: Story) -> None:
    story.send()
    answer = story.ask("received")
    assert str(answer.sentence) == (
        "1 bundle sent: 1 received whole and accepted, 0 by the sender's word alone, 0 refused or put aside, "
        "0 not received, as far as was shown"
    )
    assert lines(answer) == [
        (
            "b-00000001 for gt-ntt, sent 2026-10-05: received 2026-10-05, accepted 2026-10-05; "
            "notices acknowledged by reader.1"
        )
    ]
    assert not answer.findings
    assert story.proves(answer)
    with speaking("id"):
        assert "diterima utuh" in str(answer.sentence)
        assert "pemberitahuan dikonfirmasi oleh reader.1" in lines(answer)[0]


def test_what_nobody_has_read_is_to_be_looked_at_once_the_days_are_over(story: Story) -> None:
    story.send(lost=("notices.acknowledged",))
    answer = story.ask("received")
    assert codes(answer) == ["audit.received_unread"]
    assert not wrong(answer)
    story.recipient.made = PACKED + 2 * DAY
    assert not story.ask("received").findings


def test_who_has_read_some_notices_has_not_read_all(story: Story) -> None:
    story.send(notices_acknowledged={"codes": ("caveats",)})
    assert codes(story.ask("received")) == ["audit.received_unread"]


def test_where_no_notice_is_to_be_acknowledged_nobody_must() -> None:
    story = Story(changed(("acknowledges: [confidentiality, caveats, prohibited]", "acknowledges: []")))
    story.send(lost=("notices.acknowledged",))
    assert not story.ask("received").findings


def test_what_was_refused_or_put_aside_came_and_was_not_taken(story: Story) -> None:
    story.send(lost=AT_THE_RECIPIENT)
    about = story.yks.openings[1].entry
    file = {"ciphertext": about.ciphertext, "counterpart": "yks"}
    for kind, said in (
        ("bundle.refused", "refused: seal.stale"),
        ("bundle.quarantined", "put aside unopened: seal.stale"),
    ):
        story.recipient.note("bundle.received", PACKED + DAY, ciphertext=about.ciphertext)
        story.recipient.note(kind, PACKED + DAY, codes=("seal.stale",), **file)
        answer = story.ask("received")
        assert f"received 2026-10-06, {said}" in lines(answer)[0]
        assert "1 refused or put aside, 0 not received" in str(answer.sentence)
        story.recipient.openings.clear()


def test_what_never_came_is_counted(story: Story) -> None:
    story.send(lost=(*AT_THE_RECIPIENT, "bundle.acknowledged"))
    answer = story.ask("received")
    assert "1 not received, as far as was shown" in str(answer.sentence)
    assert "not received, as far as was shown; notices acknowledged by nobody" in lines(answer)[0]


def test_what_its_recipient_does_not_say_it_received_is_wrong_once_it_must_have_come(story: Story) -> None:
    story.send(lost=(*AT_THE_RECIPIENT, "bundle.acknowledged"))
    answer = story.ask("received")
    assert wrong(answer) == ["audit.delivered_not_received"]
    [found] = answer.findings
    assert (found.origin, found.what) == (story.yks.origin, "gt-ntt does not say that b-00000001 was received")
    assert found.entry is not None
    assert story.yks.openings[found.entry].entry.kind == "bundle.delivered"
    for days in (-1, 3):
        story.recipient.made = PACKED + days * DAY
        assert codes(story.ask("received")) == ["audit.in_transit"]
    assert codes(story.ask("received", story.yks)) == ["audit.pack_absent"]


def test_a_receipt_does_not_stand_for_what_the_recipient_does_not_say(story: Story) -> None:
    story.send(lost=AT_THE_RECIPIENT)
    assert wrong(story.ask("received")) == ["audit.delivered_not_received"]


def test_what_its_sender_gave_up_is_missed_by_nobody(story: Story) -> None:
    story.send(lost=(*AT_THE_RECIPIENT, "bundle.acknowledged"))
    about = story.yks.openings[1].entry.model_dump(
        include={"agreement", "counterpart", "period", "bundle", "ciphertext"}
    )
    story.yks.note("release.given_up", PACKED + DAY, person="officer.1", **about)
    assert not story.ask("received").findings


def test_what_verifying_finds_too_is_said_once(story: Story) -> None:
    story.send(lost=(*AT_THE_RECIPIENT, "bundle.acknowledged"))
    log = story.yks.history()
    number = next(number for number, _each in log.of("bundle.delivered"))
    matched = Finding("audit.delivered_not_received", later("not said"), log.pack, log.origin, number)
    whole = with_answers((matched,), (story.ask("received"),))
    assert [each for each in whole if each.code == matched.code] == [matched]


def test_by_the_senders_log_alone_a_receipt_tells(story: Story) -> None:
    story.send()
    answer = story.ask("received", story.yks)
    assert codes(answer) == ["audit.pack_absent"]
    assert "0 received whole and accepted, 1 by the sender's word alone" in str(answer.sentence)
    assert "its receipt came on 2026-10-05" in lines(answer)[0]
    assert {each.entry.kind for each in answer.evidence} == {"bundle.delivered", "bundle.acknowledged"}


def test_by_the_recipients_log_alone_it_is_told_what_came(story: Story) -> None:
    story.send()
    answer = story.ask("received", story.recipient)
    assert "sent –: received 2026-10-05, accepted 2026-10-05; notices acknowledged by reader.1" in lines(answer)[0]
    assert not answer.findings


def test_without_the_agreement_it_is_not_known_which_notices_are_to_be_read(story: Story) -> None:
    story.send(lost=("notices.acknowledged",))
    story.yks.documents, story.recipient.documents = {}, {}
    assert codes(story.ask("received")) == ["audit.agreement_absent"]
