"""Which pairs are worth comparing: those that share a key, in blocks that never explode.

A block is all nodes that have one key. Everybody among its first `WHOLE` is compared with everybody; who comes later is
compared with the first of the block only, and with fewer the later it comes. So a block adds pairs like its size and
not like its square. Nodes are numbered so that every source's first ones come first: whoever fills a block does not
keep the others from being found. Whether two are compared hangs on nothing that comes after them: what was compared
once need not be compared again when more has come.
"""

from __future__ import annotations

from exchange.engines.sql import Database

WHOLE = 30
FEWEST = 4
"""With so many first nodes of a block even its last one is compared."""


def block(database: Database, keys: str, out: str, since: int = 0) -> None:
    """Keep as the table `out` the pairs that share a key: l < r. `keys`: a table of key and unique_id. Only pairs of
    which one is numbered `since` or above."""
    shared = f"SELECT key FROM {keys} GROUP BY key HAVING count(*) > 1 AND max(unique_id) >= {since}"  # noqa: S608  # names of our own
    place = "row_number() OVER (PARTITION BY key ORDER BY unique_id)"
    database.make(
        "ranked",
        f"SELECT key, unique_id, CAST({place} AS INT) AS place FROM {keys} WHERE key IN ({shared})",  # noqa: S608  # names of our own
    )
    database.make(
        out,
        f"""SELECT DISTINCT a.unique_id AS l, b.unique_id AS r FROM ranked AS a JOIN ranked AS b
            ON a.key = b.key AND a.place < b.place WHERE a.place <= {WHOLE} AND b.unique_id >= {since}
            AND a.place <= greatest({FEWEST}, {WHOLE * WHOLE} / b.place)""",  # noqa: S608  # names of our own
    )
    database.drop("ranked")
