"""Every benchmark starts: they run seldom, and would be broken long before anybody notices.

What their functions call is mypy's to see; here is seen that each can be imported and tells its options. None is left
out: what needs a peer's library imports it only where it is used.
"""

from __future__ import annotations

import importlib
import runpy
import sys
from pathlib import Path

import pytest

BENCHMARKS = {path.stem: path for path in (Path(__file__).parents[2] / "benchmarks").glob("*.py")}
WITH_OPTIONS = sorted(name for name, path in BENCHMARKS.items() if "import argparse" in path.read_text("utf-8"))


@pytest.mark.parametrize("name", sorted(BENCHMARKS.keys() - WITH_OPTIONS))
def test_a_benchmark_without_options_can_be_imported(name: str) -> None:
    assert importlib.import_module(f"benchmarks.{name}").__doc__


@pytest.mark.parametrize("name", WITH_OPTIONS)
def test_a_benchmark_tells_its_options(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [f"{name}.py", "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(BENCHMARKS[name]), run_name="__main__")
    assert not ended.value.code
    assert "options:\n  -h, --help" in capsys.readouterr().out
