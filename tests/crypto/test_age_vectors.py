"""Every one of C2SP's test vectors for age files: outcome, payload, and the class of the failure."""

from __future__ import annotations

import hashlib
import io
import zlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from exchange.crypto.age import Identity, Passphrase, open_decrypted, parse_identity, unarmor
from exchange.errors import CryptoError

VECTORS = Path(__file__).parents[2] / "../shared/vectors/age/testdata"
NAMES = sorted(file.name for file in VECTORS.iterdir()) if VECTORS.is_dir() else []
CODES = {
    "header failure": "age.header",
    "no match": "age.no_match",
    "HMAC failure": "age.mac",
    "payload failure": "age.payload",
    "armor failure": "age.armor",
}


@dataclass(frozen=True, slots=True)
class Vector:
    expect: str
    payload: str | None
    armored: bool
    identities: tuple[Identity, ...]
    file: bytes


def load(name: str) -> Vector:
    head, _, file = (VECTORS / name).read_bytes().partition(b"\n\n")
    lines = [line.split(": ", 1) for line in head.decode().splitlines()]
    keys = dict(lines)
    identities = [parse_identity(value) for key, value in lines if key == "identity"]
    passphrases = [Passphrase(value) for key, value in lines if key == "passphrase"]
    return Vector(
        keys["expect"],
        keys.get("payload"),
        keys.get("armored") == "yes",
        (*identities, *passphrases),
        zlib.decompress(file) if keys.get("compressed") == "zlib" else file,
    )


def open_all(vector: Vector) -> tuple[str, bytes]:
    """The outcome in the vectors' words, and every byte released."""
    outcome, released = "success", b""
    source = unarmor(io.BytesIO(vector.file)) if vector.armored else io.BytesIO(vector.file)
    try:
        for chunk in open_decrypted(source, vector.identities).chunks():
            released += chunk
    except CryptoError as error:
        outcome = next(name for name, code in CODES.items() if (code,) == error.codes)
    return outcome, released


@pytest.mark.skipif(not NAMES, reason="../shared/vectors/age is not here")
def test_all_vectors_are_there() -> None:
    assert len(NAMES) == 143


@pytest.mark.parametrize("name", NAMES)
def test_vector(name: str) -> None:
    vector = load(name)
    outcome, released = open_all(vector)
    assert outcome == vector.expect
    if vector.payload:
        assert hashlib.sha256(released).hexdigest() == vector.payload
