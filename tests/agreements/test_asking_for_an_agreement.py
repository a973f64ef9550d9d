"""The conversation, without a terminal: what is offered, what is asked again, what is never more than was said."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from agreements.any_answers import template

from exchange.agreements.answers import Answers
from exchange.agreements.check_open import UNFINISHED
from exchange.agreements.crosschecks import check_agreement
from exchange.agreements.drafting import check_answers, draft
from exchange.agreements.interview import interview
from exchange.agreements.interview_parties import Known
from exchange.agreements.questions import Question, conduct, kept, unasked
from exchange.keyring.card import Card, issue_card
from exchange.keyring.identity import new_identity
from exchange.keyring.shapes import Names
from exchange.locale import Language, speaking

TODAY = dt.date(2026, 8, 20)


def card(party: str) -> Card:
    identity = new_identity(party, Names(id=f"{party} (contoh)", en=party), f"dpo@{party}.example", TODAY)
    return issue_card(identity, TODAY).card


def talked(replies: dict[str, str | list[str]], known: Known | None = None) -> tuple[Answers, dict[str, list[str]]]:
    """The answers where these replies are given, everything else open or as usual; and the reasons for asking again."""
    left = {key: [each] if isinstance(each, str) else list(each) for key, each in replies.items()}
    again: dict[str, list[str]] = {}

    def reply(question: Question) -> Any:
        while left.get(question.key):
            try:
                return question.answer(left[question.key].pop(0))
            except ValueError as reason:
                again.setdefault(question.key, []).append(str(reason))
        return unasked(question)

    found = conduct(interview(known or Known(), template(), TODAY), reply)
    assert not any(left.values()), f"never asked: {left}"
    return found, again


def test_without_any_reply_the_draft_is_sound_and_unfinished() -> None:
    found, _again = talked({})
    assert check_answers(found, template()) == ()
    assert {each.code for each in check_agreement(draft(found, template()))} == UNFINISHED
    assert [each.tier for each in found.recipients] == ["task-force", "statistics", "case-coordination"]


def test_cards_fill_in_what_they_know() -> None:
    ours, gt, io = card("yks"), card("gt-ntt"), card("io-id")
    found, _again = talked({}, Known(ours, (gt, io), "ntt"))
    assert (found.sender.id, found.sender.name, found.sender.key) == ("yks", "yks (contoh)", ours.fingerprint)
    assert [(each.id, each.key) for each in found.recipients] == [("gt-ntt", gt.fingerprint), ("io-id", io.fingerprint)]
    assert found.recipients[0].contact == "dpo@gt-ntt.example"


def test_whoever_is_only_known_by_a_card_is_offered_the_least() -> None:
    found, _again = talked({}, Known(card("yks"), (card("gt-ntt"),), "ntt"))
    assert found.recipients[0].tier == "statistics"


WRONG = [
    ("id", "dsa 1"),
    ("network", "NTT"),
    ("title.id", " "),
    ("sender.id", "Y K S"),
    ("sender.name", "a\u202eb"),
    ("sender.kind", "ngo"),
    ("sender.jurisdiction", "Indonesia"),
    ("sender.contact", "x" * 301),
    ("sender.signs.by", "key, key"),
    ("sender.signs.by", "fax"),
    ("recipients.1.id", "sender"),
    ("recipients.1.id", "-"),
    ("recipients.1.tier", "everything"),
    ("recipients.1.named_users", "A B"),
    ("recipients.1.consent_scope", "share government"),
    ("recipients.1.keep_months", "0"),
    ("recipients.1.keep_months", "two years"),
    ("recipients.1.cross_border.countries", "Swiss"),
    ("effective", "1 September"),
    ("effective", "..."),
    ("expires", "2020-01-01"),
    ("review_by", "2030-01-01"),
    ("purposes.trends.recipients", "somebody"),
    ("consent_forms.1.from", "2031-01-01"),
    ("consent_forms.1.covers", "share_all"),
    ("tiers.task-force.k", "1"),
    ("tiers.task-force.without", "99"),
    ("tiers.task-force.without", "²"),
    ("tiers.task-force.more", "3"),
    ("tiers.task-force.more", "x_CaseRef"),
    ("tiers.statistics.without", "7, 8, 12, 15, 16, 19"),
    ("due_day", "31"),
    ("timezone", "Kupang"),
    ("impact_assessment.reference", " "),
    ("auditors.1.id", "sender"),
]


@pytest.mark.parametrize(("key", "said"), WRONG)
@pytest.mark.parametrize("tongue", ["en", "id"])
def test_a_wrong_answer_is_asked_again_with_its_reason(key: str, said: str, tongue: Language) -> None:
    with speaking(tongue):
        _found, again = talked({key: said})
    (reason,) = again[key]
    assert len(reason) > 5
    assert said.strip() not in reason.split() or len(said.strip()) < 2 or key.endswith(".id")


def test_every_reply_is_kept_in_a_form_that_means_the_same() -> None:
    replies: dict[str, str] = {}

    def reply(question: Question) -> Any:
        answer = unasked(question)
        replies[question.key] = kept(answer)
        return answer

    first = conduct(interview(Known(), template(), TODAY), reply)
    again = conduct(interview(Known(), template(), TODAY), lambda question: question.answer(replies[question.key]))
    assert again == first


def test_fields_are_taken_away_and_added_by_their_number() -> None:
    found, _again = talked({"tiers.task-force.without": "11, 8", "tiers.task-force.more": "10,"})
    fields = found.tiers["task-force"].fields
    assert fields is not None
    assert "x_OriginProvince" not in fields
    assert "prs_Gender" not in fields
    assert fields["prs_Citizenship"] == "tables"
    assert check_answers(found, template()) == ()


def test_a_purpose_is_asked_for_until_everybody_has_one() -> None:
    none = {f"purposes.{each}.recipients": "-" for each in ("trends", "counting", "coordination")}
    more = {"purposes.more.0.id": ["-", "research"], "purposes.more.0.recipients": "recipient-1, recipient-2"}
    rest = {"purposes.more.1.id": ["-", "care"], "purposes.more.2.id": "-"}
    found, again = talked({**none, **more, **rest})
    assert [each.id for each in found.purposes] == ["research", "care"]
    assert found.purposes[1].recipients == ("recipient-3",)
    assert len(again) == 2
    assert check_answers(found, template()) == ()


def test_whoever_is_abroad_must_have_a_safeguard() -> None:
    found, again = talked({"recipients.1.jurisdiction": "CH", "recipients.1.cross_border.countries": ["-", "CH"]})
    assert found.recipients[0].cross_border is not None
    assert again.keys() == {"recipients.1.cross_border.countries"}
    assert check_answers(found, template()) == ()


def test_forms_are_asked_for_until_every_scope_is_covered() -> None:
    replies = {"consent_forms.1.covers": "share_io", "consent_forms.2.id": "F9", "consent_forms.3.id": "-"}
    found, _again = talked(replies)
    assert {code for form in found.consent_forms.values() for code in form.covers} == {"share_government", "share_io"}


def test_a_month_end_is_a_day_that_there_is() -> None:
    found, _again = talked({"effective": "2026-10-31"})
    assert (found.expires, found.review_by) == (dt.date(2027, 10, 27), dt.date(2027, 7, 27))
