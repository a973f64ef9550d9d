"""`exchange agreement export`: a document for machines, and for people a list of what is not in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.test_agreements_from_the_command_line import text_of
from cli.town import AGREEMENT, Town


@pytest.mark.parametrize("vocabulary", ["frictionless", "odrl", "dpv"])
def test_an_agreement_is_given_as_a_document_with_what_was_lost_beside_it(town: Town, vocabulary: str) -> None:
    told = town.sender.run("agreement", "export", AGREEMENT, "--format", vocabulary, "--json").json
    said = town.sender.run("agreement", "export", AGREEMENT, "--format", vocabulary)
    assert json.loads(said.out) == told["document"]
    assert "signatories" in told["lost"]
    assert [f"  {clause}" for clause in told["lost"]] == [line for line in said.err.splitlines() if line[:2] == "  "]


def test_a_file_is_exported_into_a_new_file_and_never_over_one(town: Town, tmp_path: Path) -> None:
    draft, out = tmp_path / "dsa.yaml", tmp_path / "dsa.jsonld"
    draft.write_text(text_of(town), encoding="utf-8")
    town.sender.does("agreement", "export", draft, "--format", "odrl", "--out", out, "--dry-run")
    assert not out.exists()
    town.sender.does("agreement", "export", draft, "--format", "odrl", "--out", out)
    assert json.loads(out.read_text(encoding="utf-8"))["@type"] == "Agreement"
    assert town.sender.run("agreement", "export", draft, "--format", "odrl", "--out", out).codes == ["usage.file_there"]


def test_the_rows_of_a_tier_go_with_frictionless_only(town: Town) -> None:
    export = ("agreement", "export", AGREEMENT, "--tier", "task-force", "--format")
    fields = town.sender.run(*export, "frictionless", "--json").json["document"]["fields"]
    assert [each["name"] for each in fields] == ["x_CaseRef", "prs_Birthdate", "prs_Gender", "vic_TypeOfExploitation"]
    assert town.sender.run(*export, "dpv").codes == ["usage.tier_not_here"]
