"""`exchange anonymise`: any table, a plan, and what comes out by each method."""

from __future__ import annotations

import csv
import json
import random
import re
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

import exchange.protect.anonymise
from exchange.cli.main import run

FORMAT = Path(exchange.protect.anonymise.__file__).parent
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


def test_a_kept_recoding_that_does_not_hold_gets_offers_that_hold_with_it(
    table: Table, capfd: pytest.CaptureFixture[str]
) -> None:
    kept = str(table.folder / "kept.json")
    table.plan(method="local_labels", max_suppressed_rows_percent=10)
    assert table.run("--keep", kept) == 0
    table.plan(method="local_labels", k=30)
    capfd.readouterr()
    assert table.run("--fixed", kept, out="again.csv") == 8
    (refused,) = json.loads(capfd.readouterr().out)["error"]
    *offers, last = refused["hint"].splitlines()
    assert offers
    assert "--fixed" in last
    for number, offer in enumerate(offers):
        key, value = offer.split(" would hold")[0].removeprefix("protect.").split(": ")
        table.plan(**{"method": "local_labels", "k": 30, key: json.loads(value)})
        assert table.run("--fixed", kept, out=f"taken{number}.csv") == 0


def test_a_recoding_that_another_method_found_is_refused(table: Table, capfd: pytest.CaptureFixture[str]) -> None:
    table.plan(method="local_labels", max_suppressed_rows_percent=10)
    assert table.run("--keep", str(table.folder / "kept.json")) == 0
    table.plan(method="local_ranges", max_suppressed_rows_percent=10)
    capfd.readouterr()
    assert table.run("--fixed", str(table.folder / "kept.json"), out="again.csv") == 8
    assert json.loads(capfd.readouterr().out)["error"][0]["code"] == "recoding.other_method"


def test_fields_that_tell_nothing_any_more_are_named(table: Table, capfd: pytest.CaptureFixture[str]) -> None:
    table.plan(k=60)
    assert table.run() == 0
    told = json.loads(capfd.readouterr().out)
    stars = [
        name for place, name in enumerate(("age", "place", "sex")) if {row[place] for row in table.read()} == {"*"}
    ]
    assert told["tells_nothing"] == stars != []


def test_a_population_smaller_than_the_table_is_refused_with_or_without_a_report(
    table: Table, capfd: pytest.CaptureFixture[str]
) -> None:
    plan = json.loads(table.plan().read_text(encoding="utf-8"))
    table.write("plan.yaml", json.dumps({**plan, "population": {"size": 119}}))
    assert table.run() == 8
    assert json.loads(capfd.readouterr().out)["error"][0]["code"] == "population.too_small"


def test_what_is_released_is_named_as_what_it_is(table: Table, capfd: pytest.CaptureFixture[str]) -> None:
    table.plan()
    assert table.run(out="out.xlsx") == 2
    assert json.loads(capfd.readouterr().out)["error"][0]["code"] == "usage.kind"


@pytest.mark.parametrize("engine", [(), ("--engine", "duckdb")])
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text + "\n; ;;;\n", "table.blank_row"),
        (lambda text: "sep=;\n" + text, "table.sep_line"),
    ],
)
def test_what_a_spreadsheet_adds_is_refused_in_every_way_of_reading(
    table: Table, engine: tuple[str, ...], change: Callable[[str], str], code: str, capfd: pytest.CaptureFixture[str]
) -> None:
    table.plan()
    table.write("table.csv", change((table.folder / "table.csv").read_text(encoding="utf-8")))
    table.write("places.csv", PLACES + ";nowhere\n")
    table.write("ages.csv", (table.folder / "ages.csv").read_text(encoding="utf-8") + "\n;unknown\n")
    assert table.run(*engine) == 8
    assert json.loads(capfd.readouterr().out)["error"][0]["code"] == code


def test_texts_that_are_taken_in_order_are_warned_of(table: Table, capfd: pytest.CaptureFixture[str]) -> None:
    for distance, warned in (("ordered", True), ("equal", False)):
        table.plan(l_diversity={}, t_closeness={"form": {"max": 0.9, "distance": distance}})
        assert table.run(out=f"{distance}.csv") == 0
        assert ("table.not_all_numbers" in capfd.readouterr().err) == warned


def test_a_release_without_a_row_is_none(table: Table, capfd: pytest.CaptureFixture[str]) -> None:
    table.plan(k=121, max_suppressed_rows_percent=100)
    assert table.run() == 8
    assert json.loads(capfd.readouterr().out)["error"][0]["code"] == "protect.nothing_left"
    assert not (table.folder / "out.csv").exists()


def test_demands_that_all_rows_together_break_are_named(table: Table, capfd: pytest.CaptureFixture[str]) -> None:
    plan = json.loads(table.plan(l_diversity={"form": {"no_code_above_percent": 10}}).read_text(encoding="utf-8"))
    plan["fields"]["name"] = {"class": "sensitive"}
    plan["protect"]["t_closeness"] = {"name": {"max": 0.001}}
    table.write("plan.yaml", json.dumps(plan))
    assert table.run() == 8
    assert "protect.l_diversity.form.no_code_above_percent" in json.loads(capfd.readouterr().out)["error"][0]["hint"]


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
    assert [each["code"] for each in refused] == ["protect.not_met"]
    assert refused[0]["hint"].startswith("protect.k: ")
    assert not list(table.folder.glob("*out.csv*"))
    assert not (table.folder / "kept.json").exists()


@pytest.mark.parametrize("method", METHODS)
def test_the_example_of_the_format_runs_by_every_method(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(FORMAT / "example", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    plan = Path("plan.yaml").read_text(encoding="utf-8")
    Path("plan.yaml").write_text(plan.replace("method: local_labels", f"method: {method}"), encoding="utf-8")
    (command,) = re.findall(r"^    exchange (anonymise .*)$", (FORMAT / "PLAN.md").read_text(encoding="utf-8"), re.M)
    assert run(command.split()) == 0
    assert json.loads(Path("report.json").read_text(encoding="utf-8"))["method"] == method


def test_risk_and_loss_are_told_to_programs_and_to_people(table: Table) -> None:
    table.plan(method="local_labels")
    assert table.run("--report", str(table.folder / "r.json"), "--page", str(table.folder / "r.html")) == 0
    report = json.loads((table.folder / "r.json").read_text(encoding="utf-8"))
    assert report["after"]["smallest"] >= 4
    page = (table.folder / "r.html").read_text(encoding="utf-8")
    assert not any(place.split(";")[0] in page + json.dumps(report) for place in PLACES.split())


def test_a_dry_run_tells_all_and_writes_nothing_and_a_file_that_is_there_stays(
    table: Table, capfd: pytest.CaptureFixture[str]
) -> None:
    table.plan()
    assert table.run("--dry-run") == 0
    told = json.loads(capfd.readouterr().out)
    assert told["dry_run"] is True
    assert {"rows", "suppressed", "ncp"} <= told.keys()
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
    (refused,) = json.loads(told.out)["error"]
    assert refused["code"] == "ladder.not_on_it"
    assert refused["where"] == "place, rows 2"
    assert "places.csv" in refused["what"]
    assert "Atambua" not in told.out + told.err
    assert str(table.folder) not in told.out + told.err
