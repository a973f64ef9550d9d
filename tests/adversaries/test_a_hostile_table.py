"""`exchange anonymise` among hostile files: tables, ladders and kept recodings that lie, and places that cannot hold a
file. Each is refused with its code, no value in it, and nothing is left behind; or the answer is right."""

from __future__ import annotations

import csv
import json
import tracemalloc
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from exchange.agreements.strict_yaml import read
from exchange.cli.main import run
from exchange.errors import DisclosureError
from exchange.protect.anonymise.checking import broken
from exchange.protect.anonymise.plan import Plan
from exchange.protect.anonymise.recoded import Recoded, ladder_labels
from exchange.protect.anonymise.table.coding import coded
from exchange.protect.anonymise.table.reading import Source, Texts

ROWS = [(str(age), place) for age in range(20, 25) for place in "xyz" for _again in range(3)]
NAMES = {"plan": 1, "fields": {"name": {"class": "quasi"}}, "protect": {"k": 1, "method": "local_labels"}}
EVERYBODY = {"name": "place", "labels": [{"text": "*", "covers": ["x", "y", "z"]}]}


class Desk:
    """A folder with a table, its plan, and what else somebody puts there."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capfd = folder, capfd
        self.table(ROWS)
        self.plan()

    def write(self, name: str, content: str) -> Path:
        file = self.folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(content, encoding="utf-8", newline="")
        return file

    def table(self, rows: Sequence[tuple[str, str]], head: str = "age,place\n", name: str = "table.csv") -> Path:
        return self.write(name, head + "".join(f"{age},{place}\n" for age, place in rows))

    def plan(self, given: Mapping[str, Any] | None = None, ladder: str | None = None, **asked: Any) -> None:
        fields = {"age": {"class": "quasi"}, "place": {"class": "quasi"} | ({"ladder": ladder} if ladder else {})}
        protect = {"k": 2, "method": "local_labels", "max_suppressed_rows_percent": 100, **asked}
        self.write("plan.yaml", json.dumps({"plan": 1, "input": given or {}, "fields": fields, "protect": protect}))

    def run(self, *options: str, table: str = "table.csv", out: str = "out.csv") -> int:
        files = (self.folder / table, "--plan", self.folder / "plan.yaml", "--out", self.folder / out)
        return run(["--json", "anonymise", *map(str, files), *options])

    def refused(self, *options: str, status: int = 8, out: str = "out.csv") -> list[str]:
        """The codes of a refusal, which left no file; it holds neither a value SECRET nor the way to the folder."""
        before = {*self.folder.iterdir()}
        assert self.run(*options, out=out) == status
        told = self._capfd.readouterr().out
        assert "SECRET" not in told
        assert str(self.folder) not in told
        assert {*self.folder.iterdir()} == before
        return [each["code"] for each in json.loads(told)["error"]]

    def kept(self, *labels: tuple[str, Sequence[str]], groups: Sequence[Sequence[int]] = ((0, 0),)) -> Sequence[str]:
        age = {"name": "age", "labels": [{"text": text, "covers": covers} for text, covers in labels]}
        recoding = {"recoding": 1, "method": "local_labels", "fields": [age, EVERYBODY], "groups": groups}
        file = self.write("kept.json", json.dumps(recoding))
        return "--fixed", str(file)

    def read(self, out: str = "out.csv") -> list[tuple[str, ...]]:
        with (self.folder / out).open(encoding="utf-8", newline="") as opened:
            return sorted(map(tuple, csv.reader(opened)))


@pytest.fixture
def desk(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capfd)


@pytest.mark.parametrize("engine", [(), ("--engine", "duckdb")], ids=["here", "duckdb"])
def test_a_table_without_a_head_does_not_see_its_first_person_told(desk: Desk, engine: tuple[str, ...]) -> None:
    desk.table(ROWS, head="SECRET Siti,34\n")
    assert desk.refused(*engine) == ["table.unknown_columns", "table.no_column"]


@pytest.mark.parametrize(
    ("text", "covers"),
    [
        ("30-39", ["20", "21"]),
        ("=cmd()", ["20"]),
        ("24", ["20", "21"]),  # another value's own text
        ("[20, 22]", ["20", "21", "23"]),
        ("[20, 22", ["20"]),
        ("[a, b]", ["20"]),
        ("{20, 21}", ["22"]),
        ('{"20}', ["20"]),
    ],
)
def test_a_kept_label_that_lies_is_refused(desk: Desk, text: str, covers: list[str]) -> None:
    assert desk.refused(*desk.kept((text, covers))) == ["recoding.untrue_label"]


@pytest.mark.parametrize(
    ("text", "covers"), [("*", ["20", "24"]), ("[19, 22]", ["20", "22"]), ("{20, 24}", ["20", "24"]), ("20", ["20"])]
)
def test_a_kept_label_that_is_true_is_used(desk: Desk, text: str, covers: list[str]) -> None:
    assert desk.run(*desk.kept((text, [*covers, "a value that this table does not have"]))) == 0
    assert desk.read() == sorted([*[(text, "*")] * 9 * len(covers), ("age", "place")])


@pytest.mark.parametrize(
    ("labels", "groups"),
    [
        ([], []),
        ([("*", [])], [[0, 0]]),
        ([("*", ["20", "20"])], [[0, 0]]),
        ([("*", ["20"])], [[0, 0]] * 1000),
        ([("*", ["20"])], [[10**30, 0]]),
    ],
    ids=["no label", "no value", "a value twice", "a group often", "a place far out"],
)
def test_a_kept_recoding_that_is_none_is_refused(desk: Desk, labels: list[Any], groups: list[Any]) -> None:
    assert desk.refused(*desk.kept(*labels, groups=groups)) == ["recoding.unreadable"]


def test_a_kept_recoding_of_any_size_can_be_read_again(desk: Desk) -> None:
    desk.plan(method="local_suppression", max_suppressed_rows_percent=0)
    desk.table([("N" * 2_000 + str(number), "x") for number in range(300) for _twice in "12"])
    kept = desk.folder / "kept.json"
    assert desk.run("--keep", str(kept)) == 0
    assert kept.stat().st_size > 1 << 20
    assert desk.run("--fixed", str(kept), out="again.csv") == 0
    assert desk.read("again.csv") == desk.read()


def test_names_of_many_people_fit_into_memory() -> None:
    """A table of labels x values would have 100 MB of these, and a million names have no room for it at all."""
    plan = read(json.dumps(NAMES), Plan, "plan.yaml", DisclosureError, prefix="plan")
    names = Texts("name", tuple(map(str, range(10_000))), np.arange(10_000, dtype=np.int32))
    found, _of_row = coded(Source((names,), 10_000), plan, {"name": ()})
    recoded = Recoded((ladder_labels(found.quasi[0], 0),), found.combinations, np.ones(10_000, dtype=np.bool_))
    tracemalloc.start()
    assert broken(found, recoded, plan.protect) == ()
    assert tracemalloc.get_traced_memory()[1] < 20 << 20
    tracemalloc.stop()


def test_a_missing_text_that_is_a_label_is_refused(desk: Desk) -> None:
    desk.write("places.csv", "x,NA\ny,NA\nz,far\n")
    desk.plan({"missing": ["", "NA"]}, ladder="places.csv")
    desk.table([*ROWS, ("20", "NA"), ("20", "NA")])
    assert desk.refused() == ["ladder.missing_is_label"]


@pytest.mark.parametrize("value", ["two\nlines", "two\u2028lines", "two\x85lines"])
def test_a_ladder_is_read_as_a_table_is(desk: Desk, value: str) -> None:
    desk.write("places.csv", f'"{value}",near\ny,near\nz,far\n')
    desk.plan(ladder="places.csv")
    desk.table([(age, f'"{value}"' if place == "x" else place) for age, place in ROWS])
    assert desk.run() == 0
    assert {place for _age, place in desk.read()} == {"place", value, "y", "z"}


@pytest.mark.parametrize("separator", ['"', "\n", "\r"])
def test_a_separator_that_csv_needs_itself_is_refused(desk: Desk, separator: str) -> None:
    desk.plan({"separator": separator})
    assert desk.refused()[0].startswith("plan.")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_the_name_of_a_folder_overwrites_no_column(desk: Desk, kind: str) -> None:
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    file = desk.table(ROWS, name="place=x/table.csv")
    if kind == "parquet":
        ages, places = zip(*ROWS, strict=True)
        parquet.write_table(pa.table({"age": ages, "place": places}), file.with_suffix(".parquet"))
    assert desk.run("--engine", "duckdb", table=f"place=x/table.{kind}") == 0
    assert desk.read() == sorted([*ROWS, ("age", "place")])


@pytest.mark.parametrize("engine", [(), ("--engine", "duckdb")], ids=["here", "duckdb"])
def test_a_release_is_for_its_owner_alone(desk: Desk, engine: tuple[str, ...]) -> None:
    assert desk.run(*engine) == 0
    assert (desk.folder / "out.csv").stat().st_mode & 0o077 == 0


def test_an_engine_says_that_it_cannot_open_a_strange_name(desk: Desk) -> None:
    assert desk.refused("--engine", "duckdb", out="out\udcff.csv") == ["engine.unknown_name"]


def test_files_that_could_not_be_written_are_refused_before_the_search(desk: Desk) -> None:
    report, out = str(desk.folder / "r"), str(desk.folder / "." / "out.csv")
    assert desk.refused("--report", report, "--keep", report, status=2) == ["usage.file_twice"]
    assert desk.refused("--page", out, status=2) == ["usage.file_twice"]
    assert desk.refused("--report", str(desk.folder / "none" / "r"), status=2) == ["usage.no_folder"]
    assert desk.refused(out="table.csv/out.csv", status=2) == ["usage.no_folder"]


def test_no_report_stays_of_a_release_that_failed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_anything: object) -> None:
        raise OSError(28, "no space", str(desk.folder / "out.csv"))

    monkeypatch.setattr("exchange.protect.anonymise.table.writing.released", full)
    files = (("--report", "r.json"), ("--page", "p.html"), ("--keep", "k.json"))
    options = [text for option, name in files for text in (option, str(desk.folder / name))]
    assert desk.refused(*options, status=3) == ["file.disk_full"]


def test_a_column_s_name_is_text_on_the_page(desk: Desk) -> None:
    name = "<script>alert(1)</script>"
    desk.table(ROWS, head=f"age,{name}\n")
    plan = json.loads((desk.folder / "plan.yaml").read_text())
    plan["fields"][name] = plan["fields"].pop("place")
    desk.write("plan.yaml", json.dumps(plan))
    assert desk.run("--page", str(desk.folder / "p.html")) == 0
    assert "<script" not in (desk.folder / "p.html").read_text(encoding="utf-8")
