"""Question 3: was the agreement in force at both ends, by each side's own clock."""

from __future__ import annotations

import datetime as dt

import pytest
from agreements.example import TEXT, changed
from asking.books import codes, lines, papers, read, wrong
from asking.story import DAY, HOUR, PACKED, Story, reference

from exchange.audit.entries import Kind
from exchange.locale import speaking

UNDER = {"agreement": reference()}


@pytest.fixture
def story() -> Story:
    return Story()


def test_an_honest_bundle_went_while_it_was_in_force(story: Story) -> None:
    story.send()
    answer = story.ask("in-force")
    text = "1 bundle: in force at both ends for 1, at the one end shown for 0, not in force for 0"
    assert str(answer.sentence) == text
    assert lines(answer)[0] == "2026-10-05, yks: b-00000001, DSA-NTT-2026-004 1.1.0 in force"
    assert [each.entry.kind for each in answer.evidence] == ["bundle.delivered", "bundle.accepted"]
    assert story.proves(answer)
    assert not answer.findings
    with speaking("id"):
        assert "berlaku di kedua ujung" in str(answer.sentence)


@pytest.mark.parametrize(
    ("kind", "note", "state"),
    [("agreement.suspended", "suspension", "suspended"), ("agreement.ended", "termination", "suspended")],
)
def test_what_is_sent_after_it_was_stopped_is_wrong_at_both_ends(
    story: Story, kind: Kind, note: str, state: str
) -> None:
    for log in (story.yks, story.recipient):
        log.note(kind, PACKED - DAY, note=note, **UNDER)
    story.send()
    answer = story.ask("in-force")
    assert codes(answer) == ["audit.not_in_force"] * 2
    assert answer.findings[0].what.endswith(f"DSA-NTT-2026-004 1.1.0 was {state}")


def test_it_ended_after_the_days_of_notice(story: Story) -> None:
    for log in (story.yks, story.recipient):
        log.note("agreement.ended", PACKED - 200 * DAY, note="termination", **UNDER)
    story.send()
    assert "was ended" in story.ask("in-force").findings[0].what


def test_a_suspension_of_the_same_day_after_it_went_changes_nothing(story: Story) -> None:
    story.send()
    for log in (story.yks, story.recipient):
        log.note("agreement.suspended", PACKED + 8 * HOUR, note="suspension", **UNDER)
    assert not story.ask("in-force").findings


def test_what_was_resumed_is_in_force_again(story: Story) -> None:
    for log in (story.yks, story.recipient):
        log.note("agreement.suspended", PACKED - 3 * DAY, note="suspension", **UNDER)
        log.note("agreement.resumed", PACKED - 2 * DAY, note="resumption", **UNDER)
    story.send()
    assert not story.ask("in-force").findings


def test_each_side_is_judged_by_its_own_log(story: Story) -> None:
    story.recipient.note("agreement.suspended", PACKED - DAY, note="suspension", **UNDER)
    story.send()
    [found] = story.ask("in-force").findings
    assert (found.code, found.origin) == ("audit.not_in_force", story.recipient.origin)
    assert "was accepted on" in found.what


def test_what_lapsed_on_the_way_is_to_be_looked_at(story: Story) -> None:
    story.send(lost=("bundle.opened", "bundle.accepted", "bundle.acknowledged", "notices.acknowledged"))
    story.recipient.note("agreement.suspended", PACKED + DAY, note="suspension", **UNDER)
    about = story.yks.openings[1].entry
    story.recipient.note(
        "bundle.accepted",
        PACKED + 2 * DAY,
        counterpart="yks",
        receipt=about.ciphertext,
        **{name: getattr(about, name) for name in ("agreement", "bundle", "ciphertext")},
    )
    answer = story.ask("in-force")
    assert codes(answer) == ["audit.lapsed_on_the_way"]
    assert not wrong(answer)
    assert "audit.lapsed_on_the_way" in codes(story.ask("in-force", story.recipient))


