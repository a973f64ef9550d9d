"""How the benchmarks of linking call our own: the one place that knows the modules of `exchange` which link.

`roles` say what a table's columns are: {"name": ["full_name"], "birth": "dob", "year": "birth_year",
"place": "regency", "sex": "sex", "number": "nik", "phone": "phone"}, and, of the FEBRL sets, "text" for columns of free
text. Rows are numbered from 0 in the table's order; a missing value is None or NaN.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from exchange.agreements.dictionary import parse_date
from exchange.codes.places import current
from exchange.crypto.hashing import keyed
from exchange.matching.encode import TOKEN_BYTES, combinations_of
from exchange.matching.filters import FIELDS, Filters
from exchange.matching.marks import Marks, day
from exchange.matching.names import words
from exchange.matching.phones import e164
from exchange.matching.tokens import TOKEN_KINDS, TokenKind

Roles = Mapping[str, str | list[str]]
Strength = Literal["plain", "fields", "tokens"]
Column = np.ndarray[Any, Any]
ON = dt.date(2026, 9, 15)  # a day on which everybody was alive
ATTACKED = ("name", "birth", "place", "sex")  # fields whose filters are counted
_KEY = b"of no network, and the same at every run"


def score_pairs(table: pd.DataFrame, roles: Roles, strength: Strength) -> tuple[Column, Column, Column]:
    """(left, right, probability): row numbers of every pair that may be one person, each pair once."""
    raise NotImplementedError("linking at this strength is not there yet")


def groups(table: pd.DataFrame, roles: Roles, strength: Strength) -> Column:
    """For every row the number of its person, as a store at its default threshold would have it."""
    raise NotImplementedError("grouping at this strength is not there yet")


def link_old(table: pd.DataFrame, roles: Roles, strength: Strength, folder: Path) -> Column:
    """The same as `groups`, and leave in an empty folder what a store keeps for when more comes."""
    raise NotImplementedError("linking what is added later is not there yet")


def link_added(folder: Path, added: pd.DataFrame, roles: Roles, strength: Strength) -> Column:
    """Persons of old and added rows, in that order: what a month's import takes, in a process of its own."""
    raise NotImplementedError("linking what is added later is not there yet")


def splink_settings(roles: Roles, strength: Strength) -> dict[str, Any]:
    """The settings (blocking rules and comparisons) of our model, as splink alone takes them."""
    raise NotImplementedError("the settings cannot be asked for yet")


def splink_table(table: pd.DataFrame, roles: Roles, strength: Strength) -> pd.DataFrame:
    """The table that `splink_settings` are about, with a column `unique_id` of row numbers."""
    raise NotImplementedError("the table cannot be asked for yet")


def opaque(table: pd.DataFrame, roles: Roles, strength: Strength) -> dict[str, list[list[bytes]]]:
    """What a recipient (tokens) or a linking agent (filters) sees: kind → per row its values, if any."""
    if strength == "tokens":
        return {
            kind: [[keyed(_KEY, kind, *parts)[:TOKEN_BYTES] for parts in row] for row in rows]
            for kind, rows in _combinations(table, roles).items()
        }
    if strength == "fields":
        filters = Filters({field: keyed(_KEY, field) for field in FIELDS})
        rows = filters.table(_marks(table, roles)).to_pylist()
        return {kind: [_listed(row[kind]) for row in rows] for kind in ATTACKED}
    raise ValueError(strength)


def spoken(table: pd.DataFrame, roles: Roles, strength: Strength) -> dict[str, list[list[str]]]:
    """The plain values that those of `opaque` are made of, in the same places."""
    if strength == "tokens":
        found = _combinations(table, roles)
        return {kind: [[" / ".join(parts) for parts in row] for row in rows] for kind, rows in found.items()}
    if strength == "fields":
        marks = list(_marks(table, roles))
        return {
            "name": [list(dict.fromkeys(words(each.name))) for each in marks],
            "birth": [[f"{each.year} {each.born}"] if each.year else [] for each in marks],
            "place": [[each.regency] if each.regency else [] for each in marks],
            "sex": [[each.sex] if each.sex else [] for each in marks],
        }
    raise ValueError(strength)


def _combinations(table: pd.DataFrame, roles: Roles) -> dict[TokenKind, list[list[tuple[str, ...]]]]:
    found: dict[TokenKind, list[list[tuple[str, ...]]]] = {kind: [] for kind in TOKEN_KINDS}
    for marks in _marks(table, roles):
        rows: dict[TokenKind, list[tuple[str, ...]]] = {kind: [] for kind in TOKEN_KINDS}
        for kind, parts in combinations_of(marks):
            rows[kind].append(parts)
        for kind, row in rows.items():
            found[kind].append(row)
    return found


def _listed(value: bytes | list[bytes] | None) -> list[bytes]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _marks(table: pd.DataFrame, roles: Roles) -> Iterator[Marks]:
    """What stands in a sender's workbook, normalised as `encode` would."""
    columns = [_texts(table, roles.get(role)) for role in ("name", "birth", "year", "place", "sex", "number", "phone")]
    for name, birth, year, place, sex, number, phone in zip(*columns, strict=True):
        born = parse_date(birth)
        told = born.year if born else int(year) if year.isdigit() else None
        yield Marks(
            name=name,
            identity=number,
            phone=e164(phone) or "",
            born=born and day(born.year, born.month, born.day),
            year=told,
            regency=current(f"{place[:2]}.{place[2:]}") if place else "",
            sex=sex,
        ).completed(ON)


def _texts(table: pd.DataFrame, columns: str | list[str] | None) -> list[str]:
    """A role's column, or its columns with spaces between; "" for what is missing."""
    names = [columns] if isinstance(columns, str) else columns or []
    parts = [table[name].astype(object).where(table[name].notna(), "").astype(str).tolist() for name in names]
    return [" ".join(filter(None, row)) for row in zip(*parts, strict=True)] if parts else [""] * len(table)
