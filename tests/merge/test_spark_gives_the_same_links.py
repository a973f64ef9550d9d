"""Spark links as DuckDB does, to the last digit, and puts nothing aside that can be read. `make test-spark` runs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from merge.linked_reports import Reports, by_filters, by_tokens

from exchange.engines import spark_session
from exchange.engines.duckdb import Engine
from exchange.engines.spark_sql import SparkDatabase
from exchange.errors import MergeError
from exchange.merge.linking import filtering, linking

pytest.importorskip("pyspark", reason="Spark is an extra: make test-spark runs this in an environment of its own")
PEOPLE = 1150  # about 2,000 reports


@pytest.fixture(scope="module")
def reports() -> Reports:
    return Reports.of(PEOPLE, 61)


@pytest.fixture(scope="module", autouse=True)
def fewer_pairs_by_chance() -> Iterator[None]:
    """For both engines: all of them take Spark a minute."""
    with pytest.MonkeyPatch.context() as patch:
        for those in (linking, filtering):
            patch.setattr(those, "DRAWN", 20_000)
        yield


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkDatabase]:
    """Shuffled as it is, so that a value in the clear would be seen."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(spark_session.SETTINGS, "spark.shuffle.compress", "false")
        with SparkDatabase.open(memory_limit="1GB", master="local[2]") as database:
            yield database


def test_tokens_give_the_same_links(reports: Reports, spark: SparkDatabase) -> None:
    before = sorted(Path().iterdir())
    with Engine.open() as engine:
        alone = by_tokens(reports, engine)
    assert len(alone["left"]) > 400
    assert by_tokens(reports, spark) == alone
    assert sorted(Path().iterdir()) == before, "no warehouse, no metastore"


def test_filters_give_the_same_pairs(reports: Reports, spark: SparkDatabase) -> None:
    with Engine.open() as engine:
        alone = by_filters(reports, engine)
    assert len(alone["l"]) > 400
    assert by_filters(reports, spark) == alone


def test_nothing_lies_in_the_clear(reports: Reports, spark: SparkDatabase) -> None:
    """After what was linked above: shuffled files only, no table, no checkpoint, and no token in any of them."""
    aside = Path(spark.connection.sparkContext.getConf().get("spark.local.dir"))
    spark.add("token", reports.tokens)
    spark.make("shuffled", "SELECT token, count(*) AS many FROM token GROUP BY token")
    files = [each for each in aside.rglob("*") if each.is_file() and each.suffix != ".jar"]
    held = b"".join(each.read_bytes() for each in files)
    assert len(held) > 10_000
    assert not any(token in held for token in map(written, reports.tokens.column("token").to_pylist()[::50]))
    assert not [each.name for each in files if "parquet" in each.name]
    assert not (aside / "warehouse").exists()
    assert spark.connection.sparkContext.getCheckpointDir() is None


def written(token: bytes | str) -> bytes:
    return token if isinstance(token, bytes) else token.encode()


def test_a_table_outlives_what_it_was_made_of_and_is_there_no_more_once_forgotten(spark: SparkDatabase) -> None:
    spark.add("given", pa.table({"n": [1, 2]}))
    spark.make("more", "SELECT n + 1 AS n FROM given")
    spark.make("more", "SELECT n + 1 AS n FROM more")
    spark.append("more", "SELECT 10 AS n")
    spark.drop("given", "never made")
    assert spark.number("SELECT sum(n) AS n FROM more") == 17
    spark.drop("more")
    with pytest.raises(MergeError):
        spark.run("SELECT * FROM more")


def test_a_key_is_the_same_for_the_same_values_in_this_order(spark: SparkDatabase) -> None:
    spark.add("values_of", pa.table({"one": ["a", "a", "b", "ab"], "other": ["b", "b", "a", ""]}))
    spark.make("keyed", f"SELECT {spark.key(repr('kind'), 'one', 'other')} AS key FROM values_of")  # noqa: S608
    keys = spark.run("SELECT key FROM keyed").column(0).to_pylist()
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    assert min(keys) >= 0


def test_a_question_that_fails_quotes_nothing(spark: SparkDatabase, capfd: pytest.CaptureFixture[str]) -> None:
    spark.add("said", pa.table({"name": ["Siti"]}))
    with pytest.raises(MergeError) as caught:
        spark.run("SELECT CAST(name AS INT) AS n FROM said")
    assert caught.value.codes == ("engine.failed",)
    said = capfd.readouterr()
    assert "Siti" not in f"{caught.value}{said.out}{said.err}"
