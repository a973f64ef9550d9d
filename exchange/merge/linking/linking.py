"""Which reports are of one person: splink compares tokens that nobody here can read, and says how sure it is.

    profiles   reports that look alike are one          (`profiles`)
    compare    pairs that share a token, level by level (`model`, splink)
    learn      chance, from the store's own reports     (`learning`)
    weigh      a probability for every pair             (splink)

A link serves counting. It never decides a case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from exchange.engines.duckdb import Engine, failures
from exchange.merge.linking.learning import Learned, Pattern, learn
from exchange.merge.linking.model import ASK, KINDS, WITNESSES, Witness
from exchange.merge.linking.profiles import frequencies, prepare
from exchange.merge.records import Records

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Links:
    """`pairs`: left and right (reports by number, left < right), probability, agreed (kinds of token, ";" between).

    Only pairs from `ASK` up. Reports that look exactly alike are joined in a chain, each to the first, so that the
    number of pairs stays small. `learned`: what the probabilities rest on.
    """

    pairs: pa.Table
    learned: Learned


def link(records: Records) -> Links:
    """The links between the reports of `records`. MergeError: `engine.memory`, `engine.failed`."""
    with Engine.open() as engine:
        prepare(engine, records)
        profiles = engine.number("SELECT count(*) FROM profile")
        with failures():
            splink = _Splink(engine)
            patterns = splink.compare() if profiles else {}
            learned = learn(WITNESSES, patterns, profiles * (profiles - 1) / 2)
            engine.make("weighed", splink.weigh(learned) if profiles else _NOTHING)
        return Links(_pairs(engine), learned)


_NOTHING = "SELECT 0 AS unique_id_l, 0 AS unique_id_r, 0.0 AS match_probability WHERE false"


class _Splink:
    """splink over the table `node` of an engine. It has no word for three things, which therefore stand elsewhere:
    bounded blocks (`profiles`), chance learned with a prior (`learning`), common values beyond one person's
    (`profiles.frequencies`, given to splink as its term frequencies)."""

    def __init__(self, engine: Engine) -> None:
        from splink import DuckDBAPI

        self._engine = engine
        self._database = DuckDBAPI(connection=engine.connection)
        self._nodes = self._database.register("node")

    def compare(self) -> dict[Pattern, int]:
        """How many pairs of profiles show each pattern; a profile of many reports makes one pair with its twin."""
        compared = self._linker(Learned(1e-4, WITNESSES), levels=True).inference.predict(warning_mode="never")
        names = [_level_column(witness) for witness in WITNESSES]
        found = self._engine.run(
            f"SELECT {', '.join(names)}, count(*) AS pairs FROM {compared.physical_name} GROUP BY ALL"  # noqa: S608  # names of our own
        )
        return {
            tuple(_place(witness, row[name]) for witness, name in zip(WITNESSES, names, strict=True)): row["pairs"]
            for row in found.to_pylist()
        }

    def weigh(self, learned: Learned) -> str:
        """SQL for every pair of nodes and its probability, from `ASK` up."""
        linker = self._linker(learned, levels=False)
        for kind in KINDS:
            frequency = self._database.register(frequencies(self._engine, kind))
            linker.table_management.register_term_frequency_lookup(frequency, kind)
        predicted = linker.inference.predict(threshold_match_probability=ASK, warning_mode="never")
        return f"SELECT unique_id_l, unique_id_r, match_probability FROM {predicted.physical_name}"  # noqa: S608  # names of our own

    def _linker(self, learned: Learned, *, levels: bool) -> Any:
        """`levels`: keep the level of every pair, and leave common values out of account."""
        from splink import Linker, SettingsCreator
        from splink.blocking_rule_library import CustomRule

        blocks = [CustomRule(f"l.{kind}_first = r.{kind}_of") for kind in KINDS]
        settings = SettingsCreator(
            link_type="dedupe_only",
            comparisons=[_comparison(witness, common=not levels) for witness in learned.witnesses],
            blocking_rules_to_generate_predictions=[*blocks, CustomRule("l.twin = r.twin")],
            probability_two_random_records_match=learned.matching,
            retain_matching_columns=levels,  # without them splink keeps no levels either
            retain_intermediate_calculation_columns=False,
        )
        return Linker(self._nodes, settings, log_level=None, validate_settings=False)


def _comparison(witness: Witness, *, common: bool) -> Any:
    import splink.comparison_level_library as levels
    from splink.comparison_library import CustomComparison

    *agreeing, differing = witness.levels
    made: list[Any] = [levels.CustomLevel(witness.silent).configure(is_null_level=True)]
    for level in agreeing:
        weights: dict[str, Any] = {"m_probability": level.m, "u_probability": level.u, "label_for_charts": level.name}
        if common and level.rare is not None:
            weights |= {
                "tf_adjustment_column": level.rare,
                "tf_minimum_u_value": level.u,
                "disable_tf_exact_match_detection": True,
            }
        made.append(levels.CustomLevel(level.when).configure(**weights))
    made.append(levels.ElseLevel().configure(m_probability=differing.m, u_probability=differing.u))
    return CustomComparison(made, output_column_name=witness.name)


def _level_column(witness: Witness) -> str:
    return f"gamma_{witness.name}"


def _place(witness: Witness, gamma: int) -> int:
    """splink counts levels from the last, which is 0; -1 is silence for it and for us."""
    return gamma if gamma < 0 else len(witness.levels) - 1 - gamma


def _pairs(engine: Engine) -> pa.Table:
    """Pairs of profiles as pairs of reports: the first report of each, and every report that looks like the first."""
    agreed = ", ".join(f"CASE WHEN l.{kind} = r.{kind} THEN '{kind}' END" for kind in KINDS)
    engine.make(
        "between",
        f"""SELECT l.report AS a, r.report AS b, match_probability AS probability, concat_ws(';', {agreed}) AS agreed
            FROM weighed JOIN profile AS l ON l.profile = unique_id_l
            JOIN profile AS r ON r.profile = unique_id_r""",  # noqa: S608  # names of our own
    )
    held = ", ".join(f"CASE WHEN l.{kind} IS NOT NULL THEN '{kind}' END" for kind in KINDS)
    engine.make(
        "within",
        f"""SELECT l.report AS a, looks.report AS b, match_probability AS probability, concat_ws(';', {held}) AS agreed
            FROM weighed JOIN profile AS l ON l.profile = unique_id_l
            JOIN looks ON looks.profile = l.profile AND looks.report <> l.report
            WHERE unique_id_r = unique_id_l + (SELECT max(profile) FROM profile)""",  # noqa: S608  # names of our own
    )
    return engine.run(
        """SELECT least(a, b)::INTEGER AS "left", greatest(a, b)::INTEGER AS "right", probability, agreed
           FROM (FROM between UNION ALL FROM within) ORDER BY ALL"""
    )
