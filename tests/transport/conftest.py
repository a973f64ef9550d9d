"""What the tests of roads share."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from transport.servers import KeyPair, a_key_pair


@pytest.fixture(scope="session")
def keys() -> KeyPair:
    return a_key_pair()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users of this machine can reach, as `tmp_path` is not."""
    folder = Path(tempfile.mkdtemp(prefix="exchange-test-"))
    folder.chmod(0o755)
    yield folder
    for place, folders, _files in os.walk(folder):
        for each in folders:
            (Path(place) / each).chmod(0o700)
    shutil.rmtree(folder)
