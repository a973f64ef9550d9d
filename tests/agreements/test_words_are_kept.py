"""One word for one thing: VOCABULARY.md and the code agree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import exchange

HOUSE = Path(exchange.__file__).parent
TABLE = (HOUSE / "agreements/VOCABULARY.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TABLE.splitlines()
    if line.startswith("| ") and not line.startswith("| word ")
]
# Words of DESIGN section 4 that must stand in the table.
WORDS = """
agreement · network · party · tier · purpose · extract · mapping · period · field · class · rule · ladder ·
row key · consent · held back · quasi-identifier · k · group · household · withheld · release · match token ·
caveat · monthly note · bundle · letter · sealed bundle · identity · root key · card · safety words · receipt ·
store · segment · source · person · entry · checkpoint · cosignature · certificate
"""
HONEST = ("anonymous", "anonymised", "anonymized", "unbreakable", "military-grade")


@cache
def trees() -> dict[Path, ast.Module]:
    return {file: ast.parse(file.read_text(encoding="utf-8")) for file in HOUSE.rglob("*.py")}


@cache
def names() -> frozenset[str]:
    """Every name that the code defines: classes, functions, attributes, arguments, module-level names."""
    found = {file.stem for file in trees()}
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
                found.add(node.name)
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return frozenset(found)


@cache
def said() -> tuple[tuple[Path, str], ...]:
    """Every text that a person sees, every class name and every file name."""
    return (*shown(), *types_and_files())


def shown() -> Iterator[tuple[Path, str]]:
    """Every text that a person sees: the argument of `_`."""
    for file, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
                texts = (str(each.value) for each in node.args if isinstance(each, ast.Constant))
                yield from ((file, re.sub(r"\{\w*\}", "…", text)) for text in texts)


def types_and_files() -> Iterator[tuple[Path, str]]:
    """The words of every class name and of every file name, in lower case, with spaces between."""
    for file, tree in trees().items():
        yield file, file.stem.replace("_", " ")
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                yield file, " ".join(re.findall(r"[A-Z][a-z0-9]*|[A-Z]+(?![a-z])", node.name)).lower()


def test_every_word_of_the_design_is_in_the_table_once() -> None:
    words = [row[0] for row in ROWS]
    assert len(words) == len(set(words))
    assert {word.strip() for word in WORDS.replace("\n", " ").split("·")} <= set(words)


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_word_has_its_translation_its_meaning_and_its_name_in_the_code(row: list[str]) -> None:
    _word, indonesian, meaning, in_code, _never = row
    assert indonesian
    assert meaning
    assert in_code == "–" or re.findall(r"`(\w+)`", in_code)[0] in names()


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_no_other_word_is_used_for_it(row: list[str]) -> None:
    for word in row[4].split(", "):
        pattern = re.compile(rf"\b{re.escape(word)}s?\b", re.IGNORECASE)
        used = [f"{file.relative_to(HOUSE)}: {text}" for file, text in said() if pattern.search(text)]
        assert not used, f"say {row[0]!r}, not {word!r}: {used}"


@pytest.mark.parametrize("word", HONEST)
def test_no_message_promises_more_than_is_done(word: str) -> None:
    assert not [text for _file, text in said() if word in text.lower()]
