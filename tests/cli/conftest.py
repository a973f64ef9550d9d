"""Each test has a town of its own, copied from one that is built once; no variable of the caller reaches it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from cli.town import Town, built

from exchange.crypto.age import Passphrase


@pytest.fixture(scope="session")
def _one_town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return built(tmp_path_factory.mktemp("town"))


@pytest.fixture
def town(_one_town: Town, tmp_path: Path) -> Town:
    return _one_town.copied(tmp_path / "town")


@pytest.fixture(scope="session")
def _one_bundle(_one_town: Town, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """The town after its first month."""
    made = _one_town.copied(tmp_path_factory.mktemp("packed") / "town")
    made.packed()
    return made


@pytest.fixture
def in_makassar(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clock on the wall of this machine is that of Makassar."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Makassar")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def bundle(town: Town, _one_bundle: Town) -> Path:
    """One bundle on the stick for gt-ntt, as `town.packed()` leaves it: packed once, and the town copied."""
    town.becomes(_one_bundle)
    return town.bundle


@pytest.fixture(scope="session")
def _one_bundles_packs(_one_bundle: Town, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """The town when its first month has been answered, and both sides have exported their evidence."""
    made = _one_bundle.copied(tmp_path_factory.mktemp("answered") / "town")
    recipient = made.recipient()
    recipient.does("receive", "--from-folder", made.bundle.parent)
    recipient.does("deliver", "--to-folder", made.stick)
    made.sender.does("receive", "--from-folder", made.stick)
    made.sender.does("audit", "export", made.folder / "yks-pack")
    recipient.does("audit", "export", made.folder / "gt-ntt-pack")
    return made


@pytest.fixture
def packs(town: Town, _one_bundles_packs: Town) -> tuple[Path, Path]:
    """Both sides' evidence after one bundle."""
    town.becomes(_one_bundles_packs)
    return town.folder / "yks-pack", town.folder / "gt-ntt-pack"


@pytest.fixture(autouse=True)
def _nobody_else_is_asked() -> Iterator[None]:
    """No variable of whoever runs the tests reaches the program."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXCHANGE_")}
    with mock.patch.dict(os.environ, kept, clear=True):
        yield


@pytest.fixture(autouse=True)
def _little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands in this process lock keys with less work: a second and 268 MB each time would show nothing here. That
    it is all of it otherwise, `tests/keyring/test_identity.py` holds."""
    monkeypatch.setattr("exchange.keyring.locked_files.Passphrase", lambda text, _work=0: Passphrase(text, 10))
