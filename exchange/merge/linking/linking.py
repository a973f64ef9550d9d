"""Which reports of a store are of one person, by tokens that nobody here can read, and how surely.

A link serves counting. It never decides a case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from exchange.engines.duckdb import Engine
from exchange.engines.sql import Database
from exchange.merge.linking.learning import Learned
from exchange.merge.linking.model import ASK
from exchange.merge.linking.scoring import Model, score
from exchange.merge.linking.token_model import COMPARISONS, KINDS, MILD, columns, witnesses
from exchange.merge.linking.token_nodes import prepare
from exchange.merge.records import Records

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Links:
    """`pairs`: left and right (reports by number, left < right), probability, agreed (kinds of token, ";" between), and
    weights: for each of `learned.witnesses` the bits by which it speaks for one person (float32, null: silent).

    Only pairs from `ASK` up. Reports that look exactly alike are joined in a chain, each to the first, so that the
    number of pairs stays small. `looks`: report and first, for each report with tokens the first that looks like it.
    `learned`: what the probabilities rest on.
    """

    pairs: pa.Table
    looks: pa.Table
    learned: Learned


def link(records: Records, database: Database | None = None) -> Links:
    """The links between the reports of `records`. MergeError: `engine.memory`, `engine.failed`."""
    return link_tokens(_reports(records), records.tokens, ASK, database)


def link_tokens(reports: pa.Table, tokens: pa.Table, least: float, database: Database | None = None) -> Links:
    """The same of the tables that `token_nodes.prepare` takes; pairs from `least` up."""
    if database is None:
        with Engine.open() as engine:
            return link_tokens(reports, tokens, least, engine)
    database.add("report", reports)
    database.add("token", tokens)
    prepare(database)
    nodes = database.number("SELECT count(*) AS n FROM node")
    found, learned = score(database, Model(COMPARISONS, witnesses()), nodes, least)
    database.add("scored", found)
    looks = database.run("SELECT report, first_report AS first FROM looks JOIN node ON unique_id = profile")
    return Links(_pairs(database), looks, learned)


def _reports(records: Records) -> pa.Table:
    """Per report its source, its turn (as which of its source it comes), and the fields that count a little: null where
    unknown, else with its level of detail."""
    import pyarrow as pa
    import pyarrow.compute as pc

    source = records.reports.column("source").combine_chunks()
    code = np.asarray(source.dictionary_encode().indices, dtype=np.int64)
    order = np.argsort(code, kind="stable")
    turn = np.empty(len(code), dtype=np.int32)
    turn[order] = np.arange(len(code)) - np.searchsorted(code[order], code[order], side="left")
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
    return " OR ".join(f"a.{left} IN ({', '.join(f'b.{right}' for right in columns(kind))})" for left in columns(kind))
