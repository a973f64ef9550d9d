"""What is compared of two reports, level by level, and splink, which compares them.

A comparison is a question with a few answers in order, from "the same" to "nothing of these"; -1 is silence. What is
compared are codes that only say whether two values are the same or alike; see `field_nodes` and `token_nodes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from exchange.engines.sql import Database

if TYPE_CHECKING:
    from splink import Linker

AT_ONCE = 2_000_000
"""Pairs that are compared at a time: splink holds all that is compared of them beside each other."""


@dataclass(frozen=True, slots=True)
class Level:
    """`when`: SQL over a pair's columns `x_l`, `x_r`, that holds. `agrees`: whether something is the same at it."""

    name: str
    when: str
    agrees: bool = True


@dataclass(frozen=True, slots=True)
class Comparison:
    """`silent`: SQL for "cannot be compared". The last of `levels` is whatever is left."""

    name: str
    silent: str
    levels: tuple[Level, ...]


def compare(database: Database, comparisons: Sequence[Comparison], pairs: str, out: str) -> None:
    """Keep as the table `out` how each of `pairs` (a table: l, r, and `why`, a letter that tells why they are compared)
    of the table `node` (its column unique_id) stands in every comparison: l, r, why, and a column for each, the place
    of the level from 0, -1 for silence."""
    database.make(out, _nothing(comparisons))
    parts = database.number(f"SELECT count(*) AS n FROM {pairs}") // AT_ONCE + 1  # noqa: S608  # names of our own
    for part in range(parts):
        _compare(database, comparisons, f"{pairs} WHERE (l + r) % {parts} = {part}", out)


def _compare(database: Database, comparisons: Sequence[Comparison], pairs: str, out: str) -> None:
    api = _api(database)
    with database.failures():
        linker = _linker(api, comparisons)
        why = "CAST(why AS VARCHAR(1)) AS match_key"
        database.make("blocked", f"SELECT l AS join_key_l, r AS join_key_r, {why} FROM {pairs}")  # noqa: S608  # names of our own
        linker.table_management.register_blocked_pairs_for_predict(api.register("blocked"))
        told = linker.inference.predict(warning_mode="never")
        places = ", ".join(f"CAST(mw_{each.name} - 1 AS TINYINT) AS {each.name}" for each in comparisons)
        ends = "unique_id_l AS l, unique_id_r AS r, match_key AS why"
        found = f"SELECT {ends}, {places} FROM {told.physical_name}"  # noqa: S608  # names of our own
        database.append(out, found)
        told.drop_table_from_database_and_remove_from_cache()
    database.drop("blocked", told.physical_name)


def _nothing(comparisons: Sequence[Comparison]) -> str:
    none = ", ".join(f"CAST(0 AS TINYINT) AS {each.name}" for each in comparisons)
    return f"SELECT CAST(0 AS INT) AS l, CAST(0 AS INT) AS r, '' AS why, {none} WHERE 1 = 0"  # names of our own


def settings(comparisons: Sequence[Comparison]) -> Any:
    """As splink takes them. What it calls the weight of a level is the level's place here: of all that it works out for
    a pair only weights can be had without the values that were compared. The weights that count are `learning`'s."""
    from splink import SettingsCreator
    from splink.blocking_rule_library import CustomRule

    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_comparison(each) for each in comparisons],
        blocking_rules_to_generate_predictions=[CustomRule("l.unique_id = r.unique_id")],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,
    )


def _api(database: Database) -> Any:
    if database.name == "spark":
        from splink import SparkAPI

        # "persist": left alone it writes every step to the disk, as Parquet in the clear.
        return SparkAPI(  # type: ignore[no-untyped-call]  # splink's own
            spark_session=database.connection, break_lineage_method="persist", register_udfs_automatically=False
        )
    from splink import DuckDBAPI

    return DuckDBAPI(connection=database.connection)


def _linker(api: Any, comparisons: Sequence[Comparison]) -> Linker:
    from splink import Linker

    return Linker(api.register("node"), settings(comparisons), log_level=None, validate_settings=False)


def _comparison(comparison: Comparison) -> Any:
    import splink.comparison_level_library as levels
    from splink.comparison_library import CustomComparison

    *agreeing, last = comparison.levels
    made: list[Any] = [levels.CustomLevel(comparison.silent).configure(is_null_level=True)]
    for place, level in enumerate(agreeing):
        made.append(levels.CustomLevel(level.when).configure(**_weighing(place + 1), label_for_charts=level.name))
    made.append(levels.ElseLevel().configure(**_weighing(len(comparison.levels)), label_for_charts=last.name))
    return CustomComparison(made, output_column_name=comparison.name)


def _weighing(weight: int) -> dict[str, Any]:
    """Probabilities whose ratio is 2 ** weight; silence weighs 0."""
    return {"m_probability": 2.0 ** (weight - 100), "u_probability": 2.0**-100}
