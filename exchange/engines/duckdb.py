"""DuckDB in memory, for data that must never reach the disk: also where a query reads a file larger than memory.

    with Engine.open() as engine:
        engine.add("reports", table)
        found = engine.run("SELECT source, count(*) AS n FROM reports GROUP BY source")

DuckDB 2.0 would spill to `.tmp` in the clear when memory runs short, load and fetch extensions by itself, and read any
file that a query names. All of that is off, and nothing in a query can turn it on again. What does not fit into memory
fails instead. An engine may be given files and folders that its queries may touch, and no others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from exchange.errors import ExchangeError, MergeError, Problem
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
# Of a file DuckDB guesses that it has few rows, and would hold all of them in memory to look up our small table.
_AS_WRITTEN = (
    "SET disabled_optimizers = 'join_order,build_side_probe_side'",
    "SET preserve_insertion_order = true",
)
# In this order, once the connection stands: the last makes the others final.
_CLOSED = (
    "SET temp_directory = ''",
    "SET max_temp_directory_size = '0B'",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


class Engine:
    """One private connection. Close it, or use it in a `with`; what it holds is gone then."""

    def __init__(self, connection: Any, error: type[ExchangeError] = MergeError) -> None:
        self.connection = connection
        """The DuckDB connection itself, for a library that brings its own SQL."""
        self._error = error

    @classmethod
    def open(
        cls,
        *,
        memory_limit: str = "4GB",
        threads: int | None = None,
        files: Sequence[Path] = (),
        error: type[ExchangeError] = MergeError,
    ) -> Self:
        """A fresh engine. `memory_limit` as DuckDB writes it; beyond it a query fails, nothing is spilled. `files`: the
        files and folders that queries may read and write, where there is need. `error`: what failures are raised as,
        which is said as MergeError here."""
        import duckdb

        settings: dict[str, str | bool | int | float | list[str]] = {**_SETTINGS, "memory_limit": memory_limit}
        if threads is not None:
            settings["threads"] = threads
        connection = duckdb.connect(":memory:", config=settings)
        for statement in (*(_allowing(files) if files else ()), *_CLOSED):
            connection.execute(statement)
        return cls(connection, error)

    @property
    def name(self) -> Literal["duckdb"]:
        return "duckdb"

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
        with failures(self._error):
            self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS {sql}")

    def append(self, name: str, sql: str) -> None:
        """Add to a table that was made what a query gives. MergeError as `run`."""
        with failures(self._error):
            self.connection.execute(f"INSERT INTO {name} {sql}")

    def drop(self, *names: str) -> None:
        """Forget tables that were made or added. MergeError as `run`."""
        with failures(self._error):
            for name in names:
                self.connection.execute(f"DROP TABLE IF EXISTS {name}")

    def key(self, *columns: str) -> str:
        """SQL for one number of 64 bits made of several values."""
        return f"CAST(hash({', '.join(columns)}) >> 1 AS BIGINT)"

    def failures(self) -> AbstractContextManager[None]:
        return failures(self._error)

    def make_type(self, name: str, sql: str) -> None:
        """The type `name` of the texts that a query gives: each is a small number from then on. MergeError as `run`."""
        with failures(self._error):
            self.connection.execute(f"CREATE TYPE {name} AS ENUM ({sql})")

    def number(self, sql: str) -> int:
        """The one whole number that a query gives. MergeError as `run`."""
        (row,) = self.run(sql).to_pylist()
        (found,) = row.values()
        return int(found)

    def run(self, sql: str) -> pa.Table:
        """What a query gives, as Arrow. MergeError `engine.failed`, `engine.memory`."""
        with failures(self._error):
            return self.connection.sql(sql).to_arrow_table()


def text(value: object) -> str:
    """A text in SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def _allowing(files: Sequence[Path]) -> Iterator[str]:
    yield from _AS_WRITTEN
    for setting, those in (
        ("allowed_paths", [each for each in files if not each.is_dir()]),
        ("allowed_directories", [each for each in files if each.is_dir()]),
    ):
        yield f"SET {setting} = [{', '.join(map(text, those))}]"


@contextmanager
def failures(error: type[ExchangeError] = MergeError) -> Iterator[None]:
    """DuckDB's errors as ours. Its messages may quote values, so nothing of them is repeated."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException:
        raise error(
            Problem(
                "engine.memory",
                _("there is not enough memory, and this data may not be put on the disk"),
                hint=_("close other programs, or use a machine with more memory"),
            )
        ) from None
    except duckdb.InvalidInputException as failure:
        raise error(_not_readable(str(failure))) from None
    except duckdb.Error:
        raise error(Problem("engine.failed", _("the database engine refused a question"))) from None


def _not_readable(message: str) -> Problem:
    """Of what DuckDB says only how it begins is looked at: the rest quotes the line."""
    if message.startswith("Invalid Input Error: CSV Error"):
        hint = _("read it without --engine to see which row")
        return Problem(
            "table.not_text", _("this is no CSV table, or a row has not one value for each column"), "", hint
        )
    return Problem("engine.failed", _("the database engine refused a question"))
