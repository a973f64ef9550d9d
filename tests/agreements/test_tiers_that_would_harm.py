"""Tiers: what would release an identifier or leave a gate open is refused, each on its line."""

from __future__ import annotations

import pytest
from agreements.example import TEXT, changed, problems, refused_there

from exchange.errors import AgreementError

_REFERRED = ("{rule: generalise, ladder: date, to: month,",)
_INTERVAL = "{rule: generalise, ladder: interval, edges: [0, 5]"
_STATES = ("[Active, Open]", "[FollowUp, Open]", "[Closed, Shut]", "[ClosedReferred, Shut]")


def _own(rows: tuple[str, ...]) -> str:
    return f"{{rule: generalise, ladder: own, to: phase, table: [[state, phase], {', '.join(rows)}]"


# What is wrong, the old text, the new, the code, and a mark on the line that is named where that is not the change's.
CONTRADICTIONS = [
    # tiers
    ("a field outside the dictionary", "cas_Status: {rule: keep", "cas_State: {rule: keep", "unknown_field"),
    ("a name that is kept", "cas_Status: {rule: keep", "prs_FirstName: {rule: keep", "identifier_released"),
    (
        "the end of a number",  # `redact` would refuse it, and four parties would have signed in vain
        "cas_Status: {rule: keep",
        "prs_IdentityNumber: {rule: mask, keep_last: 4",
        "identifier_released",
    ),
    ("a case number that is kept", "{rule: row_key,", "{rule: keep,", "identifier_released"),
    (
        "a case note that is kept",
        "cas_Status: {rule: keep",
        "cas_IncomingReferralDetails: {rule: keep",
        "free_text_released",
    ),
    ("a consent that is kept", "cas_Status: {rule: keep", "x_ConsentForm: {rule: keep", "control_released"),
    (
        "a row key of the household",
        "x_HouseholdRef: {rule: pseudonymise",
        "x_HouseholdRef: {rule: row_key",
        "rule_misfit",
    ),
    (
        "a pseudonym for a gender",
        "prs_Gender: {rule: keep, for: [coordination]}",
        "prs_Gender: {rule: pseudonymise, for: [coordination]}",
        "rule_misfit",
    ),
    (
        "a pseudonym in a gated tier",
        "x_CaseRef: {rule: row_key,",
        "x_CaseRef: {rule: pseudonymise,",
        "pseudonym_in_gated_tier",
    ),
    (
        "a map over free values",
        "cas_Status: {rule: keep",
        "cas_ReferringOrganisation: {rule: map, to: {A: B}, otherwise: C",
        "rule_misfit",
    ),
    ("a map from no code", "{ID: ID, MY: MY}", "{ID: ID, XX: MY}", "unknown_code"),
    (
        "an age band of a date of referral",
        "{rule: generalise, ladder: date, to: month,",
        "{rule: generalise, ladder: age_band, edges: [0],",
        "ladder_misfit",
    ),
    (
        "a date ladder for a place",
        "x_OriginRegency: {rule: keep, for: [coord",
        "x_OriginRegency: {rule: generalise, ladder: date, to: year, for: [coord",
        "ladder_misfit",
    ),
    (
        "a sector of a country",
        "x_ExploitationCountry: {rule: keep, for: [coord",
        "x_ExploitationCountry: {rule: generalise, ladder: industry, to: sector, for: [coord",
        "ladder_misfit",
    ),
    ("a text that is rounded", "cas_Status: {rule: keep", "cas_Status: {rule: round, to: 5", "rule_misfit"),
    ("a date that is top-coded", *_REFERRED, "{rule: top_code, at: 5,", "rule_misfit"),
    ("a text in intervals", "cas_Status: {rule: keep", f"cas_Status: {_INTERVAL}", "ladder_misfit"),
    ("a number that is a name", "cas_Status: {rule: keep", "prs_FirstName: {rule: round, to: 1", "identifier_released"),
    (
        "a province made finer",
        "x_OriginProvince: {rule: keep, for: [coord",
        "x_OriginProvince: {rule: generalise, ladder: place, to: regency, for: [coord",
        "ladder_misfit",
    ),
    (
        "an own ladder without a code",
        "cas_Status: {rule: keep",
        f"cas_Status: {_own(_STATES[:-1])}",
        "code_not_on_ladder",
    ),
    (
        "an own ladder with a foreign code",
        "cas_Status: {rule: keep",
        f"cas_Status: {_own((*_STATES, '[Archived, Shut]'))}",
        "unknown_code",
    ),
    (
        "an own ladder for free values",
        "cas_Status: {rule: keep",
        f"cas_ReferringOrganisation: {_own(_STATES)}",
        "ladder_misfit",
    ),
    (
        "a purpose that is none",
        "cas_Status: {rule: keep, for: [coordination]",
        "cas_Status: {rule: keep, for: [fun]",
        "unknown_purpose",
    ),
    (
        "a purpose of someone else",
        "cas_Status: {rule: keep, for: [coordination]",
        "cas_Status: {rule: keep, for: [trends]",
        "foreign_purpose",
    ),
    (
        "for no purpose of its own",
        "cas_Status: {rule: keep, for: [coordination]",
        "cas_Status: {rule: keep, for: [trends]",
        "no_purpose",
    ),
    # protection
    ("rows in statistics", "output: [tables]", "output: [rows, tables]", "rows_in_statistics"),
    ("a gate without k", "      k: 5  ", "      # k: 5  ", "no_gate", "    protect:\n      output: [rows, tables]"),
    (
        "a gate without a method",
        "      method: local_suppression\n",
        "",
        "no_gate",
        "    protect:\n      output: [rows, tables]",
    ),
    ("a gate that only reports", "if_not_met: [tables, nothing]", "if_not_met: [report]", "no_gate"),
    ("a gate that never closes", "if_not_met: [tables, nothing]", "if_not_met: [tables]", "no_gate"),
    (
        "no memory in a gated tier",
        "across_releases: gate             # together",
        "across_releases: report #",
        "no_gate",
    ),
    (
        "no memory in a tier of statistics",
        "across_releases: gate\n    formats: [csv, xlsx, pdf]",
        "across_releases: report\n    formats: [csv, xlsx, pdf]",
        "no_gate",
    ),
    ("diversity that asks nothing", "no_code_above_percent: 80", "no_code_above_percent: 100", "no_gate"),
    (
        "diversity instead of k for a gender",
        "l_diversity: {vic_TypeOfExploitation:",
        "l_diversity: {prs_Gender:",
        "wrong_class",
    ),
    (
        "diversity of what is not there",
        "l_diversity: {vic_TypeOfExploitation:",
        "l_diversity: {vic_MethodsOfControl:",
        "not_in_rows",
    ),
    (
        "quasi-identifiers that are not there",
        "quasi_identifiers: [prs_Birthdate,",
        "quasi_identifiers: [prs_Deceased,",
        "not_in_rows",
    ),
    ("households of nobody", "  household: x_HouseholdRef", "  # household", "no_household", "households: {at"),
    ("more households than people", "{at_least: 3,", "{at_least: 6,", "no_household"),
    ("tables that were not agreed", "output: [rows, tables]", "output: [rows]", "tables_undefined"),
    ("tables beside the gate", ", from: released_rows", "", "tables_from"),
    ("a table over what is withheld", "[x_OriginRegency]]", "[x_OriginProvince]]", "table_not_released"),
    (
        "a field for no table",
        "[x_ExploitationCountry], [x_OriginRegency]]",
        "[x_OriginRegency]]",
        "unused_field",
        "x_ExploitationCountry: {rule: map",
    ),
    (
        "a table twice",
        "[x_ExploitationCountry], [x_OriginRegency]]",
        "[x_ExploitationCountry], [x_OriginRegency], [prs_Gender, prs_Birthdate]]",
        "repeated_table",
    ),
    (
        "tokens that join to nothing",
        "      x_CaseRef: {rule: row_key, for: [counting]}\n",
        "",
        "no_row_key",
        "match: {strength: tokens, via: recipient, for: [counting]",
    ),
]


