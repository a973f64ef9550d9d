"""Months of the demo's invented organisations as their recipient has them, with the truth beside; other seeds only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from merge.received import bundle

from exchange.agreements.dictionary import parse_date
from exchange.bundle.contents import Contents
from exchange.codes.places import regency_code
from exchange.demo.reports import Report
from exchange.demo.scenario import build
from exchange.matching.encode import tokens_of as made
from exchange.matching.marks import Marks, day
from exchange.matching.phones import e164
from exchange.matching.secret import NetworkSecret
from exchange.matching.tokens import TOKEN_KINDS

TODAY = dt.date(2026, 9, 15)
SECRET = NetworkSecret("ntt", "1", bytes(range(32)))
KEYS = {kind: SECRET.key_for(kind) for kind in TOKEN_KINDS}


@dataclass(frozen=True, slots=True)
class Months:
    """`contents`: one bundle per organisation and month. `person_of`: row key → who it truly is."""

    contents: tuple[Contents, ...]
    person_of: dict[str, int]


def months(seed: int) -> Months:
    scenario = build(seed)
    made = [
        bundle(
            f"{book.cso} {book.month}",
            [_row(report) for report in book.reports],
            sender=book.cso,
            agreement=f"DSA-{book.cso}",
            period=book.month,
            tokens={report.case_ref: tokens_of(_marks(report)) for report in book.reports},
        )
        for book in scenario.workbooks
    ]
    person_of = {report.case_ref: report.person for book in scenario.workbooks for report in book.reports}
    return Months(tuple(made), person_of)


def tokens_of(marks: Marks) -> dict[str, list[str]]:
    """Tokens as a sender would make them, by kind."""
    found: dict[str, list[str]] = {}
    for kind, token in made(marks, KEYS):
        found.setdefault(kind, []).append(token)
    return found


def _row(report: Report) -> dict[str, str]:
    born = _born(report)
    age = None if born is None else (TODAY - born).days // 365
    band = "UNKNOWN" if age is None else "0-17" if age < 18 else "18-29" if age < 30 else "30-44" if age < 45 else "45+"
    return {
        "x_CaseRef": report.case_ref,
        "prs_Gender": report.told.gender,
        "prs_Birthdate": band,
        "cas_Status": report.case_status,
    }


def _marks(report: Report) -> Marks:
    told, born = report.told, _born(report)
    return Marks(
        name=f"{told.first_name} {told.second_name}".strip(),
        identity=told.identity if isinstance(told.identity, str) and len(told.identity) == 16 else "",
        phone=e164(str(told.phone)) or "",
        born=born and day(born.year, born.month, born.day),
        year=born.year if born else None,
        regency=regency_code(told.regency) or "",
        sex=told.gender,
    ).completed(TODAY)


def _born(report: Report) -> dt.date | None:
    written = report.told.birthdate
    if isinstance(written, dt.date):
        return written
    return parse_date(written) if isinstance(written, str) else None


def pairs(groups: Iterable[Iterable[str]]) -> set[tuple[str, str]]:
    """Every two that are together in a group."""
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


def groups(names: Iterable[str], of: Iterable[object]) -> Iterator[list[str]]:
    together: dict[object, list[str]] = {}
    for name, group in zip(names, of, strict=True):
        together.setdefault(group, []).append(name)
    yield from together.values()
