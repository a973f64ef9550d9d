"""Each test has a county of its own, copied from one that is built once."""

from __future__ import annotations

from pathlib import Path

import pytest
from agent.county import County, county

from exchange.crypto.age import Passphrase


@pytest.fixture(scope="session")
def _one_county(tmp_path_factory: pytest.TempPathFactory) -> County:
    return county(tmp_path_factory.mktemp("county"))


@pytest.fixture(scope="session")
def _one_linked(_one_county: County, tmp_path_factory: pytest.TempPathFactory) -> County:
    """Every sender's month is with io-id, and its filters with the agent."""
    made = _one_county.copied(tmp_path_factory.mktemp("sent") / "county")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("exchange.keyring.locked_files.Passphrase", lambda text, _work=0: Passphrase(text, 10))
        for sender in ("yks", "rpk", "jkm"):
            made.packs(sender)
        made.carry()
    return made


@pytest.fixture
def county_(_one_county: County, tmp_path: Path) -> County:
    return _one_county.copied(tmp_path / "county")


@pytest.fixture
def sent(_one_linked: County, tmp_path: Path) -> County:
    return _one_linked.copied(tmp_path / "county")


@pytest.fixture(autouse=True)
def _little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands in this process lock keys with less work."""
    monkeypatch.setattr("exchange.keyring.locked_files.Passphrase", lambda text, _work=0: Passphrase(text, 10))
