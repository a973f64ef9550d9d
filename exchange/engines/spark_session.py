"""A Spark session that puts nothing aside in the clear, alone on this machine or on a cluster.

Left alone, Spark spills in the clear, shows its queries on a web page and writes them into an event log. A session that
does not have all of `CLOSED` is refused.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from exchange.errors import ExchangeError, Problem
from exchange.locale import _

CLOSED = {
    "spark.io.encryption.enabled": "true",  # what is spilled and shuffled on disk
    "spark.io.encryption.keySizeBits": "256",
    "spark.authenticate": "true",
    "spark.network.crypto.enabled": "true",  # what goes from one machine to another
    "spark.ui.enabled": "false",
    "spark.eventLog.enabled": "false",
    "spark.log.level": "OFF",  # Spark's messages quote rows
}
SETTINGS = {
    "spark.sql.caseSensitive": "true",
    "spark.sql.csv.parser.columnPruning.enabled": "false",  # a row with a cell too few is seen, whatever is asked
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.ui.showConsoleProgress": "false",
    "spark.hadoop.fs.permissions.umask-mode": "077",
}
_ALONE = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "4",  # a cluster's 200 would be 200 small files a question on one machine
}


@contextmanager
def session(memory_limit: str, master: str, error: type[ExchangeError]) -> Iterator[Any]:
    """A session of our own, whose private folder is gone at its end.

    `memory_limit`: what the driver may take, as DuckDB writes it. `master`: the cluster, as Spark names it. `error`:
    what failures are raised as: `engine.not_installed`, `engine.unsafe`, `engine.failed`.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise error(_not_installed()) from None
    if SparkSession.getActiveSession() is not None:
        raise error(_unsafe())
    folder = Path(tempfile.mkdtemp(prefix="exchange-spark-"))  # mkdtemp makes it 0700
    alone = master.startswith("local")
    settings = SETTINGS | CLOSED | (_ALONE if alone else {}) | {
        "spark.driver.memory": _java_memory(memory_limit),
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
    }  # fmt: skip
    builder = SparkSession.builder.master(master).appName("exchange")
    for name, value in settings.items():
        builder = builder.config(name, value)
    umask = os.umask(0o077)  # of Java as well: nobody else reads what it writes
    try:
        with failures(error), _silent():
            begun = builder.getOrCreate()
        try:
            if any(begun.sparkContext.getConf().get(name) != value for name, value in CLOSED.items()):
                raise error(_unsafe())
            yield begun
        finally:
            begun.stop()
    finally:
        os.umask(umask)
        shutil.rmtree(folder, ignore_errors=True)


def _java_memory(limit: str) -> str:
    """DuckDB's "2GB" is "2g" here."""
    return limit.strip().lower().removesuffix("b").removesuffix("i")


@contextmanager
def _silent() -> Iterator[None]:
    """What Java says while it starts goes nowhere."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _not_installed() -> Problem:
    hint = _("pip install 'data-sharing-exchange[spark]'; Spark also needs Java 17")
    return Problem("engine.not_installed", _("Spark is not installed"), hint=hint)


def _unsafe() -> Problem:
    what = _("this Spark session could put rows aside in the clear, or show them")
    hint = _("let the program start a session of its own; no setting of the cluster may undo its encryption")
    return Problem("engine.unsafe", what, hint=hint)


@contextmanager
def failures(error: type[ExchangeError]) -> Iterator[None]:
    """Spark's errors as `error`. Its messages may quote values, so nothing of them is repeated."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError, ConnectionError):  # the last: Java is gone
        raise error(Problem("engine.failed", _("the database engine refused a question"))) from None
