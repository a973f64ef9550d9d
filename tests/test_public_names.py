"""What others may build on: a short list, each name documented, and nothing heavy loaded before it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import exchange


@pytest.mark.parametrize("name", exchange.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    assert (getattr(exchange, name).__doc__ or "").strip()


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(Path(exchange.__file__).read_text(encoding="utf-8"))
    told = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.asname for node in told.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen == set(exchange.__all__)


def test_a_name_that_is_not_public_is_refused() -> None:
    with pytest.raises(AttributeError):
        exchange.everything  # noqa: B018


@pytest.mark.parametrize("command", ["import exchange", "import exchange.cli.main"])
def test_nothing_heavy_is_loaded_before_it_is_used(command: str) -> None:
    heavy = {"pandas", "numpy", "pyarrow", "duckdb", "splink", "paramiko", "cryptography", "nacl", "jinja2", "pydantic"}
    code = f"{command}; import sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not heavy & set(loaded)
