"""An agreement as pages: everything that binds stands there, nothing comes from outside, hostile texts stay texts."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from agreements.example import SIGNED_ON, agreement, changed, signed
from reports.checking import Page, is_sound

from exchange import locale
from exchange.agreements.agreement import Agreement
from exchange.agreements.reading import read_agreement
from exchange.errors import AgreementError
from exchange.locale import speaking
from exchange.reports.agreement_page import agreement_page, what_leaves_page
from exchange.reports.consent_sheet import consent_sheet

HOSTILE = "<script>alert(1)</script></td><img src=x onerror=y>{{ 7 * 7 }}"


def whole(document: Agreement | None = None) -> str:
    return agreement_page(document or agreement(), signed(agreement(), "yks"), SIGNED_ON)


def one_page(document: Agreement | None = None) -> str:
    return what_leaves_page(document or agreement(), signed(agreement(), "yks"), SIGNED_ON)


def sheet(document: Agreement | None = None, form: str | None = None) -> str:
    return consent_sheet(document or agreement(), dt.date(2026, 10, 5), form)


@pytest.mark.parametrize("made", [whole, one_page, sheet])
def test_each_page_is_sound_and_in_both_languages(made: object) -> None:
    assert callable(made)
    assert is_sound(made())


@pytest.mark.parametrize("made", [whole, one_page, sheet])
def test_texts_of_an_agreement_are_never_a_page_of_their_own(made: object) -> None:
    assert callable(made)
    hostile = read_agreement(
        changed(
            ("name: International organisation, counter-trafficking unit (contoh)", f'name: "{HOSTILE}"'),
            ("x-label: Bentuk eksploitasi", f'x-label: "{HOSTILE}"'),
            ("en: Contact survivors", f'en: "{HOSTILE}"'),
        ),
        "dsa.yaml",
    )
    text = made(hostile)
    assert is_sound(text)
    assert "<script" not in text
    assert "{{ 7 * 7 }}" in text


def test_the_pages_say_in_which_countries_the_data_may_be() -> None:
    told = whole()
    assert "only in Indonesia: they must not leave it" in told
    assert "they may also go to Switzerland, Philippines, safeguarded by: a binding instrument (Annex C)" in told
    assert "Yang diterimanya tetap di negara ini: Indonesia." in sheet()
    assert "boleh dibawa dari Indonesia ke negara lain: Swiss, Filipina" in sheet()


def title(text: str) -> str:
    with speaking("id"):
        return locale._(text)


def words(text: str, tongue: str = "en") -> str:
    return " ".join(Page(text).words[tongue].split())


def test_every_party_purpose_prohibition_caveat_and_signatory_is_on_the_page() -> None:
    text, document = words(whole()), agreement()
    for party in document.parties:
        assert all(each in text for each in (party.name, party.contact, party.breach_contact, party.key))
    for purpose in document.purposes:
        assert purpose.text.en in text
    for each in document.prohibited:
        assert each.text.en in text
    for basis in document.legal_basis:
        assert basis.law in text
    for caveat in document.caveats:
        assert caveat.text.en in text
    for who in document.signatories:
        assert f"{who.name}, {who.title}" in text
    assert document.digest in text
    assert "part-signed" in text


def test_every_released_field_is_under_its_recipient_and_every_other_under_nobody() -> None:
    text = words(whole(), "id")
    nobody = text.split(title("What nobody gets"))[1].split(title("Dates and duties"))[0]
    for field in agreement().data.fields:
        released = any(field.name in tier.release for tier in agreement().tiers.values())
        assert (f"{field.label} {field.name}" in nobody) != released, field.name


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("keep_months: 36", "keep_months: 37", "for 37 months from receipt"),
        ("min_cell: 11", "min_cell: 12", "no count below 12"),
        ("review_within_hours: 24", "review_within_hours: 30", "reviewed within 30 hours"),
        ("notice_days: 30", "notice_days: 31", "31 days of notice"),
        ("forward_within_hours: 24", "forward_within_hours: 25", "forwarded within 25 hours"),
        ("tell_parties_within_hours: 24", "tell_parties_within_hours: 12", "told to the parties within 12 hours"),
        ("keep_years: 5", "keep_years: 6", "kept for 6 years"),
        ("approval: {people: 2}", "approval: {people: 3}", "anything is sent: 3"),
        ("due_day: 10", "due_day: 11", "by day 11"),
        ("valid_months: 24", "valid_months: 18", "at most 18 months ago"),
        ("erase_within_days: 7", "erase_within_days: 8", "erase within 8 days"),
        ("k: 5 ", "k: 6 ", "unless 6 people look alike"),
    ],
)
def test_the_page_says_what_the_clause_says(old: str, new: str, says: str) -> None:
    assert says not in words(whole())
    assert says in words(whole(read_agreement(changed((old, new)), "dsa.yaml")))


def test_the_one_page_has_a_row_for_each_field_that_leaves_and_no_other() -> None:
    text = one_page()
    english = text.split('<section id="en"')[1]
    leaving = {name for tier in agreement().tiers.values() for name in (*tier.row_fields, *tier.table_fields)}
    assert len(re.findall(r'<tr><th scope="row">', english)) == len(leaving) + 4
    given = english.split("What nobody gets")[1]
    assert "Given name(s) as told by the person" in given
    assert len(Page(text).words["en"]) < 5000


def test_the_sheet_is_of_the_newest_form_in_use_and_asks_for_whom_it_covers() -> None:
    text = words(sheet(), "id")
    assert "F4" in text
    assert all(party.name in text for party in agreement().recipients)
    older = words(sheet(form="F3"), "id")
    assert "International organisation" not in older
    assert "F3" in older


def test_the_sheet_says_what_withdrawal_can_and_cannot_do() -> None:
    text = words(sheet())
    gated = text.split("from the next time on you are no longer in it")[0].rsplit("days.", 1)[1]
    assert "Sekretariat Gugus Tugas" in gated
    assert "International organisation" not in gated
    assert "cannot be called back" in text
    assert "International organisation, counter-trafficking unit (contoh): we tell them within 24 hours" in text


def test_the_sheet_has_a_space_for_each_sentence_in_the_local_language() -> None:
    text = sheet()
    sentences = re.findall(r'<tr><td class="free">[^<]+</td><td class="sign"></td></tr>', text)
    assert len(sentences) == text.count('<td class="free">') > 60


@pytest.mark.parametrize("form", ["F9", ""])
def test_a_form_that_is_not_there_is_refused(form: str) -> None:
    with pytest.raises(AgreementError) as refused:
        sheet(form=form)
    assert refused.value.codes == ("agreement.no_form",)


def test_before_any_form_is_in_use_there_is_no_sheet() -> None:
    with pytest.raises(AgreementError):
        consent_sheet(agreement(), dt.date(2020, 1, 1))


def test_the_sheet_says_as_what_a_field_is_given() -> None:
    text = words(sheet())
    assert "Case number given by the sender (a random key, new each time)" in text
    assert "1 July where only the year is known (age in bands that begin at 0, 18, 30, 45)" in text


def test_the_sheet_says_who_may_make_contact_after_all() -> None:
    assert "Contact survivors (except International organisation, counter-trafficking unit (contoh), through" in words(
        sheet()
    )
