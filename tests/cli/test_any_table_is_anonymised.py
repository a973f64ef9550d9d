"""`exchange anonymise`: any table, a plan, and what comes out by each method."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from exchange.cli.main import run

METHODS = ("full_domain", "local_labels", "local_ranges", "local_suppression")
PLACES = "Kupang;Timor\nSoe;Timor\nEnde;Flores\nMaumere;Flores\nBajawa;Flores\n"
FIELDS = {
    "name": {"class": "direct"},
    "age": {"class": "quasi", "ladder": "ages.csv"},
    "place": {"class": "quasi", "ladder": "places.csv"},
    "sex": {"class": "quasi"},
    "form": {"class": "sensitive"},
}
ASKED = {"k": 4, "method": "full_domain", "l_diversity": {"form": {"no_code_above_percent": 80}}}


class Table:
    """A folder with a table of 120 invented people, its ladders, and a plan."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        chance = random.Random(7)  # the same people every time
        places = [line.split(";")[0] for line in PLACES.split()]
        self.rows = [
            (f"N{n}", str(chance.randint(14, 40)), chance.choice(places), chance.choice("fffm"), chance.choice("abc"))
            for n in range(120)
        ]
        self.write("table.csv", "\n".join(";".join(row) for row in (tuple(FIELDS), *self.rows)))
        self.write("places.csv", PLACES)
        self.write("ages.csv", "\n".join(f"{age};{age // 10 * 10}-{age // 10 * 10 + 9}" for age in range(10, 50)))

    def write(self, name: str, text: str) -> Path:
        (self.folder / name).write_text(text, encoding="utf-8")
        return self.folder / name

    def plan(self, output: dict[str, str] | None = None, **asked: Any) -> Path:
        document = {"plan": 1, "input": {"separator": ";"}, "fields": FIELDS, "protect": {**ASKED, **asked}}
        return self.write("plan.yaml", json.dumps({**document, "output": output or {}}))

    def run(self, *options: str, table: str = "table.csv", out: str = "out.csv") -> int:
        files = ("--plan", str(self.folder / "plan.yaml"), "--out", str(self.folder / out))
        return run(["--json", "anonymise", str(self.folder / table), *files, *options])

    def read(self, out: str = "out.csv") -> list[tuple[str, ...]]:
        with (self.folder / out).open(encoding="utf-8", newline="") as opened:
            head, *rows = map(tuple, csv.reader(opened, delimiter=";"))
        assert head == ("age", "place", "sex", "form")
        return rows


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(tmp_path)


def groups(rows: Sequence[tuple[str, ...]]) -> Counter[tuple[str, ...]]:
    return Counter(row[:3] for row in rows)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_makes_look_alikes_of_at_least_k(
    table: Table, method: str, capfd: pytest.CaptureFixture[str]
) -> None:
    table.plan(method=method, max_suppressed_rows_percent=5)
    assert table.run() == 0
    told = json.loads(capfd.readouterr().out)
    rows = table.read()
    assert len(rows) == told["rows"] - told["suppressed"]
    assert told["suppressed"] <= 6
    for look, size in groups(rows).items():
        forms = Counter(row[3] for row in rows if row[:3] == look)
        assert size >= 4
        assert max(forms.values()) <= 0.8 * size
    assert Counter(row[3] for row in rows) <= Counter(row[4] for row in table.rows)


def test_for_measuring_rows_stay_in_order_and_suppressed_ones_are_stars(table: Table) -> None:
    table.plan({"suppressed": "star", "order": "input"}, max_suppressed_rows_percent=10, k=6)
    assert table.run() == 0
    rows = table.read()
    assert len(rows) == len(table.rows)
    for (age, _place, _sex, form), (_name, true_age, _true_place, _true_sex, true_form) in zip(
        rows, table.rows, strict=True
    ):
        assert form in (true_form, "*")
        assert age in ("*", true_age, f"{int(true_age) // 10 * 10}-{int(true_age) // 10 * 10 + 9}")


@pytest.mark.parametrize("method", METHODS)
def test_a_later_month_is_recoded_as_the_first_was(table: Table, method: str) -> None:
    table.plan(method=method, max_suppressed_rows_percent=10)
    assert table.run("--keep", str(table.folder / "kept.json")) == 0
    assert table.run("--fixed", str(table.folder / "kept.json"), out="again.csv") == 0
    first, again = table.read(), table.read("again.csv")
    assert set(groups(again)) <= set(groups(first))
    assert len(again) >= 0.95 * len(first)  # groups that overlap may share their people in another way
    assert not any(name in (table.folder / "kept.json").read_text() for name, *_rest in table.rows)


@pytest.mark.parametrize("method", METHODS)
def test_an_engine_releases_the_same_rows(table: Table, method: str) -> None:
    table.plan(method=method, max_suppressed_rows_percent=5)
    assert table.run() == 0
    assert table.run("--engine", "duckdb", out="again.csv") == 0
    assert Counter(table.read("again.csv")) == Counter(table.read())


def test_nothing_is_written_that_the_plan_does_not_allow(table: Table, capfd: pytest.CaptureFixture[str]) -> None:
    table.plan(k=121)
    assert table.run("--keep", str(table.folder / "kept.json")) == 8
    refused = json.loads(capfd.readouterr().out)["error"]
    assert [each["code"] for each in refused] == ["protect.not_met", *["protect.offer"] * (len(refused) - 1)]
    assert "protect.k" in refused[1]["what"]
    assert not list(table.folder.glob("*out.csv*"))
    assert not (table.folder / "kept.json").exists()


def test_risk_and_loss_are_told_to_programs_and_to_people(table: Table) -> None:
    table.plan(method="local_labels")
    assert table.run("--report", str(table.folder / "r.json"), "--page", str(table.folder / "r.html")) == 0
    report = json.loads((table.folder / "r.json").read_text(encoding="utf-8"))
    assert report["after"]["smallest"] >= 4
    page = (table.folder / "r.html").read_text(encoding="utf-8")
    assert not any(place.split(";")[0] in page + json.dumps(report) for place in PLACES.split())


def test_a_dry_run_writes_nothing_and_a_file_that_is_there_stays(table: Table) -> None:
    table.plan()
    assert table.run("--dry-run") == 0
    assert not (table.folder / "out.csv").exists()
    table.write("out.csv", "mine")
    assert table.run() == 2
    assert (table.folder / "out.csv").read_text() == "mine"


def test_results_that_could_not_all_be_written_are_refused_before_any_is(
    table: Table, capfd: pytest.CaptureFixture[str]
) -> None:
    table.plan()
    both = str(table.folder / "." / "both.json")
    nowhere = str(table.folder / "nowhere" / "r.html")
    assert table.run("--report", both, "--keep", str(table.folder / "both.json"), "--page", nowhere) == 2
    refused = json.loads(capfd.readouterr().out)["error"]
    assert {each["code"] for each in refused} == {"usage.file_twice", "usage.no_folder"}
    assert not (table.folder / "out.csv").exists()


def test_a_table_that_does_not_fit_its_plan_is_refused_without_a_value(
    table: Table, capfd: pytest.CaptureFixture[str]
) -> None:
    table.plan()
    table.write("strange.csv", "name;age;place;sex;form\nSinta;31;Atambua;f;a\n")
    assert table.run(table="strange.csv") == 8
    told = capfd.readouterr()
    assert json.loads(told.out)["error"][0]["code"] == "ladder.not_on_it"
    assert "Atambua" not in told.out + told.err
    assert str(table.folder) not in told.out + told.err
