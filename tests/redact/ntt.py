"""Rows of the example agreement, for tests of what is done with them. All people are invented."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from exchange.agreements.agreement import Agreement
from exchange.agreements.period import Period
from exchange.agreements.permit import Permit
from exchange.agreements.reading import load_agreement
from exchange.agreements.tiers import Rule
from exchange.consent.consented import Consented, HeldBack
from exchange.extracts.extract import Extract, Source

EXAMPLE = Path(__file__).parents[2] / "exchange" / "demo" / "dsa-ntt.yaml"
AGREEMENT = load_agreement(EXAMPLE)
NAMES = [field.name for field in AGREEMENT.data.fields]

MARIA = {
    "x_CaseRef": "YKS-2026-0117",
    "x_HouseholdRef": "H-31",
    "prs_FirstName": "Maria Goreti",
    "prs_SecondName": "Tefnai",
    "prs_IdentityNumber": "5301075201900012",
    "prs_MobilePhone": "0812-3700-1234",
    "prs_Birthdate": "1990-01-12",
    "prs_Gender": "Feminine",
    "prs_Citizenship": "ID;MY",
    "x_OriginProvince": "53",
    "x_OriginRegency": "53.01",
    "vic_TraffickingStatus": "ActualVictimOfTrafficking",
    "vic_TypeOfExploitation": "ForcedLabour",
    "vic_ForcedLabourIndustry": "F_Construction",
    "x_ExploitationCountry": "MY",
    "cas_Status": "Active",
    "cas_IncomingReferralDate": "2026-10-04",
    "cas_CaseOwner": "Yuliana Bere",
    "cas_IncomingReferralDetails": "Korban pulang sendiri.",
}
Row = Mapping[str, str]


def table(rows: Sequence[Row], agreement: Agreement = AGREEMENT) -> pa.Table:
    names = [field.name for field in agreement.data.fields]
    text = pa.string()
    return pa.table({name: pa.array([row.get(name, "") for row in rows], text).dictionary_encode() for name in names})


def extract(rows: Sequence[Row]) -> Extract:
    numbers = pa.array(range(3, 3 + len(rows)), pa.int32())
    return Extract(table(rows), numbers, Source("cases.xlsx", "0" * 64, "Case Sheet"), ())


def consented(
    rows: Sequence[Row],
    recipient: str = "io-id",
    agreement: Agreement = AGREEMENT,
    ages: Sequence[int | None] | None = None,
    tables_only: Sequence[bool] | None = None,
) -> Consented:
    permit = Permit(agreement, agreement.party(recipient), Period.read("2026-10"), dt.date(2026, 11, 5))
    years = [age_of(row.get("prs_Birthdate", "")) for row in rows] if ages is None else ages
    return Consented(
        permit=permit,
        table=table(rows, agreement),
        rows=pa.array(range(3, 3 + len(rows)), pa.int32()),
        ages=pa.array(years, pa.int32()),
        tables_only=pa.array(tables_only or [False] * len(rows), pa.bool_()),
        held_back=HeldBack((("scope", 2),)),
        considered=len(rows) + 2,
        late_entries=1,
    )


def age_of(birthdate: str) -> int | None:
    return 2026 - int(birthdate[:4]) if birthdate[:4].isdigit() else None


def with_release(release: Mapping[str, Rule], tier: str = "case-coordination") -> Agreement:
    """The example with other rules in one tier."""
    changed = AGREEMENT.tiers[tier].model_copy(update={"release": dict(release)})
    return AGREEMENT.model_copy(update={"tiers": {**AGREEMENT.tiers, tier: changed}})
