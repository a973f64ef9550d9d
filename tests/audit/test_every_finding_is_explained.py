"""Whoever gets a finding finds its code in FINDINGS.md: what it means, and whether it is wrong by itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from exchange.audit import findings

HOUSE = Path(findings.__file__).parents[1]
CODE = re.compile(r"audit\.[a-z_]+")
TEXT = (HOUSE / "audit" / "FINDINGS.md").read_text(encoding="utf-8")


def codes(room: str) -> Iterator[str]:
    """The codes that stand in the files of a room."""
    for file in sorted((HOUSE / room).glob("*.py")):
        for each in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(each, ast.Constant) and isinstance(each.value, str) and CODE.fullmatch(each.value):
                yield each.value


def test_every_finding_is_explained() -> None:
    found = {*codes("asking"), *findings._ORDER, *findings._LOOK}
    assert {each for each in found if f"`{each}`" not in TEXT} == set()


def test_what_is_to_be_looked_at_is_called_so() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| `")]
    for line in rows:
        named, weights, *_rest = (cell.strip() for cell in line.strip("|").split("|"))
        told = [each.strip("` ") for each in named.split(",")]
        said = weights.split(", ") if ", " in weights else [weights] * len(told)
        for code, weight in zip(told, said, strict=True):
            assert weight in ("", "look" if code in findings._LOOK else "wrong"), code


def test_nothing_is_explained_that_is_not_found() -> None:
    found = {*codes("asking"), *codes("audit"), *codes("witnessing"), *findings._ORDER, *findings._LOOK}
    explained = {part for part in TEXT.split("`") if part.startswith("audit.")}
    assert explained - found == set()
