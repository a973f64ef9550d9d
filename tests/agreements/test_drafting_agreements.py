"""Answers become an agreement that checks, whatever was answered; wrong ones are refused at their line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from agreements.any_answers import TEMPLATE_TEXT, answers, plain, purpose, receiving, template
from hypothesis import HealthCheck, given, settings

from exchange.agreements.agreement import Agreement
from exchange.agreements.answers import Answers
from exchange.agreements.check_open import UNFINISHED
from exchange.agreements.crosschecks import check_agreement
from exchange.agreements.drafting import check_answers, draft, draft_yaml
from exchange.agreements.from_cells import from_cells
from exchange.agreements.reading import read_agreement
from exchange.agreements.strict_yaml import read_with_places
from exchange.agreements.workbook import workbook
from exchange.errors import AgreementError
from exchange.extracts.sheets import read_sheets


def drafted(document: dict[str, Any]) -> Agreement:
    return draft(Answers.model_validate(document), template())


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(given_=answers())
def test_any_answers_give_an_agreement_without_contradiction(given_: Answers) -> None:
    assert check_answers(given_, template()) == ()
    assert check_agreement(draft(given_, template())) == ()


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(given_=answers())
def test_any_draft_is_the_same_in_yaml_excel_and_json(given_: Answers, tmp_path_factory: Any) -> None:
    made, file = draft(given_, template()), tmp_path_factory.mktemp("any") / "dsa.xlsx"
    assert read_agreement(draft_yaml(given_, TEMPLATE_TEXT), "dsa.yaml").digest == made.digest
    file.write_bytes(workbook(made))
    assert from_cells(read_sheets(file), file.name)[0].digest == made.digest
    as_json = made.model_dump_json(by_alias=True, exclude_none=True)
    assert Agreement.model_validate(json.loads(as_json)).digest == made.digest


def test_the_comments_of_the_example_explain_the_draft() -> None:
    text = draft_yaml(Answers.model_validate(plain()), TEMPLATE_TEXT)
    assert "# DRAFT, not legal advice" in text
    assert "EXAMPLE" not in text
    for comment in (
        "# no one else may open",
        "# k is a gate",
        "# what starts the clock",
        "# paper: a scan",
        "# a gate;",
    ):
        assert comment.removeprefix("# ") in text, comment
    order = [
        "id:",
        "title:",
        "term:",
        "parties:",
        "purposes:",
        "consent:",
        "data:",
        "tiers:",
        "delivery:",
        "retention:",
    ]
    lines = [line.split(" ")[0] for line in text.splitlines()]
    assert [each for each in lines if each in order] == order


def test_nothing_of_the_examples_people_is_left() -> None:
    text = draft_yaml(Answers.model_validate(plain()), TEMPLATE_TEXT)
    strangers = (
        "yks",
        "dinas-p3a",
        "io-id",
        "Maria",
        "Yosef",
        "Ratna",
        "El Tari",
        "share_io",
        "via_sender,",
        "DPIA-2026",
    )
    assert [each for each in strangers if each.lower() in text.lower()] == []
    assert drafted(plain()).prohibited[2].exception is None


def test_a_tier_that_nobody_has_is_left_out() -> None:
    assert [*drafted(plain()).tiers] == ["task-force"]


def test_a_field_may_leave_only_as_coarsely_as_it_fits() -> None:
    fields = {"prs_Gender": "rows", "cas_IncomingReferralDate": "tables", "prs_Citizenship": "rows"}
    made = drafted(plain(tiers={"task-force": {"k": 7, "fields": fields}})).tiers["task-force"]
    assert [*made.release] == ["prs_Gender", "prs_Citizenship", "cas_IncomingReferralDate"]
    assert made.release["cas_IncomingReferralDate"].model_dump(include={"ladder", "to"}) == {
        "ladder": "date",
        "to": "year",
    }
    assert made.release["prs_Citizenship"].model_dump()["to"] == "region"
    assert (made.protect.k, made.match) == (7, None)  # tokens would have no row key to join them
    assert made.protect.l_diversity is None
    assert made.protect.tables is not None
    assert made.protect.tables.by == (("cas_IncomingReferralDate",),)


def test_households_never_ask_for_more_than_k_people() -> None:
    households = drafted(plain(tiers={"task-force": {"k": 2}})).tiers["task-force"].protect.households
    assert households is not None
    assert households.at_least == 2


BROKEN: list[tuple[dict[str, Any], str, str]] = [
    ({"expires": "2026-08-01"}, "dates", "expires"),
    ({"review_by": "2029-01-01"}, "dates", "review_by"),
    ({"recipients": [receiving("rpk", "government", "task-force")]}, "repeated_id", "recipients[0].id"),
    ({"recipients": [receiving("gt-ntt", "government", "all")]}, "unknown_tier", "recipients[0].tier"),
    (
        {"recipients": [receiving("gt-ntt", "government", "task-force") | {"jurisdiction": "CH"}]},
        "no_safeguard",
        "recipients[0]",
    ),
    (
        {"recipients": [receiving("gt-ntt", "government", "task-force") | {"consent_scope": "share_all"}]},
        "scope_not_covered",
        "recipients[0].consent_scope",
    ),
    ({"purposes": [purpose("trends", ["nobody"])]}, "not_a_recipient", "purposes[0].recipients[0]"),
    ({"purposes": [purpose("trends", ["gt-ntt"])] * 2}, "repeated_id", "purposes[1].id"),
    (
        {"consent_forms": {"F1": {"from": "2030-01-01", "covers": ["share_government"]}}},
        "dates",
        "consent_forms.F1.from",
    ),
    ({"impact_assessment": {"reference": "D", "date": "2026-12-01"}}, "dates", "impact_assessment.date"),
    ({"auditors": [{"id": "rpk", "name": "Auditor"}]}, "repeated_id", "auditors[0].id"),
    ({"tiers": {"statistics": {}}}, "unused_tier", "tiers.statistics"),
    ({"tiers": {"task-force": {"fields": {"prs_Gendre": "rows"}}}}, "unknown_field", "fields.prs_Gendre"),
    (
        {"tiers": {"task-force": {"fields": {"prs_Gender": "rows", "prs_FirstName": "rows"}}}},
        "field_may_not_leave",
        "fields.prs_FirstName",
    ),
    (
        {"tiers": {"task-force": {"fields": {"prs_Gender": "rows", "cas_IncomingReferralDetails": "tables"}}}},
        "field_may_not_leave",
        "fields.cas_IncomingReferralDetails",
    ),
    ({"tiers": {"task-force": {"fields": {"prs_Gender": "tables"}}}}, "no_row_fields", "task-force.fields"),
]


@pytest.mark.parametrize(("change", "code", "where"), BROKEN, ids=range(len(BROKEN)))
def test_answers_that_contradict_are_refused_where_they_stand(change: dict[str, Any], code: str, where: str) -> None:
    text = json.dumps(plain(**change))
    problems = check_answers(*_read(text))
    assert any(each.code == f"agreement.{code}" and f"({where})" in each.where for each in _at(problems, where)), (
        problems
    )


def _read(text: str) -> Any:
    found, places = read_with_places(text, Answers, "answers.json", AgreementError)
    return found, template(), places


def _at(problems: Any, where: str) -> Any:
    """The problems; a path may be shown from its beginning."""
    from dataclasses import replace

    return [replace(each, where=f"({where})") if where in each.where else each for each in problems]


def test_a_key_that_nobody_asked_for_is_refused() -> None:
    with pytest.raises(AgreementError) as refused:
        _read(json.dumps(plain(due_dai=3)))
    assert refused.value.codes == ("agreement.unknown_key",)


@pytest.mark.parametrize("said", ["a\nb", "a\u202eb", "a\u0000b", "x" * 301, " ", "a\u2028b", "a\u200fb"])
def test_a_name_that_hides_something_is_refused(said: str) -> None:
    with pytest.raises(AgreementError) as refused:
        _read(json.dumps(plain(identification_tool=said)))
    assert {code.partition(".")[0] for code in refused.value.codes} == {"agreement"}


def test_what_is_left_open_is_found_by_check_and_by_nobody_else() -> None:
    document = plain(identification_tool="…")
    document["sender"] |= {"contact": "…", "key": "SHA256:<fingerprint>"}
    document["recipients"][0] |= {"named_users": ["to-be-named"]}
    del document["impact_assessment"]
    assert check_answers(Answers.model_validate(document), template()) == ()
    codes = [each.code for each in check_agreement(drafted(document))]
    assert set(codes) == UNFINISHED
    assert codes.count("agreement.still_open") == 3


def test_the_name_of_a_sender_that_is_open_stands_in_no_sentence() -> None:
    document = plain()
    document["sender"] |= {"name": "…"}
    made = drafted(document)
    assert (made.data.population.id, made.caveats[0].text.en) == ("…", "…")


def test_what_looks_like_a_template_is_text() -> None:
    document = plain()
    document["sender"] |= {"name": "{sender.__class__}"}
    assert "{sender.__class__}" in drafted(document).data.population.en
