"""How the tests are shared out: each file stays with one worker, and the stories of the one demo stay together."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

# A property is no timing: on a busy machine one example may wait for the disk.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.parent.name
        item.add_marker(pytest.mark.xdist_group("story" if folder == "story" else str(item.path)))


MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of a random name inside
ENOUGH = 4 << 30  # bytes; a run leaves less than one
_TEMPORARY = pytest.StashKey[Path]()


@pytest.hookimpl(tryfirst=True)  # before pytest decides where temporary folders lie
def pytest_configure(config: pytest.Config) -> None:
    """Temporary folders lie in memory where there is enough: thousands of durable writes would wait for a disk."""
    given = config.option.basetemp or hasattr(config, "workerinput")
    if not given and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ENOUGH:
        config.stash[_TEMPORARY] = Path(tempfile.mkdtemp(dir=MEMORY, prefix="exchange-tests-"))
        config.option.basetemp = config.stash[_TEMPORARY] / "base"


def pytest_unconfigure(config: pytest.Config) -> None:
    if _TEMPORARY in config.stash:
        shutil.rmtree(config.stash[_TEMPORARY], ignore_errors=True)
