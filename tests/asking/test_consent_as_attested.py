"""Question 4: was every row covered by a valid consent for that recipient and purpose, as attested."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from asking.books import codes, lines, wrong
from asking.story import DAY, HOUR, PACKED, Story, reference

from exchange.asking.consent import FOR_CONSENT
from exchange.audit.entries import Counts, KindCount
from exchange.consent.consented import HeldReason
from exchange.locale import speaking

HELD = (KindCount(kind="status", count=2),)


@pytest.fixture
def story() -> Story:
    return Story()


def packed(**counts: Any) -> dict[str, Any]:
    said = {"rows_in": 10, "rows_out": 9, "held_back": 2, "reasons": HELD} | counts
    return {"counts": Counts(**said)}


def test_an_honest_month_adds_up_and_says_that_it_is_only_attested(story: Story) -> None:
    story.send()
    answer = story.ask("consent")
    assert not answer.findings
    assert str(answer.sentence) == (
        "1 bundle packed; by the senders' logs, for all recipients together, 9 of 10 rows let through left as rows; "
        "0 rows were counted in tables alone; held back: 2 for want of a consent, 0 for other reasons or untold ones"
    )
    assert lines(answer) == [
        "2026-10-05, yks: b-00000001 for gt-ntt, 2026-09: 10 rows let through, 9 left as rows, 2 held back (status 2)",
    ]
    assert "attested by yks alone" in str(answer.attested)
    assert answer.sample == ("b-00000001",)
    assert list(map(str, answer.drawn)) == ["b-00000001, yks, 2026-09"]
    assert story.proves(answer)
    with speaking("id"):
        assert "persetujuan penyintas" in str(answer.attested)


def test_the_sample_is_drawn_of_what_left_and_is_the_same_for_everybody(story: Story) -> None:
    for number in range(9):
        story.send(f"b-0000000{number}", PACKED + number * DAY)
    story.send("b-00000009", PACKED + 9 * DAY, lost=("bundle.delivered",))
    answer = story.ask("consent")
    assert len(answer.sample) == 5
    assert answer.sample == story.ask("consent").sample
    assert "b-00000009" not in answer.sample
    assert not story.ask("consent", bundle="b-00000009").sample


@pytest.mark.parametrize(
    "counts",
    [
        {"rows_out": 11},
        {"reasons": (KindCount(kind="status", count=1),)},
        {"rows_in": 11},
        {"held_back": 1, "reasons": (KindCount(kind="status", count=1),)},
    ],
)
def test_numbers_that_do_not_add_up_are_wrong(story: Story, counts: dict[str, Any]) -> None:
    story.send(bundle_packed=packed(**counts))
    assert codes(story.ask("consent")) == ["audit.rows_uncovered"]


def test_an_extract_that_was_checked_twice_may_have_grown(story: Story) -> None:
    story.yks.note(
        "extract.checked", PACKED - 2 * HOUR, agreement=reference(), period="2026-09", counts=Counts(rows_in=7)
    )
    story.send()
    assert not story.ask("consent").findings


def test_an_extract_that_was_checked_only_afterwards_excuses_nothing(story: Story) -> None:
    story.send(bundle_packed=packed(rows_in=11))
    story.yks.note("extract.checked", PACKED + DAY, agreement=reference(), period="2026-09", counts=Counts(rows_in=13))
    assert wrong(story.ask("consent")) == ["audit.rows_uncovered"]


def test_the_extract_of_another_month_says_nothing_of_this_one(story: Story) -> None:
    story.send(extract_checked={"period": "2026-08", "counts": Counts(rows_in=500)})
    assert not story.ask("consent").findings


@pytest.mark.parametrize("counts", [{"reasons": None}, {"held_back": None, "reasons": None}, {"rows_in": None}])
def test_what_an_older_log_does_not_tell_is_to_be_looked_at(story: Story, counts: dict[str, Any]) -> None:
    story.send(bundle_packed=packed(**counts))
    story.send("b-00000002", bundle_packed={"counts": None})
    answer = story.ask("consent")
    assert codes(answer) == ["audit.consent_untold"]
    assert answer.findings[0].what.startswith("of 2 bundles the log of yks")
    assert not wrong(answer)


def test_nothing_held_back_needs_no_reasons(story: Story) -> None:
    story.send(bundle_packed=packed(rows_in=12, held_back=0, reasons=None))
    assert not story.ask("consent").findings


def test_without_the_senders_log_nothing_is_known(story: Story) -> None:
    story.send()
    answer = story.ask("consent", story.recipient)
    assert codes(answer) == ["audit.pack_absent"]
    assert not answer.sample
    assert answer.attested is None


def test_rows_that_are_counted_in_tables_alone_are_told_apart_and_never_drawn(story: Story) -> None:
    story.send()
    story.send("b-00000002", PACKED + DAY, bundle_packed=packed(rows_out=0) | {"period": "2026-Q3"})
    answer = story.ask("consent")
    assert "9 of 10 rows let through left as rows; 10 rows were counted in tables alone" in str(answer.sentence)
    assert "none left as rows" in lines(answer)[1]
    assert answer.sample == ("b-00000001",)


def test_a_correction_stands_in_place_of_what_it_replaces(story: Story) -> None:
    story.send()
    story.send("b-00000002", PACKED + DAY, bundle_packed=packed(rows_out=8))
    story.send("b-00000003", PACKED + 2 * DAY, lost=("bundle.delivered",))
    answer = story.ask("consent")
    assert "3 bundles packed" in str(answer.sentence)
    assert "8 of 10 rows let through left as rows" in str(answer.sentence)
    assert str(answer.sentence).endswith("1 bundle that was sent again later is not counted")


def test_what_was_held_back_for_another_reason_is_not_called_a_want_of_consent(story: Story) -> None:
    reasons = (KindCount(kind="outside_period", count=1), KindCount(kind="scope", count=1))
    story.send(bundle_packed=packed(reasons=reasons))
    assert "held back: 1 for want of a consent, 1 for other reasons" in str(story.ask("consent").sentence)
    story.send("b-00000002", PACKED + DAY, bundle_packed=packed(reasons=None))
    assert "held back: 0 for want of a consent, 2 for other reasons or untold" in str(story.ask("consent").sentence)


def test_every_reason_is_of_consent_or_is_not() -> None:
    assert set(get_args(HeldReason)) - {"outside_period", "not_included", "finding", "deceased"} == FOR_CONSENT
