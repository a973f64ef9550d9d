"""age files against people who alter them, and against our own mistakes."""

from __future__ import annotations

import io
import tarfile
from contextlib import suppress
from typing import BinaryIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.crypto.age import (
    CHUNK,
    MAX_HEADER,
    HybridIdentity,
    HybridRecipient,
    Passphrase,
    Recipient,
    X25519Identity,
    X25519Recipient,
    decrypt,
    encrypt,
    open_decrypted,
    open_encrypted,
    parse_identity,
    parse_recipient,
)
from exchange.crypto.age_header import Stanza, encode_header
from exchange.errors import CryptoError

OURS = HybridIdentity.generate()
OTHER = HybridIdentity.generate()
LOW = 4


def encrypted(plain: bytes, *recipients: Recipient) -> bytes:
    target = io.BytesIO()
    encrypt(io.BytesIO(plain), target, recipients or [OURS.recipient])
    return target.getvalue()


def decrypted(file: bytes) -> bytes:
    return open_decrypted(io.BytesIO(file), [OTHER, OURS]).read()


def codes_of(file: bytes) -> tuple[str, ...]:
    with pytest.raises(CryptoError) as caught:
        decrypted(file)
    return caught.value.codes


FILE = encrypted(b"x" * (2 * CHUNK + 100))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 3 * CHUNK), st.lists(st.integers(1, 2 * CHUNK), max_size=8))
def test_written_in_any_pieces_and_read_in_any_pieces_it_is_the_same(size: int, pieces: list[int]) -> None:
    plain = bytes(size)
    target = io.BytesIO()
    with open_encrypted(target, [OURS.recipient]) as writer:
        rest = memoryview(plain)
        for piece in pieces:
            writer.write(rest[:piece])
            rest = rest[piece:]
        writer.write(rest)
    reader = open_decrypted(io.BytesIO(target.getvalue()), [OURS])
    read = b"".join(reader.read(piece) for piece in pieces)
    assert read + reader.read() == plain
    assert reader.read(1) == b""


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
def test_no_altered_byte_goes_unseen(place: int, change: int) -> None:
    altered = bytearray(FILE)
    altered[place] ^= change
    assert codes_of(bytes(altered))[0].startswith("age.")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(FILE) - 1))
def test_no_truncation_goes_unseen(length: int) -> None:
    assert codes_of(FILE[:length])[0] in {"age.header", "age.payload"}


def test_a_failed_reader_never_looks_like_the_end() -> None:
    reader = open_decrypted(io.BytesIO(FILE[:-1]), [OURS])
    for _attempt in range(2):
        with pytest.raises(CryptoError):
            reader.read()


def test_only_authenticated_chunks_are_released() -> None:
    altered = bytearray(FILE)
    altered[-1] ^= 1
    target = io.BytesIO()
    with pytest.raises(CryptoError):
        decrypt(io.BytesIO(bytes(altered)), target, [OURS])
    assert target.getvalue() == b"x" * 2 * CHUNK


def test_swapped_chunks_are_refused() -> None:
    size = CHUNK + 16
    start = len(FILE) - 2 * size - 116
    first, second = FILE[start : start + size], FILE[start + size : start + 2 * size]
    assert codes_of(FILE[:start] + second + first + FILE[start + 2 * size :]) == ("age.payload",)


def test_a_writer_that_fails_leaves_a_file_that_does_not_open() -> None:
    target = io.BytesIO()
    with suppress(OSError), open_encrypted(target, [OURS.recipient]) as writer:
        writer.write(b"half")
        raise OSError("the disk is full")
    assert codes_of(target.getvalue()) == ("age.payload",)


def test_file_for_another_recipient_is_refused() -> None:
    with pytest.raises(CryptoError) as caught:
        open_decrypted(io.BytesIO(FILE), [OTHER])
    assert caught.value.codes == ("age.no_match",)


def test_a_file_for_two_opens_for_both_and_names_neither() -> None:
    file = encrypted(b"both", OTHER.recipient, OURS.recipient)
    assert [open_decrypted(io.BytesIO(file), [who]).read() for who in (OURS, OTHER)] == [b"both", b"both"]
    assert str(OURS.recipient).encode() not in file


