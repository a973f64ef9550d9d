"""The dictionary and the rows of a tier, read by the `frictionless` library as any other schema."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from agreements.example import agreement
from agreements.observed_rows import people, workbook
from agreements.opposites import full
from bundle.months import described, files, released

from exchange.errors import AgreementError
from exchange.exports.frictionless import table_schema, tier_schema

frictionless = pytest.importorskip("frictionless")


def report(document: dict[str, Any], content: str, folder: Path) -> Any:
    (folder / "data.csv").write_text(content, encoding="utf-8", newline="")
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "resources": [{"name": "data", "path": "data.csv", "schema": document}],
    }
    return frictionless.Package.from_descriptor(package, basepath=str(folder)).validate()


@pytest.mark.parametrize("document", [agreement(), full()], ids=["example", "full"])
def test_the_dictionary_is_a_valid_table_schema(document: Any) -> None:
    made = table_schema(document).document
    assert list(frictionless.Schema.metadata_validate(made)) == []
    assert frictionless.Schema.from_descriptor(made).field_names == [field.name for field in document.data.fields]


@pytest.mark.parametrize("tier", ["task-force", "case-coordination"])
def test_the_rows_of_a_tier_have_a_valid_table_schema(tier: str) -> None:
    made = tier_schema(agreement(), tier).document
    assert list(frictionless.Schema.metadata_validate(made)) == []
    assert frictionless.Schema.from_descriptor(made).field_names == list(agreement().tiers[tier].row_fields)


def test_an_extract_that_we_accept_is_valid_under_the_dictionary(tmp_path: Path) -> None:
    found = report(table_schema(agreement()).document, workbook("good"), tmp_path)
    assert found.valid, found.flatten(["rowNumber", "fieldName", "note"])
    assert found.tasks[0].stats["rows"] == len(people())


def test_an_extract_that_breaks_the_dictionary_is_found(tmp_path: Path) -> None:
    found = report(table_schema(agreement()).document, workbook("wrong"), tmp_path)
    broken = {field for (field,) in found.flatten(["fieldName"])}
    assert {"prs_Gender", "prs_Birthdate", "vic_TypeOfExploitation", "cas_IncomingReferralDate"} <= broken


@pytest.mark.parametrize(("recipient", "tier"), [("gt-ntt", "task-force"), ("io-id", "case-coordination")])
def test_rows_that_left_are_valid_under_the_schema_of_their_tier(recipient: str, tier: str, tmp_path: Path) -> None:
    rows = files(described(released(recipient))[0])["data/cases.csv"].decode()
    assert len(list(csv.reader(io.StringIO(rows)))) > 5
    found = report(tier_schema(agreement(), tier).document, rows, tmp_path)
    assert found.valid, found.flatten(["rowNumber", "fieldName", "note"])


def test_a_tier_without_rows_has_no_schema_of_rows() -> None:
    with pytest.raises(AgreementError) as refused:
        tier_schema(agreement(), "statistics")
    assert refused.value.codes == ("agreement.no_rows",)


def test_a_tier_that_is_not_there_is_refused() -> None:
    with pytest.raises(AgreementError) as refused:
        tier_schema(agreement(), "secret")
    assert refused.value.codes == ("agreement.unknown_tier",)
