"""What we encrypt others open, and what others encrypt we open."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest
from crypto.stock_age import at_a_terminal, npm_age
from needs import needs

from exchange.crypto.age import (
    CHUNK,
    HybridIdentity,
    Identity,
    Passphrase,
    Recipient,
    X25519Identity,
    armored,
    decrypt,
    encrypt,
    unarmor,
)

SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 5 * 1024 * 1024 + 3)
PASSPHRASE = "bulan madu kapal kertas biru"
LOW = 10


def encrypted(plain: bytes, recipient: Recipient) -> bytes:
    target = io.BytesIO()
    encrypt(io.BytesIO(plain), target, [recipient])
    return target.getvalue()


def decrypted(file: bytes, identity: Identity) -> bytes:
    target = io.BytesIO()
    decrypt(io.BytesIO(file), target, [identity])
    return target.getvalue()


def plain_of(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


@needs("node", "npm")
@pytest.mark.parametrize("size", SIZES)
def test_npm_age_opens_what_we_encrypt_for_a_hybrid_key(npm_age_script: Path, size: int) -> None:
    ours = HybridIdentity.generate()
    file = encrypted(plain_of(size), ours.recipient)
    assert npm_age(npm_age_script, "decrypt", ours.encode(), data=file) == plain_of(size)


@needs("node", "npm")
@pytest.mark.parametrize("size", SIZES)
def test_we_open_what_npm_age_encrypts_for_a_hybrid_key(npm_age_script: Path, size: int) -> None:
    ours = HybridIdentity.generate()
    file = npm_age(npm_age_script, "encrypt", str(ours.recipient), data=plain_of(size))
    assert decrypted(file, ours) == plain_of(size)


@needs("node", "npm")
def test_npm_age_opens_what_we_lock_with_a_passphrase(npm_age_script: Path) -> None:
    file = encrypted(b"saya", Passphrase(PASSPHRASE, LOW))
    assert npm_age(npm_age_script, "unlock", PASSPHRASE, data=file) == b"saya"


@needs("age")
@pytest.mark.parametrize("size", SIZES)
def test_debians_age_opens_what_we_encrypt_for_x25519(tmp_path: Path, size: int) -> None:
    ours = X25519Identity.generate()
    (tmp_path / "identity").write_text(ours.encode(), encoding="ascii")
    command = ["age", "-d", "-i", str(tmp_path / "identity")]
    run = subprocess.run(command, input=encrypted(plain_of(size), ours.recipient), capture_output=True, check=True)
    assert run.stdout == plain_of(size)


@needs("age")
@pytest.mark.parametrize("size", SIZES)
def test_we_open_what_debians_age_encrypts_for_x25519(size: int) -> None:
    ours = X25519Identity.generate()
    command = ["age", "-r", str(ours.recipient)]
    run = subprocess.run(command, input=plain_of(size), capture_output=True, check=True)
    assert decrypted(run.stdout, ours) == plain_of(size)


@needs("age")
def test_armor_is_read_and_written_as_debians_age_does(tmp_path: Path) -> None:
    ours = X25519Identity.generate()
    (tmp_path / "identity").write_text(ours.encode(), encoding="ascii")
    theirs = subprocess.run(
        ["age", "-a", "-r", str(ours.recipient)], input=plain_of(9999), capture_output=True, check=True
    )
    target = io.BytesIO()
    decrypt(unarmor(io.BytesIO(theirs.stdout)), target, [ours])
    assert target.getvalue() == plain_of(9999)
    text = io.BytesIO()
    with armored(text) as inner:
        encrypt(io.BytesIO(plain_of(9999)), inner, [ours.recipient])
    opened = subprocess.run(
        ["age", "-d", "-i", str(tmp_path / "identity")], input=text.getvalue(), capture_output=True, check=True
    )
    assert opened.stdout == plain_of(9999)


@needs("age")
def test_debians_age_opens_what_we_lock_with_a_passphrase(tmp_path: Path) -> None:
    (tmp_path / "locked.age").write_bytes(encrypted(b"saya", Passphrase(PASSPHRASE, LOW)))
    at_a_terminal(["age", "-d", "-o", str(tmp_path / "plain"), str(tmp_path / "locked.age")], PASSPHRASE)
    assert (tmp_path / "plain").read_bytes() == b"saya"


@needs("age")
def test_we_open_what_debians_age_locks_with_a_passphrase(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"saya")
    command = ["age", "-p", "-o", str(tmp_path / "locked.age"), str(tmp_path / "plain")]
    at_a_terminal(command, PASSPHRASE, PASSPHRASE)
    assert decrypted((tmp_path / "locked.age").read_bytes(), Passphrase(PASSPHRASE)) == b"saya"
