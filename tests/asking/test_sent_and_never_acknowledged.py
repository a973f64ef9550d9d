"""Question 8: sent and never acknowledged, late by the agreement's clock."""

from __future__ import annotations

import pytest
from asking.books import codes, lines, wrong
from asking.story import DAY, HOUR, PACKED, Story

from exchange.locale import speaking

UNANSWERED = ("bundle.accepted", "bundle.acknowledged", "notices.acknowledged")


@pytest.fixture
def story() -> Story:
    return Story()


def test_what_was_acknowledged_in_time_is_in_order(story: Story) -> None:
    story.send()
    answer = story.ask("unacknowledged")
    assert str(answer.sentence) == "1 bundle sent: 0 not answered, 0 of them overdue; 0 answered late"
    assert not answer.lines
    assert not answer.findings


def test_what_was_never_answered_is_named_with_its_day(story: Story) -> None:
    story.send(lost=UNANSWERED)
    answer = story.ask("unacknowledged")
    assert codes(answer) == ["audit.receipt_late"]
    assert lines(answer) == ["2026-10-05, yks: b-00000001 for gt-ntt, 2026-09: not done by 2026-10-10"]
    assert str(answer.sentence) == "1 bundle sent: 1 not answered, 1 of them overdue; 0 answered late"
    assert [each.entry.kind for each in answer.evidence] == ["bundle.delivered"]
    assert story.proves(answer)
    with speaking("id"):
        assert "tidak dijawab" in str(answer.sentence)


def test_a_receipt_that_came_late_is_named(story: Story) -> None:
    story.send(late={"bundle.accepted": 6 * DAY, "bundle.acknowledged": 6 * DAY})
    answer = story.ask("unacknowledged")
    assert codes(answer) == ["audit.receipt_late"]
    assert answer.findings[0].what == "the answer of gt-ntt to b-00000001 came after 2026-10-10"
    assert len(answer.evidence) == 2


def test_a_receipt_that_was_given_in_time_and_never_came_is_to_be_looked_at(story: Story) -> None:
    story.send(lost=("bundle.acknowledged",))
    answer = story.ask("unacknowledged")
    assert codes(answer) == ["audit.unacknowledged"]
    assert not wrong(answer)


def test_what_is_counted_is_the_time_until_the_pack_was_made_not_until_today(story: Story) -> None:
    story.yks.made = PACKED + 4 * DAY
    story.send(lost=UNANSWERED)
    answer = story.ask("unacknowledged", now=PACKED + 400 * DAY)
    assert not answer.findings
    assert lines(answer)[0].endswith("still open until 2026-10-10")


def test_a_refusal_is_an_answer_and_so_is_giving_up(story: Story) -> None:
    story.send(lost=UNANSWERED)
    about = story.yks.openings[5].entry.model_dump(exclude={"time", "kind", "party", "counts"})
    for kind, more in (("bundle.refused", {}), ("release.given_up", {"person": "officer.1"})):
        story.yks.note(kind, PACKED + 20 * HOUR, **{**about, **more})
        assert not story.ask("unacknowledged").findings
        story.yks.openings.pop()


def test_without_the_agreement_it_is_said_that_the_day_is_not_known(story: Story) -> None:
    story.send(lost=UNANSWERED)
    story.yks.documents, story.recipient.documents = {}, {}
    answer = story.ask("unacknowledged")
    assert codes(answer) == ["audit.unacknowledged", "audit.agreement_absent"]
    assert not wrong(answer)


def test_a_recipients_log_alone_does_not_tell_what_came_back(story: Story) -> None:
    story.send()
    answer = story.ask("unacknowledged", story.recipient)
    assert codes(answer) == ["audit.pack_absent"]
    assert not answer.lines


def test_an_answer_that_was_given_in_time_and_fetched_late_accuses_nobody(story: Story) -> None:
    story.send(late={"bundle.acknowledged": 30 * DAY})
    answer = story.ask("unacknowledged")
    assert codes(answer) == ["audit.unacknowledged"]
    assert not wrong(answer)
