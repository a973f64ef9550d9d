"""Each kind of entry has a writer in the house: a kind that nobody writes is a promise that nobody keeps."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from exchange.audit.entries import NEEDS, Kind

HOUSE = Path(__file__).parents[2] / "exchange"

# Kinds that no station writes, and why.
WRITTEN_BY_THE_LOG = {
    "opening.erased": "the log itself, whoever has it forget an opening: `Log.erase`",
    "log.padding": "the log itself, when it makes a checkpoint",
    "log.contradicted": "whoever keeps what others show of their logs, beside the log",
}
# Those who only read kinds, and whose words therefore show no writer.
READERS = ("asking", "audit", "demo", "reports")


def _stations() -> Iterator[Path]:
    """The files that may write entries."""
    for file in sorted(HOUSE.rglob("*.py")):
        if file.relative_to(HOUSE).parts[0] not in READERS:
            yield file


def _constants(tree: ast.AST) -> Iterator[ast.Constant]:
    return (each for each in ast.walk(tree) if isinstance(each, ast.Constant))


def _asks(node: ast.AST) -> bool:
    """A comparison, or a question to the log such as `office.noted(network, "bundle.packed")`."""
    if isinstance(node, ast.Call):
        asked = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return asked in {"noted", "entries", "of", "_told", "_entries", "_is_noted", "_not_told"}
    return isinstance(node, ast.Compare)


def written(source: str) -> set[str]:
    """The kinds that a file names elsewhere than where it reads them."""
    tree = ast.parse(source)
    read = {id(each) for node in ast.walk(tree) if _asks(node) for each in _constants(node)}
    return {str(each.value) for each in _constants(tree) if id(each) not in read} & set(get_args(Kind))


@pytest.fixture(scope="module")
def all_written() -> set[str]:
    return set().union(*(written(file.read_text(encoding="utf-8")) for file in _stations()))


@pytest.mark.parametrize("kind", get_args(Kind))
def test_each_kind_has_a_writer(all_written: set[str], kind: str) -> None:
    assert kind in all_written or kind in WRITTEN_BY_THE_LOG, f"nobody writes {kind}"


def test_exceptions_are_few_and_real() -> None:
    assert len(WRITTEN_BY_THE_LOG) <= 3
    assert set(WRITTEN_BY_THE_LOG) <= set(get_args(Kind))
    assert set(NEEDS) <= set(get_args(Kind))


def test_what_is_only_asked_for_counts_as_written_by_nobody() -> None:
    asked = 'if e.kind == "bundle.queued" or digest in office.noted(network, "bundle.received"): pass'
    assert written(asked) == set()
    assert written(asked + '\noffice.note(network, office.entry("bundle.queued"))') == {"bundle.queued"}
