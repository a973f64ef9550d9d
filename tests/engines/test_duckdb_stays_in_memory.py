"""The engine answers questions and touches nothing but memory."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from exchange.engines.duckdb import Engine
from exchange.errors import MergeError

PEOPLE = pa.table({"source": ["yks", "yks", "rpk"], "age": [19, 31, 44]})


def test_question_is_answered_in_arrow() -> None:
    with Engine.open() as engine:
        engine.add("people", PEOPLE)
        found = engine.run("SELECT source, count(*) AS n FROM people GROUP BY source ORDER BY source")
    assert found.to_pylist() == [{"source": "rpk", "n": 1}, {"source": "yks", "n": 2}]


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "SELECT * FROM read_csv('{folder}/in.csv')",
        "SELECT * FROM '{folder}/in.csv'",
        "ATTACH '{folder}/other.duckdb'",
        "SET temp_directory = '{folder}'",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET memory_limit = '1TB'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CREATE PERSISTENT SECRET s (TYPE s3)",
        "EXPORT DATABASE '{folder}/all'",
        "SELECT * FROM variable_of_the_caller",
    ],
)
def test_nothing_is_read_written_fetched_or_switched_on(tmp_path: Path, sql: str) -> None:
    variable_of_the_caller = PEOPLE
    (tmp_path / "in.csv").write_text("a\n1\n")
    with Engine.open() as engine, pytest.raises(MergeError) as refused:
        engine.run(sql.format(folder=tmp_path))
    assert refused.value.codes == ("engine.failed",)
    assert variable_of_the_caller.num_rows == 3
    assert [file.name for file in tmp_path.iterdir()] == ["in.csv"]


def test_what_does_not_fit_fails_and_is_not_spilled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Engine.open(memory_limit="20MB", threads=1) as engine, pytest.raises(MergeError) as refused:
        engine.run("SELECT range AS n, md5(range::TEXT) AS t FROM range(3000000) ORDER BY t")
    assert refused.value.codes == ("engine.memory",)
    assert list(tmp_path.iterdir()) == []


def test_refusal_repeats_no_value() -> None:
    with Engine.open() as engine, pytest.raises(MergeError) as refused:
        engine.run("SELECT CAST('a secret' AS INTEGER)")
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
