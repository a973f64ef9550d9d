"""`exchange ladder`: what is printed can be edited and checked, and goes into an agreement as it stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from agreements.example import changed, problems

from exchange.cli.main import run


def test_a_printed_ladder_is_checked_as_one_of_ones_own(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["ladder", "show", "industry"]) == 0
    printed = capfd.readouterr().out
    assert printed.startswith("section,sector,broad_sector\nA_")
    (tmp_path / "own.csv").write_text(printed, encoding="utf-8")
    assert run(["--json", "ladder", "check", str(tmp_path / "own.csv")]) == 0
    assert json.loads(capfd.readouterr().out)["levels"] == ["section", "sector", "broad_sector"]


def test_without_its_head_a_ladder_is_one_for_any_table(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["ladder", "show", "industry", "--no-head"]) == 0
    assert capfd.readouterr().out.startswith("A_")


def test_the_rule_that_check_writes_is_one(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows = "state,phase\nActive,Open\nFollowUp,Open\nClosed,Shut\nClosedReferred,Shut\n"
    (tmp_path / "own.csv").write_text(rows, encoding="utf-8")
    assert run(["ladder", "check", str(tmp_path / "own.csv")]) == 0
    rule = capfd.readouterr().out.strip().replace("[ … ]", "[coordination]")
    assert problems(changed(("cas_Status: {rule: keep, for: [coordination]}", f"cas_Status: {rule}"))) == ()


def test_a_table_that_is_no_tree_is_refused_with_every_row(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "own.csv").write_text("state,phase\nA,x\nA,y\nB\n", encoding="utf-8")
    assert run(["--json", "ladder", "check", str(tmp_path / "own.csv")]) == 5
    found = json.loads(capfd.readouterr().out)["error"]
    assert {(each["code"], each["where"]) for each in found} == {
        ("ladder.two_parents", "own.csv, row 2"),
        ("ladder.ragged", "own.csv, row 3"),
    }


def test_a_file_that_is_not_there_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["ladder", "check", str(tmp_path / "none.csv")]) == 5
    assert str(tmp_path) not in capfd.readouterr().err


@pytest.mark.parametrize("edges", ["0,b", "", "1.5"])
def test_edges_that_are_no_numbers_are_refused(edges: str) -> None:
    assert run(["ladder", "show", "interval", "--edges", edges]) == 2
