"""Question 2: for one bundle, who approved, packed, sent, received it, and when."""

from __future__ import annotations

import datetime as dt
from typing import Any, get_args

import pytest
from agreements.example import SIGNED_ON, TEXT, key
from asking.books import codes, digest, lines, wrong
from asking.story import APPROVERS, DAY, HOUR, PACKED, Story, card, reference

from exchange.asking.events import event
from exchange.audit.entries import Entry, Kind, Opening
from exchange.locale import speaking


@pytest.fixture
def story() -> Story:
    return Story()


def test_the_whole_story_of_one_bundle_is_told_with_proofs(story: Story) -> None:
    story.send()
    story.send("b-00000002", PACKED + 31 * DAY)
    answer = story.ask("bundle", bundle="b-00000001")
    assert str(answer.sentence) == (
        "b-00000001 of yks for gt-ntt (2026-09, DSA-NTT-2026-004 1.1.0): packed 2026-10-05; approved by director.1, "
        "officer.1; sent 2026-10-05; received 2026-10-05; accepted 2026-10-05"
    )
    assert lines(answer)[1] == "2026-10-05 03:00 UTC, yks: director.1 approved that it leaves"
    assert len(answer.lines) == len(answer.evidence) == 10
    assert story.proves(answer)
    assert not answer.findings


def test_what_is_noted_in_one_second_is_told_in_the_order_in_which_it_happens(story: Story) -> None:
    story.send()
    for log in (story.yks, story.recipient):
        log.openings[:] = [Opening(each.entry.model_copy(update={"time": PACKED}), each.salt) for each in log.openings]
    told = [each.partition("UTC, ")[2] for each in lines(story.ask("bundle"))]
    assert told[:5] == [
        "yks: packed",
        "yks: director.1 approved that it leaves",
        "yks: officer.1 approved that it leaves",
        "yks: free to go",
        "yks: sent",
    ]
    assert told[5:7] == ["gt-ntt: received", "gt-ntt: opened by the program"]


def test_it_is_named_by_the_digest_of_its_file_too(story: Story) -> None:
    story.send()
    for name in (digest("b-00000001"), digest("b-00000001").removeprefix("sha256:")):
        assert story.ask("bundle", bundle=name).sentence == story.ask("bundle", bundle="b-00000001").sentence
    assert not story.ask("bundle", bundle="b-00000009").lines


def test_of_several_bundles_each_event_says_of_which(story: Story) -> None:
    story.send()
    story.send("b-00000002", lost=("bundle.received", "bundle.opened", "bundle.accepted"))
    answer = story.ask("bundle")
    assert str(answer.sentence) == "2 bundles: 2 sent, 1 of them told to have arrived"
    assert all(each.startswith(("b-00000001: ", "b-00000002: ")) for each in lines(answer))
    with speaking("id"):
        assert str(answer.sentence) == "2 paket: 2 dikirim, 1 di antaranya dikatakan sudah tiba"


def test_one_person_is_not_two(story: Story) -> None:
    story.send(approvers=("director.1", "director.1"))
    answer = story.ask("bundle")
    assert codes(answer) == ["audit.not_approved"]
    assert answer.findings[0].what == "b-00000001 left with 1 of 2 approvals"


def certified(story: Story, person: str, whose: str, at: dt.datetime = PACKED - DAY, **said: Any) -> None:
    """The sender's log tells that a person was certified with the key of `whose`."""
    told = {"until": dt.date(2027, 8, 1), "key": key(whose).verify_key.fingerprint(), **said}
    story.yks.note("person.certified", at, person=person, **told)


def test_one_key_under_two_names_is_one_person(story: Story) -> None:
    del story.yks.documents["cards/yks.card.json"]
    for person in APPROVERS:
        certified(story, person, "director.1")
    story.send()
    answer = story.ask("bundle")
    assert wrong(answer) == ["audit.same_key", "audit.not_approved"]
    doubled, left = answer.findings
    assert doubled.entry is not None
    assert story.yks.openings[doubled.entry].entry.person == "officer.1"
    assert doubled.what == "director.1 and officer.1, who approved b-00000001, had one key: they count as one"
    assert left.what == "b-00000001 left with 1 of 2 approvals"


def test_a_key_that_goes_from_name_to_name_between_two_approvals_is_one_person(story: Story) -> None:
    """No card ever shows it: of each day it names the key once."""
    del story.yks.documents["cards/yks.card.json"]
    certified(story, "director.1", "director.1")
    story.send(approvers=("director.1",), lost=("bundle.queued", "bundle.delivered"))
    about = story.yks.openings[3].entry
    assert about.kind == "release.approved"
    story.yks.note(
        "person.dismissed", PACKED + 2 * HOUR, person="director.1", key=key("director.1").verify_key.fingerprint()
    )
    certified(story, "officer.1", "director.1", PACKED + 2 * HOUR)
    same = about.model_dump(exclude={"time", "kind", "party", "person"})
    story.yks.note("release.approved", PACKED + 3 * HOUR, **same, person="officer.1")
    story.yks.note("bundle.delivered", PACKED + 4 * HOUR, **{**same, "page": None})
    assert wrong(story.ask("bundle")) == ["audit.same_key", "audit.not_approved"]


