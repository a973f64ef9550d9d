"""A value that no rule can take is a finding at its cell, which holds the row back: never a guess, nor a late fault."""

from __future__ import annotations

import csv
import datetime as dt
import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from agreements.opposites import dump, full
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.agreements.agreement import Agreement
from exchange.agreements.period import Period
from exchange.agreements.permit import Permit
from exchange.codes import places
from exchange.consent.applying import apply_consent
from exchange.consent.consented import Consented
from exchange.extracts.extract import Extract
from exchange.extracts.mapping import Mapping
from exchange.extracts.reading import read_extract
from exchange.redact.keys import redact_keys
from exchange.redact.notes.decisions import Decisions, Scrubbing
from exchange.redact.notes.reading import read_notes
from exchange.redact.redact import redact
from exchange.redact.scrub import open_marks, scrubbed_fields

ON = dt.date(2026, 11, 5)
FOR = {"for": ["coordination"]}
LADDER = {"rule": "generalise", "ladder": "place"}
NEW = {"x-class": "quasi", "description": "a place", "type": "string"}
# Fields that the example has not, each with the rule under which it leaves.
PLACES: dict[str, tuple[str, dict[str, Any]]] = {
    "x_OriginDistrict": ("kemendagri-district", {**LADDER, "to": "regency"}),
    "x_OriginVillage": ("kemendagri-village", {**LADDER, "to": "district"}),
}


def with_places() -> Agreement:
    """Every kind of rule that the example and the tests know, and small places."""
    document = dump(full())
    release = document["tiers"]["case-coordination"]["release"]
    for name, (codes, rule) in PLACES.items():
        document["data"]["schema"]["fields"].append({"name": name, "x-label": name, "x-codes": codes, **NEW})
        release[name] = {**rule, **FOR}
    release["x_OriginRegency"] = {**LADDER, "to": "province", **FOR}
    release["vic_ForcedLabourIndustry"] = {"rule": "generalise", "ladder": "industry", "to": "broad_sector", **FOR}
    release["x_ExploitationCountry"] = {"rule": "generalise", "ladder": "country", "to": "subregion", **FOR}
    return Agreement.model_validate(document)


AGREEMENT = with_places()
NAMES = [field.name for field in AGREEMENT.data.fields]
NUMBERS = ("x_Debt", "x_MonthsAway", "x_Children", "x_Wage")
ODD = (
    "", "230", "-1", "UNKNOWN", "SUPPRESSED", "DECLINED", "soon", "٣", "1e3", "NaN", "+5", "+1.5", "007", "1,5",
    "00.50", "-0", "1796-01-01", "2027-01-01", "1990-01-12", "12/03/1990", "1990", "53", "53.01", "53.99", "64.04",
    "53.01.07", "53.01.99", "53.01.07.2002", "Kupang", "Amarasi, Kab. Kupang", "XX", "MY", "ID;MY", "true", "Active",
    "<0", "999999999999999", "9999999999999999", "0.123456789012345", "-999999999999999.999999", "[0, 10)", "65+",
    "a" * 300,
)  # fmt: skip
GOOD = {
    "x_HouseholdRef": "H-1", "prs_FirstName": "Rekaan", "prs_Birthdate": "1990-05-05", "prs_Gender": "Feminine",
    "x_OriginProvince": "53", "x_OriginRegency": "53.01", "x_OriginDistrict": "53.01.07",
    "x_OriginVillage": "53.01.07.2002", "vic_TraffickingStatus": "ActualVictimOfTrafficking",
    "vic_TypeOfExploitation": "ForcedLabour", "vic_ForcedLabourIndustry": "F_Construction",
    "x_ExploitationCountry": "MY", "cas_Status": "Active", "cas_IncomingReferralDate": "2026-10-05",
    "x_ConsentStatus": "ConsentGiven", "x_ConsentScope": "share_government;share_io", "x_ConsentDate": "2026-10-05",
    "x_ConsentForm": "F4", "x_ConsentEvidenceRef": "map 1", **dict.fromkeys(NUMBERS, "12.5"),
}  # fmt: skip
CELLS = st.sampled_from([name for name in NAMES if name != "x_CaseRef"])
WRONG = st.dictionaries(CELLS, st.sampled_from(ODD) | st.text(max_size=12), max_size=4)


