"""How the tests are shared out: each file stays with one worker, and the stories of the one demo stay together."""

from __future__ import annotations

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