def test_what_a_log_says_of_keys_does_not_take_away_what_a_card_says(story: Story) -> None:
    """The second is on no card under this name, but the first has its key there."""
    certified(story, "director.1", "officer.9")
    certified(story, "director.2", "director.1")
    story.send(approvers=("director.1", "director.2"))
    assert "audit.same_key" in wrong(story.ask("bundle"))


def test_a_key_that_was_another_persons_before_or_after_is_nobody_elses_on_that_day(story: Story) -> None:
    del story.yks.documents["cards/yks.card.json"]
    certified(story, "director.1", "director.1", PACKED - 9 * DAY)
    certified(story, "director.1", "another key", PACKED - 5 * DAY)
    certified(story, "officer.1", "director.1", PACKED - 4 * DAY)
    story.send()
    certified(story, "officer.2", "another key", PACKED + DAY)
    assert not story.ask("bundle").findings


@pytest.mark.parametrize(("asked", "found"), [(2, ["audit.same_key"]), (3, ["audit.same_key", "audit.not_approved"])])
def test_of_three_approvals_of_two_keys_two_count(asked: int, found: list[str]) -> None:
    story = Story(TEXT.replace("approval: {people: 2}", f"approval: {{people: {asked}}}"))
    del story.yks.documents["cards/yks.card.json"]
    for person, whose in (("director.1", "one"), ("director.2", "two"), ("officer.1", "one")):
        certified(story, person, whose)
    story.send(approvers=("director.1", "director.2", "officer.1"))
    assert codes(story.ask("bundle")) == found


def test_what_was_approved_after_it_left_left_without(story: Story) -> None:
    story.send(approvers=("director.1",))
    about = story.yks.openings[1].entry
    late = {"agreement": about.agreement, "period": "2026-09", "counterpart": "gt-ntt", "ciphertext": about.ciphertext}
    story.yks.note("release.approved", PACKED + DAY, person="officer.1", **late)
    assert codes(story.ask("bundle")) == ["audit.not_approved"]


def test_what_was_approved_before_it_was_packed_was_not_looked_at(story: Story) -> None:
    about = {"agreement": reference(), "period": "2026-09", "counterpart": "gt-ntt", "bundle": "b-00000001"}
    for each in APPROVERS:
        file = {"ciphertext": digest("b-00000001"), "person": each}
        story.yks.note("release.approved", PACKED - DAY, **about, **file)
    story.send(approvers=())
    assert codes(story.ask("bundle")) == ["audit.not_approved"]


def test_an_approval_of_another_page_is_none(story: Story) -> None:
    story.send(release_approved={"page": digest("another page")})
    assert codes(story.ask("bundle")) == ["audit.not_approved"]


def test_somebody_who_is_not_on_the_card_of_that_day_approved_nothing(story: Story) -> None:
    story.send(approvers=("director.1", "stranger.1"))
    answer = story.ask("bundle")
    assert codes(answer) == ["audit.approver_unknown"]
    assert answer.findings[0].entry == 3


def test_somebody_certified_for_something_else_approved_nothing(story: Story) -> None:
    story.yks.documents["cards/yks.card.json"] = card(*APPROVERS, roles=("open",)).to_bytes()
    story.send()
    assert codes(story.ask("bundle")) == ["audit.approver_unknown"] * 2


def test_somebody_who_was_dismissed_before_approved_nothing(story: Story) -> None:
    story.yks.note("person.dismissed", PACKED - DAY, person="officer.1", key="SHA256:" + "A" * 43)
    story.send()
    assert codes(story.ask("bundle")) == ["audit.approver_unknown"]


def test_a_card_of_a_later_day_does_not_tell_who_was_certified_before(story: Story) -> None:
    """Whose time is over is on no newer card."""
    story.yks.documents["cards/yks.card.json"] = card("director.2", on=dt.date(2026, 12, 1)).to_bytes()
    story.send()
    answer = story.ask("bundle")
    assert codes(answer) == ["audit.approver_untold"]
    assert "director.1, officer.1" in answer.findings[0].what


def test_what_the_log_says_of_people_counts_where_no_card_does(story: Story) -> None:
    del story.yks.documents["cards/yks.card.json"]
    for each in APPROVERS:
        certified(story, each, each)
    story.send()
    assert not story.ask("bundle").findings