def read(rows: list[dict[str, str]]) -> Extract:
    mapping = Mapping.model_validate(
        {
            "mapping": 1,
            "lists": {"separator": ";"},
            "columns": {name: name for name in NAMES},
            "places": {"x_OriginDistrict": "name"},
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, NAMES, restval="", quoting=csv.QUOTE_ALL)
            writer.writeheader()
            writer.writerows({"x_CaseRef": f"K-{at}", **GOOD, **row} for at, row in enumerate(rows))
        return read_extract(path, mapping, AGREEMENT.data, on=ON)


def redacted_rows(extract: Extract, recipient: str) -> dict[str, list[str]]:
    period = "2026-Q4" if AGREEMENT.tier_of(recipient).every == "quarter" else "2026-10"
    leave = Permit(AGREEMENT, AGREEMENT.party(recipient), Period.read(period), ON)
    rows = apply_consent(extract, leave, frozenset())
    redacted = redact(rows, redact_keys(b"s" * 32, AGREEMENT.id, recipient), os.urandom, all_masked(rows))
    table: dict[str, list[str]] = redacted.table.to_pydict()
    return table


def all_masked(rows: Consented) -> Scrubbing:
    """Somebody has decided that every doubtful word in the case notes is masked."""
    notes = read_notes(rows.table, AGREEMENT.data, scrubbed_fields(rows.permit.tier), frozenset())
    undecided = Decisions(b"k" * 32)
    return Scrubbing(Decisions(undecided.key, masks=open_marks(notes, undecided)))


def test_a_row_without_a_fault_leaves_with_every_rule_carried_out() -> None:
    extract = read([{}])
    assert [each.code for each in extract.findings] == []
    row = {name: values[0] for name, values in redacted_rows(extract, "io-id").items()}
    assert row["x_OriginVillage"] == "53.01.07"
    assert row["x_OriginDistrict"] == "53.01"
    assert (row["x_Debt"], row["x_MonthsAway"], row["x_Children"], row["x_Wage"]) == ("10", "12.5", "12.5", "[10, 20)")
    assert (row["cas_Status"], row["vic_ForcedLabourIndustry"]) == ("Open", "Industry")


def test_every_odd_text_in_every_field_is_a_finding_or_passes_every_rule() -> None:
    extract = read([{name: text} for name in NAMES if name != "x_CaseRef" for text in ODD])
    left = [len(redacted_rows(extract, recipient)["prs_Birthdate"]) for recipient in ("gt-ntt", "dinas-p3a", "io-id")]
    assert all(0 < rows < len(extract) for rows in left)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(WRONG, min_size=1, max_size=6))
def test_whatever_passes_check_passes_redact(rows: list[dict[str, str]]) -> None:
    extract = read([{name: text.replace("\0", "") for name, text in row.items()} for row in rows])
    for recipient in ("gt-ntt", "dinas-p3a", "io-id"):
        redacted_rows(extract, recipient)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("prs_Birthdate", "1796-01-01"),  # an age of 230
        ("x_OriginVillage", "53.01.07.9999"),
        ("x_OriginVillage", "53.01"),
        ("x_OriginDistrict", "Amarasi"),  # by name, without its regency
        ("x_OriginRegency", "53.99"),
        ("x_ExploitationCountry", "XX"),
        ("vic_ForcedLabourIndustry", "Airships"),
        ("cas_Status", "Archived"),
        ("x_Debt", "a lot"),
        ("x_Debt", "1e3"),
        ("x_Wage", "12 juta"),
    ],
)
def test_what_no_rule_can_take_is_a_finding_at_its_cell_and_holds_the_row(field: str, text: str) -> None:
    extract = read([{}, {field: text}, {}])
    (finding,) = extract.findings
    assert (finding.weight, finding.row, finding.field) == ("hold", 3, field)
    assert text not in repr(finding)
    assert len(redacted_rows(extract, "io-id")["x_CaseRef"]) == 2


def test_a_former_code_of_a_regency_is_todays() -> None:
    extract = read([{"x_OriginRegency": "64.04", "x_OriginProvince": "65"}])
    assert extract.findings == ()
    assert redacted_rows(extract, "io-id")["x_OriginRegency"] == ["65"]


def test_a_district_is_read_by_its_name_and_regency() -> None:
    extract = read([{"x_OriginDistrict": "Kec. Amarasi, Kab. Kupang"}])
    assert extract.findings == ()
    assert extract.table.column("x_OriginDistrict").to_pylist() == ["53.01.09"]


def test_no_village_is_known_by_a_name_that_another_has_too() -> None:
    repeated = Counter(places.name_of(code) or "" for code in places.villages()[:5000])
    for name, count in repeated.most_common(20):
        assert count > 1
        assert places.village_code(name) is None
