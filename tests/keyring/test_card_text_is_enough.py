"""CARD.md says it all: every key of a card, certification and revocation, every namespace, the words to the letter."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel

from exchange.keyring import namespaces
from exchange.keyring.card import Card
from exchange.keyring.certification import Certification
from exchange.keyring.identity import Identity
from exchange.keyring.revocation import Revocation
from exchange.keyring.safety_words import safety_words
from exchange.keyring.shapes import CertifiedKey, EncryptionKey, Names, Person, RevokedKey, SftpAddress

Make = Callable[[str], Identity]
TEXT = (Path(__file__).parents[2] / "exchange/keyring/CARD.md").read_text(encoding="utf-8")


def section(number: int) -> str:
    return TEXT.split(f"## {number}.")[1].split(f"## {number + 1}.")[0]


def rows(text: str) -> list[str]:
    return re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)


@pytest.mark.parametrize(("number", "models"), [(3, (Card,)), (4, (Certification,)), (5, (Revocation, RevokedKey))])
def test_every_key_has_its_row_in_the_order_of_the_format(number: int, models: tuple[type[BaseModel], ...]) -> None:
    assert rows(section(number)) == [name for model in models for name in model.model_fields]


@pytest.mark.parametrize("model", [EncryptionKey, CertifiedKey, Person, SftpAddress, Names])
def test_every_key_of_a_part_is_named(model: type[BaseModel]) -> None:
    assert set(model.model_fields) <= set(re.findall(r"`(\w+)`", section(3)))


def test_every_namespace_is_named() -> None:
    said = section(2).replace("`…/", "`data-sharing-exchange/")
    assert all(f"`{each}`" in said for each in (*namespaces.ALL, namespaces.URGENT))


def test_the_words_come_out_by_the_text_alone(make: Make) -> None:
    from shamir_mnemonic.wordlist import WORDLIST  # type: ignore[import-untyped]  # it ships no types

    one, other = make("yks").root_key, make("gt-ntt").root_key
    salt = re.findall(r"salt `([^`]+)`", section(7))[0].encode()
    both = b"".join(sorted((one.raw, other.raw)))
    bits = f"{int.from_bytes(hashlib.scrypt(both, salt=salt, n=2**15, r=8, p=1, maxmem=2**26, dklen=10), 'big'):080b}"
    assert safety_words(one, other) == tuple(WORDLIST[int(bits[at : at + 10], 2)] for at in range(0, 80, 10))
