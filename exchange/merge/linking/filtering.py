"""Who is one person among rows of filters, of which nothing can be read: a linking agent's work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from exchange.engines.duckdb import Engine
from exchange.engines.sql import Database
from exchange.merge.components import components
from exchange.merge.linking import field_model
from exchange.merge.linking.field_nodes import nodes
from exchange.merge.linking.model import LINK
from exchange.merge.linking.scoring import Model, Scored, score

if TYPE_CHECKING:
    import pyarrow as pa

DRAWN = 300_000
"""Pairs by chance: how often two people's names look alike is seen in them."""


def link_filters(rows: pa.Table, database: Database | None = None) -> pa.Array:
    """int32: for each of `rows` (columns as `exchange.matching.filters.schema`) the number of its person, from 0. Rows
    of which nothing is known are persons of their own. MergeError: `engine.memory`, `engine.failed`."""
    import pyarrow as pa

    linked = score_filters(rows, LINK, database).pairs
    left, right = (np.asarray(linked.column(side), dtype=np.int64) for side in "lr")
    _roots, number = np.unique(components(rows.num_rows, left, right), return_inverse=True)
    return pa.array(number, pa.int32())


def score_filters(rows: pa.Table, least: float, database: Database | None = None) -> Scored:
    """As `scoring.score`, of pairs of `rows`."""
    if database is None:
        with Engine.open() as engine:
            return score_filters(rows, least, engine)
    database.add("nodes", nodes(rows))
    database.make("node", "SELECT * FROM nodes")
    database.make("twins", "SELECT unique_id AS l, unique_id AS r FROM node WHERE false")
    field_model.keys(database, "keys")
    return score(database, Model(field_model.COMPARISONS, field_model.witnesses(), DRAWN), rows.num_rows, least)
