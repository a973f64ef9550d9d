"""splink used directly, as its guide tells to: u by random sampling, m by expectation maximisation, term frequencies.

    python -m benchmarks.linking_splink people TABLE OUT [as_written|normalised]
    python -m benchmarks.linking_splink febrl TABLE OUT [dedupe|link]

TABLE is a parquet file; OUT gets left, right, probability, in row numbers. `normalised`: names are first put through
our own normalisation, which is more than splink alone does. The comparisons are those that did best for splink on
made reports (`linking_people.py`, seed 1).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pandas as pd
import splink.comparison_level_library as levels
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on


def people(table: str, out: str, names: str = "normalised") -> None:
    rows = pd.read_parquet(table)
    rows["unique_id"] = range(len(rows))
    words = rows["full_name"].map(_normalised if names == "normalised" else _as_written)
    rows["words"] = words
    rows["name"] = words.map(" ".join).replace("", None)
    rows["first"] = words.map(lambda each: each[0] if each else None)
    rows["last"] = words.map(lambda each: each[-1] if each else None)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            _names(),
            _births(),
            cl.ExactMatch("regency").configure(term_frequency_adjustments=True),
            cl.ExactMatch("sex"),
            cl.LevenshteinAtThresholds("nik", [2]),
            cl.LevenshteinAtThresholds("phone", [1]),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("nik"),
            block_on("phone"),
            block_on("name", "sex"),
            block_on("dob", "sex"),
            block_on("birth_year", "regency"),
            block_on("regency", "first"),
            block_on("regency", "last"),
            block_on("birth_year", "first", "last"),
        ],
    )
    linker = Linker(_loaded(rows.drop(columns="cluster")), settings, log_level=None)
    sure = [block_on("nik"), block_on("phone", "name"), block_on("name", "dob", "regency")]
    _train(linker, sure, 0.5, [block_on("dob", "sex"), block_on("name", "regency")])
    _write(linker, out)


def _names() -> Any:
    """Words in any order: splink's own comparison of names knows none, and did worse by .03."""
    return cl.CustomComparison(
        [
            levels.NullLevel("name"),
            levels.ExactMatchLevel("name", term_frequency_adjustments=True),
            levels.JaroWinklerLevel("name", 0.92),
            levels.ArrayIntersectLevel("words", min_intersection=2),
            levels.JaroWinklerLevel("name", 0.85),
            levels.ArrayIntersectLevel("words", min_intersection=1),
            levels.ElseLevel(),
        ],
        output_column_name="name",
    )


def _births() -> Any:
    """The year where no more is known; splink's own comparison of dates did worse by .02."""
    return cl.CustomComparison(
        [
            levels.NullLevel("birth_year"),
            levels.ExactMatchLevel("dob"),
            levels.DamerauLevenshteinLevel("dob", 1),
            levels.ExactMatchLevel("birth_year"),
            levels.ElseLevel(),
        ],
        output_column_name="dob",
    )


def febrl(table: str, out: str, how: str) -> None:
    rows = pd.read_parquet(table)
    rows["unique_id"] = range(len(rows))
    linked = how == "link"
    settings = SettingsCreator(
        link_type="link_only" if linked else "dedupe_only",
        comparisons=[
            cl.ForenameSurnameComparison("given_name", "surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("address_1", [0.9, 0.7]),
            cl.JaroWinklerAtThresholds("suburb", [0.9, 0.7]).configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("soc_sec_id"),
            block_on("given_name", "surname"),
            block_on("date_of_birth"),
            block_on("given_name", "postcode"),
            block_on("surname", "postcode"),
            block_on("street_number", "postcode"),
            block_on("suburb", "street_number"),
            block_on("address_1"),
            block_on("surname", "suburb"),
            block_on("given_name", "suburb"),
        ],
    )
    rows = rows.drop(columns=["cluster"])
    parts = [part.drop(columns="source") for _name, part in rows.groupby("source")] if linked else [rows]
    linker = Linker(_loaded(*parts), settings, log_level=None)
    _train(linker, [block_on("soc_sec_id")], 0.9, [block_on("date_of_birth"), block_on("postcode")])
    _write(linker, out)


def _loaded(*parts: pd.DataFrame) -> Any:
    database = DuckDBAPI()
    found = [database.register(part) for part in parts]
    return found if len(found) > 1 else found[0]


def _train(linker: Any, sure: list[Any], recall: float, blocks: list[Any]) -> None:
    linker.training.estimate_probability_two_random_records_match(sure, recall=recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for block in blocks:
        linker.training.estimate_parameters_using_expectation_maximisation(block, record_sample_proportion=1.0)


def _write(linker: Any, out: str) -> None:
    found = linker.inference.predict(threshold_match_probability=1e-4, warning_mode="never").as_pandas_dataframe()
    names = {"unique_id_l": "left", "unique_id_r": "right", "match_probability": "probability"}
    found.rename(columns=names)[list(names.values())].to_parquet(out, index=False)


def _normalised(name: str) -> list[str]:
    from exchange.matching.names import words

    return sorted(words(name))


def _as_written(name: str) -> list[str]:
    return str(name).lower().split()


if __name__ == "__main__":
    works: dict[str, Callable[..., None]] = {"people": people, "febrl": febrl}
    works[sys.argv[1]](*sys.argv[2:])
