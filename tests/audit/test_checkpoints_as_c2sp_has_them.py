"""Checkpoints and cosignatures, against the examples of C2SP and against liars."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta

import pytest

from exchange.audit.checkpoint import (
    Checkpoint,
    Cosignature,
    SignedCheckpoint,
    cosign,
    cosignatures,
    log_origin,
    log_verifier_key,
    open_checkpoint,
    party_of,
    sign_checkpoint,
    witness_name,
    witness_verifier_key,
)
from exchange.audit.notes import ED25519, Note, verifier_key
from exchange.crypto.signing import SigningKey, VerifyKey
from exchange.errors import AuditError

ORIGIN = log_origin("yks", "ntt")
KEY = SigningKey(bytes(range(32)))
OTHER = SigningKey(bytes(range(1, 33)))
WITNESS = (witness_name(log_origin("gt-ntt", "ntt")), OTHER.verify_key)
HEAD = Checkpoint(ORIGIN, 7, hashlib.sha256(b"root").digest())
AT = datetime(2026, 10, 31, 1, 2, 3, tzinfo=UTC)

# The examples in C2SP signed-note and tlog-cosignature.
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE_NOTE = """This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""


def signed() -> SignedCheckpoint:
    return sign_checkpoint(HEAD, KEY)


def code_of(data: bytes, key: VerifyKey = KEY.verify_key) -> str:
    with pytest.raises(AuditError) as refused:
        open_checkpoint(data, key)
    return refused.value.codes[0]


def test_the_example_of_the_signed_note_specification_verifies() -> None:
    name, identity, material = EXAMPLE_KEY.split("+")
    key = VerifyKey(b64decode(material)[1:])
    assert verifier_key(name, ED25519, key.raw) == EXAMPLE_KEY
    note = Note.parse(EXAMPLE_NOTE.encode())
    assert note.data == EXAMPLE_NOTE.encode()
    [value] = note.by(name, ED25519, key.raw)
    assert note.signatures[0].key_id.hex() == identity
    key.verify(value, note.text.encode())


def test_a_checkpoint_looks_as_the_specification_says() -> None:
    lines = signed().data.decode().splitlines()
    assert lines[:4] == ["yks.ntt/exchange-log", "7", b64encode(HEAD.root).decode(), ""]
    dash, name, value = lines[4].split(" ")
    assert (dash, name) == ("—", ORIGIN)
    identity = hashlib.sha256(ORIGIN.encode() + b"\n\x01" + KEY.verify_key.raw).digest()[:4]
    assert b64decode(value)[:4] == identity
    assert log_verifier_key(ORIGIN, KEY.verify_key).split("+")[1] == identity.hex()
    assert open_checkpoint(signed().data, KEY.verify_key) == signed()


def test_a_cosignature_is_over_time_and_text() -> None:
    name, key = WITNESS
    twice = cosign(signed(), OTHER, name=name, at=AT)
    [value] = twice.note.by(name, b"\x04", key.raw)
    seconds = int(AT.timestamp())
    assert value[:8] == seconds.to_bytes(8, "big")
    key.verify(value[8:], f"cosignature/v1\ntime {seconds}\n{HEAD.text}".encode())
    assert open_checkpoint(twice.data, KEY.verify_key) == twice
    assert cosignatures(twice, [WITNESS]) == (Cosignature(name, AT),)
    origin = log_origin("gt-ntt", "ntt")
    assert witness_verifier_key(origin, key).startswith(f"{name}+{twice.note.signatures[1].key_id.hex()}+")


def test_a_later_cosignature_takes_the_place_of_the_earlier_one() -> None:
    name, _key = WITNESS
    first = cosign(signed(), OTHER, name=name, at=AT)
    again = cosign(first, OTHER, name=name, at=AT + timedelta(days=1))
    assert [each.time for each in cosignatures(again, [WITNESS])] == [AT + timedelta(days=1)]


def test_strangers_on_a_checkpoint_are_ignored() -> None:
    stranger = cosign(signed(), SigningKey(bytes(32)), name=WITNESS[0], at=AT)
    assert cosignatures(open_checkpoint(stranger.data, KEY.verify_key), [WITNESS]) == ()


def test_a_moved_cosignature_is_refused() -> None:
    name, _key = WITNESS
    line = cosign(signed(), OTHER, name=name, at=AT).note.signatures[1]
    other = sign_checkpoint(Checkpoint(ORIGIN, 8, HEAD.root), KEY)
    moved = SignedCheckpoint(other.checkpoint, other.note.signed(line))
    with pytest.raises(AuditError) as refused:
        cosignatures(moved, [WITNESS])
    assert refused.value.codes == ("audit.cosignature_forged",)


def test_a_short_cosignature_is_refused() -> None:
    name, _key = WITNESS
    whole = cosign(signed(), OTHER, name=name, at=AT)
    data = whole.note.signatures[1]
    cut = whole.data.replace(b64encode(data.key_id + data.value), b64encode(data.key_id + data.value[:-8]))
    with pytest.raises(AuditError) as refused:
        cosignatures(open_checkpoint(cut, KEY.verify_key), [WITNESS])
    assert refused.value.codes == ("audit.cosignature_forged",)


def test_another_key_has_not_signed() -> None:
    assert code_of(signed().data, OTHER.verify_key) == "audit.checkpoint_unsigned"


@pytest.mark.parametrize(("old", "new"), [(b"\n7\n", b"\n8\n"), (b"yks.ntt", b"ykz.ntt")])
def test_a_changed_checkpoint_is_refused(old: bytes, new: bytes) -> None:
    changed = signed().data.replace(old, new, 1)
    assert code_of(changed) in {"audit.checkpoint_forged", "audit.checkpoint_unsigned"}


def test_every_changed_byte_is_refused() -> None:
    whole = signed().data
    for place in range(len(whole)):
        changed = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        assert code_of(changed).startswith("audit.")


@pytest.mark.parametrize(
    "text",
    [
        "cosignature/v1\n7\nAAAA\n",
        f"{ORIGIN}\n07\n{b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n-1\n{b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n٧\n{b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n7\n{b64encode(bytes(31)).decode()}\n",
        f"{ORIGIN}\n7\n{b64encode(bytes(32)).decode()}\nextension\n",
        f"{ORIGIN}\n7\n",
        f"{ORIGIN}\n7\nno base 64\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    note = Note(text, signed().note.signatures)
    assert code_of(note.data) == "audit.checkpoint_unreadable"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"text\n",
        b"text\n\n",
        b"text\n\nno signature\n",
        "text\n\n— name\n".encode(),
        "text\n\n— na+me AAAAAAA=\n".encode(),
        "text\n\n— name AAAA\n".encode(),
        "text\n\n— name AAAAAAB=\n".encode(),
        "text\n\n— name AAAAAAA=".encode(),
        "te\rxt\n\n— name AAAAAAA=\n".encode(),
        b"\xff\n\n",
        b"x" * 70_000,
    ],
)
def test_what_is_no_note_is_refused(data: bytes) -> None:
    with pytest.raises(AuditError) as refused:
        Note.parse(data)
    assert refused.value.codes == ("audit.note_unreadable",)


def test_a_log_is_named_for_its_party_and_network() -> None:
    assert party_of(ORIGIN) == "yks"
    for party, network in [("", "ntt"), ("a.b", "ntt"), ("a b", "ntt"), ("yks", "n/t"), ("yks", "NTT")]:
        with pytest.raises(AuditError):
            log_origin(party, network)
