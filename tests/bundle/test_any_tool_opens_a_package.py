"""Stock tools open a bundle: `frictionless validate`, pandas, and readers of the standard's descriptor."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bundle.months import AGREEMENT, TIERS, ByHand, by_hand, counts, described, files, hostile, released, spread

from exchange.agreements.tiers import Map
from exchange.bundle.contents import read_contents
from exchange.bundle.parcel import Bundle
from exchange.bundle.released import released_fields
from exchange.codes.lists import code_list

MONTHS = [("yks", "2026-09", None), ("jkm", "2026-10", None), ("yks", "2026-10", 6)]


def written(bundle: Bundle, folder: Path) -> Path:
    for member in bundle.members:
        path = folder / member.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(member.content)
    return folder


def validate(bundle: Bundle, folder: Path) -> subprocess.CompletedProcess[str]:
    written(bundle, folder)
    return frictionless(folder)


def frictionless(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "frictionless", "validate", "--json", "datapackage.json"]
    return subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)


def package(bundle: Bundle) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files(bundle)["datapackage.json"])
    return found


def row_fields(recipient: str) -> dict[str, dict[str, Any]]:
    resources = package(described(released(recipient))[0])["resources"]
    rows = next(each for each in resources if each["x-holds"] == "rows")
    return {field["name"]: field for field in rows["schema"]["fields"]}


@pytest.mark.parametrize("recipient", TIERS)
@pytest.mark.parametrize(("cso", "name", "take"), MONTHS, ids=["month", "nil", "tiny"])
def test_frictionless_finds_every_package_valid(
    recipient: str, cso: str, name: str, take: int | None, tmp_path: Path
) -> None:
    run = validate(described(released(recipient, cso, name, take))[0], tmp_path)
    report = json.loads(run.stdout)
    assert report["valid"], report
    assert report["stats"]["tasks"] >= 2
    assert report["stats"]["warnings"] == 0


def test_frictionless_finds_hostile_values_valid(tmp_path: Path) -> None:
    protected = hostile(["=1+1", 'a"b', "x\r\ny", "a;=b", "\u202eabc", "<b>", "z" * 30_000, "+62811"])
    assert json.loads(validate(described(protected)[0], tmp_path).stdout)["valid"]


def test_frictionless_tells_when_a_value_is_not_in_its_list(tmp_path: Path) -> None:
    bundle, _metadata = described(released("gt-ntt"))
    folder = written(bundle, tmp_path)
    rows = folder / "data/cases.csv"
    rows.write_bytes(rows.read_bytes().replace(b"Feminine", b"Female"))
    run = frictionless(folder)
    assert run.returncode != 0
    errors = {error["type"] for task in json.loads(run.stdout)["tasks"] for error in task["errors"]}
    assert "constraint-error" in errors


@pytest.mark.parametrize("recipient", ["gt-ntt", "io-id"])
def test_pandas_reads_the_rows_as_they_were_released(recipient: str) -> None:
    protected = released(recipient)
    content = files(described(protected)[0])["data/cases.csv"]
    frame = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    assert protected.rows is not None
    assert frame.to_dict("records") == protected.rows.to_pylist()


def test_the_package_says_which_standard_it_follows() -> None:
    told = package(described(released("gt-ntt"))[0])
    assert told["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert told["created"] == "2026-11-05T03:30:00Z"
    rows = next(each for each in told["resources"] if each["x-holds"] == "rows")
    assert {"value": "SUPPRESSED", "label": "withheld_by_this_agreement"} in rows["schema"]["missingValues"]
    assert rows["schema"]["primaryKey"] == ["x_CaseRef"]
    assert "required" not in json.dumps(told)


def test_bands_are_a_closed_list_in_their_order() -> None:
    assert row_fields("gt-ntt")["prs_Birthdate"]["constraints"]["enum"] == ["0-17", "18-29", "30-44", "45+"]
    assert row_fields("io-id")["prs_Birthdate"]["constraints"]["enum"][:3] == ["0-11", "12-14", "15-17"]


def test_pick_lists_stand_as_enum_and_with_labels_in_both_languages() -> None:
    industry = row_fields("io-id")["vic_ForcedLabourIndustry"]
    codes = [code.code for code in code_list("htcds-2.0", field="vic_ForcedLabourIndustry")]
    assert industry["constraints"]["enum"] == codes
    assert {"value": "F_Construction", "label": "Construction", "x-label-id": "Konstruksi"} in industry["categories"]
    assert industry["x-list"] == "htcds-2.0"
    gender = row_fields("gt-ntt")["prs_Gender"]
    assert [each["x-label-id"] for each in gender["categories"]][:2] == ["Perempuan", "Laki-laki"]


def test_lists_of_codes_are_lists() -> None:
    field = row_fields("gt-ntt")["vic_TypeOfExploitation"]
    assert (field["type"], field["delimiter"], field["itemType"]) == ("list", ";", "string")
    assert {"value": "ForcedLabour", "label": "Forced labour", "x-label-id": "Kerja paksa"} in field["x-codes"]
    assert "constraints" not in field


def test_long_public_lists_are_named_and_not_labelled() -> None:
    regency = row_fields("io-id")["x_OriginRegency"]
    assert regency["x-list"] == "kemendagri-regency"
    assert len(regency["constraints"]["enum"]) == 514
    assert "categories" not in regency


def test_keys_and_months_are_open() -> None:
    fields = row_fields("io-id")
    for name in ("x_CaseRef", "x_HouseholdRef", "cas_IncomingReferralDate"):
        assert fields[name]["type"] == "string"
        assert "constraints" not in fields[name]


def test_a_list_whose_codes_were_put_together_stays_a_list(tmp_path: Path) -> None:
    tier = AGREEMENT.tiers["case-coordination"]
    rule = Map.model_validate({"rule": "map", "to": {"ID": "ID"}, "otherwise": "OTHER", "for": ["coordination"]})
    changed = tier.model_copy(update={"release": {**tier.release, "prs_Citizenship": rule}})
    agreement = AGREEMENT.model_copy(update={"tiers": {**AGREEMENT.tiers, "case-coordination": changed}})
    field = next(e for e in released_fields(agreement, changed) if e.field.name == "prs_Citizenship")
    assert (field.several, field.values) == (True, ("OTHER", "ID"))
    rows = {**spread("io-id", ["a", "b"], agreement), "prs_Citizenship": ["ID;OTHER", "SUPPRESSED"]}
    bundle, _metadata = described(by_hand(ByHand(agreement, "io-id", rows)))
    assert json.loads(validate(bundle, tmp_path).stdout)["valid"]


def test_tables_by_fields_whose_names_run_together_have_files_of_their_own() -> None:
    tables = (
        counts(("prs_Birthdate", "prs_Gender"), (("*", "*"), 5)),
        counts(("prs_Gender", "prs_Birthdate"), (("*", "*"), 5)),
    )
    bundle, _metadata = described(by_hand(ByHand(AGREEMENT, "dinas-p3a", None, tables)))
    paths = [member.path for member in bundle.members]
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize("name", ["tokens", "metadata", "rows", "history", "con-1", "by-prs-gender"])
def test_whatever_the_data_are_called_the_package_holds_together(name: str, tmp_path: Path) -> None:
    data = AGREEMENT.data.model_copy(update={"name": name})
    agreement = AGREEMENT.model_copy(update={"data": data})
    made = by_hand(ByHand(agreement, "gt-ntt", spread("gt-ntt", ["a"] * 6, agreement)), gate="met", k_reached=5)
    bundle, _metadata = described(made)
    assert read_contents(bundle).rows is not None
    names = [each["name"] for each in package(bundle)["resources"]]
    assert len(names) == len(set(names))
