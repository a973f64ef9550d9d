"""Which reports of a store are of one person, by tokens that nobody here can read, and how surely.

A link serves counting. It never decides a case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from exchange.engines.duckdb import Engine
from exchange.engines.sql import Database
from exchange.merge.linking.calibration import Checked
from exchange.merge.linking.compared import Compared, Releases, releases_of
from exchange.merge.linking.learning import Learned
from exchange.merge.linking.model import ASK
from exchange.merge.linking.scoring import Model, score
from exchange.merge.linking.token_model import COMPARISONS, KINDS, MILD, SOURCES, columns, witnesses
from exchange.merge.linking.token_nodes import common_numbers, prepare
from exchange.merge.records import Records

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

DRAWN = 100_000
"""Pairs by chance. Two people share no token: what is missing is seen in them, and the fields that count a little."""


@dataclass(frozen=True, slots=True)
class Links:
    """`pairs`: left and right (reports by number, left < right), probability, agreed (kinds of token, ";" between), and
    weights: for each of `learned.witnesses` the bits by which it speaks for one person (float32, null: silent).

    Only pairs from `ASK` up. Reports that look exactly alike are joined in a chain, each to the first, so that the
    number of pairs stays small. `learned`: what the probabilities rest on. `compared`: for the next time. `checked`:
    how right the probabilities are.
    """

    pairs: pa.Table
    learned: Learned
    compared: Compared
    checked: tuple[Checked, ...] = ()


def link(records: Records, database: Database | None = None, before: Compared | None = None) -> Links:
    """The links between the reports of `records`; what was compared `before` is not compared again, where it still
    holds. MergeError: `engine.memory`, `engine.failed`."""
    if database is None:
        with Engine.open() as engine:
            return link(records, engine, before)
    releases = releases_of(records)
    held = None if before is None else before.among(releases, database.name)
    return link_tokens(_reports(records), records.tokens, ASK, database, releases, held)


def link_tokens(
    reports: pa.Table,
    tokens: pa.Table,
    least: float,
    database: Database | None = None,
    releases: Releases = (),
    before: Compared | None = None,
) -> Links:
    """The same of the tables that `token_nodes.prepare` takes, pairs from `least` up; `before` names reports as
    `reports` does."""
    if database is None:
        with Engine.open() as engine:
            return link_tokens(reports, tokens, least, engine, releases, before)
    known, everything, all_tokens = 0, reports, tokens
    if before is not None:
        known = before.nodes.num_rows
        old = np.zeros(reports.num_rows, dtype=np.bool_)
        old[before.reports()] = True
        reports = reports.filter(~old[np.asarray(reports.column("report"))])
        tokens = tokens.filter(~old[np.asarray(tokens.column("report"))])
        database.add("profiles_before", before.nodes)
        database.make("profiles", "SELECT * FROM profiles_before")
        database.add("compared_before", before.pairs)
    database.add("report", reports)
    database.add("token", tokens)
    prepare(database, known)
    if before is not None:
        database.add("looks_before", before.looks)
        database.append("looks", "SELECT report, profile FROM looks_before")
    if before is not None and common_numbers(database, known) != common_numbers(database):
        # A number that has become common since was compared as somebody's own.
        return link_tokens(everything, all_tokens, least, database, releases)
    nodes = database.number("SELECT count(*) AS n FROM node")
    found = score(database, Model(COMPARISONS, witnesses(), DRAWN, SOURCES), nodes, least, known)
    database.add("scored", found.pairs)
    return Links(_pairs(database), found.learned, Compared.of(database, releases), found.checked)


def _reports(records: Records) -> pa.Table:
    """Per report its source, its turn, and the fields that count a little: null where unknown, else with its level of
    detail."""
    import pyarrow as pa
    import pyarrow.compute as pc

    turn = turns(records.reports.column("period"), records.reports.column("source"))
    source = records.reports.column("source")
    told: dict[str, object] = {"report": pa.array(range(len(records)), pa.int32()), "source": source, "turn": turn}
    release = records.reports.column("release")
    for name, field in MILD.items():
        if field not in records.fields:
            told[name] = pa.nulls(len(records), pa.string())
            continue
        value = records.values.column(field).cast(pa.string())
        value = pc.if_else(pc.is_in(value, pa.array(sorted(records.missing), pa.string())), None, value)
        levels = {each: records.levels.get((each, field), "") for each in pc.unique(release).to_pylist()}
        level = pa.array(list(levels.values()), pa.string()).take(
            pc.index_in(release, pa.array(list(levels), pa.string()))
        )
        told[name] = pc.binary_join_element_wise(level, value, " ")
    return pa.table(told)


def turns(period: pa.ChunkedArray, source: pa.ChunkedArray) -> NDArray[np.int64]:
    """For each report its place: period after period, and in each the first report of every source before the second of
    any. What comes later has a later place, and nobody is pushed back by who sends much."""
    when, who = (_ranked(each) for each in (period, source))
    order = np.lexsort((who, when))
    start = (
        np.flatnonzero(np.r_[True, (np.diff(when[order]) != 0) | (np.diff(who[order]) != 0)]) if len(order) else order
    )
    among = np.empty(len(order), dtype=np.int64)
    among[order] = np.arange(len(order)) - np.repeat(start, np.diff(np.append(start, len(order))))
    turn = np.empty(len(order), dtype=np.int64)
    turn[np.lexsort((who, among, when))] = np.arange(len(order))
    return turn


def _ranked(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """For each text its place in the order of all texts."""
    codes = column.combine_chunks().dictionary_encode()
    rank = np.argsort(np.argsort(np.array(codes.dictionary.to_pylist(), dtype=np.str_))).astype(np.int64)
    return np.take(rank, np.asarray(codes.indices))


def _pairs(database: Database) -> pa.Table:
    """Pairs of profiles as pairs of reports: the first report of each, and every report that looks like the first."""
    agreed = ", ".join(f"CASE WHEN {_shared(kind)} THEN '{kind}' END" for kind in KINDS)
    told = f"probability, concat_ws(';', {agreed}) AS agreed, weights"
    nodes = "scored JOIN node AS a ON a.unique_id = l JOIN node AS b ON b.unique_id = r"
    found = f"""SELECT a.first_report AS one, b.first_report AS other, {told} FROM {nodes} WHERE l < r
                UNION ALL
                SELECT a.first_report AS one, looks.report AS other, {told} FROM {nodes}
                JOIN looks ON looks.profile = l WHERE l = r AND looks.report <> a.first_report"""  # noqa: S608  # names of our own
    return database.run(
        f"""SELECT CAST(least(one, other) AS INT) AS left, CAST(greatest(one, other) AS INT) AS right,
            probability, agreed, weights FROM ({found}) AS found ORDER BY 1, 2"""  # noqa: S608  # names of our own
    )


def _shared(kind: str) -> str:
    each = (
        f"a.{left} >= 0 AND a.{left} IN ({', '.join(f'b.{right}' for right in columns(kind))})"
        for left in columns(kind)
    )
    return " OR ".join(each)
