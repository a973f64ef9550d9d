from __future__ import annotations

from pathlib import Path

import pytest
from crypto.stock_age import install_npm_age


@pytest.fixture(scope="session")
def npm_age_script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """npm's age-encryption, installed once for all tests that use it."""
    return install_npm_age(tmp_path_factory.mktemp("npm-age"))
