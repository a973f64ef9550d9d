"""Spark releases what plain reading releases, and puts aside only what is encrypted. `make test-spark` runs this."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from protect.anonymise.engine_tables import case_of, comparable, plainly, rows_of, stripped, through, write
from protect.anonymise.tables import LADDERS

from exchange.engines import spark, spark_session
from exchange.engines.opening import opened
from exchange.errors import DisclosureError
from exchange.protect.anonymise.table.through_engine import coded_by

pytest.importorskip("pyspark", reason="Spark is an extra: make test-spark runs this in an environment of its own")
LEVELS = (1, 1, 0)


@pytest.mark.parametrize(("kind", "suppressed"), [("csv", "star"), ("parquet", "drop")])
def test_the_same_rows_leave_as_by_plain_reading(tmp_path: Path, kind: str, suppressed: str) -> None:
    case = case_of(output={"suppressed": suppressed})
    file, out = write(case, tmp_path / f"in.{kind}"), tmp_path / f"out.{kind}"
    coded = through("spark", case, file, out, LEVELS)
    assert comparable(coded) == comparable(stripped(case).coded()[0])
    assert rows_of(out) == plainly(case, LEVELS)
    assert all(not stat.S_IMODE(each.stat().st_mode) & 0o077 for each in (out, *out.iterdir()))
    through("duckdb", case, file, tmp_path / f"duckdb.{kind}", LEVELS)
    assert rows_of(tmp_path / f"duckdb.{kind}") == rows_of(out)


@pytest.mark.parametrize("encrypted", [True, False])
def test_what_spark_puts_aside_is_encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encrypted: bool) -> None:
    """With and without, so that the test would see what it looks for."""
    seen: list[bytes] = []
    monkeypatch.setitem(spark_session.SETTINGS, "spark.shuffle.compress", "false")
    # What is used no more would be gone whenever Java happens to clean up.
    monkeypatch.setitem(spark_session.SETTINGS, "spark.cleaner.referenceTracking", "false")
    monkeypatch.setitem(spark_session.CLOSED, "spark.io.encryption.enabled", str(encrypted).lower())
    real = spark.SparkTable.release

    def looking(self: spark.SparkTable, *arguments: Any) -> spark.SparkTable:
        written = real(self, *arguments)
        aside = Path(self._session.sparkContext.getConf().get("spark.local.dir"))
        seen.extend(each.read_bytes() for each in aside.rglob("*") if each.is_file() and "jar" not in each.suffix)
        return written

    monkeypatch.setattr(spark.SparkTable, "release", looking)
    case = case_of(2_000)
    through("spark", case, write(case, tmp_path / "in.csv"), tmp_path / "out.csv", LEVELS)
    assert sum(map(len, seen)) > 10_000
    assert any(b'said "no"' in each for each in seen) is not encrypted


def test_a_session_that_somebody_else_began_is_refused(tmp_path: Path) -> None:
    with another_session(), pytest.raises(DisclosureError) as caught:
        through("spark", case_of(), write(case_of(), tmp_path / "in.csv"), tmp_path / "out.csv", LEVELS)
    assert caught.value.codes == ("engine.unsafe",)
    assert [each.name for each in tmp_path.iterdir()] == ["in.csv"]


@contextmanager
def another_session() -> Iterator[None]:
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        yield
    finally:
        session.stop()


@pytest.mark.parametrize("row", ["Ende,12", "Ende,12,f,more"])
def test_a_ragged_row_is_refused_and_not_quoted(tmp_path: Path, row: str, capfd: pytest.CaptureFixture[str]) -> None:
    from protect.anonymise.tables import plan_of, quasi

    file = tmp_path / "in.csv"
    file.write_text(f"place,age,sex\n{row}\n")
    plan = plan_of({"k": 1, "method": "full_domain"}, {"place": quasi(ladder="p"), "age": quasi(), "sex": quasi()})
    with (
        pytest.raises(DisclosureError) as caught,
        opened("spark", file, ",", tmp_path / "o.csv", master="local[1]") as t,
    ):
        coded_by(t, plan, {"place": LADDERS["place"], "age": (), "sex": ()})
    assert caught.value.codes == ("engine.failed",)
    said = capfd.readouterr()
    assert "Ende" not in f"{caught.value}{said.out}{said.err}"


def test_a_row_without_any_value_is_refused(tmp_path: Path) -> None:
    from protect.anonymise.tables import plan_of, quasi

    file = tmp_path / "in.csv"
    file.write_text("place,sex\nEnde,f\n , \n")
    plan = plan_of({"k": 1, "method": "full_domain"}, {"place": quasi(), "sex": quasi()})
    with (
        pytest.raises(DisclosureError) as caught,
        opened("spark", file, ",", tmp_path / "o.csv", master="local[1]") as t,
    ):
        coded_by(t, plan, {"place": (), "sex": ()})
    assert caught.value.codes == ("table.blank_row",)
