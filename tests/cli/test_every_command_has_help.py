"""No command without help, an example that parses, and a line for every option; and help loads nothing heavy."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from cli.organisations import HOUSE

from exchange.cli.main import VERBS, door, run, summaries

HEAVY = ("pydantic", "numpy", "pyarrow", "pandas", "duckdb", "splink", "paramiko", "cryptography", "nacl", "ruamel")


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command and group below `exchange`, by how it is called."""

    def below(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
        yield path, command
        if isinstance(command, click.Group):
            context = click.Context(command, info_name=path)
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None
                yield from below(f"{path} {name}", found)

    yield from below("exchange", door())


ALL = dict(commands())


@pytest.mark.parametrize("path", ALL)
def test_it_says_what_it_does_with_an_example(path: str) -> None:
    command = ALL[path]
    assert command.help, path
    assert command.epilog, path
    assert "Example" in command.epilog, path
    examples = [line for line in command.epilog.splitlines() if "exchange " in line]
    assert examples, path
    if path != "exchange" and not isinstance(command, click.Group):
        verb = path.removeprefix("exchange ")
        assert any(f" {verb} " in f"{line} " for line in examples), path


@pytest.mark.parametrize("path", ALL)
def test_every_option_says_what_it_is_for(path: str) -> None:
    for parameter in ALL[path].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path} {parameter.name}"


@pytest.mark.parametrize("path", ALL)
def test_its_examples_are_understood(path: str) -> None:
    for line in (ALL[path].epilog or "").splitlines():
        if "exchange " not in line:
            continue
        words = shlex.split(line[line.index("exchange ") :].partition(" >")[0])[1:]
        if "--language" in words:  # it is taken away before click sees the words
            at = words.index("--language")
            del words[at : at + 2]
        words = [word for word in words if word != "--json"]  # so is this, wherever it stands
        parse(door(), words)


def parse(command: click.Command, words: list[str]) -> None:
    """Take the words as click would, through all groups, without running anything."""
    context = command.make_context(command.name or "exchange", list(words))
    if isinstance(command, click.Group):
        name, found, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        assert found is not None, name
        parse(found, rest)


@pytest.mark.parametrize("path", ALL)
def test_help_leaves_with_success(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*path.split()[1:], "--help"]) == 0
    assert "Usage: exchange" in capsys.readouterr().out


def test_every_verb_is_summed_up() -> None:
    assert list(summaries()) == list(VERBS)


def test_help_loads_nothing_heavy() -> None:
    calls = [[*path.split()[1:], "--help"] for path in ALL]
    program = (
        "import sys, io, contextlib\n"
        "from exchange.cli.main import run\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    assert all(run(call) == 0 for call in {calls!r})\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=HOUSE, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", [path for path, command in ALL.items() if not isinstance(command, click.Group)])
def test_what_changes_something_can_be_tried_dry(path: str) -> None:
    reads_only = {
        "exchange card show", "exchange card list", "exchange card people list",
        "exchange card directory show",
        "exchange agreement check", "exchange agreement show",
        "exchange agreement status", "exchange agreement diff", "exchange agreement schema",
        "exchange agreement signatures export",
        "exchange agreement explain", "exchange network show", "exchange ladder show",
        "exchange ladder check", "exchange status", "exchange audit verify",
        "exchange audit entries", "exchange audit report", "exchange demo",
        "exchange letters list", "exchange letters show", "exchange doctor",
    }  # fmt: skip
    # Of the questions one is noted in the log.
    asks = path.startswith("exchange audit query ") and path != "exchange audit query pseudonym"
    has_it = any(parameter.name == "dry_run" for parameter in ALL[path].params)
    assert has_it != (asks or path in reads_only)
