"""The folder `keys/` holds public cards, each sound, and nothing secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.demo.cast import CAST
from exchange.keyring.card import file_name, read_card

KEYS = Path(__file__).parents[2] / "keys"


@pytest.mark.parametrize("party", [each.id for each in CAST])
def test_every_card_is_signed_by_its_own_root(party: str) -> None:
    assert read_card((KEYS / file_name(party)).read_bytes()).party == party


def test_nothing_else_lies_there_and_nothing_secret() -> None:
    assert {path.name for path in KEYS.iterdir()} == {"README.md", *(file_name(each.id) for each in CAST)}
    assert not [path.name for path in KEYS.iterdir() if b"SECRET-KEY" in path.read_bytes()]
