"""A text can only be translated where it is written out in full, and only while somebody is being spoken to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

HOUSE = Path(__file__).parents[2] / "exchange"
CODE = sorted(HOUSE.rglob("*.py"))
TEMPLATES = sorted(HOUSE.rglob("*.j2"))
TEXTS_OF = {"_": 1, "later": 1, "ngettext": 2, "counted_later": 2}  # how many of the arguments are texts

LATER = {"later", "counted_later"}  # translated when they are read
# What is said to people, by the name of the call; and the arguments in which commands say something of themselves.
SAYING = {"tell", "say", "give", "prompt", "confirm", "BadParameter", "UsageError", "Problem"}
OF_COMMANDS = {"help", "short_help", "epilog", "hint", "what"}
WORDS = re.compile(r"[a-z]{2,},? [a-z]{2,}")
# Said before it is known in which language.
WITHOUT_LANGUAGE = {"error: --language takes id or en [usage.language]"}


def name(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TEXTS_OF:
            yield node


def is_text(argument: ast.expr) -> bool:
    return isinstance(argument, ast.Constant) and isinstance(argument.value, str)


def outside_functions(tree: ast.Module) -> Iterator[ast.Call]:
    """The calls that run when the module is imported; decorators and defaults belong to them, bodies do not."""
    for statement in tree.body:
        inside = {
            id(call)
            for function in ast.walk(statement)
            if isinstance(function, ast.FunctionDef | ast.Lambda | ast.AsyncFunctionDef)
            for part in (function.body if isinstance(function.body, list) else [function.body])
            for call in calls(part)
        }
        told = (call for call in calls(statement) if id(call) not in inside)
        yield from (call for call in told if not (isinstance(call.func, ast.Name) and call.func.id in LATER))


@pytest.mark.parametrize("file", CODE, ids=name)
def test_a_text_is_written_out_where_it_is_translated(file: Path) -> None:
    """An f-string or a variable would reach `_` with a value in it, and find no translation."""
    if name(file) == "locale/__init__.py":  # where a text that was kept is read
        return
    for call in calls(ast.parse(file.read_text(encoding="utf-8"))):
        count = TEXTS_OF[call.func.id] if isinstance(call.func, ast.Name) else 0
        assert len(call.args) >= count, f"{name(file)}:{call.lineno}"
        assert all(map(is_text, call.args[:count])), f"{name(file)}:{call.lineno}: {ast.unparse(call)}"


@pytest.mark.parametrize("file", CODE, ids=name)
def test_no_text_is_translated_before_the_language_is_known(file: Path) -> None:
    """A text that is translated at import stays in the language of whoever came first. Commands alone are imported
    when the language is known already, one verb a process."""
    if name(file).startswith("cli/"):
        return
    found = [call.lineno for call in outside_functions(ast.parse(file.read_text(encoding="utf-8")))]
    assert found == [], f"{name(file)}: lines {found}"


@pytest.mark.parametrize("file", TEMPLATES, ids=name)
def test_a_template_writes_its_texts_out(file: Path) -> None:
    tree = jinja2.Environment(autoescape=True).parse(file.read_text(encoding="utf-8"))
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in TEXTS_OF:
            texts = call.args[: TEXTS_OF[call.node.name]]
            assert all(isinstance(text, nodes.Const) for text in texts), f"{name(file)}:{call.lineno}"


def bare(argument: ast.expr) -> Iterator[str]:
    """The words of a text that passes through no `_`."""
    parts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
    for part in parts:
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and WORDS.search(part.value):
            yield part.value


def said(call: ast.Call) -> list[ast.expr]:
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    plain = call.args if called in SAYING else []
    return [*plain, *(keyword.value for keyword in call.keywords if keyword.arg in OF_COMMANDS)]


@pytest.mark.parametrize("file", CODE, ids=name)
def test_nothing_is_said_past_the_catalogue(file: Path) -> None:
    for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call):
            found = {words for argument in said(call) for words in bare(argument)} - WITHOUT_LANGUAGE
            assert found == set(), f"{name(file)}:{call.lineno}"


def test_the_demo_tells_only_what_can_be_translated() -> None:
    """Each line of the story is a text, or is made of what texts and organisations are called."""
    for file in sorted((HOUSE / "demo").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tell":
                (told,) = node.args
                said = list(calls(told)) or isinstance(told, ast.Name)
                assert said, f"{name(file)}:{node.lineno}: {ast.unparse(told)}"
