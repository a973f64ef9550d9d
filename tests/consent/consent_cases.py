"""Extracts of invented people under the example agreement, for tests of who may have which row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pyarrow as pa

from exchange.agreements.agreement import Agreement
from exchange.agreements.period import Period
from exchange.agreements.permit import Permit
from exchange.agreements.reading import read_agreement
from exchange.extracts.extract import Extract, Finding, Source

GOOD = {
    "x_CaseRef": "K-1",
    "prs_Birthdate": "1990-08-17",
    "prs_Deceased": "",
    "vic_TraffickingStatus": "ActualVictimOfTrafficking",
    "cas_IncomingReferralDate": "2026-10-05",
    "x_ConsentStatus": "ConsentGiven",
    "x_ConsentScope": "share_government;share_io",
    "x_ConsentDate": "2026-10-05",
    "x_ConsentForm": "F4",
    "x_ConsentEvidenceRef": "map 12",
    "x_ConsentAdult": "",
}
CHILD = {"prs_Birthdate": "2012-01-01", "x_ConsentAdult": "guardian"}
FIRST_ROW = 3


@cache
def agreement(*changes: tuple[str, str]) -> Agreement:
    """The example agreement, with some of its text changed."""
    text = (Path(__file__).parents[2] / "exchange/demo/dsa-ntt.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return read_agreement(text, "dsa.yaml")


def permit(
    to: str = "gt-ntt", period: str = "2026-10", on: str = "2026-11-03", changes: tuple[tuple[str, str], ...] = ()
) -> Permit:
    terms = agreement(*changes)
    return Permit(terms, terms.party(to), Period.read(period), dt.date.fromisoformat(on))


def extract(*rows: Mapping[str, str], held: Iterable[int] = (), without: Iterable[str] = ()) -> Extract:
    """One row for each of `rows`, which say what is not as in `GOOD`; the n-th has case number K-n.

    `held`: rows of the sheet, from 3, with a finding. `without`: columns that the sheet does not have.
    """
    whole = [GOOD | {"x_CaseRef": f"K-{number}"} | dict(row) for number, row in enumerate(rows, 1)]
    names = [name for name in GOOD if name not in set(without)]
    columns = [pa.array([row[name] for row in whole], pa.string()).dictionary_encode() for name in names]
    numbers = pa.array(range(FIRST_ROW, FIRST_ROW + len(whole)), pa.int32())
    findings = tuple(Finding("extract.not_in_list", "hold", "…", "…", "S", row) for row in held)
    return Extract(pa.table(columns, names=names), numbers, Source("k.xlsx", "0" * 64, "S"), findings)
