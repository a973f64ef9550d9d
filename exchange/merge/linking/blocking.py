"""Which pairs are worth comparing: those that share a key, in blocks that never explode.

A block is all nodes that have one key. Everybody in a small one is compared with everybody. In a large one only its
first nodes are compared with all others, fewer the larger it is, so that a block adds pairs like its size and not like
its square. Nodes are numbered so that every source's first ones come first: whoever fills a block does not keep the
others from being found.
"""

from __future__ import annotations

from exchange.engines.sql import Database

WHOLE = 30
"""A block of so many nodes is compared whole."""
FEWEST = 4
"""So many first nodes of the largest block are compared with all others."""


def block(database: Database, keys: str, out: str, since: int = 0) -> None:
    """Keep as the table `out` the pairs that share a key: l < r. `keys`: a table of key and unique_id. Only
    pairs of which one is numbered `since` or above."""
    many = f"SELECT key FROM {keys} GROUP BY key HAVING count(*) > 1"  # noqa: S608  # names of our own
    if since:
        many += f" AND max(unique_id) >= {since}"
    place, size = "row_number() OVER (PARTITION BY key ORDER BY unique_id)", "count(*) OVER (PARTITION BY key)"
    database.make(
        "ranked",
        f"""SELECT key, unique_id, CAST({place} AS INT) AS place, CAST({size} AS INT) AS size FROM {keys}
            WHERE key IN ({many})""",  # noqa: S608  # names of our own
    )
    anchors = f"greatest({FEWEST}, CASE WHEN a.size <= {WHOLE} THEN {WHOLE} ELSE {WHOLE * WHOLE} / a.size END)"
    database.make(
        out,
        f"""SELECT DISTINCT a.unique_id AS l, b.unique_id AS r FROM ranked AS a JOIN ranked AS b
            ON a.key = b.key AND a.place < b.place AND b.unique_id >= {since} AND a.place <= {anchors}""",  # noqa: S608  # names of our own
    )
    database.drop("ranked")
