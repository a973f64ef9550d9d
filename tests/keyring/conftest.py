from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from exchange.keyring.identity import Identity, new_identity
from exchange.keyring.shapes import Names

Make = Callable[[str], Identity]


@pytest.fixture(scope="session")
def make() -> Make:
    """An identity of an invented party."""

    def made(party: str) -> Identity:
        names = Names(id=f"Yayasan {party} (contoh)", en=f"Foundation {party} (example)")
        return new_identity(party, names, f"dpo@{party}.example", date(2026, 9, 1))

    return made
