"""The one small face of an engine that is asked in SQL: DuckDB in memory, or Spark on a cluster.

Questions are written in what both understand. Tables that a question makes stay in the engine, and go with it.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from exchange.engines.opening import EngineName

if TYPE_CHECKING:
    import pyarrow as pa


class Database(Protocol):
    """MergeError `engine.failed`, `engine.memory` of every question."""

    @property
    def name(self) -> EngineName: ...

    @property
    def connection(self) -> Any:
        """DuckDB's connection or Spark's session, for a library that brings its own SQL."""

    def add(self, name: str, table: pa.Table) -> None:
        """Let questions see `table` as `name`."""

    def make(self, name: str, sql: str) -> None:
        """Keep what a question gives as the table `name`, in place of one that had this name."""

    def append(self, name: str, sql: str) -> None:
        """Add to a table that was made what a question gives."""

    def drop(self, *names: str) -> None:
        """Forget tables that were made or added."""

    def run(self, sql: str) -> pa.Table:
        """What a question gives."""

    def number(self, sql: str) -> int:
        """The one whole number that a question gives."""

    def key(self, *columns: str) -> str:
        """SQL for one number of 64 bits made of several values: the same for the same ones in this order."""

    def failures(self) -> AbstractContextManager[None]:
        """What the engine raises inside, as ours."""
