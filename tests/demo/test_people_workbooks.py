"""Workbooks have the layout of IOM's template, the mapping's columns appended, and Excel's own types in the cells."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from ruamel.yaml import YAML

from exchange.demo.scenario import Scenario, build
from exchange.demo.workbooks import APPENDED, COLUMNS, SHEET, TEMPLATE, write_workbook

SHARED = Path(__file__).parents[2] / "../shared"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return build()


@pytest.fixture(scope="module")
def sheet(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Worksheet:
    path = tmp_path_factory.mktemp("workbooks") / "yks.xlsx"
    write_workbook(scenario.workbook("yks", "2026-09").reports, path)
    return openpyxl.load_workbook(path)[SHEET]


def header(sheet: Worksheet, row: int, width: int) -> list[str | None]:
    return [sheet.cell(row, column).value for column in range(1, width + 1)]


def test_the_headers_are_those_of_the_template(sheet: Worksheet) -> None:
    template = SHARED / "htcds/htcds-single-select-2.0.xlsx"
    if not template.exists():
        pytest.skip("IOM's template is not beside this checkout")
    original = openpyxl.load_workbook(template, read_only=True)[SHEET]
    width = len(TEMPLATE) + 1
    rows = list(original.iter_rows(min_row=1, max_row=2, max_col=width, values_only=True))
    assert header(sheet, 1, width) == list(rows[0])
    assert header(sheet, 2, width) == list(rows[1])


def test_the_mapping_knows_every_column() -> None:
    path = SHARED / "examples/mapping-htcds.yaml"
    if not path.exists():
        pytest.skip("the example mapping is not beside this checkout")
    mapping = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    labels = [column.label for column in COLUMNS]
    assert sorted(labels) == sorted([*mapping["columns"], *mapping["stays_here"]])
    own = [label for label in mapping["columns"] if label in labels[len(TEMPLATE) :]]
    assert [column.label for column in APPENDED] == own


def column(label: str) -> int:
    return 2 + [each.label for each in COLUMNS].index(label)


def test_row_numbers_go_on_below_the_last_report(sheet: Worksheet, scenario: Scenario) -> None:
    last = 2 + len(scenario.workbook("yks", "2026-09").reports)
    assert sheet.cell(last, column("Nomor kasus")).value
    assert sheet.cell(last + 1, 1).value == last - 1
    assert not any(sheet.cell(last + 1, at).value for at in range(2, len(COLUMNS) + 2))
    assert sheet.cell(1002, 1).value == 1000


def test_cells_hold_what_the_reports_say(sheet: Worksheet, scenario: Scenario) -> None:
    for number, report in enumerate(scenario.workbook("yks", "2026-09").reports):
        for at, each in enumerate(COLUMNS, start=2):
            found = sheet.cell(number + 3, at).value
            said = each.cell(report)
            assert (found.date() if isinstance(found, datetime) else found or "") == said


def test_most_dates_are_dates_and_some_are_text(sheet: Worksheet) -> None:
    kinds = {type(sheet.cell(row, column("Incoming Referral Date")).value) for row in range(3, 180)}
    assert kinds == {datetime, str}


def test_a_broken_nik_is_a_number_that_ends_in_zero(sheet: Worksheet) -> None:
    numbers = [sheet.cell(row, column("NIK")).value for row in range(3, 188)]
    broken = [each for each in numbers if isinstance(each, int)]
    assert broken
    assert all(each % 10 == 0 and len(str(each)) == 16 for each in broken)


def test_text_that_looks_like_a_formula_stays_text(scenario: Scenario, tmp_path: Path) -> None:
    from dataclasses import replace

    report = scenario.workbook("yks", "2026-09").reports[0]
    write_workbook([replace(report, owner="=1+1")], tmp_path / "formula.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "formula.xlsx")[SHEET].cell(3, column("Case Owner"))
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_the_same_reports_give_the_same_bytes(scenario: Scenario, tmp_path: Path) -> None:
    reports = scenario.workbook("jkm", "2026-09").reports
    for name in ("first.xlsx", "second.xlsx"):
        write_workbook(reports, tmp_path / name)
    assert (tmp_path / "first.xlsx").read_bytes() == (tmp_path / "second.xlsx").read_bytes()


def test_an_empty_month_is_a_workbook_with_headers_only(scenario: Scenario, tmp_path: Path) -> None:
    write_workbook(scenario.workbook("jkm", "2026-10").reports, tmp_path / "empty.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "empty.xlsx")[SHEET]
    assert header(sheet, 2, 4)[1:] == ["Case Owner", "Salutation", "First Name"]
    assert not any(sheet.cell(3, at).value for at in range(2, len(COLUMNS) + 2))


def test_writing_leaves_no_temporary_file(scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a temporary file would hold rows")

    for name in ("mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryFile"):
        monkeypatch.setattr(tempfile, name, refuse)
    write_workbook(scenario.workbook("jkm", "2026-09").reports, tmp_path / "quiet.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["quiet.xlsx"]
