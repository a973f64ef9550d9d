"""The page of what leaves: everything the director must know, nothing of a person, and no way in for hostile texts."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import get_args

import pytest
from reports.checking import Page, is_sound
from reports.month import MADE, Month

from exchange.agreements.clause import Text
from exchange.bundle.metadata import CaveatLine, FieldStory, ScrubbedNotes
from exchange.consent.consented import HeldReason
from exchange.locale import speaking
from exchange.redact.rules import RULES
from exchange.reports import wording
from exchange.reports.figures import number, size
from exchange.reports.leaving import Leaving, leaving_page

HOSTILE = '<script>alert("x")</script><b>&"\'</td></table><img src=x onerror=y>'


def test_page_is_sound_and_in_both_languages(september: Month) -> None:
    assert is_sound(leaving_page(september.leavings, MADE))


def test_every_figure_of_every_step_stands_there(september: Month) -> None:
    text = Page(leaving_page(september.leavings, MADE)).words["en"]
    for each in september.leavings:
        assert each.metadata.recipient.name in text
        assert each.ciphertext in text
        assert f"held back from this recipient: {each.held_back_total}" in text
        assert f"Of {each.in_extract} rows in the extract, {each.protected.considered} belong" in text
        for caveat in each.metadata.caveats:
            assert caveat.text.en in text
        for reason, count in each.held_back:
            assert f"{wording.held_reason(reason)}{count}" in text
    assert size(262_000) in text
    assert "Tidak ada perubahan." in text


def test_rows_of_the_extract_are_all_accounted_for(september: Month) -> None:
    for each in september.leavings:
        assert each.in_extract == len(september.scenario.workbook("yks", "2026-09").reports)
        assert each.tables_only >= 0


def test_names_and_numbers_are_named_as_given_to_nobody(september: Month) -> None:
    text = Page(leaving_page(september.leavings, MADE)).words["en"]
    nobody = text.split("What nobody gets")[1].split("The bundle")[0]
    assert all(name in nobody for name in ("prs_FirstName", "prs_IdentityNumber", "prs_MobilePhone", "cas_CaseOwner"))
    assert "prs_Gender" not in nobody


def test_no_value_of_a_person_is_on_the_page(september: Month) -> None:
    text = leaving_page(september.leavings, MADE)
    assert len(september.of_people) > 500
    assert [each for each in september.of_people if each in text] == []


def test_no_row_key_or_token_is_on_the_page(september: Month) -> None:
    text = leaving_page(september.leavings, MADE)
    tokens = [each for leaving in september.leavings for each in leaving.protected.tokens]
    assert tokens
    assert not any(each.row_key in text or each.token in text for each in tokens)


def test_hostile_texts_come_out_harmless(september: Month) -> None:
    text = leaving_page([_hostile(each) for each in september.leavings], MADE)
    assert is_sound(text)
    page = Page(text)
    assert page.words["en"].count(HOSTILE) >= 10
    assert page.words["id"].count(HOSTILE) >= 10


def test_page_is_about_one_sender(september: Month) -> None:
    first = september.leavings[0]
    other = first.metadata.model_copy(update={"sender": first.metadata.recipient})
    with pytest.raises(AssertionError):
        leaving_page([first, replace(first, metadata=other)], MADE)


def test_what_was_masked_in_case_notes_and_what_a_person_kept_stands_there(september: Month) -> None:
    leaving = september.leavings[1]
    notes = ScrubbedNotes(field="cas_IncomingReferralDetails", notes=23, masks={"name": 41, "phone": 7}, kept=3)
    scrubbed = replace(leaving, metadata=leaving.metadata.model_copy(update={"scrubbed": (notes,)}))
    page = leaving_page([scrubbed], MADE)
    for said in ("phone numbers", "nomor telepon", "in 23 notes", "decided to keep them: 3.", "membiarkannya: 3."):
        assert said in page
    assert re.search(r"names</th>.*?41", page, re.DOTALL)
    assert "decided to keep them" not in leaving_page([leaving], MADE)


def test_every_reason_and_every_rule_has_words() -> None:
    for reason in get_args(HeldReason):
        assert wording.held_reason(reason)
    said = Text(id="a", en="a")
    story = FieldStory(
        name="f",
        label="F",
        description="",
        kind="quasi",
        rule="",
        level="",
        how=said,
        why=said,
        purposes=(),
        legal_basis=(),
        place="rows",
    )
    for kind in RULES:
        (rule,) = get_args(kind.model_fields["rule"].annotation)  # type: ignore[attr-defined]  # all are clauses
        assert wording.rule(story.model_copy(update={"rule": rule}))


def test_indonesian_writes_figures_its_own_way() -> None:
    with speaking("id"):
        assert (number(12345), size(1_600_000)) == ("12.345", "1,5 MiB")


def _hostile(leaving: Leaving) -> Leaving:
    text = Text(id=HOSTILE, en=HOSTILE)
    told = leaving.metadata
    metadata = told.model_copy(
        update={
            "title": text,
            "note": HOSTILE,
            "sender": told.sender.model_copy(update={"name": HOSTILE}),
            "recipient": told.recipient.model_copy(update={"name": HOSTILE}),
            "purposes": tuple(each.model_copy(update={"text": text}) for each in told.purposes),
            "fields": tuple(
                each.model_copy(update={"label": HOSTILE, "level": HOSTILE, "name": HOSTILE}) for each in told.fields
            ),
            "caveats": (CaveatLine(code=HOSTILE, kind="other", text=text),),
        }
    )
    return replace(leaving, metadata=metadata)
