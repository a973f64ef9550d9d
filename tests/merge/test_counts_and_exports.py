"""What leaves the store again: counts without small cells, and tables in which each value names its source."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pyarrow.parquet
import pytest
from merge.received import KEY, START, bundle

from exchange.bundle import csv_text
from exchange.merge.counts import count_people, notice
from exchange.merge.export import export
from exchange.merge.merging import merge
from exchange.merge.people import Merged
from exchange.merge.store import Store

FORMULA = "=HYPERLINK(1)"


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Merged:
    """Thirty women, twelve men, two others; one woman is known to two sources; the men have a formula for a status."""
    genders = ["Feminine"] * 30 + ["Masculine"] * 12 + ["NonConforming"] * 2
    rows = [
        {"x_CaseRef": f"p{n}", "prs_Gender": gender, "cas_Status": FORMULA if gender == "Masculine" else "Active"}
        for n, gender in enumerate(genders)
    ]
    tokens = {"p0": {"nik": "n", "name_dob": "d", "name_year_regency": "y"}}
    with Store.open(tmp_path_factory.mktemp("counts") / "store", KEY) as store:
        store.apply(bundle("a", rows, tokens=tokens), START)
        other = [{"x_CaseRef": "q0", "prs_Gender": "Feminine", "cas_Status": "Closed"}]
        store.apply(bundle("b", other, sender="rpk", agreement="DSA-2", tokens={"q0": tokens["p0"]}), START)
        return merge(store)


def test_people_are_counted_and_small_cells_are_not_shown(merged: Merged) -> None:
    counted = count_people(merged, [("prs_Gender",)], min_cell=5)
    cells = {cell.values[0]: cell.count for cell in counted.tables[0].cells}
    assert merged.counts.reports == 45
    assert 2 not in cells.values()
    assert cells["Feminine"] == 30  # people: one of the 31 reports is of somebody counted already
    hidden = [cells.get("Masculine"), cells.get("*")]
    assert None in hidden or "*" not in cells  # else 44 - 30 - 12 would give the two away


def test_notice_and_caveats_of_every_source_lie_beside_the_counts(merged: Merged) -> None:
    counted = count_people(merged, [("prs_Gender",)], min_cell=5)
    assert counted.notice == notice()
    assert {caveat.code for caveat in counted.caveats} == {"C-yks", "C-rpk"}


def test_field_that_nobody_sent_counts_as_unknown(merged: Merged) -> None:
    (table,) = count_people(merged, [("x_OriginProvince",)], min_cell=5).tables
    assert {cell.values: cell.count for cell in table.cells}["",] == 44


def test_every_value_stands_beside_its_source(merged: Merged, tmp_path: Path) -> None:
    export(merged, tmp_path / "out", ["csv"])
    head, rows = csv_text.read((tmp_path / "out/people.csv").read_bytes())
    people = [dict(zip(head, row, strict=True)) for row in rows]
    assert len(people) == 44
    both = next(person for person in people if person["reports"] == "2")
    assert both["sources"] == "rpk;yks"
    assert (both["cas_Status"], both["cas_Status (source)"]) in {("Active", "yks 2026-09"), ("Closed", "rpk 2026-09")}
    assert "x_CaseRef" not in head


def test_no_cell_is_a_formula(merged: Merged, tmp_path: Path) -> None:
    export(merged, tmp_path / "out", ["csv", "xlsx"])
    text = (tmp_path / "out/people.csv").read_text()
    assert f",{FORMULA}" not in text
    assert f"'{FORMULA}" in text
    with zipfile.ZipFile(tmp_path / "out/merged.xlsx") as book:
        sheets = [book.read(name) for name in book.namelist() if name.startswith("xl/worksheets/")]
        assert FORMULA.encode() in book.read("xl/sharedStrings.xml")
    assert len(sheets) == 4
    assert not any(b"<f" in sheet.replace(b"<formatPr", b"") for sheet in sheets)


def test_files_are_private_and_carry_the_notice(merged: Merged, tmp_path: Path) -> None:
    files = export(merged, tmp_path / "out", ["csv", "xlsx", "parquet"])
    assert {file.name for file in files} == {
        "people.csv", "reports.csv", "conflicts.csv", "merged.xlsx",
        "people.parquet", "reports.parquet", "conflicts.parquet", "about.txt",
    }  # fmt: skip
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert {file.name for file in (tmp_path / "out").iterdir()} == {file.name for file in files}
    assert notice() in (tmp_path / "out/about.txt").read_text()
    assert "C-rpk" in (tmp_path / "out/about.txt").read_text()
    kept = pyarrow.parquet.ParquetFile(tmp_path / "out/people.parquet").read()
    assert notice() in kept.schema.metadata[b"about"].decode()
    assert kept.num_rows == 44
