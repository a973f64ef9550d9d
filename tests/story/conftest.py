"""One run of the demo, which the stories look at from all sides."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from exchange.demo.ending import Ending
from exchange.demo.running import run


@dataclass(frozen=True)
class Played:
    """The demo as it was left: its folder, what it said, how it ended, and its folder for temporary files."""

    folder: Path
    said: str
    ending: Ending
    temporary: Path


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("story") / "demo"
    temporary = tmp_path_factory.mktemp("temporary")
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", os.fspath(temporary))
        patch.setattr("tempfile.tempdir", None)
        ending = run(folder, tell=said.append)
    return Played(folder, "\n".join(said), ending, temporary)