def test_a_suspension_of_the_same_day_counts_from_its_hour(story: Story) -> None:
    """It left at five, was suspended there at half past six, and was accepted at seven."""
    story.recipient.note("agreement.suspended", PACKED + 4.5 * HOUR, note="suspension", **UNDER)
    story.send()
    assert codes(story.ask("in-force")) == ["audit.lapsed_on_the_way"]


def test_outside_the_term_it_was_not_in_force() -> None:
    for day, state in ((read().term.expires + DAY, "expired"), (read().term.effective - DAY, "not yet in effect")):
        story = Story()
        story.send(at=dt.datetime.combine(day, dt.time(2), dt.UTC))
        answer = story.ask("in-force")
        assert codes(answer) == ["audit.not_in_force"] * 2
        assert answer.findings[0].what.endswith(f"was {state}")


def test_the_day_is_that_of_the_agreements_time_zone() -> None:
    """In Makassar it is the first day eight hours earlier than in UTC."""
    first = dt.datetime.combine(read().term.effective, dt.time(), dt.UTC)
    for hours, expected in ((-15, []), (-25, ["audit.not_in_force"] * 2)):
        story = Story()
        story.send(at=first + hours * HOUR + 4 * HOUR)
        assert codes(story.ask("in-force")) == expected


def test_what_not_all_had_signed_on_the_day_was_unsigned(story: Story) -> None:
    some = papers(TEXT, "yks", "gt-ntt")
    story.yks.documents |= some
    story.recipient.documents |= some
    story.send()
    answer = story.ask("in-force")
    assert codes(answer) == ["audit.agreement_unsigned"] * 2
    assert wrong(answer)


def test_signatures_that_any_party_shows_count_for_all(story: Story) -> None:
    story.yks.documents |= papers(TEXT, "yks", "gt-ntt")
    story.send()
    assert not story.ask("in-force").findings


def test_a_newer_version_replaces_the_older_once_it_is_signed_and_in_effect() -> None:
    replaced = TEXT[TEXT.index("{version: 1.0.0") : TEXT.index("}", TEXT.index("{version: 1.0.0"))]
    newer = changed(
        ("version: 1.1.0", "version: 1.2.0"),
        ("effective: 2026-09-01", "effective: 2026-11-01"),
        (replaced, f'{{version: 1.1.0, digest: "{read().digest}"'),
    )
    story = Story()
    story.yks.documents |= papers(newer)
    story.yks.note("agreement.signed", PACKED, agreement=reference(newer))
    story.send(at=dt.datetime(2026, 10, 31, 1, tzinfo=dt.UTC))
    assert not story.ask("in-force").findings
    story.send("b-00000002", at=dt.datetime(2026, 11, 2, 1, tzinfo=dt.UTC))
    answer = story.ask("in-force")
    assert codes(answer) == ["audit.not_in_force"] * 2
    assert answer.findings[0].what.endswith("was replaced by a newer version")


def test_without_the_text_nothing_is_judged(story: Story) -> None:
    story.yks.documents, story.recipient.documents = {}, {}
    story.yks.note("agreement.suspended", PACKED - DAY, note="suspension", **UNDER)
    story.send()
    answer = story.ask("in-force")
    assert codes(answer) == ["audit.agreement_absent"]
    assert not wrong(answer)


def test_a_version_that_only_the_recipient_names_and_nobody_showed_is_named(story: Story) -> None:
    other = reference().model_copy(update={"version": "1.0.0", "digest": "sha256:" + "0" * 64})
    story.send(bundle_accepted={"agreement": other})
    answer = story.ask("in-force")
    assert codes(answer) == ["audit.agreement_absent"]
    assert "DSA-NTT-2026-004 1.0.0" in answer.findings[0].what
    assert answer.findings[0].origin == story.recipient.origin


def test_one_end_that_was_not_shown_is_said(story: Story) -> None:
    story.send()
    answer = story.ask("in-force", story.yks)
    assert codes(answer) == ["audit.pack_absent"]
    text = "1 bundle: in force at both ends for 0, at the one end shown for 1, not in force for 0"
    assert str(answer.sentence) == text
