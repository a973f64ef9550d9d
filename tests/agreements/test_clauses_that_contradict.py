"""Parties, dates, consent, dictionary: clauses that contradict each other are refused, each on its line."""

from __future__ import annotations

import pytest
from agreements.example import FILE, TEXT, changed, key, problems, refused_there

from exchange.agreements.crosschecks import check_agreement
from exchange.agreements.reading import load_agreement

# What is wrong, the old text, the new, the code, and a mark on the line that is named where that is not the change's.
CONTRADICTIONS = [
    # parties
    ("a party twice", "- id: dinas-p3a", "- id: gt-ntt", "repeated_id"),
    ("two parties with one key", key("gt-ntt").fingerprint(), key("yks").fingerprint(), "shared_key"),
    ("a tier that nobody defined", "tier: task-force", "tier: police", "unknown_tier"),
    ("a tier for nobody", "tier: statistics", "tier: task-force", "unused_tier", "  statistics:"),
    (
        "abroad without a safeguard",
        "jurisdiction: ID-NT\n    contact: data@",
        "jurisdiction: TL\n    contact: data@",
        "no_safeguard",
        "- id: dinas-p3a",
    ),
    (
        "an international organisation without one",
        "    cross_border: {countries",
        "    # {countries",
        "no_safeguard",
        "- id: io-id",
    ),
    (
        "data that may not go where it is",
        "jurisdiction: ID\n",
        "jurisdiction: TL\n",
        "own_country_not_named",
        "cross_border:",
    ),
    ("nobody signs for a party", "{party: io-id, name", "{party: yks, name", "no_signatory", "signatories:"),
    ("a signatory from outside", "{party: io-id, name", "{party: io, name", "unknown_party"),
    ("an inspector from outside", "io-id, independent-auditor]", "io-id, bpk]", "unknown_party"),
    ("approval by a stranger", "approval_by: yks", "approval_by: ykss", "unknown_party"),
    ("retention for a stranger", "  gt-ntt: {keep", "  gt: {keep", "not_a_recipient"),
    ("no retention", "  gt-ntt: {keep", "  gt: {keep", "no_retention", "retention:  "),
    ("consent scope for the sender", "scope: {gt-ntt:", "scope: {yks:", "not_a_recipient"),
    ("no consent scope", "scope: {gt-ntt:", "scope: {yks:", "no_consent_scope"),
    ("feedback from the sender", "from: [gt-ntt, io-id]", "from: [yks]", "not_a_recipient"),
    ("an exception for a stranger", "except: {io-id:", "except: {io:", "not_a_recipient"),
    ("a recipient without a purpose", "recipients: [io-id]", "recipients: [gt-ntt]", "no_purpose", "- id: io-id"),
    ("a purpose twice", "{id: counting,", "{id: trends,", "repeated_id"),
    ("a purpose without a legal basis", "{purpose: trends,", "{purpose: counting,", "no_legal_basis", "{id: trends,"),
    ("two legal bases", "{purpose: counting,", "{purpose: trends,", "repeated_id"),
    ("a basis for no purpose", "{purpose: trends,", "{purpose: trend,", "unknown_purpose"),
    ("a caveat twice", "{id: C2,", "{id: C1,", "repeated_id"),
    ("a prohibition twice", "act: law_enforcement_use", "act: reidentify", "repeated_id"),
    # dates and deadlines
    ("ends before it begins", "expires: 2027-08-31", "expires: 2026-08-31", "dates"),
    ("a review after the end", "review_by: 2027-05-31", "review_by: 2028-05-31", "dates"),
    ("an assessment after the start", "date: 2026-08-20", "date: 2026-09-20", "dates"),
    ("an assessment without a date", ", date: 2026-08-20", "", "impact_assessment"),
    ("a form that comes too late", "F4: {from: 2026-09-01", "F4: {from: 2028-09-01", "dates"),
    ("replaces a later version", "{version: 1.0.0,", "{version: 1.10.0,", "version_order"),
    ("says not what changed", "  change_note:", "  # change_note:", "no_change_note", "supersedes:"),
    ("stops too late", "stop_within_hours: 72", "stop_within_hours: 73", "deadline"),
    ("tells too late", "tell_recipients_within_hours: 24", "tell_recipients_within_hours: 73", "deadline"),
    ("erase before being told", "erase_within_days: 7", "erase_within_days: 0", "deadline"),
    ("a breach told too late", "tell_parties_within_hours: 24", "tell_parties_within_hours: 72", "deadline"),
    ("beyond the law's deadline", "law_deadline_hours: 72", "law_deadline_hours: 96", "deadline"),
    ("forwards too late", "forward_within_hours: 24", "forward_within_hours: 96", "deadline"),
    ("logs that go before the data", "keep_years: 5", "keep_years: 4", "deadline"),
    ("data that outlast the logs", "keep_months: 60", "keep_months: 61", "deadline", "keep_years: 5"),
    ("grace into the next month", "grace_days: 3", "grace_days: 19", "deadline"),
    ("renewed while still a child", "renew_at: 18", "renew_at: 16", "minors"),
    ("a language twice", "also: [en]", "also: [id]", "languages"),
    # consent
    (
        "a form that covers too little",
        "covers: [share_government, share_io]",
        "covers: [share_government]",
        "scope_not_covered",
        "  scope: {gt",
    ),
    ("a scope that nobody can give", "io-id: share_io}", "io-id: share_all}", "unknown_code"),
    ("a status that does not exist", "accept: [ConsentGiven,", "accept: [Yes,", "unknown_code"),
    ("an adult that does not exist", "also_needs: [parent,", "also_needs: [aunt,", "unknown_code"),
    ("a consent field that is missing", "status: x_ConsentStatus", "status: x_Consent", "unknown_field"),
    ("consent in a field that is released", "status: x_ConsentStatus", "status: cas_Status", "wrong_class"),
    ("a consent date that is no date", "given_on: x_ConsentDate", "given_on: x_ConsentForm", "wrong_type"),
    ("death as a text", "field: prs_Deceased", "field: x_ConsentForm", "wrong_type"),
    # the dictionary
    (
        "two lists of codes",
        "quasi, description: Gender as",
        "quasi, x-codes: htcds-2.0, description: Gender as",
        "two_code_lists",
    ),
    ("codes of a number", "{name: cas_Status, type: string", "{name: cas_Status, type: integer", "wrong_type"),
    (
        "a phone that is a number",
        "{name: prs_MobilePhone, type: string",
        "{name: prs_MobilePhone, type: integer",
        "wrong_type",
    ),
    ("a code twice", "categories: [Active, FollowUp", "categories: [Active, Active", "repeated_id"),
    ("a kind of missing twice", "label: not_available}", "label: unknown}", "repeated_id"),
    (
        "a field without the codes it needs",
        "adult: x_ConsentAdult",
        "adult: x_ConsentEvidenceRef",
        "no_codes",
        "  minors:",
    ),
    ("a field twice", "{name: x_HouseholdRef,", "{name: x_CaseRef,", "repeated_id"),
    ("a key that is not there", "primaryKey: [x_CaseRef]", "primaryKey: [x_Case]", "unknown_field"),
    ("a key that may repeat", "{required: true, unique: true}", "{required: true}", "weak_key", "primaryKey:"),
    ("a period by a text", "period: {field: cas_IncomingReferralDate", "period: {field: cas_Status", "wrong_type"),
    ("an age from a text", "{from: prs_Birthdate, on", "{from: cas_Status, on", "wrong_type"),
    ("a household of nobody", "household: x_HouseholdRef", "household: x_House", "unknown_field"),
    ("a status to include that is none", "[PossibleVictimOfTrafficking, Act", "[PossibleVictim, Act", "unknown_code"),
    (
        "a kind of missing left out",
        "      - {value: DECLINED, label: declined_to_state}\n",
        "",
        "missing_label",
        "missingValues:",
    ),
    ("two kinds of missing written alike", "{value: DECLINED,", "{value: UNKNOWN,", "missing_value_taken"),
    ("a missing value that is a code", "{value: UNKNOWN,", "{value: Active,", "missing_value_taken"),
    ("a bound that is no date", '{minimum: "1930-01-01"}', '{minimum: "1930"}', "bad_bound"),
    (
        "a list without codes",
        "x-class: quasi, x-codes: iso-3166-1-alpha-2, description: Citizenship(s)",
        "x-class: quasi, description: Citizenship(s)",
        "no_codes",
    ),
    (
        "a list that HTCDS does not have",
        "Provinsi asal, x-class: quasi, x-codes: kemendagri-province",
        "Provinsi asal, x-class: quasi, x-codes: htcds-2.0",
        "no_code_list",
    ),
]


