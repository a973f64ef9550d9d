"""DuckDB releases what plain reading releases, in memory that is given to it, and puts nothing else on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protect.anonymise.engine_tables import (
    SECRET,
    case_of,
    comparable,
    plainly,
    recode,
    rows_of,
    stripped,
    through,
    write,
)
from protect.anonymise.tables import LADDERS, Case, cases, plan_of, quasi

from exchange.engines.duckdb import Engine
from exchange.engines.duckdb_file import DuckDBFile
from exchange.engines.opening import opened
from exchange.errors import DisclosureError, Problem
from exchange.protect.anonymise.table.through_engine import coded_by, released_by

LEVELS = (1, 1, 0)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("suppressed", ["star", "drop"])
def test_the_same_rows_leave_as_by_plain_reading(tmp_path: Path, kind: str, suppressed: str) -> None:
    case = case_of(output={"suppressed": suppressed})
    file, out = write(case, tmp_path / f"in.{kind}"), tmp_path / f"out.{kind}"
    coded = through("duckdb", case, file, out, LEVELS)
    assert comparable(coded) == comparable(stripped(case).coded()[0])
    assert rows_of(out) == plainly(case, LEVELS)
    assert {each.name for each in tmp_path.iterdir()} == {file.name, out.name}


@given(case=cases("full_domain"), levels=st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 1)))
@settings(max_examples=15)
def test_any_table_under_any_plan(
    tmp_path_factory: pytest.TempPathFactory, case: Case, levels: tuple[int, ...]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    coded = through("duckdb", case, write(case, folder / "in.csv"), folder / "out.csv", levels)
    assert comparable(coded) == comparable(case.coded()[0])
    assert rows_of(folder / "out.csv") == plainly(case, levels)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_what_does_not_fit_is_read_once_more_instead_of_put_aside(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, tried = case_of(), list[str]()
    file, out, whole = write(case, tmp_path / "in.csv"), tmp_path / f"out.{kind}", tmp_path / f"whole.{kind}"
    through("duckdb", case, file, whole, LEVELS)
    really = DuckDBFile._write

    def only_small_parts(self: DuckDBFile, sql: str, aside: Path, *, head: bool) -> None:
        tried.append(aside.name)
        if len(tried) in (1, 2, 4):
            raise DisclosureError(Problem("engine.memory", "full"))
        really(self, sql, aside, head=head)

    monkeypatch.setattr(DuckDBFile, "_write", only_small_parts)
    through("duckdb", case, file, out, LEVELS)
    assert len(tried) > 6
    assert rows_of(out) == plainly(case, LEVELS)
    assert in_order(out) == in_order(whole), "the parts together are the same order"


def in_order(out: Path) -> object:
    if out.suffix == ".csv":
        return out.read_bytes()
    from pyarrow import parquet

    return parquet.read_table(out).to_pylist()


def test_memory_that_is_too_small_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object, **_more: object) -> None:
        raise DisclosureError(Problem("engine.memory", "full"))

    monkeypatch.setattr(DuckDBFile, "_write", full)
    case = case_of()
    with pytest.raises(DisclosureError) as caught:
        through("duckdb", case, write(case, tmp_path / "in.csv"), tmp_path / "out.csv", LEVELS)
    assert caught.value.codes == ("engine.memory",)
    assert [each.name for each in tmp_path.iterdir()] == ["in.csv"]


def test_duckdb_spills_nowhere_and_touches_no_other_file(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a\n1\n")
    given_file = write(case_of(), tmp_path / "in.csv")
    with Engine.open(memory_limit="60MB", threads=1, files=(given_file,), error=DisclosureError) as engine:
        assert engine.number(f"SELECT count(*) FROM read_csv('{given_file}')") > 0  # noqa: S608
        for sql in (
            f"SELECT * FROM read_csv('{other}')",  # noqa: S608
            f"COPY (SELECT 1) TO '{tmp_path / 'leak.csv'}'",
            "SET temp_directory = '/tmp'",
            f"SET allowed_paths = ['{other}']",
        ):
            with pytest.raises(DisclosureError):
                engine.make("x", sql) if sql.startswith("SELECT") else engine.run(sql)
        with pytest.raises(DisclosureError) as caught:
            engine.run("SELECT md5(i::VARCHAR) AS t FROM range(4000000) s(i) ORDER BY t")
        assert caught.value.codes == ("engine.memory",)
    assert {each.name for each in tmp_path.iterdir()} == {"in.csv", "other.csv"}


def test_the_order_is_drawn_by_the_secret_and_by_nothing_else(tmp_path: Path) -> None:
    case = case_of(300)
    file = write(case, tmp_path / "in.csv")
    orders = []
    for n, secret in enumerate((SECRET, SECRET, b"another secret !")):
        through("duckdb", case, file, tmp_path / f"{n}.csv", LEVELS, secret)
        orders.append((tmp_path / f"{n}.csv").read_text())
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == sorted(orders[2])


def test_the_first_row_comes_out_anywhere(tmp_path: Path) -> None:
    head, rows = ("place", "age", "sex"), (("Ende", "12", "f"), *((("Soe", "13", "m"),) * 3))
    fields = {"place": quasi(ladder="p"), "age": quasi(ladder="a"), "sex": quasi()}
    case = Case(plan_of({"k": 1, "method": "full_domain"}, fields), head, rows)
    file = write(case, tmp_path / "in.csv")
    places = [0] * 4
    with opened("duckdb", file, ",", tmp_path / "out.csv") as table:
        found = coded_by(table, case.plan, {name: LADDERS[name] for name in head})
        assert len(table.counted(("sex", "age"))) == 2, "a table can be asked again"
        recoded = recode(found.coded, case, (0, 0, 0))
        for n in range(120):
            released_by(table, case.plan, found, recoded, tmp_path / "out.csv", n.to_bytes(16, "big"))
            places[(tmp_path / "out.csv").read_text().splitlines()[1:].index("Ende,12,f")] += 1
    assert min(places) > 12


def test_a_table_that_changes_meanwhile_is_refused(tmp_path: Path) -> None:
    case = case_of(output={"suppressed": "star"})
    file, out = write(case, tmp_path / "in.csv"), tmp_path / "out.csv"
    with opened("duckdb", file, ",", out) as table:
        found = coded_by(table, case.plan, {name: LADDERS[name] for name in case.plan.quasi})
        write(Case(case.plan, case.head, case.rows[1:]), file)
        with pytest.raises(DisclosureError) as caught:
            released_by(table, case.plan, found, recode(found.coded, case, LEVELS), out, SECRET)
    assert caught.value.codes == ("engine.not_as_found",)
    assert not out.exists()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"place,age,sex\nEnde,12\n", "engine.failed"),
        (b"place,age,sex\nEnde,12,f,more\n", "engine.failed"),
        (b"place,age,sex\nEnde,12,m\n" * 9999 + b"Ende,12,\xff\n", "engine.failed"),
        (b'place,age,sex\nEnde,12,"f\n', "engine.failed"),
        (b"\xff\xfe", "table.not_text"),
        (b"place,age,sex\n", "table.empty"),
        (b"place,age\nEnde,12\n", "table.no_column"),
        (b"place,age,sex,secret\nEnde,12,f,1\n", "table.unknown_columns"),
        (b"place,age,sex\nAtlantis,12,f\n", "ladder.not_on_it"),
    ],
)
def test_a_table_that_is_not_as_it_should_be_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    file = tmp_path / "in.csv"
    file.write_bytes(content)
    fields = {"place": quasi(ladder="p"), "age": quasi(ladder="a"), "sex": quasi()}
    plan = plan_of({"k": 1, "method": "full_domain"}, fields)
    with pytest.raises(DisclosureError) as caught, opened("duckdb", file, ",", tmp_path / "out.csv") as table:
        coded_by(table, plan, {name: LADDERS[name] for name in plan.quasi})
    assert code in caught.value.codes
    assert "Atlantis" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_a_parquet_table_with_fractions_is_refused(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table({"wage": [1.5], "age": [12], "many": [["a"]]}), tmp_path / "in.parquet")
    with pytest.raises(DisclosureError) as caught, opened("duckdb", tmp_path / "in.parquet", ",", tmp_path / "o.csv"):
        pass
    assert [(problem.code, problem.where) for problem in caught.value.problems] == [
        ("table.not_plain", "wage"),
        ("table.not_plain", "many"),
    ]


def test_an_engine_never_keeps_the_order_of_rows(tmp_path: Path) -> None:
    case = case_of(output={"order": "input"})
    with pytest.raises(DisclosureError) as caught:
        through("duckdb", case, write(case, tmp_path / "in.csv"), tmp_path / "out.csv", LEVELS)
    assert caught.value.codes == ("engine.input_order",)


def test_names_of_columns_are_no_sql(tmp_path: Path) -> None:
    head = ('pl"ace; DROP TABLE looks', "number", "rows", "c0'")
    fields = {name: quasi() for name in head[:3]} | {head[3]: {"class": "attribute"}}
    case = Case(plan_of({"k": 1, "method": "full_domain"}, fields), head, (("a", "b", "c", "'); x"),) * 3)
    with opened("duckdb", write(case, tmp_path / "in.csv"), ",", tmp_path / "out.csv") as table:
        found = coded_by(table, case.plan, dict.fromkeys(head[:3], ()))
        released_by(table, case.plan, found, recode(found.coded, case, (0, 0, 0)), tmp_path / "out.csv", SECRET)
    assert rows_of(tmp_path / "out.csv") == {head: 1, case.rows[0]: 3}


def test_columns_that_duckdb_would_take_for_one_are_refused(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("age,Age\n1,2\n")
    with pytest.raises(DisclosureError) as caught, opened("duckdb", tmp_path / "in.csv", ",", tmp_path / "out.csv"):
        pass
    assert caught.value.codes == ("table.column_twice",)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    for file, out in (("in.xlsx", "out.csv"), ("in.csv", "out.txt")):
        with pytest.raises(DisclosureError) as caught, opened("duckdb", tmp_path / file, ",", tmp_path / out):
            pass
        assert caught.value.codes == ("engine.unknown_kind",)
    with pytest.raises(DisclosureError) as caught, opened("duckdb", tmp_path / "no.csv", ",", tmp_path / "out.csv"):
        pass
    assert caught.value.codes == ("table.missing_file",)