@pytest.mark.parametrize("contradiction", CONTRADICTIONS, ids=[row[0] for row in CONTRADICTIONS])
def test_a_tier_that_would_harm_is_refused_where_it_stands(contradiction: tuple[str, ...]) -> None:
    assert refused_there(*contradiction[1:])


UNREADABLE = [
    ("edges that fall", "{rule: generalise, ladder: interval, edges: [5, 0]"),
    ("no edges", "{rule: generalise, ladder: interval, edges: []"),
    ("rounding to nothing", "{rule: round, to: 0"),
    ("rounding to a part", "{rule: round, to: 2.5"),
    ("a top that is no number", "{rule: top_code, at: high"),
    ("a label with two parents", _own((*_STATES, "[Active, Shut]"))),
    ("a row with two labels for three", _own((*_STATES, "[Active]"))),
    ("a level that is not there", _own(_STATES).replace("to: phase", "to: stage")),
]


@pytest.mark.parametrize(("wrong", "rule"), UNREADABLE, ids=[each[0] for each in UNREADABLE])
def test_parameters_of_a_rule_are_checked_when_the_agreement_is_read(wrong: str, rule: str) -> None:
    line = TEXT[: TEXT.index("cas_Status: {rule: keep")].count("\n") + 1
    with pytest.raises(AgreementError) as refused:
        problems(changed(("cas_Status: {rule: keep", f"cas_Status: {rule}")))
    assert {each.code for each in refused.value.problems} == {"agreement.bad_value"}
    assert all(f"line {line}, " in each.where for each in refused.value.problems)


def test_an_own_ladder_that_is_a_tree_is_taken() -> None:
    assert codes(changed(("cas_Status: {rule: keep", f"cas_Status: {_own(_STATES)}"))) == set()


def codes(text: str) -> set[str]:
    return {each.code.removeprefix("agreement.") for each in problems(text)}


def test_no_table_is_made_over_a_pseudonym() -> None:
    tables = (
        "output: [rows, tables]\n      tables: {min_cell: 5, secondary_suppression: true, from: released_rows, by: "
    )
    assert codes(changed(("output: [rows]\n", f"{tables}[[prs_Gender]]}}\n"))) == set()
    assert codes(changed(("output: [rows]\n", f"{tables}[[x_HouseholdRef]]}}\n"))) == {"identifier_in_tables"}


def test_rows_in_which_no_field_stands_are_refused() -> None:
    start = TEXT.index("  case-coordination:")
    text = TEXT[:start] + TEXT[start:].replace("{rule: ", "{in: tables, rule: ")
    assert "no_row_fields" in codes(text)


def test_a_gate_that_falls_back_on_tables_needs_tables() -> None:
    start = TEXT.index("tables: {min_cell: 5, secondary_suppression: true, from")
    line = TEXT[start : TEXT.index("\n", start)]
    found = problems(changed(("output: [rows, tables]", "output: [rows]"), (line, "")))
    assert any(each.code == "agreement.tables_undefined" and "if_not_met" in each.where for each in found)


def test_a_field_that_may_hold_any_text_is_not_kept() -> None:
    line = "      cas_Status: {rule: keep, for: [coordination]}\n"
    kept = line + "      cas_ReferringOrganisation: {rule: keep, for: [coordination]}\n"
    assert codes(changed((line, kept))) == {"open_text_released"}
