"""A linking agent is a party like others and gets no rows; who links, and by what, holds together or is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from agent.county import with_agent
from agreements.any_answers import party, plain, template
from agreements.example import TEXT, key, problems
from agreements.observers import OBSERVERS

from exchange.agreements.agreement import Agreement
from exchange.agreements.amendment import changes
from exchange.agreements.answers import Answers
from exchange.agreements.crosschecks import check_agreement
from exchange.agreements.drafting import check_answers, draft
from exchange.agreements.from_cells import from_cells
from exchange.agreements.reading import read_agreement
from exchange.agreements.signatures import Signatures
from exchange.agreements.summary import summary
from exchange.agreements.workbook import workbook
from exchange.exports.dpv import as_dpv
from exchange.exports.odrl import as_odrl
from exchange.extracts.sheets import read_sheets
from exchange.reports.agreement_page import agreement_page, what_leaves_page
from exchange.reports.consent_sheet import consent_sheet

LINKED = with_agent(TEXT).replace("SHA256:<fingerprint>", key("agen-ntt").fingerprint())
_AGENT = LINKED[LINKED.index("  - id: agen-ntt") : LINKED.index("\npurposes:")]


def document() -> Agreement:
    return read_agreement(LINKED, "dsa.yaml")


def codes(*changed: tuple[str, str]) -> list[str]:
    text = LINKED
    for old, new in changed:
        assert old in text
        text = text.replace(old, new)
    return [each.code.removeprefix("agreement.") for each in problems(text)]


def test_the_example_with_an_agent_contradicts_nothing() -> None:
    assert problems(LINKED) == ()
    agent = document().agent
    assert agent is not None
    assert agent.id == "agen-ntt"
    assert [party.id for party in document().linked_recipients] == ["gt-ntt", "io-id"]
    assert "agen-ntt" not in [party.id for party in document().recipients]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ((("strength: fields, via: agent", "strength: fields, via: recipient"),), "fields_to_recipient"),
        ((("strength: fields, via: agent", "strength: tokens, via: agent"),), "tokens_via_agent"),
        ((("strength: fields, via: agent", "strength: tokens, via: recipient"),), "unused_agent"),
        (((_AGENT, ""), ("  - {party: agen-ntt, name: Agnes, title: Ketua, by: [key]}\n", "")), "no_agent"),
        ((("- id: agen-ntt", "- id: gt-ntt"),), "repeated_id"),
        (((key("agen-ntt").fingerprint(), key("gt-ntt").fingerprint()),), "shared_key"),
        (((_AGENT, _AGENT + _AGENT.replace("agen-ntt", "agen-dua")),), "one_agent"),
        ((("jurisdiction: ID-NT\n    contact: agen@", "jurisdiction: TL\n    contact: agen@"),), "no_safeguard"),
        ((("{party: agen-ntt, name", "{party: yks, name"),), "no_signatory"),
        ((("recipients: [io-id]", "recipients: [io-id, agen-ntt]"),), "not_a_recipient"),
    ],
)
def test_what_does_not_hold_together_is_refused(changed: tuple[tuple[str, str], ...], code: str) -> None:
    assert code in codes(*changed)


def test_an_agent_has_no_tier_and_no_users() -> None:
    with pytest.raises(Exception, match="linking agent"):
        read_agreement(LINKED.replace("    role: agent\n", "    role: agent\n    tier: task-force\n"), "dsa.yaml")


def test_an_amendment_that_brings_an_agent_is_said() -> None:
    found = {change.clause for change in changes(read_agreement(TEXT, "dsa.yaml"), document())}
    assert {"parties.*", "tiers.*.match.via", "tiers.*.match.strength"} <= found


@pytest.mark.parametrize("tongue", ["id", "en"])
def test_everybody_reads_who_links_and_that_it_gets_no_rows(tongue: str) -> None:
    said = "\n".join(summary(document(), tongue))  # type: ignore[arg-type]
    assert "Agen pencocokan (contoh)" in said
    assert ("gets no rows" if tongue == "en" else "tidak mendapat baris") in said


def test_pages_and_sheets_for_people_name_the_agent() -> None:
    on = dt.date(2026, 9, 1)
    page = agreement_page(document(), Signatures.of(), on)
    assert "gets no rows" in page
    assert "filters to the linking agent" in what_leaves_page(document(), Signatures.of(), on)
    assert "Agen pencocokan (contoh)" in consent_sheet(document(), on)


def test_the_workbook_of_the_agreement_keeps_the_agent(tmp_path: Path) -> None:
    file = tmp_path / "dsa.xlsx"
    file.write_bytes(workbook(document()))
    assert from_cells(read_sheets(file), file.name)[0].digest == document().digest


def test_an_agent_that_is_answered_for_is_drafted_and_links() -> None:
    agent = party("agen-ntt", "cso")
    made = draft(Answers.model_validate(plain(agent=agent)), template())
    assert check_agreement(made) == ()
    assert made.agent is not None
    assert {tier.match.via for tier in made.tiers.values() if tier.match} <= {"agent"}
    assert made.linked_recipients
    assert "agen-ntt" in {each.party for each in made.signatories}


def test_a_mistake_about_the_agent_is_named_where_it_was_answered() -> None:
    abroad = {**party("agen-ntt", "cso"), "jurisdiction": "TL"}
    found = check_answers(Answers.model_validate(plain(agent=abroad)), template())
    assert [(each.code, each.where) for each in found] == [("agreement.no_safeguard", "agent")]


def test_exports_say_what_the_agent_may_do() -> None:
    policy, process = as_odrl(document()).document, as_dpv(document()).document
    (link,) = [each for each in policy["permission"] if each["action"] == "x:link"]
    assert link["assignee"]["uid" if "uid" in link["assignee"] else "@id"].endswith("agen-ntt")
    assert any("dpv:hasDataProcessor" in each for each in process["dpv:hasProcess"])


def test_through_an_agent_no_token_leaves_and_by_tokens_none_stays_away() -> None:
    """The clause is obeyed: the same rows, once with tokens and once without."""
    by_tokens = read_agreement(TEXT, "dsa.yaml")
    assert OBSERVERS["releases"](by_tokens) != OBSERVERS["releases"](document())
