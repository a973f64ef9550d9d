"""Invented reports, and what an engine makes of them, so that two engines can be laid side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from benchmarks.linking_ours import filters_of_table, tokens_of_table
from benchmarks.linking_people import MIDDLE, generate
from exchange.engines.sql import Database
from exchange.merge.linking.filtering import link_filters, score_filters
from exchange.merge.linking.linking import link_tokens

LEAST = 0.01
ROLES: dict[str, str | list[str]] = {
    "name": ["full_name"],
    "birth": "dob",
    "year": "birth_year",
    "place": "regency",
    "sex": "sex",
    "number": "nik",
    "phone": "phone",
}


@dataclass(frozen=True, slots=True)
class Reports:
    """The same reports three times: as they are, their tokens, and their filters."""

    reports: pa.Table
    tokens: pa.Table
    filters: pa.Table

    @classmethod
    def of(cls, people: int, seed: int) -> Reports:
        table = generate(people, seed, MIDDLE)
        return cls(*tokens_of_table(table, ROLES), filters_of_table(table, ROLES))


def by_tokens(reports: Reports, database: Database) -> dict[str, list[Any]]:
    """Every column of the links."""
    return link_tokens(reports.reports, reports.tokens, LEAST, database).pairs.to_pydict()


def by_filters(reports: Reports, database: Database) -> dict[str, list[Any]]:
    """Every column of the pairs."""
    return score_filters(reports.filters, LEAST, database).pairs.to_pydict()


def people_of(reports: Reports, database: Database) -> list[int]:
    return link_filters(reports.filters, database).to_pylist()
