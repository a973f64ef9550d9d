"""Every one of C2SP's test vectors for age files: outcome, payload, and the class of the failure."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from exchange.crypto import b64
from exchange.crypto.age import Identity, Passphrase, open_decrypted, parse_identity, unarmor
from exchange.crypto.age_header import encode_header, read_header
from exchange.errors import CryptoError

VECTORS = Path(__file__).parent / "vectors/age"
SHARED = Path(__file__).parents[2] / "../shared/vectors/age/testdata"
NAMES = sorted(file.name for file in VECTORS.iterdir())
CODES = {
    "header failure": "age.header",
    "no match": "age.no_match",
    "HMAC failure": "age.mac",
    "payload failure": "age.payload",
    "armor failure": "age.armor",
}
EXPECTED = {
    "success": 26,
    "header failure": 62,
    "no match": 13,
    "HMAC failure": 1,
    "payload failure": 19,
    "armor failure": 22,
}
ARMORED = 33


@dataclass(frozen=True, slots=True)
class Vector:
    expect: str
    payload: str | None
    armored: bool
    identities: tuple[Identity, ...]
    file: bytes
    file_key: bytes


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
        bytes.fromhex(keys["file key"]),
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


def test_all_vectors_are_there_and_say_what_they_expect() -> None:
    """How many of each outcome, and how many wrapped in text: counted once by hand, so that none is left out unseen."""
    vectors = [load(name) for name in NAMES]
    assert Counter(vector.expect for vector in vectors) == EXPECTED
    assert sum(vector.armored for vector in vectors) == ARMORED
    assert all(vector.payload for vector in vectors if vector.expect == "success")
    assert {name for name, vector in zip(NAMES, vectors, strict=True) if not vector.identities} == {
        "armor_empty",
        "empty",
    }


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/vectors/age is not here")
def test_they_are_the_shared_ones() -> None:
    ours, shared = ({file.name: file.read_bytes() for file in each.iterdir()} for each in (VECTORS, SHARED))
    assert ours == shared


@pytest.mark.parametrize("name", NAMES)
def test_vector(name: str) -> None:
    vector = load(name)
    outcome, released = open_all(vector)
    assert outcome == vector.expect
    if vector.payload:
        assert hashlib.sha256(released).hexdigest() == vector.payload


WHOLE = [name for name in NAMES if load(name).expect in {"success", "payload failure"}]


@pytest.mark.parametrize("name", WHOLE)
def test_a_header_that_was_read_is_written_as_it_was(name: str) -> None:
    vector = load(name)
    source = unarmor(io.BytesIO(vector.file)) if vector.armored else io.BytesIO(vector.file)
    header = read_header(source)
    text = header.covered + b" " + b64.encode_raw(header.mac).encode() + b"\n"
    assert encode_header(header.stanzas, vector.file_key) == text
