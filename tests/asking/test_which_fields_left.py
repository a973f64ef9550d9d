"""Question 6: which fields left, within the tier."""

from __future__ import annotations

import pytest
from asking.books import codes, lines, wrong
from asking.story import DAY, FIELDS, PACKED, Story

from exchange.audit.entries import Counts
from exchange.locale import speaking


@pytest.fixture
def story() -> Story:
    return Story()


def test_the_fields_of_the_tier_are_within_it(story: Story) -> None:
    story.send()
    story.send("b-00000002", PACKED + DAY, lost=("bundle.delivered",))
    answer = story.ask("fields")
    assert str(answer.sentence) == "1 bundle: 4 different fields left; beyond the tier in 0, not told for 0"
    assert lines(answer) == [f"2026-10-05, yks: b-00000001 for gt-ntt: {', '.join(FIELDS)}"]
    assert not answer.findings
    assert story.proves(answer)
    with speaking("id"):
        assert "kolom data" in str(answer.sentence)


@pytest.mark.parametrize("field", ["prs_FirstName", "x_OriginProvince", "x_Unheard"])
def test_a_field_that_the_tier_does_not_give_in_rows_is_beyond_it(story: Story, field: str) -> None:
    story.send(bundle_packed={"fields": (*FIELDS, field)})
    answer = story.ask("fields")
    assert codes(answer) == ["audit.field_beyond_tier"]
    assert answer.findings[0].what.endswith(f"does not give gt-ntt: {field}")
    assert "beyond the tier in 1" in str(answer.sentence)


def test_who_gets_tables_alone_gets_no_field_of_a_row() -> None:
    story = Story()
    story.recipient.party = "dinas-p3a"
    story.send()
    assert codes(story.ask("fields")) == ["audit.field_beyond_tier"]


def test_who_is_no_recipient_gets_no_field(story: Story) -> None:
    story.recipient.party = "stranger"
    story.send()
    assert wrong(story.ask("fields")) == ["audit.field_beyond_tier"]


def test_a_bundle_without_rows_has_no_fields(story: Story) -> None:
    story.send(bundle_packed={"fields": (), "counts": Counts(rows_in=10, rows_out=0, tables=6)})
    answer = story.ask("fields")
    assert not answer.findings
    assert lines(answer)[0].endswith("no rows")


def test_an_older_log_does_not_name_them(story: Story) -> None:
    story.send(bundle_packed={"fields": ()})
    story.send("b-00000002", bundle_packed={"fields": (), "counts": None})
    answer = story.ask("fields")
    assert codes(answer) == ["audit.fields_untold"]
    assert answer.findings[0].what == "of 2 bundles the log of yks does not tell which fields left"
    assert not wrong(answer)


def test_what_was_not_shown_is_named_and_accuses_nobody(story: Story) -> None:
    story.send(bundle_packed={"fields": ("prs_FirstName",)})
    story.yks.documents, story.recipient.documents = {}, {}
    assert codes(story.ask("fields")) == ["audit.agreement_absent"]
    assert codes(story.ask("fields", story.recipient)) == ["audit.agreement_absent", "audit.pack_absent"]
