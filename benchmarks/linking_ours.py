"""How the benchmarks of linking call our own: the one place that knows the modules of `exchange` which link.

`roles` say what a table's columns are: {"name": ["full_name"], "birth": "dob", "year": "birth_year",
"place": "regency", "sex": "sex", "number": "nik", "phone": "phone"}, and, of the FEBRL sets, "text" for columns of free
text. Rows are numbered from 0 in the table's order; a missing value is None or NaN.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from exchange.agreements.dictionary import parse_date
from exchange.codes.places import current
from exchange.crypto.hashing import keyed
from exchange.engines.duckdb import Engine
from exchange.matching.encode import TOKEN_BYTES, combinations_of, tokens_of
from exchange.matching.filters import FIELDS, FilterField, Filters
from exchange.matching.marks import Marks, day
from exchange.matching.names import words
from exchange.matching.phones import e164
from exchange.matching.secret import NetworkSecret
from exchange.matching.tokens import TOKEN_KINDS, TokenKind
from exchange.merge.components import components
from exchange.merge.linking.filtering import score_filters
from exchange.merge.linking.linking import Links, link_tokens, turns
from exchange.merge.linking.model import LINK
from exchange.merge.linking.token_nodes import prepare

LEAST = 1e-6
TODAY = dt.date(2026, 9, 15)  # a day on which everybody was alive
ATTACKED = ("name", "birth", "place", "sex")  # fields whose filters are counted
_KEY = b"of no network, and the same at every run"
Roles = Mapping[str, str | list[str]]
Strength = Literal["plain", "fields", "tokens"]
Column = np.ndarray[Any, Any]


def marks_of_table(table: pd.DataFrame, roles: Roles) -> Iterator[Marks]:
    """What tells people apart in each row, as `exchange.matching` reads it from an extract."""
    known = {role: _texts(table, names) for role, names in roles.items()}
    none = [""] * len(table)
    for name, birth, year, place, sex, number, phone, text in zip(
        *(known.get(role, none) for role in ("name", "birth", "year", "place", "sex", "number", "phone", "text")),
        strict=True,
    ):
        born = parse_date(birth if "-" in birth else f"{birth[:4]}-{birth[4:6]}-{birth[6:]}")
        yield Marks(
            name=name,
            identity=number,
            phone=e164(phone) or "",
            born=born and day(born.year, born.month, born.day),
            year=born.year if born else int(year) if year.isdigit() else None,
            regency=_place(place),
            sex=sex,
            text=text,
        ).completed(TODAY)


def _place(text: str) -> str:
    """A regency's code with its dot; what is none (FEBRL's state and postcode) as it is."""
    return current(f"{text[:2]}.{text[2:]}") if len(text) == 4 and text.isdigit() else text.replace(" ", "")


def _texts(table: pd.DataFrame, names: str | list[str]) -> list[str]:
    those = [names] if isinstance(names, str) else names
    columns = [["" if pd.isna(value) else str(value) for value in table[name]] for name in those]
    return [" ".join(filter(None, row)) for row in zip(*columns, strict=True)]


def score_pairs(table: pd.DataFrame, roles: Roles, strength: Strength) -> tuple[Column, Column, Column]:
    """(left, right, probability): row numbers of every pair that may be one person, each pair once."""
    if strength == "tokens":
        return _all_reports(link_tokens(*tokens_of_table(table, roles), LEAST), len(table))
    pairs = score_filters(filters_of_table(table, roles), LEAST).pairs
    left, right, probability = (np.asarray(pairs.column(name)) for name in ("l", "r", "probability"))
    return left, right, probability


def _all_reports(links: Links, count: int) -> tuple[Column, Column, Column]:
    """Every pair of reports, where links have the first of those that look alike."""
    first = np.arange(count)
    nodes, looks = links.compared.nodes, links.compared.looks
    of_profile = np.zeros(nodes.num_rows, dtype=np.int64)
    of_profile[np.asarray(nodes.column("unique_id"))] = np.asarray(nodes.column("first_report"))
    first[np.asarray(looks.column("report"))] = of_profile[np.asarray(looks.column("profile"))]
    pairs = pd.DataFrame({name: np.asarray(links.pairs.column(name)) for name in ("left", "right", "probability")})
    alike = pairs[first[pairs["left"]] == first[pairs["right"]]].groupby("left")["probability"].first()
    those = pd.DataFrame({"first": first, "report": np.arange(count)})
    between = pairs[first[pairs["left"]] != first[pairs["right"]]]
    wide = between.merge(those, left_on="left", right_on="first").merge(
        those, left_on="right", right_on="first", suffixes=("_l", "_r")
    )
    within = those.merge(those, on="first", suffixes=("_l", "_r"))
    within = (
        within[within["report_l"] < within["report_r"]]
        .assign(probability=lambda each: each["first"].map(alike))
        .dropna()
    )
    both = pd.concat([each[["report_l", "report_r", "probability"]] for each in (wide, within)])
    return both["report_l"].to_numpy(), both["report_r"].to_numpy(), both["probability"].to_numpy()


def filters_of_table(table: pd.DataFrame, roles: Roles) -> pa.Table:
    """Filters under a key that is thrown away: values in the clear are linked by the same model."""
    keys: dict[FilterField, bytes] = {field: os.urandom(32) for field in FIELDS}
    return Filters(keys).table(marks_of_table(table, roles))


def tokens_of_table(table: pd.DataFrame, roles: Roles) -> tuple[pa.Table, pa.Table]:
    """Reports and their tokens, as `link_tokens` takes them."""
    secret = NetworkSecret.new("bench", "2026", os.urandom)
    keys = {kind: secret.key_for(kind) for kind in TOKEN_KINDS}
    made = [tokens_of(marks, keys) for marks in marks_of_table(table, roles)]
    flat = [(report, kind, token) for report, each in enumerate(made) for kind, token in each]
    report, kind, token = zip(*flat, strict=True)
    count = len(table)
    nothing = pa.nulls(count, pa.string())
    source = pa.array(table["source"].astype(str) if "source" in table else ["one"] * count, pa.string())
    period = pa.chunked_array([pa.array(["2026-09"] * count, pa.string())])
    turn = turns(period, pa.chunked_array([source]))
    reports = {
        "report": np.arange(count, dtype=np.int32),
        "source": source,
        "turn": turn,
        "gender": nothing,
        "birth": nothing,
    }
    ring = pa.array(["bench/2026"] * len(flat), pa.string())
    return pa.table(reports), pa.table(
        {"report": pa.array(report, pa.int32()), "ring": ring, "kind": pa.array(kind), "token": pa.array(token)}
    )


def groups(table: pd.DataFrame, roles: Roles, strength: Strength) -> Column:
    """For every row the number of its person, as a store at its default threshold would have it."""
    left, right, probability = score_pairs(table, roles, strength)
    sure = probability >= LINK
    return components(len(table), left[sure].astype(np.int64), right[sure].astype(np.int64))


def splink_table(reports: pa.Table, tokens: pa.Table) -> pd.DataFrame:
    """Every report as a row that splink can compare: its tokens, as numbers; made before its time is taken."""
    with Engine.open() as engine:
        engine.add("report", reports)
        engine.add("token", tokens)
        prepare(engine)
        told = "node.* EXCLUDE (unique_id, look, first_report), report AS unique_id"
        alone = engine.run(f"SELECT {told} FROM looks JOIN node ON profile = node.unique_id")  # noqa: S608  # names of our own
    return alone.to_pandas()


def opaque(table: pd.DataFrame, roles: Roles, strength: Strength) -> dict[str, list[list[bytes]]]:
    """What a recipient (tokens) or a linking agent (filters) sees: kind → per row its values, if any."""
    if strength == "tokens":
        return {
            kind: [[keyed(_KEY, kind, *parts)[:TOKEN_BYTES] for parts in row] for row in rows]
            for kind, rows in _combinations(table, roles).items()
        }
    if strength == "fields":
        filters = Filters({field: keyed(_KEY, field) for field in FIELDS})
        rows = filters.table(marks_of_table(table, roles)).to_pylist()
        return {kind: [_listed(row[kind]) for row in rows] for kind in ATTACKED}
    raise ValueError(strength)


def spoken(table: pd.DataFrame, roles: Roles, strength: Strength) -> dict[str, list[list[str]]]:
    """The plain values that those of `opaque` are made of, in the same places."""
    if strength == "tokens":
        found = _combinations(table, roles)
        return {kind: [[" / ".join(parts) for parts in row] for row in rows] for kind, rows in found.items()}
    if strength == "fields":
        marks = list(marks_of_table(table, roles))
        return {
            "name": [list(dict.fromkeys(words(each.name))) for each in marks],
            "birth": [[f"{each.year} {each.born}"] if each.year else [] for each in marks],
            "place": [[each.regency] if each.regency else [] for each in marks],
            "sex": [[each.sex] if each.sex else [] for each in marks],
        }
    raise ValueError(strength)


def _combinations(table: pd.DataFrame, roles: Roles) -> dict[TokenKind, list[list[tuple[str, ...]]]]:
    found: dict[TokenKind, list[list[tuple[str, ...]]]] = {kind: [] for kind in TOKEN_KINDS}
    for marks in marks_of_table(table, roles):
        rows: dict[TokenKind, list[tuple[str, ...]]] = {kind: [] for kind in TOKEN_KINDS}
        for kind, parts in combinations_of(marks):
            rows[kind].append(parts)
        for kind, row in rows.items():
            found[kind].append(row)
    return found


def _listed(value: bytes | list[bytes] | None) -> list[bytes]:
    return value if isinstance(value, list) else [] if value is None else [value]
