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
from exchange.merge.linking.scoring import Model, Scored, score
from exchange.merge.linking.token_model import COMPARISONS, KINDS, MILD, SHARED, SOURCES, witnesses
from exchange.merge.linking.token_nodes import newly_common, prepare

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from exchange.merge.records import Records

DRAWN = 100_000
"""Pairs by chance. Two people share no token: what is missing is seen in them, and the fields that count a little."""


@dataclass(frozen=True, slots=True)
class Links:
    """`pairs`: left and right (reports by number, left < right), probability, agreed (kinds of token, ";" between), and
    weights: for each of `learned.witnesses` the bits by which it speaks for one person (float32, null: silent).

    Only pairs from `ASK` up. Reports that look exactly alike are joined in a chain, each to the first, so that the
    number of pairs stays small. `learned`: what the probabilities rest on. `compared`: for the next time; of it `added`
    to what was compared before, None where nothing was. `checked`: how right the probabilities are.
    """

    pairs: pa.Table
    learned: Learned
    compared: Compared
    added: Compared | None = None
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
    known = 0 if before is None else before.nodes.num_rows
    new = _not_among(reports.num_rows, before)
    database.add("report", reports.filter(new[np.asarray(reports.column("report"))]))
    database.add("token", tokens.filter(new[np.asarray(tokens.column("report"))]))
    if before is not None:
        _add(database, before)
    prepare(database, known)
    if before is not None and newly_common(database):
        # A number that has become common since was compared as somebody's own.
        return link_tokens(reports, tokens, least, database, releases)
    model = Model(COMPARISONS, witnesses(), DRAWN, SOURCES)
    nodes = database.number("SELECT count(*) AS n FROM node")
    found = score(database, model, nodes, least, before)
    if found.lost:
        # So much has been learned since that pairs would be asked for which nobody has kept.
        return link_tokens(reports, tokens, least, database, releases)
    shared = _shared(database, found, before)
    now = Compared.of(database, releases, found, shared[len(shared) - found.likely.num_rows :], known)
    compared, added = (now, None) if before is None else (before.and_(now, releases), now.since(before))
    pairs = _pairs(found.pairs, shared[found.rows], compared)
    return Links(pairs, found.learned, compared, added, found.checked)


def _not_among(reports: int, before: Compared | None) -> NDArray[np.bool_]:
    """Which reports were not there before."""
    new = np.ones(reports, dtype=np.bool_)
    if before is not None:
        new[before.reports()] = False
    return new


def _add(database: Database, before: Compared) -> None:
    import pyarrow.compute as pc

    database.add("node_before", before.nodes)
    database.add("common_before", before.common)
    themselves = pc.equal(before.pairs.column("l"), before.pairs.column("r"))
    database.add("twins_before", before.pairs.select(["l"]).filter(themselves))


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


def _shared(database: Database, found: Scored, before: Compared | None) -> NDArray[np.int16]:
    """For each likely pair, of before and now, which kinds of token are the same: a bit for each. -1 where it
    was too improbable ever to be asked."""
    import pyarrow as pa

    known = np.zeros(0, dtype=np.int16) if before is None else np.asarray(before.pairs.column("shared"))
    shared = np.concatenate([known, np.full(found.likely.num_rows, -1, dtype=np.int16)])
    asked = shared[found.rows] < 0
    database.add("asked", found.pairs.select(["l", "r"]).filter(pa.array(asked)))
    nodes = "JOIN node AS a ON a.unique_id = l JOIN node AS b ON b.unique_id = r"
    told = database.run(f"SELECT l, r, CAST({SHARED} AS SMALLINT) AS shared FROM asked {nodes} ORDER BY l, r")  # noqa: S608  # names of our own
    shared[found.rows[asked]] = np.asarray(told.column("shared"))  # in the order of l and r, as they were asked
    return shared


def _pairs(scored: pa.Table, shared: NDArray[np.int16], compared: Compared) -> pa.Table:
    """Pairs of profiles as pairs of reports: the first report of each, and every report that looks like the first."""
    import pyarrow as pa

    l, r = (np.asarray(scored.column(side)) for side in "lr")  # noqa: E741  # as the columns are called
    first = np.asarray(compared.nodes.column("first_report"), dtype=np.int64)
    report, profile = (np.asarray(compared.looks.column(name), dtype=np.int64) for name in ("report", "profile"))
    alike = np.full(len(first), -1)
    alike[l[l == r]] = np.flatnonzero(l == r)
    more = np.flatnonzero((alike[profile] >= 0) & (report != first[profile]))
    between = np.flatnonzero(l != r)
    rows = np.concatenate([between, alike[profile[more]]])
    one = np.concatenate([first[l[between]], first[profile[more]]])
    other = np.concatenate([first[r[between]], report[more]])
    left, right = np.minimum(one, other), np.maximum(one, other)
    order = np.lexsort((right, left))
    told = scored.take(pa.array(rows[order]))
    return pa.table(
        {
            "left": pa.array(left[order], pa.int32()),
            "right": pa.array(right[order], pa.int32()),
            "probability": told.column("probability"),
            "agreed": _agreed(shared[rows[order]]),
            "weights": told.column("weights"),
        }
    )


def _agreed(shared: NDArray[np.int16]) -> pa.Array:
    """The kinds of token that are the same, ";" between, each kind being one bit of `shared`."""
    import pyarrow as pa

    met, place = np.unique(shared, return_inverse=True)
    named = [";".join(kind for at, kind in enumerate(KINDS) if each >> at & 1) for each in met.tolist()]
    return pa.array(named, pa.string()).take(pa.array(place))
