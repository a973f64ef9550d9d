"""pandas and R's readr read every month of the demo, and find what was released, and for what is missing, why.

The code that runs here is that of READING.md.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import frictionless
import pytest
from bundle.months import AGREEMENT, FREE, TIERS, ByHand, by_hand, counts, described, files, released, scenario, spread
from bundle.test_any_tool_opens_a_package import written
from bundle.test_pages_and_workbooks_are_harmless import with_numbers
from needs import needs, needs_r

from exchange.bundle import describe
from exchange.bundle.csv_text import as_written
from exchange.protect.protected import Protected

READING = (Path(describe.__file__).parent / "READING.md").read_text(encoding="utf-8")
LABELS = AGREEMENT.data.missing()
HARD = ["=1+1", "-8.65", "+62811000001", "'=", "a;=b", 'say "no"', "two\nlines", " blank ", "NA", "TRUE", "0012", "é",
        "＝1", "-2+3", "UNKNOWN"]  # fmt: skip
R_ANSWERS = """
for (folder in readLines("folders.txt")) {
  setwd(folder)
  package <- fromJSON("datapackage.json", simplifyVector = FALSE)
  told <- lapply(package$resources, function(each) {
    read <- table_of(package, each$name)
    list(kinds = lapply(read$values, function(column) class(column)[1]),
         values = lapply(read$values, as.character), why = as.list(read$why))
  })
  names(told) <- sapply(package$resources, `[[`, "name")
  write_file(toJSON(told, na = "null", digits = NA), "read.json")
  setwd(home)
}
"""


def block(language: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", READING, re.DOTALL)
    assert len(found) == 1
    return str(found[0])


@cache
def releases() -> dict[str, Protected]:
    """Every month of the demo for every recipient; and one with what the demo never has."""
    found = {
        f"{recipient} {book.cso} {book.month}": released(recipient, book.cso, book.month)
        for recipient in TIERS
        for book in scenario().workbooks
    }
    agreement = with_numbers()
    columns = {
        **spread("io-id", HARD, agreement),
        "cas_IncomingReferralDate": ["2026-10-04", "", "UNKNOWN", "DECLINED", "1999-12-31"] * 3,
        "x_integer": ["7", "0", "-3", "SUPPRESSED", ""] * 3,
        "x_number": ["-8.65", "0.1", "UNKNOWN", "12345678.9", ""] * 3,
    }
    table = counts(("x_OriginRegency",), (("53.01",), 7), (("53.10",), None), (("*",), 0))
    return {**found, "by hand": by_hand(ByHand(agreement, "io-id", columns, (table,)))}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("bundles")
    return {name: written(described(made)[0], home / name) for name, made in releases().items()}


def test_every_bundle_is_valid(folders: Mapping[str, Path]) -> None:
    for name, folder in folders.items():
        report = frictionless.Package(str(folder / "datapackage.json")).validate()
        assert report.valid, (name, report.flatten(["rowNumber", "fieldName", "type"])[:5])


def test_pandas_finds_what_was_released(folders: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, folder in folders.items():
        monkeypatch.chdir(folder)
        room: dict[str, Any] = {}
        exec(block("python"), room)  # noqa: S102  # our own document's
        for resource in room["package"]["resources"]:
            values, why = room["table"](room["package"], resource["name"])
            read = {column: [_told(value) for value in values[column]] for column in values}
            reasons = {column: [_told(value) for value in why[column]] for column in why}
            _assert_released(releases()[name], resource, read, reasons)


@needs("Rscript")
@needs_r("readr", "jsonlite")
def test_readr_finds_what_was_released(folders: Mapping[str, Path], tmp_path: Path) -> None:
    (tmp_path / "folders.txt").write_text("\n".join(map(str, folders.values())) + "\n")
    setting = block("r").rsplit("package <-", 1)[0]
    (tmp_path / "read.R").write_text(f"{setting}\nhome <- getwd()\n{R_ANSWERS}", encoding="utf-8")
    run = subprocess.run(
        ["Rscript", "--vanilla", "read.R"],
        check=False,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "Asia/Makassar"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    for name, folder in folders.items():
        told = json.loads((folder / "read.json").read_text(encoding="utf-8"))
        for resource in json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["resources"]:
            read = told[resource["name"]]
            _assert_kinds(resource, read["kinds"])
            _assert_released(releases()[name], resource, read["values"], read["why"])


def _assert_kinds(resource: Any, kinds: Mapping[str, list[str]]) -> None:
    known = {"date": "Date", "integer": "integer", "number": "numeric"}
    wanted = {field["name"]: [known.get(field["type"], "character")] for field in resource["schema"]["fields"]}
    assert kinds == wanted


def _told(value: Any) -> Any:
    if value is None or value != value:  # NaN, NaT
        return None
    return value.strftime("%Y-%m-%d") if hasattr(value, "strftime") else value


def _assert_released(
    protected: Protected, resource: Any, read: Mapping[str, Sequence[Any]], why: Mapping[str, Sequence[Any]]
) -> None:
    """Cell by cell: the value that was released, or nothing and the reason."""
    missing = {each["value"]: each["label"] for each in resource["schema"]["missingValues"]}
    assert resource["x-holds"] != "rows" or missing == LABELS
    types = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
    wanted = _wanted(protected, resource)
    assert list(read) == list(wanted)
    for name, values in wanted.items():
        reasons = [missing.get(value) for value in values]
        assert list(why[name]) == reasons
        known = [None if reason else value for value, reason in zip(values, reasons, strict=True)]
        if types[name] in {"integer", "number"}:
            assert [v if v is None else float(v) for v in read[name]] == [v if v is None else float(v) for v in known]
        else:
            assert list(read[name]) == known


def _wanted(protected: Protected, resource: Any) -> dict[str, list[str]]:
    names = [field["name"] for field in resource["schema"]["fields"]]
    if resource["x-holds"] == "rows":
        if protected.rows is None:  # a month without rows has the files of any other
            return {name: [] for name in names}
        return {name: protected.rows[name].to_pylist() for name in names}
    if resource["x-holds"] == "tokens":
        told = [(each.row_key, each.kind, each.token) for each in protected.tokens]
    else:
        (table,) = [each for each in protected.tables if [*each.fields, "people"] == names]
        told = [(*cell.values, "" if cell.count is None else str(cell.count)) for cell in table.cells]
    return {name: [line[at] for line in told] for at, name in enumerate(names)}


def test_the_document_takes_off_the_apostrophes_that_the_program_takes_off() -> None:
    room: dict[str, Any] = {}
    exec(block("python").rsplit("package =", 1)[0], room)  # noqa: S102  # our own document's
    content = files(described(by_hand(ByHand(FREE, "io-id", spread("io-id", HARD, FREE))))[0])[
        "data/cases.csv"
    ].decode()
    for cell in (*HARD, *content.split(",")):
        assert re.sub(room["MARK"], "", cell) == as_written(cell)
