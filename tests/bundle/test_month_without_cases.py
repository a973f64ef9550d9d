"""In a gated tier a month without cases, and one with too few to show, are the same bundle, byte for byte."""

from __future__ import annotations

import json

import pytest
from bundle.months import described, extract_of, files, permit, release, scenario

from exchange.demo.reports import Report
from exchange.protect.protected import Protected
from exchange.seal.sizes import step

GATED = {"gt-ntt": "2026-10", "dinas-p3a": "2026-Q4"}


def of(recipient: str, reports: tuple[Report, ...]) -> Protected:
    return release(extract_of(reports), permit(recipient, GATED[recipient]))


def october() -> tuple[Report, ...]:
    return scenario().workbook("yks", "2026-10").reports


def refused() -> tuple[Report, ...]:
    return tuple(row for row in october() if row.consent.status == "ConsentRefused")


@pytest.mark.parametrize("recipient", GATED)
@pytest.mark.parametrize("take", [1, 2, 3, 4, 5])
def test_few_cases_look_like_none(recipient: str, take: int) -> None:
    few = of(recipient, october()[:take])
    assert few.considered  # there were cases
    assert files(described(few)[0]) == files(described(of(recipient, ()))[0])


@pytest.mark.parametrize("recipient", GATED)
def test_cases_of_whom_all_refused_look_like_none(recipient: str) -> None:
    nobody_agreed = of(recipient, refused()[:12])
    assert nobody_agreed.held_back_total > 4
    assert files(described(nobody_agreed)[0]) == files(described(of(recipient, ()))[0])


@pytest.mark.parametrize("recipient", GATED)
def test_late_entries_of_whom_too_few_leave_are_not_told(recipient: str) -> None:
    september = scenario().workbook("yks", "2026-09").reports[:3]
    late = release(extract_of(september), permit("gt-ntt", "2026-10"))
    assert late.late_entries
    assert files(described(late)[0]) == files(described(of("gt-ntt", ()))[0])


@pytest.mark.parametrize("recipient", GATED)
def test_a_month_without_cases_has_the_files_of_any_other(recipient: str) -> None:
    """Who sees how many files there are, or what they are called, learns nothing; sizes outside go in steps."""
    full, empty = described(of(recipient, october()[:80]))[0], described(of(recipient, ()))[0]
    assert list(files(full)) == list(files(empty))
    told = [json.loads(files(each)["datapackage.json"]) for each in (full, empty)]
    schemas = [[resource["schema"] for resource in each["resources"]] for each in told]
    assert schemas[0] == schemas[1]
    assert set(told[0]["x-exchange"]) == set(told[1]["x-exchange"])
    assert len({step(len(b"".join(files(each).values()))) for each in (full, empty)}) == 1


@pytest.mark.parametrize("recipient", GATED)
def test_a_month_with_cases_does_not_look_like_none(recipient: str) -> None:
    assert files(described(of(recipient, october()))[0]) != files(described(of(recipient, ()))[0])
