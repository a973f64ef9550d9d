from __future__ import annotations

from pathlib import Path

import pytest
from seal.parties import RECIPIENT, SENDER, Party, party


@pytest.fixture
def sender(tmp_path: Path) -> Party:
    return party(SENDER, tmp_path, RECIPIENT)


@pytest.fixture
def recipient(tmp_path: Path) -> Party:
    return party(RECIPIENT, tmp_path, SENDER)
