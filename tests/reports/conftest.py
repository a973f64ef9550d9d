from __future__ import annotations

import pytest
from reports.month import Month, month


@pytest.fixture(scope="session")
def september(tmp_path_factory: pytest.TempPathFactory) -> Month:
    return month(tmp_path_factory.mktemp("september"))
