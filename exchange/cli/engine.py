"""Which engine links the reports, and where."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import click

from exchange.cli import desk
from exchange.errors import Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.engines.opening import EngineName
    from exchange.engines.sql import Database


def engine_option() -> desk.Options:
    what = _("what links: DuckDB on this machine, or Spark, also on a cluster; the links are the same")
    kinds = click.Choice(["duckdb", "spark"])
    return click.option("--engine", type=kinds, default="duckdb", is_eager=True, help=what)  # before --master


def master_option() -> desk.Options:
    what = _("with --engine spark: the cluster, as Spark names it; else this machine")
    return click.option("--master", metavar="MASTER", callback=_of_spark, help=what)


def linking(engine: EngineName, master: str | None) -> AbstractContextManager[Database]:
    """The database to link in. MergeError as `engines.opening.asked_in_sql`."""
    from exchange.engines.opening import asked_in_sql

    return asked_in_sql(engine, master=master or "local[*]")


def _of_spark(context: click.Context, _option: click.Parameter, master: str | None) -> str | None:
    if master is not None and context.params["engine"] != "spark":
        what, hint = _("--master says where Spark runs"), _("add --engine spark")
        raise UsageError(Problem("usage.master", what, hint=hint))
    return master
