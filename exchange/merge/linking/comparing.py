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


@dataclass(frozen=True, slots=True)
class Level:
    """`when`: SQL over a pair's columns `x_l`, `x_r`, that holds. `m`: how often, before anything is learned, two
    reports of one person are at the level."""

    name: str
    when: str
    m: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """`silent`: SQL for "cannot be compared". The last of `levels` is whatever is left."""

    name: str
    silent: str
    levels: tuple[Level, ...]

    @property
    def column(self) -> str:
        return f"gamma_{self.name}"


def compare(database: Database, comparisons: Sequence[Comparison], pairs: str, out: str) -> None:
    """Keep as the table `out` how each of `pairs` (a table: l, r, and whatever else) of the table `node` (its column
    unique_id) stands in every comparison: a column for each, the place of the level from 0, -1 for silence."""
    database.make(
        f"{out}_pairs",
        f"SELECT l AS join_key_l, r AS join_key_r, '0' AS match_key FROM {pairs}",  # noqa: S608
    )
    linker = _linker(database, comparisons)
    linker.table_management.register_blocked_pairs_for_predict(database.splink.register(f"{out}_pairs"))
    with database.failures():
        told = linker.inference.predict(warning_mode="never").physical_name
    places = ", ".join(_place(each) for each in comparisons)
    database.make(out, f"SELECT unique_id_l AS l, unique_id_r AS r, {places} FROM {told}")  # noqa: S608
    database.drop(told, f"{out}_pairs")


def _place(comparison: Comparison) -> str:
    """splink counts levels from the last, which is 0; -1 is silence for it and for us."""
    gamma, last = comparison.column, len(comparison.levels) - 1
    return f"CAST(CASE WHEN {gamma} < 0 THEN -1 ELSE {last} - {gamma} END AS TINYINT) AS {comparison.name}"


def settings(comparisons: Sequence[Comparison]) -> Any:
    """As splink takes them. The weights say nothing yet: `learning` has its own."""
    from splink import SettingsCreator
    from splink.blocking_rule_library import CustomRule

    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_comparison(each) for each in comparisons],
        blocking_rules_to_generate_predictions=[CustomRule("l.unique_id = r.unique_id")],
        retain_matching_columns=True,  # without them splink keeps no levels either
        retain_intermediate_calculation_columns=False,
    )


def _linker(database: Database, comparisons: Sequence[Comparison]) -> Linker:
    from splink import Linker

    node = database.splink.register("node")
    return Linker(node, settings(comparisons), log_level=None, validate_settings=False)


def _comparison(comparison: Comparison) -> Any:
    import splink.comparison_level_library as levels
    from splink.comparison_library import CustomComparison

    *agreeing, last = comparison.levels
    weights = {"m_probability": 0.5, "u_probability": 0.5}
    made: list[Any] = [levels.CustomLevel(comparison.silent).configure(is_null_level=True)]
    made += [levels.CustomLevel(each.when).configure(**weights, label_for_charts=each.name) for each in agreeing]
    made.append(levels.ElseLevel().configure(**weights, label_for_charts=last.name))
    return CustomComparison(made, output_column_name=comparison.name)
