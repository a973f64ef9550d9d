"""DuckDB in memory, for data that must never reach the disk.

    with Engine.open() as engine:
        engine.add("reports", table)
        found = engine.run("SELECT source, count(*) AS n FROM reports GROUP BY source")

DuckDB 2.0 would spill to `.tmp` in the clear when memory runs short, load and fetch extensions by itself, and read any
file that a query names. All of that is off, and nothing in a query can turn it on again. What does not fit into memory
fails instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from exchange.errors import MergeError, Problem
from exchange.locale import _

if TYPE_CHECKING:
    import pyarrow as pa

_SETTINGS: dict[str, str | bool] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_unsigned_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,  # a query sees registered tables only, not the caller's variables
}
# In this order, once the connection stands: the last makes the others final.
_CLOSED = (
    "SET temp_directory = ''",
    "SET max_temp_directory_size = '0B'",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


class Engine:
    """One private connection. Close it, or use it in a `with`; what it holds is gone then."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        """The DuckDB connection itself, for a library that brings its own SQL."""

    @classmethod
    def open(cls, *, memory_limit: str = "4GB", threads: int | None = None) -> Self:
        """A fresh engine. `memory_limit` as DuckDB writes it; beyond it a query fails, nothing is spilled."""
        import duckdb

        settings: dict[str, str | bool | int | float | list[str]] = {**_SETTINGS, "memory_limit": memory_limit}
        if threads is not None:
            settings["threads"] = threads
        connection = duckdb.connect(":memory:", config=settings)
        for statement in _CLOSED:
            connection.execute(statement)
        return cls(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()

    def add(self, name: str, table: pa.Table) -> None:
        """Let queries see `table` as `name`; nothing is copied."""
        self.connection.register(name, table)

    def make(self, name: str, sql: str) -> None:
        """Keep what a query gives as the table `name`. MergeError as `run`."""
        with failures():
            self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS {sql}")

    def number(self, sql: str) -> int:
        """The one whole number that a query gives. MergeError as `run`."""
        (row,) = self.run(sql).to_pylist()
        (found,) = row.values()
        return int(found)

    def run(self, sql: str) -> pa.Table:
        """What a query gives, as Arrow. MergeError `engine.failed`, `engine.memory`."""
        with failures():
            return self.connection.sql(sql).to_arrow_table()


@contextmanager
def failures() -> Iterator[None]:
    """DuckDB's errors as ours. Its messages may quote values, so nothing of them is repeated."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException:
        raise MergeError(
            Problem(
                "engine.memory",
                _("there is not enough memory, and this data may not be put on the disk"),
                hint=_("close other programs, or use a machine with more memory"),
            )
        ) from None
    except duckdb.Error:
        raise MergeError(Problem("engine.failed", _("the database engine refused a question"))) from None