def test_a_certification_that_was_over_is_none(story: Story) -> None:
    del story.yks.documents["cards/yks.card.json"]
    for each in APPROVERS:
        until = PACKED.date() - DAY
        story.yks.note("person.certified", PACKED - 9 * DAY, person=each, key="SHA256:" + "A" * 43, until=until)
    story.send()
    assert wrong(story.ask("bundle")) == ["audit.approver_unknown"] * 2


def test_a_card_that_is_not_by_the_root_that_the_agreement_names_certifies_nobody(story: Story) -> None:
    story.yks.documents["cards/yks.card.json"] = card(*APPROVERS, root="gt-ntt").to_bytes()
    story.send()
    assert codes(story.ask("bundle")) == ["audit.approver_untold"]


def test_an_old_card_in_somebody_elses_pack_accuses_nobody(story: Story) -> None:
    story.recipient.documents["cards/yks.card.json"] = card("director.1", on=SIGNED_ON).to_bytes()
    del story.yks.documents["cards/yks.card.json"]
    story.send()
    assert codes(story.ask("bundle")) == ["audit.approver_untold"]


def test_one_bundle_in_two_files_has_left_twice(story: Story) -> None:
    story.send()
    story.send(at=PACKED + DAY, file="sealed anew")
    assert codes(story.ask("bundle")) == ["audit.left_twice"]


def test_a_bundle_delivered_again_in_the_same_file_left_once(story: Story) -> None:
    story.send()
    sent = story.yks.openings[5].entry
    assert sent.kind == "bundle.delivered"
    story.yks.note("bundle.delivered", PACKED + DAY, **sent.model_dump(exclude={"time", "kind", "party"}))
    assert not story.ask("bundle").findings


def test_what_waits_is_not_judged(story: Story) -> None:
    kinds: tuple[Kind, ...] = get_args(Kind)
    story.send(lost=[each for each in kinds if each not in ("bundle.packed", "extract.checked")], approvers=())
    answer = story.ask("bundle")
    assert not answer.findings
    assert "approved by nobody, as far as was shown; sent –" in str(answer.sentence)


def test_a_paper_or_a_log_that_was_not_shown_is_named_and_accuses_nobody(story: Story) -> None:
    story.send(approvers=("stranger.1",))
    story.yks.documents = {}
    story.recipient.documents = {}
    answer = story.ask("bundle")
    assert codes(answer) == ["audit.approver_untold", "audit.agreement_absent"]
    assert "DSA-NTT-2026-004 1.1.0" in answer.findings[1].what
    alone = story.ask("bundle", story.recipient)
    assert codes(alone) == ["audit.agreement_absent", "audit.pack_absent"]
    assert not wrong(answer) + wrong(alone)


def test_what_is_asked_about_is_narrowed(story: Story) -> None:
    story.send(approvers=())
    assert wrong(story.ask("bundle", recipient="gt-ntt", agreement="DSA-NTT-2026-004", since=PACKED.date()))
    for about in ({"recipient": "io-id"}, {"agreement": "DSA-2"}, {"until": PACKED.date() - DAY}, {"sender": "rpk"}):
        assert not wrong(story.ask("bundle", **about))


def test_every_kind_that_tells_of_a_bundle_or_a_letter_has_its_words() -> None:
    of_bundles = ("bundle.", "release.", "notices.", "disposal.")
    told = [each for each in get_args(Kind) if each.startswith((*of_bundles, "letter.", "erasure.", "rights."))]
    for kind in told:
        assert str(event(Entry.model_construct(kind=kind, person="p.1", codes=("seal.given",))))


@pytest.mark.parametrize("asked", [1, 3])
def test_the_agreement_says_how_many(asked: int) -> None:
    story = Story(TEXT.replace("approval: {people: 2}", f"approval: {{people: {asked}}}"))
    story.send()
    assert codes(story.ask("bundle")) == (["audit.not_approved"] if asked > 2 else [])


def test_somebody_whom_the_log_knows_for_something_else_approved_nothing(story: Story) -> None:
    for each in APPROVERS:
        certified(story, each, each, codes=("open",))
    story.send()
    assert codes(story.ask("bundle")) == ["audit.approver_unknown"] * 2


def test_where_the_log_knows_all_its_people_somebody_else_is_unknown(story: Story) -> None:
    story.yks.documents.pop("cards/yks.card.json", None)
    until = (PACKED + 90 * DAY).date()
    story.yks.note("person.certified", PACKED - DAY, person="other.1", key="SHA256:" + "A" * 43, until=until)
    story.send()
    assert set(codes(story.ask("bundle"))) == {"audit.approver_unknown"}
