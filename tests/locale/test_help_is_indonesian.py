"""The help of every verb, in Indonesian from the first line to the last."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from exchange.locale.update import SOURCE, catalogue, entries

# In a process of its own: a command takes the language in which it is first imported.
WALK = """
import json, sys
import click
from exchange.cli.main import door
from exchange.locale import libraries_speaking, speaking

def walk(context, command):
    yield context.command_path, command.get_help(context)
    for verb in command.list_commands(context) if isinstance(command, click.Group) else []:
        below = command.get_command(context, verb)
        yield from walk(click.Context(below, info_name=verb, parent=context), below)

with speaking("id"), libraries_speaking("id"):
    front = door()
    json.dump(dict(walk(click.Context(front, info_name="exchange"), front)), sys.stdout)
"""


@pytest.fixture(scope="module")
def helps() -> dict[str, str]:
    """What `--help` says of each verb, its lines joined again."""
    run = subprocess.run(
        [sys.executable, "-c", WALK], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    return {verb: " ".join(text.split()) for verb, text in json.loads(run.stdout).items()}


def test_every_verb_is_looked_at(helps: dict[str, str]) -> None:
    assert {"exchange", "exchange pack", "exchange card words", "exchange audit verify"} <= helps.keys()


def test_no_sentence_of_help_is_english(helps: dict[str, str]) -> None:
    texts = [
        message.id if isinstance(message.id, str) else message.id[0]
        for message in entries(catalogue(SOURCE.read_bytes()))
    ]
    sentences = {" ".join(text.split()) for text in texts if len(text.split()) > 2}
    assert {
        verb: found for verb, shown in helps.items() if (found := [text for text in sentences if text in shown])
    } == {}


def test_what_click_adds_is_indonesian(helps: dict[str, str]) -> None:
    for verb, text in helps.items():
        assert text.startswith("Pemakaian: "), verb
        assert "Tampilkan pesan ini lalu keluar." in text, verb
        for english in ("Usage:", "Options:", "Commands:", "[required]", "[default:", "Example:"):
            assert english not in text, verb
