"""Question 9: destruction certified in time, as attested."""

from __future__ import annotations

import datetime as dt

import pytest
from agreements.example import changed
from asking.books import codes, digest, lines, wrong
from asking.story import DAY, PACKED, Story, Told, reference

from exchange.locale import speaking

SHORT = changed(("gt-ntt: {keep_months: 24,", "gt-ntt: {keep_months: 2,"))
"""An agreement under which everything is gone after two months: what came on 5 October goes on 5 December."""
DUE = dt.datetime(2026, 12, 5, 5, tzinfo=dt.UTC)


@pytest.fixture
def story() -> Story:
    return Story(SHORT)


def destroy(
    story: Story,
    bundle: str = "b-00000001",
    done: dt.datetime | None = DUE,
    certified: dt.datetime | None = DUE + DAY,
) -> None:
    about = {"agreement": reference(SHORT), "bundle": bundle, "period": "2026-09"}
    if done is not None:
        story.recipient.note("disposal.done", done, counterpart="yks", **about)
    if certified is not None:
        file = {"ciphertext": digest("certificate")}
        story.recipient.note("disposal.certified", certified, counterpart="yks", **about, **file)
        story.yks.note("disposal.certified", certified + DAY, counterpart=story.recipient.party, **about, **file)


def test_what_was_destroyed_and_certified_in_time_is_in_order_and_only_attested(story: Story) -> None:
    story.send()
    destroy(story)
    answer = story.ask("destroyed")
    assert not answer.findings
    assert str(answer.sentence) == ("1 bundle came: destroyed and certified 1 in time, 0 late; 0 overdue, 0 not due")
    assert lines(answer) == ["2026-12-06, gt-ntt: b-00000001 certified as destroyed; in time"]
    assert "certified by gt-ntt alone, and proved by nobody" in str(answer.attested)
    assert answer.sample == ("b-00000001",)
    assert [each.entry.kind for each in answer.evidence] == ["bundle.accepted", "disposal.done", "disposal.certified"]
    assert story.proves(answer)
    with speaking("id"):
        assert "tidak dibuktikan" in str(answer.attested)


@pytest.mark.parametrize("shift", [2, 40])
def test_what_was_destroyed_too_late_is_wrong(story: Story, shift: int) -> None:
    story.send()
    destroy(story, done=DUE + shift * DAY, certified=DUE + shift * DAY)
    answer = story.ask("destroyed")
    assert codes(answer) == ["audit.destruction_late"]
    assert answer.findings[0].what == "gt-ntt destroyed b-00000001 after 2026-12-05"
    assert "0 in time, 1 late" in str(answer.sentence)


def test_what_was_certified_too_late_is_wrong(story: Story) -> None:
    story.send()
    destroy(story, certified=DUE + 20 * DAY)
    [found] = story.ask("destroyed").findings
    assert found.code == "audit.destruction_late"
    assert found.what == "gt-ntt certified the destruction of b-00000001 after 2026-12-19"


def test_what_was_never_destroyed_is_wrong_once(story: Story) -> None:
    story.send()
    answer = story.ask("destroyed")
    assert codes(answer) == ["audit.destruction_open"]
    assert answer.findings[0].what == "gt-ntt has not destroyed b-00000001 by 2026-12-05"
    assert lines(answer) == ["2026-10-05, gt-ntt: b-00000001 accepted, with a receipt; not done by 2026-12-05"]
    assert answer.attested is None
    assert not answer.sample


def test_what_was_destroyed_and_never_certified_is_wrong(story: Story) -> None:
    story.send()
    destroy(story, certified=None)
    answer = story.ask("destroyed")
    assert codes(answer) == ["audit.destruction_open"]
    assert answer.findings[0].what.startswith("gt-ntt has not certified")


def test_what_is_not_due_when_the_pack_is_made_is_no_fault(story: Story) -> None:
    story.recipient.made = DUE - DAY
    story.send()
    answer = story.ask("destroyed", now=DUE + 900 * DAY)
    assert not answer.findings
    assert not answer.lines
    assert str(answer.sentence).endswith("0 overdue, 1 not due")


def test_the_certificate_of_another_bundle_is_none_of_this(story: Story) -> None:
    story.send()
    story.send("b-00000002", lost=("bundle.accepted",))
    destroy(story, "b-00000002")
    assert codes(story.ask("destroyed")) == ["audit.destruction_open"]


def test_an_agreement_that_ended_takes_what_does_not_outlive_it() -> None:
    text = changed(
        (
            "gt-ntt: {keep_months: 24, from: receipt, then: destroy, survives_end: true",
            "gt-ntt: {keep_months: 24, from: receipt, then: destroy, survives_end: false",
        )
    )
    story = Story(text)
    story.send()
    assert not story.ask("destroyed").findings
    about = {"agreement": reference(text), "note": "termination", "codes": ("risk_to_survivor",)}
    story.recipient.note("agreement.ended", PACKED + 10 * DAY, **about)
    [found] = story.ask("destroyed").findings
    assert found.code == "audit.destruction_open"
    assert found.what.endswith("by 2026-10-15")


def test_by_the_senders_log_alone_the_certificate_counts(story: Story) -> None:
    story.send()
    assert codes(story.ask("destroyed", story.yks)) == ["audit.destruction_open", "audit.pack_absent"]
    destroy(story)
    answer = story.ask("destroyed", story.yks)
    assert codes(answer) == ["audit.pack_absent"]
    assert answer.sample == ("b-00000001",)


def test_a_certificate_that_is_on_its_way_is_no_fault(story: Story) -> None:
    story.send()
    destroy(story)
    story.yks.openings.pop()
    assert not story.ask("destroyed").findings


def test_without_the_agreement_nothing_is_judged(story: Story) -> None:
    story.send()
    story.yks.documents, story.recipient.documents = {}, {}
    answer = story.ask("destroyed")
    assert codes(answer) == ["audit.agreement_absent"]
    assert not wrong(answer)


def test_the_sample_is_drawn_by_the_logs_and_by_nobody() -> None:
    story = Story(SHORT, recipient=Told("gt-ntt"))
    for number in range(8):
        story.send(f"b-0000000{number}")
        destroy(story, f"b-0000000{number}")
    drawn = story.ask("destroyed").sample
    assert len(drawn) == 5
    assert drawn == story.ask("destroyed").sample


def test_a_recipient_that_hides_what_it_accepted_is_judged_by_the_receipt_that_it_gave(story: Story) -> None:
    story.send(lost=("bundle.accepted",))
    assert codes(story.ask("destroyed")) == ["audit.destruction_open"]