@pytest.mark.parametrize(
    "recipients",
    [
        [],
        [OURS.recipient, X25519Identity.generate().recipient],
        [Passphrase("a", LOW), OURS.recipient],
        [Passphrase("a", LOW), Passphrase("b", LOW)],
    ],
)
def test_recipients_that_cannot_share_a_file_are_refused(recipients: list[Recipient]) -> None:
    target = io.BytesIO()
    with pytest.raises(CryptoError) as caught:
        encrypt(io.BytesIO(b""), target, recipients)
    assert caught.value.codes == ("age.recipients",)
    assert not target.getvalue()


def test_an_endless_header_is_refused_before_it_fills_the_memory() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # a plain buffer is enough here
            buffer[:] = b"a" * len(buffer)
            Endless.given += len(buffer)
            return len(buffer)

    source = cast(BinaryIO, io.BufferedReader(Endless()))
    with pytest.raises(CryptoError) as caught:
        open_decrypted(source, [OURS])
    assert caught.value.codes == ("age.header",)
    many = encode_header(tuple(Stanza(("grease",), bytes(48)) for _ in range(1000)), bytes(16))
    assert len(many) > MAX_HEADER
    assert codes_of(many + FILE) == ("age.header",)
    assert Endless.given <= 2 * MAX_HEADER


def test_a_passphrase_that_costs_too_much_is_refused_before_it_is_computed() -> None:
    file = encrypted(b"", Passphrase("a", LOW)).replace(b" 4\n", b" 21\n")
    with pytest.raises(CryptoError) as caught:
        open_decrypted(io.BytesIO(file), [Passphrase("a")])
    assert caught.value.codes == ("age.header",)


def test_tar_reads_from_the_stream() -> None:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        member = tarfile.TarInfo("a")
        member.size = 5
        tar.addfile(member, io.BytesIO(b"hello"))
    reader = open_decrypted(io.BytesIO(encrypted(plain.getvalue())), [OURS])
    with tarfile.open(fileobj=reader, mode="r|") as tar:
        found = tar.next()
        assert found is not None
        content = tar.extractfile(found)
        assert content is not None
        assert content.read() == b"hello"


def test_a_source_that_answers_in_small_pieces_is_read_whole() -> None:
    class Drip(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 1000))

    assert open_decrypted(Drip(FILE), [OURS]).read() == b"x" * (2 * CHUNK + 100)


def test_keys_are_read_back_from_their_text() -> None:
    x25519 = X25519Identity.generate()
    assert parse_identity(OURS.encode()) == OURS
    assert parse_identity(x25519.encode()) == x25519
    assert parse_recipient(str(OURS.recipient)) == OURS.recipient
    assert parse_recipient(str(x25519.recipient)) == x25519.recipient


@pytest.mark.parametrize("spoil", [str.upper, lambda text: text[:-1], lambda text: text[:-1] + "q" * 2, lambda _: ""])
def test_a_spoilt_recipient_is_refused(spoil: object) -> None:
    assert callable(spoil)
    with pytest.raises(CryptoError) as caught:
        parse_recipient(spoil(str(OURS.recipient)))
    assert caught.value.codes == ("age.recipient",)


def test_a_recipient_that_would_give_a_known_secret_is_refused() -> None:
    for weak in (X25519Recipient(bytes(32)), HybridRecipient(OURS.recipient.key[:-32] + bytes(32))):
        with pytest.raises(CryptoError) as caught:
            encrypted(b"", weak)
        assert caught.value.codes == ("age.recipient",)


def test_a_hybrid_recipient_outside_its_field_is_refused() -> None:
    with pytest.raises(CryptoError) as caught:
        encrypted(b"", HybridRecipient(b"\xff" * HybridRecipient.LENGTH))
    assert caught.value.codes == ("age.recipient",)


def test_an_identity_given_as_recipient_is_refused_without_being_shown() -> None:
    with pytest.raises(CryptoError) as caught:
        parse_recipient(OURS.encode())
    assert OURS.encode() not in str(caught.value)


def test_no_repr_shows_a_secret() -> None:
    shown = repr([OURS, X25519Identity(b"s" * 32), Passphrase("rahasia")])
    assert OURS.encode() not in shown
    assert "s" * 32 not in shown
    assert "rahasia" not in shown
    assert repr(OURS.seed) not in shown
