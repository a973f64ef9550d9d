"""Spark, asked in SQL: what a question makes lies in the memory of the cluster, and what does not fit is encrypted.

    with SparkDatabase.open(master="local[2]") as database:
        database.add("reports", table)
        found = database.run("SELECT source, count(*) AS n FROM reports GROUP BY source")

No table is ever written: each is a view whose rows Spark holds, and spills under the session's own key. See
`spark_session`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Literal, Self

from exchange.engines.spark_session import failures, session
from exchange.errors import MergeError

if TYPE_CHECKING:
    import pyarrow as pa


class SparkDatabase:
    """A `Database` on one session of our own; what it holds is gone with it."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        """Spark's session itself, for a library that brings its own SQL."""

    @classmethod
    @contextmanager
    def open(cls, *, memory_limit: str = "4GB", master: str = "local[*]") -> Iterator[Self]:
        """As `spark_session.session`; failures are MergeError."""
        with session(memory_limit, master, MergeError) as opened:
            yield cls(opened)

    @property
    def name(self) -> Literal["spark"]:
        return "spark"

    def add(self, name: str, table: pa.Table) -> None:
        with self.failures():
            self._keep(name, self.connection.createDataFrame(table))

    def make(self, name: str, sql: str) -> None:
        with self.failures():
            self._keep(name, self.connection.sql(sql))

    def append(self, name: str, sql: str) -> None:
        with self.failures():
            self._keep(name, self.connection.table(name).union(self.connection.sql(sql)))

    def drop(self, *names: str) -> None:
        with self.failures():
            for name in names:
                self.connection.catalog.dropTempView(name)

    def run(self, sql: str) -> pa.Table:
        with self.failures():
            return self.connection.sql(sql).toArrow()

    def number(self, sql: str) -> int:
        (row,) = self.run(sql).to_pylist()
        (found,) = row.values()
        return int(found)

    def key(self, *columns: str) -> str:
        """None of them null: Spark would pass over it, wherever it stands."""
        return f"shiftrightunsigned(xxhash64({', '.join(columns)}), 1)"

    def failures(self) -> AbstractContextManager[None]:
        return failures(MergeError)

    def _keep(self, name: str, frame: Any) -> None:
        """Worked out at once, and from then on of its own: what it was made of is neither asked again nor told to every
        task. A local checkpoint is held as what is spilled is, under the session's key, and goes with the last view of
        it; a plain one would be written to the disk as it is."""
        frame.localCheckpoint(eager=True).createOrReplaceTempView(name)
