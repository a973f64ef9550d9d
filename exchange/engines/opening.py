"""Opens a table, or a database for questions in SQL, in the engine that a person named."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from exchange.engines.table import Table, kind_of
from exchange.errors import DisclosureError, Problem
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.engines.sql import Database

EngineName = Literal["duckdb", "spark"]


@contextmanager
def opened(
    engine: EngineName,
    file: Path,
    separator: str,
    out: Path,
    *,
    memory_limit: str = "2GB",
    master: str = "local[*]",
) -> Iterator[Table]:
    """The table in `file` (.csv or .parquet; for Spark also a folder of that name), to be released to `out`.

    What is released is drafted in a private folder beside `out`, which is gone when this ends. `memory_limit`: what
    DuckDB, or Spark's driver on this machine, may take. `master`: the cluster, as Spark names it.

    DisclosureError: `table.missing_file`, `table.not_text`, `engine.unknown_kind`, `engine.unknown_name`,
    `engine.not_installed`, `engine.unsafe`, and as every question.
    """
    kind_of(out)
    _refuse_names(file.absolute(), out.absolute())
    drafts = Path(tempfile.mkdtemp(dir=out.absolute().parent, prefix=f".{out.name}."))  # mkdtemp makes it 0700
    draft = drafts / f"released{out.suffix}"
    try:
        if engine == "duckdb":
            from exchange.engines.duckdb_file import DuckDBFile

            with DuckDBFile.open(file, separator, draft, memory_limit) as table:
                yield table
        else:
            from exchange.engines.spark import SparkTable

            with SparkTable.open(file, separator, draft, memory_limit, master) as table:
                yield table
    finally:
        shutil.rmtree(drafts, ignore_errors=True)


@contextmanager
def asked_in_sql(engine: EngineName, *, memory_limit: str = "4GB", master: str = "local[*]") -> Iterator[Database]:
    """An empty database. `memory_limit`, `master`: as `opened`.

    MergeError: `engine.not_installed`, `engine.unsafe`, and as every question.
    """
    if engine == "duckdb":
        from exchange.engines.duckdb import Engine

        with Engine.open(memory_limit=memory_limit) as alone:
            yield alone
    else:
        from exchange.engines.spark_sql import SparkDatabase

        with SparkDatabase.open(memory_limit=memory_limit, master=master) as cluster:
            yield cluster


def _refuse_names(*files: Path) -> None:
    what, hint = _("an engine opens only files whose path is UTF-8 text"), _("give the file or its folder another name")
    strange = (file for file in files if str(file) != str(file).encode(errors="replace").decode())
    DisclosureError.raise_all(Problem("engine.unknown_name", what, hint=hint) for _file in strange)