@pytest.mark.parametrize("contradiction", CONTRADICTIONS, ids=[row[0] for row in CONTRADICTIONS])
def test_a_contradiction_is_refused_where_it_stands(contradiction: tuple[str, ...]) -> None:
    assert refused_there(*contradiction[1:])


def test_consent_safeguards_only_what_rests_on_consent() -> None:
    by_consent = ("safeguard: binding-instrument", "safeguard: consent")
    assert problems(changed(by_consent)) == ()
    (found,) = problems(changed(by_consent, ("dpv: Consent, law", "dpv: PublicInterest, law")))
    assert found.code == "agreement.safeguard_without_consent"
    assert "coordination" in found.what


def test_a_sender_has_nothing_that_could_cross_a_border() -> None:
    clause = "    cross_border: {countries: [CH], safeguard: consent, reference: Annex C}\n"
    (found,) = problems(changed(("    contact: dpo@yks.example\n", f"    contact: dpo@yks.example\n{clause}")))
    assert found.code == "agreement.sender_crosses_no_border"


def test_the_example_with_its_keys_contradicts_nothing() -> None:
    assert problems(TEXT) == ()


def test_the_example_as_shipped_lacks_nothing_but_its_keys() -> None:
    found = check_agreement(load_agreement(FILE))
    assert {each.code for each in found} == {"agreement.placeholder_key"}
    assert [each.where for each in found][:2] == ["parties[0].key", "parties[1].key"]


def test_what_is_found_stands_in_the_order_of_the_file() -> None:
    found = problems(changed(("{party: io-id, name", "{party: yks, name"), ("grace_days: 3", "grace_days: 20")))
    assert [each.code for each in found] == ["agreement.deadline", "agreement.no_signatory", "agreement.repeated_id"]


def test_two_senders_need_two_agreements() -> None:
    text = changed(
        ("role: recipient\n    tier: statistics", "role: sender"), ("    named_users: [statistician.1]\n", "")
    )
    assert "agreement.one_sender" in {each.code for each in problems(text)}
