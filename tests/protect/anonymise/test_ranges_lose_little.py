"""How little is lost on tables that others can compare: upper bounds, and what a scorer that is not ours reads."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from protect.anonymise.tables import ADULT

from exchange.agreements.strict_yaml import read
from exchange.errors import DisclosureError
from exchange.protect.anonymise.checking import broken
from exchange.protect.anonymise.coded import Coded, Numbers
from exchange.protect.anonymise.local_ranges.partitioning import local_ranges
from exchange.protect.anonymise.loss import CellLoss, measured
from exchange.protect.anonymise.models import Judge
from exchange.protect.anonymise.plan import Plan, Protection
from exchange.protect.anonymise.recoded import Recoded
from exchange.protect.anonymise.table.coding import coded, ladders_of
from exchange.protect.anonymise.table.reading import Source, read_table
from exchange.protect.anonymise.table.writing import released

COLUMNS = (
    *("sex", "age", "race", "marital-status", "education", "native-country", "workclass", "occupation"),
    "salary-class",
)
pytestmark = pytest.mark.skipif(not (ADULT / "adult.csv").exists(), reason="the Adult table is not there")


def adult_plan(loss: str) -> Plan:
    fields = {name: {"class": "quasi", "ladder": f"adult_hierarchy_{name}.csv"} for name in COLUMNS}
    document = {
        "plan": 1,
        "input": {"separator": ";"},
        "fields": fields,
        "protect": {"k": 5, "method": "local_ranges", "loss": loss},
        "output": {"suppressed": "star", "order": "input"},
    }
    return read(json.dumps(document), Plan, "plan.yaml", DisclosureError, prefix="plan")


@pytest.fixture(scope="module")
def adult() -> tuple[Source, Coded, Numbers]:
    plan = adult_plan("ncp")
    source = read_table(ADULT / "adult.csv", plan)
    return source, *coded(source, plan, ladders_of(plan, ADULT))


def searched(table: Coded, plan: Plan, k: int) -> tuple[Recoded, Protection]:
    asked = plan.protect.model_copy(update={"k": k})
    recoded = local_ranges(table, Judge(table, asked), CellLoss(table, asked.loss), 0)
    assert recoded is not None
    return recoded, asked


@pytest.mark.parametrize(
    ("loss", "k", "most"),
    [
        ("ncp", 2, 0.0065),
        ("ncp", 5, 0.0213),
        ("ncp", 11, 0.0425),
        ("ncp", 50, 0.1080),
        ("non_uniform_entropy", 5, 0.2150),
        ("non_uniform_entropy", 50, 0.4800),
    ],
)
def test_adult_loses_no_more_than_this(adult: tuple[Source, Coded, Numbers], loss: str, k: int, most: float) -> None:
    _source, table, _of_row = adult
    recoded, asked = searched(table, adult_plan(loss), k)
    assert recoded.kept.all()
    assert broken(table, recoded, asked) == ()
    assert measured(table, recoded, k, asked.loss) <= most


def test_scorer_of_others_reads_every_label_and_finds_the_same_loss(
    adult: tuple[Source, Coded, Numbers], tmp_path: Path
) -> None:
    source, table, of_row = adult
    plan = adult_plan("ncp")
    recoded, _asked = searched(table, plan, 5)
    out = tmp_path / "out.csv"
    lines = released(source, plan, of_row, recoded, bytes(16))
    out.write_text("".join(lines), encoding="utf-8")
    command = [sys.executable, str(ADULT / "score.py"), str(ADULT / "adult.csv"), f"{ADULT}/adult_hierarchy_", str(out)]
    scored = json.loads(subprocess.run([*command, "--queries", "1"], capture_output=True, check=True, text=True).stdout)
    assert scored["min_ec"] >= 5
    assert scored["suppressed"] == scored["rows_below_k"] == scored["truth_violations"] == 0
    assert "unparsed" not in scored
    assert scored["ncp"] == pytest.approx(measured(table, recoded, 5, "ncp"), abs=1e-5)
